"""The table as a page, and the page as a table."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path

from tools.calibration import daily_looks, one_look, power
from tools.calibration.claims import Bound, Claim

PAGE = Path("docs/calibration.md")
# Another build of numpy may round a sum otherwise, and turn a trial at the edge.
SAME = 0.001
_HEAD = """\
<!-- Written by `make calibrate`; changes here are overwritten. -->

# Calibration

What each method promises, and what it did on simulated trials of known truth. Seeds are
fixed: `make calibrate` writes this page again, digit by digit, and `make test-slow` checks
that it would.

A rate from n trials is itself uncertain. The last column is four standard errors of it,
plus, for methods whose promise holds for many units only, a small allowance. A promise
"at most" or "at least" is one that methods may do better than.
"""
_TAIL = """\
Looking at a one-look test every day raises several times the false alarms that it promises;
that row is there to be compared with those above it.
"""


@cache
def claims() -> tuple[Claim, ...]:
    """All rows, in the order of the page."""
    return (*one_look.claims(), *daily_looks.claims(), *power.claims())


def page_of(measured: Mapping[str, float]) -> str:
    """The page for these measured rates, by the claims' names."""
    parts = [_HEAD]
    for section, rows in groupby(claims(), key=lambda claim: claim.section):
        parts.append(f"## {section}\n")
        parts.append("| method | trials | how many | promised | measured | tolerance |")
        parts.append("| --- | --- | --- | --- | --- | --- |")
        parts.extend(_row(claim, measured[claim.name]) for claim in rows)
        parts.append("")
    return "\n".join([*parts, _TAIL])


def measured_on(page: str) -> dict[str, float]:
    """The measured rates of a page, by the claims' names."""
    return dict(_rows(page))


def differences(page: str, measured: Mapping[str, float]) -> list[str]:
    """In which rows a page is not what these rates would write, up to another rounding."""
    written = measured_on(page)
    if page_of({claim.name: written.get(claim.name, 0.0) for claim in claims()}) != page:
        return ["The page has other rows or words than the code."]
    return [
        f"{name}: {written[name]:.4f} is written, {rate:.4f} was measured"
        for name, rate in measured.items()
        if abs(written[name] - rate) > SAME
    ]


def _row(claim: Claim, measured: float) -> str:
    none = claim.bound is Bound.NONE
    promise = "–" if none else f"{claim.bound} {_percent(claim.promised, 0)}"
    tolerance = "–" if none else f"± {_percent(claim.tolerance)}"
    if claim.bound in {Bound.AT_MOST, Bound.AT_LEAST}:
        sign = "+" if claim.bound is Bound.AT_MOST else "−"
        tolerance = f"{sign} {_percent(claim.tolerance)}"
    cells = (
        claim.method,
        claim.setting,
        f"{claim.repeats:,}",
        promise,
        _percent(measured),
        tolerance,
    )
    return f"| {' | '.join(cells)} |"


def _percent(rate: float, digits: int = 2) -> str:
    return f"{100 * rate:.{digits}f} %"


def _rows(page: str) -> Iterator[tuple[str, float]]:
    section = ""
    for line in page.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("|") and cells[4].endswith(" %"):
            yield f"{section}: {cells[0]}, {cells[1]}", float(cells[4][:-2]) / 100
