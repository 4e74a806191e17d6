"""CUPED from sums, and post-stratification."""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    CovariateSummary,
    CupedAdjustment,
    Estimate,
    MeanSummary,
    ProportionSummary,
    Scale,
    combine,
    compatible_cuped,
    compatible_estimate,
    cuped,
    post_stratified_effect,
    t_critical_value,
    t_test,
)
from splitplot.stats.covariates import adjusted_variance
from tests.unit.stats.stats_cases import case_id, cases, summary_of

Adjustment: TypeAlias = Callable[[CovariateSummary, CovariateSummary], CupedAdjustment]

whole = st.integers(-100, 100)
unit_pairs = st.lists(st.tuples(whole, whole), min_size=3, max_size=20)


def covariate_summary(document: dict[str, Any]) -> CovariateSummary:
    metric = summary_of(document["metric"])
    assert isinstance(metric, MeanSummary | ProportionSummary)
    return CovariateSummary(**{**document, "metric": metric})


def of_pairs(pairs: list[tuple[int, int]]) -> CovariateSummary:
    return CovariateSummary.of([y for y, _ in pairs], [x for _, x in pairs])


@pytest.mark.parametrize("adjust", [cuped, compatible_cuped])
@pytest.mark.parametrize("case", cases("cuped"), ids=case_id)
def test_the_adjustment_equals_the_reference(case: dict[str, Any], adjust: Adjustment) -> None:
    adjustment = adjust(covariate_summary(case["treatment"]), covariate_summary(case["control"]))
    variants = (adjustment.treatment, adjustment.control)
    assert adjustment.theta == pytest.approx(case["theta"], rel=1e-9)
    assert [each.value for each in variants] == pytest.approx(case["values"], rel=1e-9)
    assert [each.variance for each in variants] == pytest.approx(case["variances"], rel=1e-9)
    assert [each.reduction for each in variants] == pytest.approx(case["reductions"], rel=1e-8)


@pytest.mark.parametrize("case", cases("cuped"), ids=case_id)
def test_the_compatible_figures_equal_the_reference(case: dict[str, Any]) -> None:
    adjustment = compatible_cuped(
        covariate_summary(case["treatment"]), covariate_summary(case["control"])
    )
    expected = case["compatible"]
    estimate = compatible_estimate(adjustment, scale=Scale(case["scale"]))
    assert estimate.effect == pytest.approx(expected["effect"], rel=1e-9)
    assert estimate.variance == pytest.approx(expected["variance"], rel=1e-9)
    if expected["df"] is None:
        posterior = combine(estimate, None)
        interval = posterior.interval(0.95)
        assert posterior.chance_above_zero == pytest.approx(expected["chance"], rel=1e-8)
        assert [interval.lower, interval.upper] == pytest.approx(expected["interval"], rel=1e-8)
        assert posterior.is_decided(0.95) is expected["significant"]
        return
    test = t_test(estimate, df=adjustment.contrast.df)
    assert test.df == pytest.approx(expected["df"], rel=1e-9)
    tolerance = 1e-6 if expected["p_value"] < 1e-12 else 1e-8
    assert test.p_value == pytest.approx(expected["p_value"], rel=tolerance)
    bounds = [test.interval.lower, test.interval.upper]
    assert bounds == pytest.approx(expected["interval"], rel=1e-8)
    assert test.is_significant is expected["significant"]


@pytest.mark.parametrize(
    "case", [case for case in cases("cuped") if case["exact"] is not None], ids=case_id
)
def test_the_exact_relative_variance_equals_the_reference(case: dict[str, Any]) -> None:
    adjustment = cuped(covariate_summary(case["treatment"]), covariate_summary(case["control"]))
    contrast, expected = adjustment.contrast, case["exact"]
    test = t_test(contrast.estimate(Scale.RELATIVE), df=contrast.df)
    assert test.effect == pytest.approx(case["compatible"]["effect"], rel=1e-9)
    assert test.variance == pytest.approx(expected["variance"], rel=1e-9)
    tolerance = 1e-6 if expected["p_value"] < 1e-12 else 1e-8
    assert test.p_value == pytest.approx(expected["p_value"], rel=tolerance)
    bounds = [test.interval.lower, test.interval.upper]
    assert bounds == pytest.approx(expected["interval"], rel=1e-8)


@pytest.mark.parametrize("case", cases("cuped_relative"), ids=case_id)
def test_the_relative_bounds_equal_the_reference(case: dict[str, Any]) -> None:
    contrast = cuped(
        covariate_summary(case["treatment"]), covariate_summary(case["control"])
    ).contrast
    expected = case["expected"]
    test = t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df, alpha=case["alpha"])
    covariance = contrast.slope * contrast.base_variance
    lower, upper = contrast.relative_bounds(t_critical_value(contrast.df, alpha=case["alpha"]))
    assert test.effect == pytest.approx(expected["adjusted_difference"], rel=1e-8)
    assert test.variance == pytest.approx(expected["var_difference"], rel=1e-8)
    assert covariance == pytest.approx(expected["cov"], rel=1e-8)
    assert test.df == pytest.approx(expected["df"], rel=1e-8)
    assert test.p_value == pytest.approx(expected["p_value"], rel=1e-8, abs=0)
    relative = contrast.estimate(Scale.RELATIVE)
    assert relative.effect == pytest.approx(expected["relative_effect"], rel=1e-8)
    assert [lower, upper] == pytest.approx(expected["rel_ci_fieller"], rel=1e-8)


