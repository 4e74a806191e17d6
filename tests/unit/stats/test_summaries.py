"""Moments of one variant."""

from typing import Any

import numpy as np
import pytest

from splitplot.errors import Undefined
from splitplot.stats import MeanSummary, ProportionSummary, RatioSummary, Summary
from tests.unit.stats.stats_cases import case_id, cases, summary_of


@pytest.mark.parametrize("case", cases("moments"), ids=case_id)
def test_moments_equal_the_reference(case: dict[str, Any]) -> None:
    summary = summary_of(case["summary"])
    assert summary.value == pytest.approx(case["value"], rel=1e-9)
    assert summary.variance == pytest.approx(case["variance"], rel=1e-9)
    assert summary.standard_error == pytest.approx(case["standard_error"], rel=1e-9)
    if isinstance(summary, RatioSummary):
        assert summary.covariance == pytest.approx(case["covariance"], rel=1e-9)


def test_moments_of_a_mean_equal_numpy() -> None:
    values = np.random.default_rng(7).exponential(3.0, size=200)
    summary = MeanSummary.of(values.tolist())
    assert summary.value == pytest.approx(values.mean(), rel=1e-12)
    assert summary.variance == pytest.approx(values.var(ddof=1), rel=1e-12)


def test_the_variance_of_a_ratio_is_that_of_the_linearized_units() -> None:
    generator = np.random.default_rng(11)
    denominators = generator.integers(1, 6, size=300).astype(float)
    numerators = denominators * generator.normal(4.0, 1.0, size=300)
    summary = RatioSummary(
        count=300,
        sum=float(numerators.sum()),
        sum_squares=float((numerators**2).sum()),
        denominator_sum=float(denominators.sum()),
        denominator_sum_squares=float((denominators**2).sum()),
        product_sum=float((numerators * denominators).sum()),
    )
    ratio = numerators.sum() / denominators.sum()
    linearized = (numerators - ratio * denominators) / denominators.mean()
    assert summary.value == pytest.approx(ratio, rel=1e-12)
    assert summary.variance == pytest.approx(linearized.var(ddof=1), rel=1e-9)


def test_a_single_unit_has_no_variance() -> None:
    one = RatioSummary(
        count=1,
        sum=3,
        sum_squares=9,
        denominator_sum=2,
        denominator_sum_squares=4,
        product_sum=6,
    )
    assert (one.value, one.variance, one.covariance) == (1.5, 0.0, 0.0)


def test_rounding_of_equal_values_does_not_pass_for_spread() -> None:
    equal = MeanSummary.of([1e6 + 0.1] * 1000)
    assert equal.variance == 0.0
    nearly = MeanSummary(count=10, sum=1.0, sum_squares=0.1 - 1e-17)
    assert nearly.variance == 0.0


def test_a_spread_that_is_small_against_the_mean_is_kept() -> None:
    assert MeanSummary.of([999.0, 1001.0]).variance == pytest.approx(2.0)


@pytest.mark.parametrize(
    "empty",
    [
        MeanSummary(count=0, sum=0, sum_squares=0),
        ProportionSummary(count=0, successes=0),
        RatioSummary(
            count=0,
            sum=0,
            sum_squares=0,
            denominator_sum=0,
            denominator_sum_squares=0,
            product_sum=0,
        ),
    ],
    ids=["mean", "proportion", "ratio"],
)
def test_nothing_is_known_about_no_units(empty: Summary) -> None:
    for attribute in ("value", "variance", "standard_error"):
        with pytest.raises(Undefined) as caught:
            getattr(empty, attribute)
        assert caught.value.code == "no_units"


def test_a_ratio_with_a_zero_denominator_is_undefined() -> None:
    summary = RatioSummary(
        count=3,
        sum=1,
        sum_squares=1,
        denominator_sum=0,
        denominator_sum_squares=2,
        product_sum=0,
    )
    with pytest.raises(Undefined) as caught:
        _ = summary.value
    assert caught.value.code == "zero_denominator"


@pytest.mark.parametrize("total", [float("inf"), float("nan"), 1e300])
def test_sums_beyond_the_range_of_numbers_are_undefined(total: float) -> None:
    summary = MeanSummary(count=2, sum=total, sum_squares=float("inf"))
    with pytest.raises(Undefined) as caught:
        _ = summary.variance
    assert caught.value.code == "not_finite"
    ratio = RatioSummary(
        count=2,
        sum=1.0,
        sum_squares=1.0,
        denominator_sum=total,
        denominator_sum_squares=float("inf"),
        product_sum=1.0,
        has_binary_denominator=False,
    )
    with pytest.raises(Undefined):
        _ = ratio.variance


def test_parts_add_up_to_the_whole() -> None:
    assert MeanSummary.of([1, 2]) + MeanSummary.of([3]) == MeanSummary.of([1, 2, 3])
    left = ProportionSummary(count=10, successes=3)
    right = ProportionSummary(count=5, successes=1)
    assert left + right == ProportionSummary(count=15, successes=4)
    assert (left + right).failures == 11
    part = RatioSummary(
        count=1,
        sum=2,
        sum_squares=4,
        denominator_sum=3,
        denominator_sum_squares=9,
        product_sum=6,
    )
    assert part + part == RatioSummary(
        count=2,
        sum=4,
        sum_squares=8,
        denominator_sum=6,
        denominator_sum_squares=18,
        product_sum=12,
    )


def test_ratios_with_different_kinds_of_denominator_do_not_add() -> None:
    numeric = RatioSummary(
        count=1,
        sum=1,
        sum_squares=1,
        denominator_sum=1,
        denominator_sum_squares=1,
        product_sum=1,
    )
    binary = RatioSummary(
        count=1,
        sum=1,
        sum_squares=1,
        denominator_sum=1,
        denominator_sum_squares=1,
        product_sum=1,
        has_binary_denominator=True,
    )
    with pytest.raises(TypeError):
        _ = numeric + binary
