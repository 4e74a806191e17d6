"""Quantiles of observations that come in units."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    ProportionSummary,
    QuantileSummary,
    RatioSummary,
    quantile_bounds,
    quantile_effect,
    quantile_rank,
    quantile_summary,
)
from splitplot.stats.quantiles import summary_from_bounds
from tests.unit.stats.stats_cases import case_id, cases


@pytest.mark.parametrize("case", cases("quantiles"), ids=case_id)
def test_quantiles_of_units_equal_the_reference(case: dict[str, Any]) -> None:
    clusters, probability = case["input"]["clusters"], case["input"]["p"]
    expected = case["expected"]
    summary = quantile_summary(clusters, probability=probability)
    assert summary.observations == expected["n"]
    assert summary.value == expected["quantile"]
    assert [summary.lower, summary.upper] == expected["ci_cluster"]
    assert summary.standard_error == pytest.approx(expected["se_cluster"], rel=1e-8)
    below = RatioSummary.of(
        (sum(value <= summary.value for value in unit), len(unit)) for unit in clusters
    )
    assert below.value == pytest.approx(expected["p_hat"], rel=1e-8)
    assert below.standard_error == pytest.approx(expected["sigma_p_cluster"], rel=1e-8)


@pytest.mark.parametrize("case", cases("quantiles"), ids=case_id)
def test_independent_observations_have_the_binomial_error(case: dict[str, Any]) -> None:
    ordered = sorted(value for unit in case["input"]["clusters"] for value in unit)
    expected = case["expected"]
    below = ProportionSummary(count=len(ordered), successes=quantile_rank(0.5, len(ordered)))
    ranks = quantile_bounds(0.5, below)
    lower, upper = ordered[ranks.lower - 1], ordered[ranks.upper - 1]
    assert below.standard_error == pytest.approx(expected["sigma_p_iid"], rel=1e-8)
    assert [lower, upper] == expected["ci_iid"]
    summary = summary_from_bounds(3.4, lower=lower, upper=upper, observations=len(ordered))
    assert summary.standard_error == pytest.approx(expected["se_iid"], rel=1e-8)


@given(observations=st.integers(1, 10**6), percent=st.integers(1, 99))
def test_the_rank_of_a_percentage_is_exact(observations: int, percent: int) -> None:
    rank = quantile_rank(percent / 100, observations)
    assert rank == -(-percent * observations // 100)


@given(units=st.lists(st.lists(st.floats(0, 100), min_size=1, max_size=5), min_size=2, max_size=9))
def test_the_quantile_lies_between_its_bounds(units: list[list[float]]) -> None:
    for probability in (0.1, 0.5, 0.9):
        summary = quantile_summary(units, probability=probability)
        assert summary.lower <= summary.value <= summary.upper
        assert summary.standard_error >= 0


def test_repeating_each_observation_of_a_unit_teaches_nothing() -> None:
    units = [[float(value)] for value in range(1, 40)]
    doubled = [unit * 5 for unit in units]
    once, often = (quantile_summary(each, probability=0.5) for each in (units, doubled))
    assert often.value == once.value
    assert often.standard_error == pytest.approx(once.standard_error, rel=0.15)


def test_two_quantiles_have_a_difference() -> None:
    treatment = summary_from_bounds(5.0, lower=4.0, upper=6.0, observations=90)
    control = summary_from_bounds(7.0, lower=5.5, upper=8.5, observations=80)
    estimate = quantile_effect(treatment, control)
    assert estimate.effect == -2
    assert math.sqrt(estimate.variance) == pytest.approx(math.hypot(2, 3) / 2 / 1.959964)


def test_quantiles_among_equal_observations_have_no_error() -> None:
    flat = QuantileSummary(observations=9, value=1, lower=1, upper=1, standard_error=0)
    with pytest.raises(Undefined) as caught:
        quantile_effect(flat, flat)
    assert caught.value.code == "no_variance"


def test_nothing_has_no_quantile() -> None:
    with pytest.raises(Undefined) as caught:
        quantile_summary([[], []], probability=0.5)
    assert caught.value.code == "no_units"


def test_one_unit_has_no_error() -> None:
    with pytest.raises(Undefined) as caught:
        quantile_bounds(0.5, RatioSummary.of([(3, 6)]))
    assert caught.value.code == "too_few_units"


def test_an_observation_is_a_number() -> None:
    with pytest.raises(InvalidInput):
        quantile_summary([[1.0], [math.nan]], probability=0.5)


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_quantile_lies_inside(probability: float) -> None:
    with pytest.raises(InvalidInput):
        quantile_rank(probability, 10)
    with pytest.raises(InvalidInput):
        quantile_bounds(probability, RatioSummary.of([(1, 2), (2, 3)]))
