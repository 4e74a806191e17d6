"""Results as tables in a terminal. Nothing is computed here: it shows what the API says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

BAR_WIDTH = 33
_STYLES = {"better": "green", "worse": "red"}
_SYMBOLS = {"better": "▲", "worse": "▼", "no difference shown": "○"}


def metric_table(metric: Mapping[str, Any], answer: Mapping[str, Any]) -> RenderableType:
    """One metric: a line for each variant, its interval drawn on an axis that all share.

    Args:
        metric: Its document.
        answer: The answer to the `ExperimentQuery`.
    """
    shown = [variant["splitplot"] for variant in answer["variant_results"]]
    span = _span([interval for figures in shown if (interval := _interval_of(figures))])
    kind = metric.get("metric_type", "mean")
    table = Table(title=_title(metric), title_justify="left", title_style="bold", expand=False)
    for name in ("variant", "units", "value", "effect"):
        table.add_column(name, justify="left" if name == "variant" else "right", no_wrap=True)
    table.add_column(_axis(span), no_wrap=True)
    method = answer["baseline"]["method"]
    table.add_column("p-value" if method == "frequentist" else "chance better", justify="right")
    table.add_column("verdict", no_wrap=True)
    baseline = answer["baseline"]
    table.add_row(*_sums(baseline, kind), "", "", "", "baseline", style="dim")
    for variant in answer["variant_results"]:
        table.add_row(*_sums(variant, kind), *_figures(variant, kind, span))
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


def _sums(variant: Mapping[str, Any], kind: str) -> tuple[str, str, str]:
    value = variant["splitplot"]["value"]
    return variant["key"], f"{variant['number_of_samples']:,}", _value(value, kind)


def _figures(
    variant: Mapping[str, Any], kind: str, span: tuple[float, float]
) -> tuple[str, Text, str, Text]:
    figures = variant["splitplot"]
    relative, absolute = figures["relative"], figures["absolute"]
    if relative is not None:
        effect = f"{relative['effect']:+.2%}"
    else:
        effect = "" if absolute is None else _signed(absolute["effect"], kind)
    verdict = figures["verdict"] or "not enough data"
    style = _STYLES.get(verdict, "")
    bar = _bar(relative or absolute, span, style)
    return effect, bar, _certainty(variant), Text(f"{_SYMBOLS.get(verdict, '–')} {verdict}", style)


def _value(value: float | None, kind: str) -> str:
    if value is None:
        return "–"
    return f"{value:.2%}" if kind in ("funnel", "retention") else f"{value:,.4g}"


def _signed(difference: float, kind: str) -> str:
    return f"{difference * 100:+.2f} pp" if kind == "funnel" else f"{difference:+,.4g}"


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


def _interval_of(figures: Mapping[str, Any]) -> tuple[float, float] | None:
    effect = figures["relative"] or figures["absolute"]
    if effect is None or None in effect["interval"]:
        return None
    lower, upper = effect["interval"]
    return lower, upper


def _span(intervals: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The shared axis: every interval and zero."""
    lower = min((interval[0] for interval in intervals), default=0.0)
    upper = max((interval[1] for interval in intervals), default=0.0)
    return min(lower, 0.0), max(upper, 0.0)


def _place(number: float, span: tuple[float, float]) -> int:
    lower, upper = span
    if upper == lower:
        return BAR_WIDTH // 2
    return round((number - lower) / (upper - lower) * (BAR_WIDTH - 1))


def _axis(span: tuple[float, float]) -> Text:
    """The axis' labels: its ends, and zero where it lies between them."""
    cells = [" "] * BAR_WIDTH
    lower, upper = span
    if lower == upper:
        return Text("interval".center(BAR_WIDTH))
    labels = [
        (0, f"{lower:+.2g}" if lower else "0"),
        (BAR_WIDTH, f"{upper:+.2g}" if upper else "0"),
    ]
    for place, label in labels:
        start = place if place == 0 else BAR_WIDTH - len(label)
        cells[start : start + len(label)] = label
    zero = _place(0.0, span)
    if lower < 0 < upper and all(cell == " " for cell in cells[max(0, zero - 1) : zero + 2]):
        cells[zero] = "0"
    return Text("".join(cells))


def _bar(effect: Mapping[str, Any] | None, span: tuple[float, float], style: str) -> Text:
    """The interval as a line with its estimate; the zero line stands through it."""
    cells = [" "] * BAR_WIDTH
    zero = _place(0.0, span)
    cells[zero] = "│"
    if effect is not None and None not in effect["interval"]:
        first, last = (_place(bound, span) for bound in effect["interval"])
        for place in range(first, last + 1):
            cells[place] = "┼" if place == zero else "─"
        cells[_place(effect["effect"], span)] = "●"
    return Text("".join(cells), style=style)


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
