"""Segments, days and past experiments."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    Estimate,
    NormalPrior,
    diluted_effect,
    effect_trend,
    empirical_prior,
    false_positive_risk,
    heterogeneity,
    is_surprising,
    qualitative_interaction,
    shipped_sum,
    uniformity_test,
)
from tests.unit.stats.stats_cases import case_id, cases

REFERENCES: dict[str, Any] = {case["id"]: case for case in cases("synthesis")}


def estimates(effects: Sequence[float], errors: Sequence[float]) -> list[Estimate]:
    return [
        Estimate(effect=effect, variance=error * error)
        for effect, error in zip(effects, errors, strict=True)
    ]


def from_variances(document: dict[str, list[float]]) -> list[Estimate]:
    return [
        Estimate(effect=effect, variance=variance)
        for effect, variance in zip(document["effects"], document["variances"], strict=True)
    ]


def test_heterogeneity_equals_the_reference() -> None:
    case = REFERENCES["XH1"]
    expected = case["expected"]
    outcome = heterogeneity(from_variances(case["input"]))
    assert outcome.pooled.effect == pytest.approx(expected["pooled"], rel=1e-8)
    error = math.sqrt(outcome.pooled.variance)
    assert error == pytest.approx(expected["pooled_se"], rel=1e-8)
    assert outcome.statistic == pytest.approx(expected["Q"], rel=1e-8)
    assert outcome.df == expected["df"]
    assert outcome.p_value == pytest.approx(expected["p_value"], rel=1e-8)
    assert outcome.inconsistency == pytest.approx(expected["I2"], rel=1e-8)
    assert outcome.between_variance == pytest.approx(expected["tau2"], rel=1e-8)
    assert list(outcome.shrunken) == pytest.approx(expected["shrunk"], rel=1e-8)


def test_segments_that_agree_are_shrunk_to_one_effect() -> None:
    outcome = heterogeneity(estimates([0.02, 0.021, 0.02], [0.01, 0.01, 0.02]))
    assert (outcome.between_variance, outcome.inconsistency) == (0, 0)
    assert list(outcome.shrunken) == pytest.approx([outcome.pooled.effect] * 3)


def test_equal_segments_are_certain_to_agree() -> None:
    outcome = heterogeneity(estimates([0.0, 0.0], [1.0, 2.0]))
    assert (outcome.statistic, outcome.p_value, outcome.inconsistency) == (0, 1, 0)


def test_qualitative_interaction_equals_the_reference() -> None:
    case = REFERENCES["XGS1"]
    outcome = qualitative_interaction(from_variances(case["input"]))
    assert outcome.statistic == pytest.approx(case["expected"]["q"], rel=1e-8)
    assert outcome.p_value == pytest.approx(case["expected"]["p_value"], rel=1e-8)


def test_effects_of_one_sign_show_no_interaction() -> None:
    outcome = qualitative_interaction(estimates([0.1, 0.5, 0.0], [0.1, 0.1, 0.1]))
    assert (outcome.statistic, outcome.p_value) == (0, 1)


def test_one_segment_has_nothing_to_differ_from() -> None:
    for question in (heterogeneity, qualitative_interaction):
        with pytest.raises(Undefined) as caught:
            question(estimates([0.1], [0.1]))
        assert caught.value.code == "too_few_segments"


def test_a_trend_equals_the_reference() -> None:
    case = REFERENCES["XT1"]
    trend = effect_trend(estimates(case["input"]["daily_effects"], case["input"]["se"]))
    expected = case["expected"]
    assert trend.slope.effect == pytest.approx(expected["slope"], rel=1e-8)
    assert math.sqrt(trend.slope.variance) == pytest.approx(expected["se"], rel=1e-8)
    assert trend.statistic == pytest.approx(expected["z"], rel=1e-8)
    assert trend.p_value == pytest.approx(expected["p_value"], rel=1e-8)


def test_a_trend_equals_weighted_least_squares() -> None:
    effects, errors = [0.05, 0.02, 0.04, 0.01], [0.01, 0.02, 0.005, 0.01]
    slope = np.polyfit(range(4), effects, 1, w=[1 / error for error in errors])[0]
    assert effect_trend(estimates(effects, errors)).slope.effect == pytest.approx(slope)


def test_one_day_has_no_trend() -> None:
    with pytest.raises(Undefined) as caught:
        effect_trend(estimates([0.1], [0.1]))
    assert caught.value.code == "too_few_days"


def test_dilution_equals_the_reference() -> None:
    case = REFERENCES["XDL1"]
    given_ = case["input"]
    found = diluted_effect(
        given_["relative_effect"],
        triggered_share=given_["trigger_rate"],
        triggered_value=given_["mean_triggered"],
        value=given_["mean_all"],
    )
    assert found == pytest.approx(case["expected"]["overall_relative"], rel=1e-8)


def test_an_effect_cannot_be_diluted_into_nothing() -> None:
    with pytest.raises(Undefined) as caught:
        diluted_effect(0.1, triggered_share=0.5, triggered_value=1, value=0)
    assert caught.value.code == "baseline_near_zero"
    with pytest.raises(InvalidInput):
        diluted_effect(0.1, triggered_share=1.5, triggered_value=1, value=1)


def test_an_empirical_prior_equals_the_reference() -> None:
    case = REFERENCES["XP1"]
    prior = empirical_prior(estimates(case["input"]["effects"], case["input"]["se"]))
    assert prior.mean == pytest.approx(case["expected"]["prior_mean"], rel=1e-8)
    assert prior.variance == pytest.approx(case["expected"]["prior_var"], rel=1e-8)
    assert prior.normal == NormalPrior(mean=prior.mean, variance=prior.variance)
    assert not prior.is_well_founded


def test_twenty_experiments_found_a_prior() -> None:
    past = estimates([0.01 * (-1) ** each for each in range(20)], [0.001] * 20)
    assert empirical_prior(past).is_well_founded


def test_past_effects_that_are_all_noise_make_no_prior() -> None:
    prior = empirical_prior(estimates([0.01, 0.02], [0.1, 0.1]))
    assert prior.variance == 0
    with pytest.raises(Undefined) as caught:
        _ = prior.normal
    assert caught.value.code == "no_variance"


def test_one_experiment_founds_no_prior() -> None:
    with pytest.raises(Undefined) as caught:
        empirical_prior(estimates([0.1], [0.1]))
    assert caught.value.code == "too_few_experiments"


@pytest.mark.parametrize(("effect", "is_too_good"), [(0.042, False), (0.043, True), (-0.05, True)])
def test_what_is_too_good_to_be_true_is_said(effect: float, *, is_too_good: bool) -> None:
    prior = NormalPrior(mean=0.0, variance=1e-4)
    assert is_surprising(Estimate(effect=effect, variance=1e-4), prior) is is_too_good


def test_the_winners_curse_equals_the_reference() -> None:
    case = REFERENCES["XWC1"]
    given_, expected = case["input"], case["expected"]
    total = shipped_sum(estimates(given_["estimates"], given_["se"]), given_["thresholds"])
    assert total.naive == pytest.approx(expected["naive"], rel=1e-8)
    assert total.bias == pytest.approx(expected["bias"], rel=1e-8)
    assert total.corrected == pytest.approx(expected["corrected"], rel=1e-8)


def test_each_experiment_needs_its_threshold() -> None:
    with pytest.raises(InvalidInput):
        shipped_sum(estimates([0.1], [0.1]), [])


def test_false_positive_risks_equal_the_reference() -> None:
    case = REFERENCES["XF1"]
    given_ = case["input"]
    found = [
        false_positive_risk(
            success_share=share, power=given_["power"], alpha=2 * given_["alpha_directional"]
        )
        for share in given_["prior_success"]
    ]
    assert found == pytest.approx(case["expected"], rel=1e-8)


@pytest.mark.parametrize("name", ["success_share", "power", "alpha"])
def test_a_risk_needs_probabilities(name: str) -> None:
    with pytest.raises(InvalidInput):
        false_positive_risk(**{"success_share": 0.1, "power": 0.8, "alpha": 0.05, name: 0.0})


@pytest.mark.parametrize("case", [REFERENCES["XU1"], REFERENCES["XU2"]], ids=case_id)
def test_uniformity_equals_the_reference(case: dict[str, Any]) -> None:
    test = uniformity_test(case["input"]["p"])
    assert test.statistic == pytest.approx(case["expected"]["D"], rel=1e-8)
    assert test.p_value == pytest.approx(case["expected"]["p_value"], rel=1e-8)


@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_uniformity_equals_scipys(p_values: list[float]) -> None:
    expected = scipy_stats.kstest(p_values, "uniform", method="exact")
    test = uniformity_test(p_values)
    assert test.statistic == pytest.approx(float(expected.statistic))
    assert test.p_value == pytest.approx(float(expected.pvalue), rel=1e-6, abs=1e-14)


@pytest.mark.parametrize("power", [0.97, 0.9, 0.85])
@pytest.mark.parametrize("count", [900, 3000])
def test_many_p_values_are_judged_as_well(count: int, power: float) -> None:
    p_values = ((np.arange(count) + 0.5) / count) ** power
    expected = scipy_stats.kstest(p_values, "uniform", method="exact")
    assert uniformity_test(p_values.tolist()).p_value == pytest.approx(
        float(expected.pvalue), rel=2e-4
    )


def test_p_values_in_even_steps_are_as_uniform_as_can_be() -> None:
    assert uniformity_test([0.125, 0.375, 0.625, 0.875]).p_value == 1


def test_uniformity_needs_p_values() -> None:
    with pytest.raises(Undefined) as caught:
        uniformity_test([])
    assert caught.value.code == "no_p_values"
    with pytest.raises(InvalidInput):
        uniformity_test([0.5, 1.2])
