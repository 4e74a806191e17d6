"""Results as tables in a terminal. Nothing is computed here: it shows what the API says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

# An odd width has a middle. The whole table fits 80 columns.
BAR_WIDTH = 21
_STYLES = {"better": "green", "worse": "red"}
_SYMBOLS = {"better": "▲", "worse": "▼", "no difference shown": "○"}
_SHARES = ("funnel", "retention")


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What all intervals of a metric are drawn on; it holds all of them, and zero.

    Attributes:
        scale: `relative` when every effect has a relative form, else `absolute`.
        kind: The metric's type; shares are shown in percentage points.
    """

    scale: str
    kind: str
    lower: float
    upper: float

    @classmethod
    def of(cls, answer: Mapping[str, Any], kind: str) -> "Axis":
        """The axis for the variants of an answer."""
        figures = [variant["splitplot"] for variant in answer["variant_results"]]
        known = [each for each in figures if each["absolute"] is not None]
        scale = "relative" if all(each["relative"] for each in known) else "absolute"
        bounds = [bound for each in known for bound in each[scale]["interval"]]
        drawn = [0.0, *(bound for bound in bounds if bound is not None)]
        return cls(scale=scale, kind=kind, lower=min(drawn), upper=max(drawn))

    def heading(self) -> Text:
        """The ends of the axis, and zero where it lies between them."""
        left, right = self._label(self.lower), self._label(self.upper)
        if self.lower == self.upper:
            return Text("interval".center(BAR_WIDTH))
        cells = list(left + " " * (BAR_WIDTH - len(left) - len(right)) + right)
        zero = self._place(0.0)
        around = cells[max(0, zero - 1) : zero + 2]
        if self.lower < 0 < self.upper and set(around) == {" "}:
            cells[zero] = "0"
        return Text("".join(cells))

    def effect(self, figures: Mapping[str, Any]) -> str:
        """The estimate."""
        effect = figures[self.scale]
        return "" if effect is None else self._signed(effect["effect"], digits=2)

    def bar(self, figures: Mapping[str, Any], style: str) -> Text:
        """The interval as a line with its estimate; the zero line stands through it."""
        effect = figures[self.scale]
        cells = [" "] * BAR_WIDTH
        zero = self._place(0.0)
        cells[zero] = "│"
        if effect is not None and None not in effect["interval"]:
            first, last = (self._place(bound) for bound in effect["interval"])
            for place in range(first, last + 1):
                cells[place] = "┼" if place == zero else "─"
            cells[self._place(effect["effect"])] = "●"
        return Text("".join(cells), style=style)

    def _place(self, number: float) -> int:
        if self.upper == self.lower:
            return BAR_WIDTH // 2
        share = (number - self.lower) / (self.upper - self.lower)
        return round(share * (BAR_WIDTH - 1))

    def _label(self, number: float) -> str:
        return self._signed(number, digits=0 if abs(number) >= 0.1 else 1) if number else "0"

    def _signed(self, number: float, *, digits: int) -> str:
        if self.scale == "relative":
            return f"{number:+.{digits}%}"
        return f"{number * 100:+.{digits}f} pp" if self.kind in _SHARES else f"{number:+.3g}"