def test_the_variance_falls_by_the_squared_correlation() -> None:
    generator = np.random.default_rng(5)
    x = generator.normal(10, 2, size=(2, 400))
    y = 0.6 * x + generator.normal(0, 1.6, size=(2, 400))
    adjustment = cuped(
        CovariateSummary.of(y[0].tolist(), x[0].tolist()),
        CovariateSummary.of(y[1].tolist(), x[1].tolist()),
    )
    correlation = float(np.corrcoef(x.ravel(), y.ravel())[0, 1])
    reductions = (adjustment.treatment.reduction, adjustment.control.reduction)
    assert np.mean(reductions) == pytest.approx(correlation**2, abs=0.02)


@given(left=unit_pairs, right=unit_pairs)
def test_sums_of_parts_add_up(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    assert of_pairs(left) + of_pairs(right) == of_pairs(left + right)


@given(treatment=unit_pairs, control=unit_pairs, exponent=st.integers(-30, 30))
def test_the_covariates_unit_of_measure_does_not_matter(
    treatment: list[tuple[int, int]], control: list[tuple[int, int]], exponent: int
) -> None:
    factor = 2.0**exponent
    try:
        plain = cuped(of_pairs(treatment), of_pairs(control)).contrast
    except Undefined:
        return
    scaled = [
        CovariateSummary.of([y for y, _ in pairs], [x * factor for _, x in pairs])
        for pairs in (treatment, control)
    ]
    other = cuped(*scaled).contrast
    assert other.difference == pytest.approx(plain.difference, rel=1e-9, abs=1e-9)
    assert other.squared_errors == pytest.approx(plain.squared_errors, rel=1e-9, abs=1e-9)


@given(treatment=unit_pairs, control=unit_pairs)
def test_the_contrast_holds_the_joint_errors_of_difference_and_base(
    treatment: list[tuple[int, int]], control: list[tuple[int, int]]
) -> None:
    summaries = of_pairs(treatment), of_pairs(control)
    assume(summaries[1].metric.variance > 0)
    try:
        adjustment = cuped(*summaries)
    except Undefined:
        return
    contrast = adjustment.contrast
    assert contrast.rest_variance >= 0
    total = contrast.rest_variance + contrast.slope**2 * contrast.base_variance
    assert total == pytest.approx(sum(contrast.squared_errors), rel=1e-6, abs=1e-9)
    own, theta = summaries[1], adjustment.theta
    covariance = -(own.metric.variance - theta * own.covariance) / own.metric.count
    assert contrast.slope * contrast.base_variance == pytest.approx(covariance, rel=1e-6, abs=1e-9)


@given(treatment=unit_pairs, control=unit_pairs, alpha=st.floats(0.01, 0.5))
def test_the_adjusted_relative_bounds_exclude_zero_with_the_absolute_ones(
    treatment: list[tuple[int, int]], control: list[tuple[int, int]], alpha: float
) -> None:
    try:
        contrast = cuped(of_pairs(treatment), of_pairs(control)).contrast
        critical_value = t_critical_value(contrast.df, alpha=alpha)
        lower, upper = contrast.relative_bounds(critical_value)
    except Undefined:
        return
    margin = critical_value * math.sqrt(sum(contrast.squared_errors))
    assume(abs(abs(contrast.difference) - margin) > 1e-6)
    assert (lower > 0 or upper < 0) is (abs(contrast.difference) > margin)


def test_a_control_that_never_varies_leaves_its_error_out_of_the_share() -> None:
    control = CovariateSummary.of([5, 5, 5, 5], [1, 2, 3, 4])
    treatment = CovariateSummary.of([5, 6, 7, 9], [1, 3, 3, 5])
    contrast = cuped(treatment, control).contrast
    assert contrast.base_variance == 0
    assert contrast.estimate(Scale.RELATIVE).variance == pytest.approx(
        contrast.estimate(Scale.ABSOLUTE).variance / 25
    )


def test_a_covariate_that_says_everything_leaves_nothing_to_test() -> None:
    same = CovariateSummary.of([1, 2, 3, 4.5], [1, 2, 3, 4.5])
    with pytest.raises(Undefined) as caught:
        cuped(same, same)
    assert caught.value.code == "no_variance"


def test_the_compatible_floor_keeps_a_variance_above_zero() -> None:
    same = CovariateSummary.of([1, 2, 3, 4.5], [1, 2, 3, 4.5])
    assert compatible_cuped(same, same).treatment.variance == 1e-10


def test_the_compatible_floor_takes_a_tiny_covariate_for_constant() -> None:
    tiny = CovariateSummary.of([1, 2, 3, 4], [1e-6, 2e-6, 3e-6, 5e-6])
    assert compatible_cuped(tiny, tiny).theta == 0
    assert cuped(tiny, tiny).theta == pytest.approx(742857.142857)


def test_a_constant_covariate_changes_nothing() -> None:
    treatment = CovariateSummary.of([1, 2, 3], [7, 7, 7])
    control = CovariateSummary.of([0, 2, 2], [7, 7, 7])
    adjustment = cuped(treatment, control)
    assert adjustment.theta == 0
    assert adjustment.contrast.difference == pytest.approx(2 / 3)
    assert adjustment.treatment.reduction == 0


def test_a_variant_without_variance_has_nothing_to_reduce() -> None:
    adjustment = cuped(
        CovariateSummary.of([3, 3, 3], [1, 1, 1]), CovariateSummary.of([1, 2, 4], [0, 1, 2])
    )
    assert adjustment.treatment.reduction == 0


def test_a_proportion_at_its_bound_stays_undefined_with_a_covariate() -> None:
    none = CovariateSummary(
        metric=ProportionSummary(count=10, successes=0),
        covariate_sum=5,
        covariate_sum_squares=5,
        product_sum=0,
    )
    some = CovariateSummary(
        metric=ProportionSummary(count=10, successes=4),
        covariate_sum=5,
        covariate_sum_squares=5,
        product_sum=3,
    )
    for adjust in (cuped, compatible_cuped):
        with pytest.raises(Undefined) as caught:
            adjust(some, none)
        assert caught.value.code == "proportion_at_bound"


def test_proportions_add_up_but_not_with_means() -> None:
    share = CovariateSummary(
        metric=ProportionSummary(count=4, successes=1),
        covariate_sum=2,
        covariate_sum_squares=2,
        product_sum=1,
    )
    assert (share + share).metric == ProportionSummary(count=8, successes=2)
    with pytest.raises(InvalidInput):
        share + CovariateSummary.of([1.0], [2.0])


def test_a_single_unit_has_no_covariance() -> None:
    assert CovariateSummary.of([3.0], [2.0]).covariance == 0


def test_sums_beyond_the_range_of_numbers_are_undefined() -> None:
    huge = CovariateSummary(
        metric=MeanSummary(count=5, sum=1e200, sum_squares=1e300),
        covariate_sum=1e200,
        covariate_sum_squares=1e300,
        product_sum=1e300,
    )
    with pytest.raises(Undefined) as caught:
        _ = huge.covariance
    assert caught.value.code == "not_finite"


def test_each_value_needs_its_covariate() -> None:
    with pytest.raises(InvalidInput):
        CovariateSummary.of([1, 2], [1])


def test_a_relative_compatible_effect_needs_a_base() -> None:
    control = CovariateSummary.of([-1, 1, -1, 1], [1, 2, 3, 5])
    adjustment = compatible_cuped(CovariateSummary.of([1, 2, 2, 4], [1, 2, 3, 4]), control)
    with pytest.raises(Undefined) as caught:
        compatible_estimate(adjustment, scale=Scale.RELATIVE)
    assert caught.value.code == "baseline_near_zero"


def test_an_adjusted_variance_is_never_negative() -> None:
    assert adjusted_variance(1.0, shared=1.0, explained=1.0) == 0
    assert adjusted_variance(1.0, shared=1.1, explained=1.0) == 0


@pytest.mark.parametrize("case", cases("post_stratification"), ids=case_id)
def test_post_stratification_equals_the_reference(case: dict[str, Any]) -> None:
    def mean(count: int, value: float, variance: float) -> MeanSummary:
        squares = (count - 1) * variance + count * value * value
        return MeanSummary(count=count, sum=count * value, sum_squares=squares)

    estimate = post_stratified_effect(
        (mean(*row[:3]), mean(*row[3:])) for row in case["input"]["strata"]
    )
    assert estimate.effect == pytest.approx(case["expected"]["estimate"], rel=1e-8)
    assert math.sqrt(estimate.variance) == pytest.approx(case["expected"]["se"], rel=1e-8)


def test_one_stratum_is_the_plain_difference() -> None:
    treatment, control = MeanSummary.of([1, 2, 4]), MeanSummary.of([0, 1, 1])
    assert post_stratified_effect([(treatment, control)]) == Estimate(
        effect=treatment.value - control.value,
        variance=treatment.variance / 3 + control.variance / 3,
    )


def test_no_strata_have_no_effect() -> None:
    with pytest.raises(Undefined) as caught:
        post_stratified_effect([])
    assert caught.value.code == "no_strata"
