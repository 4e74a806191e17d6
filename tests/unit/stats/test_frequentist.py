"""Welch's test and the interval for the relative effect."""

from typing import Any

import numpy as np
import pytest
from scipy import stats as scipy_stats

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    MeanSummary,
    ProportionSummary,
    Scale,
    Summary,
    relative_bounds,
    relative_interval,
    welch_test,
)
from tests.unit.stats.stats_cases import case_id, cases, summary_of

CONTROL = MeanSummary(count=100, sum=500, sum_squares=2550)
TREATMENT = MeanSummary(count=100, sum=550, sum_squares=3050)


@pytest.mark.parametrize("case", cases("frequentist"), ids=case_id)
def test_the_compatible_test_equals_the_reference(case: dict[str, Any]) -> None:
    test = welch_test(
        summary_of(case["treatment"]),
        summary_of(case["control"]),
        scale=Scale(case["scale"]),
        alpha=case["alpha"],
    )
    assert test.effect == pytest.approx(case["effect"], rel=1e-9)
    assert test.variance == pytest.approx(case["variance"], rel=1e-9)
    assert test.df == pytest.approx(case["df"], rel=1e-9)
    assert test.statistic == pytest.approx(case["statistic"], rel=1e-9)
    tolerance = 1e-6 if case["p_value"] < 1e-12 else 1e-8
    assert test.p_value == pytest.approx(case["p_value"], rel=tolerance, abs=0)
    assert [test.interval.lower, test.interval.upper] == pytest.approx(case["interval"], rel=1e-8)
    assert test.interval.level == 1 - case["alpha"]
    assert test.is_significant is case["significant"]


@pytest.mark.parametrize("case", cases("relative_intervals"), ids=case_id)
def test_the_relative_interval_equals_the_reference(case: dict[str, Any]) -> None:
    treatment, control = summary_of(case["treatment"]), summary_of(case["control"])
    test = welch_test(treatment, control, alpha=case["alpha"])
    relative = relative_interval(treatment, control, alpha=case["alpha"])
    assert test.p_value == pytest.approx(case["p_value"], rel=1e-8)
    assert [test.interval.lower, test.interval.upper] == pytest.approx(case["absolute"], rel=1e-8)
    assert [relative.lower, relative.upper] == pytest.approx(case["relative"], rel=1e-8)


@pytest.mark.parametrize("seed", range(8))
def test_the_absolute_test_equals_scipy(seed: int) -> None:
    generator = np.random.default_rng(seed)
    treatment = generator.normal(5.2, 1.0 + seed / 2, size=20 + 31 * seed)
    control = generator.exponential(5.0, size=60)
    expected = scipy_stats.ttest_ind(treatment, control, equal_var=False)
    bounds = expected.confidence_interval(0.9)
    test = welch_test(
        MeanSummary.of(treatment.tolist()), MeanSummary.of(control.tolist()), alpha=0.1
    )
    assert test.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert test.df == pytest.approx(expected.df, rel=1e-9)
    assert test.p_value == pytest.approx(expected.pvalue, rel=1e-8)
    assert (test.interval.lower, test.interval.upper) == pytest.approx(
        (bounds.low, bounds.high), rel=1e-8
    )


@pytest.mark.parametrize("shift", [0.02, 0.1, 0.3, 0.6, 0.72])
def test_tiny_p_values_keep_their_digits(shift: float) -> None:
    n = 5000
    treatment = MeanSummary(count=n, sum=shift * n, sum_squares=(shift**2 + 1) * n)
    control = MeanSummary(count=n, sum=0.0, sum_squares=1.0 * n)
    test = welch_test(treatment, control)
    expected = 2 * scipy_stats.t.sf(test.statistic, test.df)
    assert expected > 0
    assert test.p_value == pytest.approx(expected, rel=1e-6, abs=0)


def test_the_bounds_solve_the_quadratic_of_fieller() -> None:
    a = TREATMENT.standard_error**2
    b = CONTROL.standard_error**2
    k2 = 2.5**2
    roots = np.roots(
        [
            CONTROL.value**2 - k2 * b,
            -2 * TREATMENT.value * CONTROL.value,
            TREATMENT.value**2 - k2 * a,
        ]
    )
    bounds = relative_bounds(TREATMENT, CONTROL, critical_value=2.5)
    assert bounds == pytest.approx(sorted(root - 1 for root in roots), rel=1e-9)