def metric_table(metric: Mapping[str, Any], answer: Mapping[str, Any]) -> RenderableType:
    """One metric: a line for each variant, its interval drawn on an axis that all share.

    Args:
        metric: Its document.
        answer: The answer to the `ExperimentQuery`.
    """
    kind = metric.get("metric_type", "mean")
    axis = Axis.of(answer, kind)
    table = Table(
        title=_title(metric),
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 1),
        pad_edge=False,
    )
    table.add_column("variant", max_width=16, overflow="ellipsis", no_wrap=True)
    for name in (_units(metric), "value", "effect"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(axis.heading(), no_wrap=True)
    baseline = answer["baseline"]
    certainty = "p" if baseline["method"] == "frequentist" else "chance"
    table.add_column(certainty, justify="right", no_wrap=True)
    # On a narrow screen the words of the verdict take a second line, and no number is cut.
    table.add_column("verdict")
    table.add_row(*_sums(baseline, kind), "", "", "", "baseline", style="dim")
    for variant in answer["variant_results"]:
        table.add_row(*_sums(variant, kind), *_figures(variant, axis))
    return Group(table, *(Padding(note, (0, 2)) for note in _notes(answer)))


def failed_metric(metric: Mapping[str, Any], reason: str) -> RenderableType:
    """A metric that has no answer, and why."""
    return Group(Text(_title(metric), style="bold"), Padding(Text(reason), (0, 2)))


def exposure_lines(answer: Mapping[str, Any]) -> RenderableType:
    """Who was exposed, and whether the split holds."""
    totals: Mapping[str, int] = answer["total_exposures"]
    counts = ", ".join(f"{variant} {count:,}" for variant, count in totals.items())
    return Group(Text.assemble(("Exposed: ", "bold"), counts or "nobody"), _sample_ratio(answer))


def _title(metric: Mapping[str, Any]) -> str:
    goal = "lower is better" if metric.get("goal") == "decrease" else "higher is better"
    name = metric.get("name") or metric.get("metric_type") or "metric"
    return f"{name} ({goal})"


def _units(metric: Mapping[str, Any]) -> str:
    """What is counted: of retention only those that started, which the treatment may change."""
    counts_starters = metric.get("metric_type") == "retention" and not metric.get(
        "count_all_exposed"
    )
    return "started" if counts_starters else "units"


def _sums(variant: Mapping[str, Any], kind: str) -> tuple[str, str, str]:
    value = variant["splitplot"]["value"]
    return variant["key"], f"{variant['number_of_samples']:,}", _value(value, kind)


def _figures(variant: Mapping[str, Any], axis: Axis) -> tuple[str, Text, str, Text]:
    figures = variant["splitplot"]
    verdict = figures["verdict"] or "not enough data"
    style = _STYLES.get(verdict, "")
    return (
        axis.effect(figures),
        axis.bar(figures, style),
        _certainty(variant),
        Text(f"{_SYMBOLS.get(verdict, '–')} {verdict}", style),
    )


def _value(value: float | None, kind: str) -> str:
    if value is None:
        return "–"
    return f"{value:.2%}" if kind in _SHARES else f"{value:,.4g}"


def _certainty(variant: Mapping[str, Any]) -> str:
    figures = variant["splitplot"]
    if variant["method"] == "frequentist":
        p_value = figures["p_value"]
        return "–" if p_value is None else f"{p_value:.2g}"
    chance = figures["chance_better"]
    if chance is None:
        return "–"
    # Rounding must not turn "almost" into "surely".
    return "> 99.9%" if chance > 0.999 else "< 0.1%" if chance < 0.001 else f"{chance:.1%}"


def _notes(answer: Mapping[str, Any]) -> Iterator[Text]:
    """What is missing from the table, and why."""
    for variant in answer["variant_results"]:
        figures = variant["splitplot"]
        reason = figures["reason"] or figures["relative_reason"]
        if reason is not None:
            yield Text(f"{variant['key']}: {reason['message']}", style="yellow")
    for warning in answer["warnings"]:
        yield Text(warning["message"], style="yellow")


def _sample_ratio(answer: Mapping[str, Any]) -> Text:
    heading = ("Split:   ", "bold")
    ratio = answer["sample_ratio_mismatch"]
    if ratio is None:
        return Text.assemble(heading, "not checked below 100 units")
    expected = ", ".join(f"{variant} {count:,.0f}" for variant, count in ratio["expected"].items())
    said = f"expected {expected}; p = {ratio['p_value']:.2g}"
    if ratio["splitplot"]["is_mismatch"]:
        return Text.assemble(heading, (f"✗ mismatch, do not trust the results ({said})", "red"))
    return Text.assemble(heading, f"✓ as the flag says ({said})")
