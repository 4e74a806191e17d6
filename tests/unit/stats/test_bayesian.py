"""Posteriors of effects."""

from typing import Any

import pytest
from scipy import integrate
from scipy import stats as scipy_stats

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    Estimate,
    MeanSummary,
    NormalPrior,
    Posterior,
    ProportionSummary,
    Scale,
    posterior_effect,
    relative_credible_interval,
)
from splitplot.stats.bayesian import combine
from tests.unit.stats.stats_cases import case_id, cases, summary_of


@pytest.mark.parametrize("case", cases("bayesian"), ids=case_id)
def test_the_compatible_posterior_equals_the_reference(case: dict[str, Any]) -> None:
    posterior = posterior_effect(
        summary_of(case["treatment"]),
        summary_of(case["control"]),
        scale=Scale(case["scale"]),
        prior=case["prior"] and NormalPrior(**case["prior"]),
    )
    chance = posterior.chance_below_zero if case["inverse"] else posterior.chance_above_zero
    interval = posterior.interval(case["level"])
    assert posterior.mean == pytest.approx(case["mean"], rel=1e-9)
    assert posterior.variance == pytest.approx(case["variance"], rel=1e-9)
    assert chance == pytest.approx(case["chance_to_win"], rel=1e-8)
    assert [interval.lower, interval.upper] == pytest.approx(case["interval"], rel=1e-8)
    # The reference subtracts two nearly equal terms when a loss is tiny; ours does not.
    losses = (posterior.loss_if_kept, posterior.loss_if_shipped)
    expected = (case["loss_if_kept"], case["loss_if_shipped"])
    assert losses == pytest.approx(expected, rel=1e-8, abs=1e-16)
    assert posterior.is_decided(case["level"]) is case["significant"]


@pytest.mark.parametrize("case", cases("posteriors"), ids=case_id)
def test_a_prior_pulls_the_estimate_in(case: dict[str, Any]) -> None:
    posterior = combine(
        Estimate(effect=case["estimate"], variance=case["se"] ** 2),
        NormalPrior(mean=case["prior_mean"], variance=case["prior_var"]),
    )
    expected = case["expected"]
    assert posterior.mean == pytest.approx(expected["mean"], rel=1e-8)
    assert posterior.variance**0.5 == pytest.approx(expected["sd"], rel=1e-8)
    assert posterior.chance_above_zero == pytest.approx(expected["p_positive"], rel=1e-8)
    assert posterior.loss_if_shipped == pytest.approx(expected["loss_ship"], rel=1e-8, abs=0)
    assert posterior.loss_if_kept == pytest.approx(expected["loss_hold"], rel=1e-8)


@pytest.mark.parametrize("mean", [-2.7, -0.9, -0.1, 0.0, 0.2, 1.5, 2.7])
def test_losses_equal_their_integrals(mean: float) -> None:
    posterior = Posterior(mean=mean, variance=0.25)
    density = scipy_stats.norm(mean, 0.5).pdf
    kept, _ = integrate.quad(lambda theta: theta * density(theta), 0, 8, epsabs=0, epsrel=1e-12)
    shipped, _ = integrate.quad(
        lambda theta: -theta * density(theta), -8, 0, epsabs=0, epsrel=1e-12
    )
    assert posterior.loss_if_kept == pytest.approx(kept, rel=1e-10, abs=0)
    assert posterior.loss_if_shipped == pytest.approx(shipped, rel=1e-10, abs=0)


def test_a_hopeless_loss_is_tiny_and_not_negative() -> None:
    sure = Posterior(mean=30.0, variance=1.0)
    # The first terms of the asymptotic series phi(z) * (1/z^2 - 3/z^4 + 15/z^6).
    series = 1 / 30**2 - 3 / 30**4 + 15 / 30**6 - 105 / 30**8
    assert sure.loss_if_shipped == pytest.approx(scipy_stats.norm.pdf(30.0) * series, rel=1e-5)
    assert Posterior(mean=1e9, variance=1.0).loss_if_shipped == 0.0
    assert Posterior(mean=-1e9, variance=1.0).loss_if_shipped == 1e9


def test_the_relative_interval_holds_the_quantiles_of_the_ratio() -> None:
    treatment = ProportionSummary(count=2000, successes=260)
    control = ProportionSummary(count=2000, successes=220)
    interval = relative_credible_interval(treatment, control, level=0.9)
    for bound, probability in ((interval.lower, 0.05), (interval.upper, 0.95)):
        contrast = treatment.value - (1 + bound) * control.value
        error = (treatment.standard_error**2 + ((1 + bound) * control.standard_error) ** 2) ** 0.5
        assert scipy_stats.norm.cdf(-contrast / error) == pytest.approx(probability, rel=1e-9)


@pytest.mark.parametrize(
    ("successes", "code"), [(4, "too_few_successes"), (96, "too_few_failures")]
)
def test_a_skewed_proportion_is_refused(successes: int, code: str) -> None:
    skewed = ProportionSummary(count=100, successes=successes)
    fine = ProportionSummary(count=100, successes=50)
    for treatment, control in ((skewed, fine), (fine, skewed)):
        for attempt in (posterior_effect, relative_credible_interval):
            with pytest.raises(Undefined) as caught:
                attempt(treatment, control)
            assert caught.value.code == code


def test_a_share_of_a_negative_control_is_refused() -> None:
    control = MeanSummary.of([-3.0, -2.0])
    treatment = MeanSummary.of([1.0, 2.0])
    with pytest.raises(Undefined) as caught:
        posterior_effect(treatment, control, scale=Scale.RELATIVE)
    assert caught.value.code == "baseline_not_positive"
    assert posterior_effect(treatment, control).mean == 4.0


def test_a_prior_needs_a_variance() -> None:
    with pytest.raises(InvalidInput):
        combine(Estimate(effect=1.0, variance=1.0), NormalPrior(mean=0.0, variance=0.0))


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_level_lies_between_zero_and_one(level: float) -> None:
    posterior = Posterior(mean=0.0, variance=1.0)
    with pytest.raises(InvalidInput):
        posterior.interval(level)
    with pytest.raises(InvalidInput):
        posterior.is_decided(level)
