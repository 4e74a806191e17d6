"""Always-valid tests and intervals."""

import math
from typing import Any

import pytest

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    MeanSummary,
    ProportionSummary,
    Scale,
    sequential_relative_interval,
    sequential_test,
    welch_test,
)
from tests.unit.stats.stats_cases import case_id, cases, summary_of

CONTROL = ProportionSummary(count=2500, successes=250)
TREATMENT = ProportionSummary(count=2500, successes=300)


@pytest.mark.parametrize("case", cases("sequential"), ids=case_id)
def test_the_compatible_sequence_equals_the_reference(case: dict[str, Any]) -> None:
    test = sequential_test(
        summary_of(case["treatment"]),
        summary_of(case["control"]),
        scale=Scale(case["scale"]),
        alpha=case["alpha"],
        tuning=case["tuning"],
    )
    assert test.effect == pytest.approx(case["effect"], rel=1e-9)
    assert test.variance == pytest.approx(case["variance"], rel=1e-9)
    assert [test.interval.lower, test.interval.upper] == pytest.approx(case["interval"], rel=1e-8)
    assert test.interval.upper - test.effect == pytest.approx(case["half_width"], rel=1e-8)
    assert test.p_value == pytest.approx(case["p_value"], rel=1e-8)
    assert test.is_significant is case["significant"]


@pytest.mark.parametrize(
    ("units", "ratio"), [(5000, 1.549), (500, 1.967), (50_000, 1.654)], ids=str
)
def test_the_price_against_one_look_is_known(units: int, ratio: float) -> None:
    half = units // 2
    control = MeanSummary(count=half, sum=0.0, sum_squares=1.0 * half)
    sequence = sequential_test(control, control).interval
    one_look = 1.959964 * math.sqrt(sequential_test(control, control).variance)
    assert sequence.upper / one_look == pytest.approx(ratio, abs=0.0005)


def test_the_p_value_equals_alpha_where_the_interval_touches_zero() -> None:
    test = sequential_test(TREATMENT, CONTROL)
    touching = sequential_test(TREATMENT, CONTROL, alpha=0.05)
    margin = touching.interval.upper - touching.effect
    # An effect of exactly the margin: shift the control so that the difference is there.
    shifted = MeanSummary(count=2500, sum=0.0, sum_squares=2500.0)
    moved = MeanSummary(
        count=2500,
        sum=2500 * _margin_of(shifted),
        sum_squares=2500.0 + 2500 * _margin_of(shifted) ** 2,
    )
    at_the_edge = sequential_test(moved, shifted)
    assert at_the_edge.p_value == pytest.approx(0.05, rel=1e-9)
    assert at_the_edge.interval.lower == pytest.approx(0.0, abs=1e-12)
    assert test.is_significant is (abs(test.effect) > margin)


def _margin_of(summary: MeanSummary) -> float:
    return sequential_test(summary, summary).interval.upper


def test_the_relative_interval_agrees_with_the_absolute_one() -> None:
    absolute = sequential_test(TREATMENT, CONTROL).interval
    relative = sequential_relative_interval(TREATMENT, CONTROL)
    assert (absolute.lower > 0) is (relative.lower > 0)
    assert relative.lower < 0.2 < relative.upper
    assert relative.level == 0.95


def test_a_very_clear_effect_has_a_p_value_of_zero_at_least() -> None:
    sure = MeanSummary(count=10**6, sum=1e9, sum_squares=1e12 + 1e6)
    test = sequential_test(sure, MeanSummary(count=10**6, sum=0.0, sum_squares=1e6))
    assert test.p_value == 0.0
    assert test.log_e_value > 1000
    assert test.is_significant


def test_it_is_never_bolder_than_the_one_look_test() -> None:
    sequence = sequential_test(TREATMENT, CONTROL)
    assert sequence.p_value > welch_test(TREATMENT, CONTROL).p_value


def test_too_few_units_are_refused() -> None:
    few = MeanSummary.of([1, 2, 3, 4])
    for attempt in (sequential_test, sequential_relative_interval):
        with pytest.raises(Undefined) as caught:
            attempt(few, few)
        assert caught.value.code == "too_few_units"


@pytest.mark.parametrize(
    "setting", [{"tuning": 0.5}, {"tuning": math.inf}, {"alpha": 0.0}, {"alpha": 1.0}]
)
def test_settings_out_of_range_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        sequential_test(TREATMENT, CONTROL, scale=Scale.ABSOLUTE, **setting)
    with pytest.raises(InvalidInput):
        sequential_relative_interval(TREATMENT, CONTROL, **setting)