def test_a_decline_has_its_bounds_in_order() -> None:
    interval = relative_interval(CONTROL, TREATMENT)
    assert -0.2 < interval.lower < CONTROL.value / TREATMENT.value - 1 < interval.upper < 0


@pytest.mark.parametrize(
    ("treatment", "control", "code"),
    [
        (MeanSummary.of([1, 2, 3, 4]), CONTROL, "too_few_units"),
        (TREATMENT, MeanSummary.of([1, 2, 3, 4]), "too_few_units"),
        (MeanSummary.of([1] * 9), MeanSummary.of([2] * 9), "no_variance"),
        (
            ProportionSummary(count=50, successes=0),
            ProportionSummary(count=50, successes=9),
            "proportion_at_bound",
        ),
        (
            ProportionSummary(count=50, successes=9),
            ProportionSummary(count=50, successes=50),
            "proportion_at_bound",
        ),
        (MeanSummary(count=9, sum=1e200, sum_squares=1e308), CONTROL, "not_finite"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_its_reason(
    treatment: Summary, control: Summary, code: str
) -> None:
    for attempt in (welch_test, relative_interval):
        with pytest.raises(Undefined) as caught:
            attempt(treatment, control)
        assert caught.value.code == code


def test_a_share_of_nothing_is_undefined() -> None:
    nothing = MeanSummary.of([-1.0, 1.0] * 10)
    with pytest.raises(Undefined) as caught:
        welch_test(TREATMENT, nothing, scale=Scale.RELATIVE)
    assert caught.value.code == "baseline_near_zero"


def test_an_effect_beyond_the_range_of_numbers_is_undefined() -> None:
    huge = MeanSummary(count=10, sum=1e308, sum_squares=1e307)
    with pytest.raises(Undefined) as caught:
        welch_test(huge, CONTROL)
    assert caught.value.code == "not_finite"
    tiny = MeanSummary(count=10, sum=1.01e-8, sum_squares=1.1e-17)
    large = MeanSummary(count=10, sum=1e152, sum_squares=1.1e303)
    with pytest.raises(Undefined) as caught:
        welch_test(large, tiny, scale=Scale.RELATIVE)
    assert caught.value.code == "not_finite"


@pytest.mark.parametrize(
    ("control", "code"),
    [
        (MeanSummary(count=380, sum=-760, sum_squares=8800), "baseline_not_positive"),
        (MeanSummary.of([-1.0, 1.1] * 10), "baseline_near_zero"),
    ],
)
def test_a_relative_interval_needs_a_control_clearly_above_zero(
    control: MeanSummary, code: str
) -> None:
    with pytest.raises(Undefined) as caught:
        relative_interval(TREATMENT, control)
    assert caught.value.code == code


def test_a_relative_interval_is_no_point() -> None:
    with pytest.raises(Undefined) as caught:
        relative_interval(MeanSummary.of([0.0] * 100), CONTROL)
    assert caught.value.code == "no_variance"


def test_relative_bounds_beyond_the_range_of_numbers_are_undefined() -> None:
    tiny = MeanSummary.of([1e-150, 2e-150] * 50)
    large = MeanSummary.of([1e10, 2e10] * 50)
    with pytest.raises(Undefined) as caught:
        relative_interval(large, tiny)
    assert caught.value.code == "not_finite"


def test_a_relative_effect_whose_error_vanishes_is_undefined() -> None:
    with pytest.raises(Undefined) as caught:
        welch_test(MeanSummary.of([0.0] * 100), CONTROL, scale=Scale.RELATIVE)
    assert caught.value.code == "no_variance"


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, float("nan")])
def test_alpha_lies_between_zero_and_one(alpha: float) -> None:
    with pytest.raises(InvalidInput):
        welch_test(TREATMENT, CONTROL, alpha=alpha)
    with pytest.raises(InvalidInput):
        relative_interval(TREATMENT, CONTROL, alpha=alpha)
