"""Normal mixtures, one-sided sequences, and decisions by loss and by region."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from splitplot.errors import InvalidInput
from splitplot.stats import (
    Estimate,
    LossDecision,
    Posterior,
    always_valid_test,
    best_mixture_variance,
    decide_by_loss,
    mixture_test,
    mixture_variance,
    sequential_lower_bound,
)
from tests.unit.stats.stats_cases import case_id, cases

REFERENCES = cases("mixtures")
LOOK = Estimate(effect=0.02, variance=1e-4)


def of_method(name: str) -> list[dict[str, Any]]:
    return [case for case in REFERENCES if case["method"] == name]


@pytest.mark.parametrize("case", of_method("msprt"), ids=case_id)
def test_the_mixture_test_equals_the_reference(case: dict[str, Any]) -> None:
    given_, expected = case["input"], case["expected"]
    look = mixture_test(
        Estimate(effect=given_["estimate"], variance=given_["variance"]),
        mixture_variance=given_["tau2"],
        alpha=given_["alpha"],
    )
    assert math.exp(look.log_e_value) == pytest.approx(expected["bayes_factor"], rel=1e-8)
    assert look.p_value == pytest.approx(expected["p_value"], rel=1e-8)
    assert [look.interval.lower, look.interval.upper] == pytest.approx(expected["ci"], rel=1e-8)


@pytest.mark.parametrize("case", of_method("msprt_best_tau2"), ids=case_id)
def test_the_best_mixture_equals_the_reference(case: dict[str, Any]) -> None:
    given_, expected = case["input"], case["expected"]
    best = best_mixture_variance(given_["variance"], alpha=given_["alpha"])
    assert best == pytest.approx(expected["tau2"], rel=1e-8)
    estimate = Estimate(effect=0.0, variance=given_["variance"])

    def half_width(mixture: float) -> float:
        return mixture_test(estimate, mixture_variance=mixture, alpha=0.05).interval.upper

    assert half_width(best) == pytest.approx(expected["halfwidth"], rel=1e-8)
    assert half_width(best) < min(half_width(best * 1.01), half_width(best * 0.99))


@pytest.mark.parametrize("case", of_method("acs_one_sided_lower"), ids=case_id)
def test_the_one_sided_bound_equals_the_reference(case: dict[str, Any]) -> None:
    given_ = case["input"]
    lower = sequential_lower_bound(
        Estimate(effect=given_["estimate"], variance=given_["sigma2"] / given_["t"]),
        mixture_variance=given_["rho"] ** 2 * given_["sigma2"],
        alpha=given_["alpha"],
    )
    assert lower == pytest.approx(case["expected"]["lower"], rel=1e-8)


@given(units=st.integers(10, 10**6), tuning=st.floats(1, 1e6))
def test_the_tuned_sequence_is_a_mixture_test(units: int, tuning: float) -> None:
    spread = mixture_variance(LOOK.variance, units=units, alpha=0.05, tuning=tuning)
    mixed = mixture_test(LOOK, mixture_variance=spread)
    tuned = always_valid_test(LOOK, units=units, tuning=tuning)
    assert mixed.log_e_value == pytest.approx(tuned.log_e_value, rel=1e-9, abs=1e-12)
    assert mixed.interval.upper == pytest.approx(tuned.interval.upper, rel=1e-9)


def test_one_side_is_closer_than_two() -> None:
    lower = sequential_lower_bound(LOOK, mixture_variance=4e-4)
    assert mixture_test(LOOK, mixture_variance=4e-4).interval.lower < lower < LOOK.effect


@pytest.mark.parametrize("spread", [0.0, -1.0, math.inf, math.nan])
def test_a_mixture_has_a_spread(spread: float) -> None:
    for attempt in (mixture_test, sequential_lower_bound):
        with pytest.raises(InvalidInput):
            attempt(LOOK, mixture_variance=spread)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_the_error_rate_of_a_mixture_lies_between_zero_and_one(alpha: float) -> None:
    with pytest.raises(InvalidInput):
        best_mixture_variance(1e-4, alpha=alpha)
    with pytest.raises(InvalidInput):
        mixture_test(LOOK, mixture_variance=1e-4, alpha=alpha)
    with pytest.raises(InvalidInput):
        sequential_lower_bound(LOOK, mixture_variance=1e-4, alpha=alpha)


@pytest.mark.parametrize(
    ("mean", "variance", "decision"),
    [
        (0.015, 5e-5, LossDecision.SHIP),
        (-0.015, 5e-5, LossDecision.KEEP),
        (0.0001, 1e-8, LossDecision.EITHER),
        (0.002, 1e-4, LossDecision.CONTINUE),
    ],
)
def test_a_loss_nobody_minds_decides(mean: float, variance: float, decision: LossDecision) -> None:
    assert decide_by_loss(Posterior(mean=mean, variance=variance), tolerance=5e-4) is decision


@pytest.mark.parametrize("tolerance", [0.0, -1.0, math.nan])
def test_a_tolerance_is_above_zero(tolerance: float) -> None:
    with pytest.raises(InvalidInput):
        decide_by_loss(Posterior(mean=0, variance=1), tolerance=tolerance)


@given(mean=st.floats(-3, 3), radius=st.floats(0, 3))
def test_the_chance_of_no_difference_worth_having_is_a_normal_probability(
    mean: float, radius: float
) -> None:
    expected = scipy_stats.norm.cdf(radius, mean, 0.5) - scipy_stats.norm.cdf(-radius, mean, 0.5)
    found = Posterior(mean=mean, variance=0.25).chance_within(radius)
    assert found == pytest.approx(expected, abs=1e-12)
