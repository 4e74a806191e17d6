"""Planning: sizes, detectable effects, and how long it takes."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    PlannedMetric,
    RatioSummary,
    SampleSize,
    Scale,
    always_valid_inflation,
    best_shares,
    days_for,
    days_left,
    design_effect,
    design_errors,
    detectable_difference,
    estimate_effect,
    rule_of_thumb_units,
    rule_of_thumb_variance,
    sample_size,
    welch_test,
)
from splitplot.stats.running_time import population_variance
from tests.unit.stats.stats_cases import case_id, cases, summary_of

REFERENCES = cases("power")


def of_method(name: str) -> list[dict[str, Any]]:
    return [case for case in REFERENCES if case["method"] == name]


def from_wire(document: dict[str, Any]) -> dict[str, Any]:
    return {("count" if key == "n" else key): value for key, value in document.items()}


@pytest.mark.parametrize("case", of_method("sample_size"), ids=case_id)
def test_sample_sizes_equal_the_reference(case: dict[str, Any]) -> None:
    given_ = case["input"]
    size = sample_size(
        given_["baseline"] * given_["relative_mde"],
        control_variance=given_["variance"],
        alpha=given_["alpha"],
        power=given_["power"],
        ratio=given_["ratio"],
    )
    expected = case["expected"]
    assert size == SampleSize(control=expected["n_control"], treatment=expected["n_treatment"])


@pytest.mark.parametrize("case", of_method("observed_mde"), ids=case_id)
def test_the_detectable_effect_equals_the_reference(case: dict[str, Any]) -> None:
    treatment, control = (
        summary_of(from_wire(case["input"][name])) for name in ("treatment", "control")
    )
    estimate = estimate_effect(treatment, control, scale=Scale.ABSOLUTE)
    found = detectable_difference(
        estimate.variance, alpha=case["input"]["alpha"], power=case["input"]["power"]
    )
    expected = case["expected"]
    assert found == pytest.approx(expected["mde_absolute"], rel=1e-8)
    assert found / control.value == pytest.approx(expected["mde_relative_to_control"], rel=1e-8)


@pytest.mark.parametrize("case", of_method("power_and_type_s_m"), ids=case_id)
def test_design_errors_equal_the_reference(case: dict[str, Any]) -> None:
    given_ = case["input"]
    errors = design_errors(given_["delta"], variance=given_["se"] ** 2, alpha=given_["alpha"])
    assert errors.power == pytest.approx(case["expected"]["power"], rel=1e-8)
    assert errors.wrong_sign == pytest.approx(case["expected"]["type_s"], rel=1e-8)
    assert errors.exaggeration == pytest.approx(case["expected"]["exaggeration"], rel=1e-8)


def test_a_certain_effect_is_not_exaggerated() -> None:
    errors = design_errors(-5.0, variance=1e-4)
    assert (errors.power, errors.wrong_sign) == (1.0, 0.0)
    assert errors.exaggeration == pytest.approx(1.0)


def test_proportions_have_the_variance_of_their_share() -> None:
    size = sample_size(0.01, control_variance=0.09, treatment_variance=0.11 * 0.89)
    assert size.control == pytest.approx(14_748, abs=4)
    # spotify-confidence 4.1.0 takes the baseline's variance in both: 28 256 units in all.
    assert sample_size(0.01, control_variance=0.09) == SampleSize(control=14_128, treatment=14_128)


def test_several_comparisons_divide_alpha() -> None:
    shared = sample_size(0.005, control_variance=0.09, comparisons=3)
    assert shared == sample_size(0.005, control_variance=0.09, alpha=0.05 / 3)


def test_a_covariate_saves_units_and_clusters_cost_them() -> None:
    plain = sample_size(0.1, control_variance=1)
    saved = sample_size(0.1, control_variance=1, inflation=1 - 0.6**2)
    assert saved.control == pytest.approx(0.64 * plain.control, abs=1)


@given(
    difference=st.floats(0.01, 10),
    variance=st.floats(0.1, 10),
    power=st.floats(0.1, 0.99),
    ratio=st.floats(0.1, 10),
)
def test_the_planned_units_detect_the_planned_difference(
    difference: float, variance: float, power: float, ratio: float
) -> None:
    size = sample_size(difference, control_variance=variance, power=power, ratio=ratio)
    spread = variance / size.control + variance / size.treatment
    assert detectable_difference(spread, power=power) <= difference * (1 + 1e-9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"difference": 0.0},
        {"difference": math.inf},
        {"control_variance": 0.0},
        {"treatment_variance": -1.0},
        {"ratio": 0.0},
        {"inflation": 0.0},
        {"alpha": 0.0},
        {"power": 1.0},
        {"power": 0.01},
        {"comparisons": 0},
    ],
    ids=str,
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    plan: dict[str, Any] = {"difference": 0.1, "control_variance": 1.0} | wrong
    difference = plan.pop("difference")
    with pytest.raises(InvalidInput):
        sample_size(difference, **plan)


def test_a_difference_too_small_to_be_found_is_undefined() -> None:
    with pytest.raises(Undefined) as caught:
        sample_size(1e-12, control_variance=1.0)
    assert caught.value.code == "too_many_units"


@pytest.mark.parametrize("variance", [0.0, -1.0, math.inf, math.nan])
def test_an_effect_is_detected_by_its_error(variance: float) -> None:
    with pytest.raises(InvalidInput):
        detectable_difference(variance)
    with pytest.raises(InvalidInput):
        design_errors(0.1, variance=variance)


def test_an_effect_of_zero_has_no_design_errors() -> None:
    with pytest.raises(InvalidInput):
        design_errors(0.0, variance=1.0)


@pytest.mark.parametrize("case", cases("clusters"), ids=case_id)
def test_clusters_are_compared_as_units(case: dict[str, Any]) -> None:
    treatment, control = (
        RatioSummary.of([(row[0], row[1]) for row in case["input"][name]])
        for name in ("treatment", "control")
    )
    expected = case["expected"]
    test = welch_test(treatment, control)
    assert treatment.value == pytest.approx(expected["mean_t"], rel=1e-8)
    assert control.value == pytest.approx(expected["mean_c"], rel=1e-8)
    assert test.effect == pytest.approx(expected["estimate"], rel=1e-8)
    assert math.sqrt(test.variance) == pytest.approx(expected["se"], rel=1e-8)
    assert test.df == pytest.approx(expected["df"], rel=1e-8)
    assert test.p_value == pytest.approx(expected["p_value"], rel=1e-8)
    assert design_effect(treatment, control) == pytest.approx(expected["design_effect"], rel=1e-8)
    naive = math.sqrt(test.variance / design_effect(treatment, control))
    assert naive == pytest.approx(expected["se_naive"], rel=1e-8)


def test_clusters_that_all_did_have_no_design_effect() -> None:
    every = RatioSummary.of([(4, 4), (3, 3)])
    with pytest.raises(Undefined) as caught:
        design_effect(every, RatioSummary.of([(1, 4), (2, 3)]))
    assert caught.value.code == "proportion_at_bound"


def test_always_valid_tests_cost_less_than_twice_the_units() -> None:
    assert always_valid_inflation() == pytest.approx(1.914, abs=0.001)
    with pytest.raises(InvalidInput):
        always_valid_inflation(power=0.0)


def test_the_best_shares_sum_to_one_and_favour_the_control() -> None:
    assert best_shares(1) == (0.5, 0.5)
    shares = best_shares(9)
    assert sum(shares) == pytest.approx(1)
    assert shares[0] == pytest.approx(3 * shares[1])
    with pytest.raises(InvalidInput):
        best_shares(0)


@pytest.mark.parametrize("case", cases("running_time"), ids=case_id)
def test_the_compatible_sizes_equal_the_reference(case: dict[str, Any]) -> None:
    metric = PlannedMetric(case["metric"])
    variance = case["variance"]
    plan = {
        "baseline": case["baseline"],
        "variance": rule_of_thumb_variance(metric, case["baseline"])
        if variance is None
        else variance,
        "relative_effect": case["percentage"] / 100,
        "variants": case["variants"],
    }
    if case["total"] is None:
        with pytest.raises(Undefined):
            rule_of_thumb_units(**plan)
    else:
        assert rule_of_thumb_units(**plan) == case["total"]


@pytest.mark.parametrize("case", cases("running_days"), ids=case_id)
def test_the_compatible_days_equal_the_reference(case: dict[str, Any]) -> None:
    if "rate" in case:
        assert days_for(case["target"], units_per_day=case["rate"]) == case["days"]
    else:
        left = days_left(case["target"], units=case["exposures"], days=case["elapsed"])
        assert left == case["days"]


@pytest.mark.parametrize("metric", [PlannedMetric.RATIO, PlannedMetric.RETENTION])
def test_ratios_have_no_rule_of_thumb(metric: PlannedMetric) -> None:
    with pytest.raises(Undefined) as caught:
        rule_of_thumb_variance(metric, 0.5)
    assert caught.value.code == "variance_unknown"


def test_a_measured_ratio_is_taken_as_all_there_is() -> None:
    summary = RatioSummary.of([(2, 1), (3, 2), (7, 3)])
    assert population_variance(summary) == pytest.approx(summary.variance * 2 / 3)


def test_no_variants_cannot_be_planned_for() -> None:
    with pytest.raises(InvalidInput):
        rule_of_thumb_units(baseline=1, variance=1, relative_effect=0.1, variants=0)


@pytest.mark.parametrize("effect", [1e-200, 1e-9])
def test_a_tiny_effect_needs_more_units_than_there_are(effect: float) -> None:
    with pytest.raises(Undefined):
        rule_of_thumb_units(baseline=1, variance=1, relative_effect=effect, variants=2)


@pytest.mark.parametrize("rate", [0.0, -1.0, 1e-300, math.nan])
def test_without_a_rate_there_is_no_date(rate: float) -> None:
    with pytest.raises(Undefined) as caught:
        days_for(100, units_per_day=rate)
    assert caught.value.code == "rate_too_low"


@pytest.mark.parametrize(
    ("units", "days", "code"), [(5, 0.05, "rate_unknown"), (0, 3, "rate_too_low")]
)
def test_the_first_hours_tell_no_date(units: int, days: float, code: str) -> None:
    with pytest.raises(Undefined) as caught:
        days_left(100, units=units, days=days)
    assert caught.value.code == code
