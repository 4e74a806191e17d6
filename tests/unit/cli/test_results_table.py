"""Results drawn in a terminal: the words, the numbers and the bars agree."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from splitplot.cli.results_table import BAR_WIDTH, Axis, exposure_lines, failed_metric, metric_table

MEAN = {"metric_type": "mean", "name": "Revenue"}
FUNNEL = {"metric_type": "funnel", "name": "Signup"}


def drawn(what: RenderableType, width: int = 100) -> list[str]:
    console = Console(width=width, highlight=False, no_color=True, legacy_windows=False)
    with console.capture() as captured:
        console.print(what)
    return [line.rstrip() for line in captured.get().splitlines()]


def effect(value: float, lower: float, upper: float) -> dict[str, Any]:
    return {"effect": value, "interval": [lower, upper]}


def variant(key: str = "test", *, method: str = "bayesian", **figures: object) -> dict[str, Any]:
    return {
        "key": key,
        "method": method,
        "number_of_samples": 1234,
        "splitplot": {
            "value": 0.3,
            "absolute": effect(0.05, 0.01, 0.09),
            "relative": effect(0.2, 0.04, 0.36),
            "p_value": 0.0123,
            "chance_better": 0.9876,
            "verdict": "better",
            "reason": None,
            "relative_reason": None,
            **figures,
        },
    }


def answer(*variants: dict[str, Any], warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    method = variants[0]["method"] if variants else "bayesian"
    return {
        "baseline": {
            "key": "control",
            "method": method,
            "number_of_samples": 1200,
            "splitplot": {"value": 0.25},
        },
        "variant_results": list(variants),
        "warnings": [{"code": "x", "message": message} for message in warnings],
    }


def test_a_metric_has_a_line_for_each_variant() -> None:
    lines = drawn(metric_table(MEAN, answer(variant())))
    assert lines[0] == "Revenue (higher is better)"
    assert lines[1].split() == [
        *("variant", "units", "value", "effect", "0", "+36%", "chance", "verdict")
    ]
    assert lines[2].split() == ["control", "1,200", "0.25", "baseline"]
    assert lines[3].split()[:4] == ["test", "1,234", "0.3", "+20.00%"]
    assert lines[3].endswith("98.8%  ▲ better")


def test_a_frequentist_metric_shows_its_p_value() -> None:
    lines = drawn(metric_table(MEAN, answer(variant(method="frequentist", p_value=1.2736e-83))))
    assert " p  " in lines[1]
    assert "1.3e-83" in lines[3]


def test_a_share_is_shown_in_percent() -> None:
    lines = drawn(metric_table(FUNNEL, answer(variant())))
    assert "25.00%" in lines[2]
    assert "30.00%" in lines[3]


def test_a_ratio_is_a_number_and_not_a_share() -> None:
    ratio = {"metric_type": "ratio", "name": "Revenue per order"}
    lines = drawn(metric_table(ratio, answer(variant(value=1234.5678, relative=None))))
    assert lines[1].split()[:3] == ["variant", "units", "value"]
    assert lines[3].split()[:4] == ["test", "1,234", "1,235", "+0.05"]


@pytest.mark.parametrize(
    ("members", "heading"), [({}, "started"), ({"count_all_exposed": True}, "units")]
)
def test_retention_says_whom_it_counts(members: dict[str, Any], heading: str) -> None:
    lines = drawn(metric_table({"metric_type": "retention", **members}, answer(variant())))
    assert lines[1].split()[:3] == ["variant", heading, "value"]
    assert "30.00%" in lines[3]


def test_the_goal_stands_in_the_title() -> None:
    lines = drawn(metric_table({**MEAN, "goal": "decrease"}, answer(variant(verdict="worse"))))
    assert lines[0] == "Revenue (lower is better)"
    assert lines[3].endswith("▼ worse")


@pytest.mark.parametrize(
    ("chance", "shown"), [(0.99951, "> 99.9%"), (0.0009, "< 0.1%"), (0.5, "50.0%"), (None, "–")]
)
def test_almost_certain_is_not_shown_as_certain(chance: float | None, shown: str) -> None:
    assert f" {shown}  " in drawn(metric_table(MEAN, answer(variant(chance_better=chance))))[3]


def test_without_a_relative_form_all_effects_are_absolute() -> None:
    reason = {"code": "baseline_near_zero", "message": "The control's value is too close to zero."}
    lines = drawn(
        metric_table(
            MEAN, answer(variant("a"), variant("b", relative=None, relative_reason=reason))
        )
    )
    assert [line.split()[3] for line in lines[3:5]] == ["+0.05", "+0.05"]
    assert lines[5].strip() == "b: The control's value is too close to zero."
    shares = drawn(metric_table(FUNNEL, answer(variant(relative=None))))
    assert "+5.00 pp" in shares[3]


def test_a_variant_without_statistics_says_why() -> None:
    reason = {"code": "not-enough-exposures", "message": "The variant 'test' has too few units."}
    blank = variant(reason=reason)
    blank["splitplot"] |= dict.fromkeys(
        ("value", "absolute", "relative", "p_value", "chance_better", "verdict")
    )
    lines = drawn(metric_table(MEAN, answer(blank)))
    assert "interval" in lines[1]
    assert lines[3].split() == ["test", "1,234", "–", "│", "–", "–", "not", "enough", "data"]
    assert lines[4].strip() == "test: The variant 'test' has too few units."


def test_what_is_not_computed_is_said() -> None:
    lines = drawn(metric_table(MEAN, answer(variant(), warnings=("No breakdowns yet.",))))
    assert lines[-1].strip() == "No breakdowns yet."


def test_a_metric_that_failed_keeps_its_name() -> None:
    lines = drawn(failed_metric(MEAN, "Ratio metrics are not supported yet."))
    assert lines == ["Revenue (higher is better)", "  Ratio metrics are not supported yet."]


def test_the_table_fits_eighty_columns() -> None:
    wide = answer(
        variant("a-variant-with-a-long-name", verdict="no difference shown", chance_better=0.9999)
    )
    assert max(len(line) for line in drawn(metric_table(FUNNEL, wide), width=80)) <= 80


# Bars


def bar_of(lower: float, upper: float, value: float | None = None) -> str:
    figures = variant(
        relative=effect((lower + upper) / 2 if value is None else value, lower, upper)
    )
    return str(Axis.of(answer(figures), "mean").bar(figures["splitplot"], ""))


def test_an_interval_over_zero_crosses_the_zero_line() -> None:
    assert bar_of(-1.0, 1.0, 0.5) == "──────────┼────●─────"


def test_an_interval_above_zero_stands_right_of_the_zero_line() -> None:
    assert bar_of(0.5, 1.0, 0.8) == "│         ──────●────"


def test_an_interval_below_zero_stands_left_of_the_zero_line() -> None:
    assert bar_of(-1.0, -0.5, -0.75) == "─────●─────         │"


@given(
    st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=3, max_size=3, unique=True).map(sorted)
)
def test_the_zero_line_is_crossed_only_if_the_interval_holds_zero(bounds: list[float]) -> None:
    lower, value, upper = bounds
    bar = bar_of(lower, upper, value)
    assert len(bar) == BAR_WIDTH
    assert bar.count("●") == 1
    if "┼" in bar:
        # A bar is as fine as its cells: the bound is at most half a cell from zero.
        cell = (max(upper, 0) - min(lower, 0)) / (BAR_WIDTH - 1)
        assert lower <= cell / 2
        assert upper >= -cell / 2
    elif lower > 0:
        assert bar.index("●") >= bar.find("│")


def test_the_axis_names_its_ends_and_zero() -> None:
    axis = Axis(scale="relative", kind="mean", lower=-0.5, upper=0.5)
    heading = str(axis.heading())
    assert heading.split() == ["-50%", "0", "+50%"]
    assert len(heading) == BAR_WIDTH
    assert heading.index("0", 5) == bar_of(-0.5, 0.5, 0.4).index("┼")


def test_bounds_beyond_every_number_are_not_drawn() -> None:
    figures = variant(relative={"effect": 0.2, "interval": [None, None]})
    axis = Axis.of(answer(figures), "mean")
    assert str(axis.bar(figures["splitplot"], "")).strip() == "│"


# Exposures


def exposures(**ratio: object) -> dict[str, Any]:
    return {
        "total_exposures": {"control": 1500, "test": 1480, "$multiple": 3},
        "sample_ratio_mismatch": ratio or None,
    }


def test_exposures_are_counted_and_the_split_is_checked() -> None:
    checked = exposures(
        expected={"control": 1490.0, "test": 1490.0},
        p_value=0.714,
        splitplot={"is_mismatch": False},
    )
    assert drawn(exposure_lines(checked)) == [
        "Exposed: control 1,500, test 1,480, $multiple 3",
        "Split:   ✓ as the flag says (expected control 1,490, test 1,490; p = 0.71)",
    ]


def test_a_mismatch_is_not_to_be_missed() -> None:
    mismatch = exposures(
        expected={"control": 1990.0, "test": 990.0},
        p_value=1e-20,
        splitplot={"is_mismatch": True},
    )
    assert drawn(exposure_lines(mismatch))[1].startswith(
        "Split:   ✗ mismatch, do not trust the results"
    )


def test_few_exposures_are_not_checked() -> None:
    assert drawn(exposure_lines({**exposures(), "total_exposures": {}})) == [
        "Exposed: nobody",
        "Split:   not checked below 100 units",
    ]
