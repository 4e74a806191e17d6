"""Non-inferiority and the table behind a decision."""

import math
from dataclasses import replace
from typing import Any

import pytest
from scipy import stats as scipy_stats

from splitplot.errors import InvalidInput
from splitplot.stats import (
    CheckKind,
    Decision,
    Estimate,
    MeanSummary,
    MetricGain,
    ProportionSummary,
    contrast_of,
    decide,
    gain_of,
    non_inferiority_test,
    power_per_metric,
    relative_margin_gain,
)
from tests.unit.stats.stats_cases import case_id, cases

REFERENCES = cases("guardrails")
GOOD = MetricGain(name="orders", gain=Estimate(effect=0.03, variance=1e-4))
FLAT = MetricGain(name="revenue", gain=Estimate(effect=0.0, variance=1e-4))
BAD = MetricGain(name="returns", gain=Estimate(effect=-0.04, variance=1e-4))
HELD = MetricGain(name="latency", gain=Estimate(effect=0.0, variance=1e-4), margin=0.05)


@pytest.mark.parametrize(
    "case", [case for case in REFERENCES if case["method"] == "non_inferiority"], ids=case_id
)
def test_non_inferiority_equals_the_reference(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    estimate = Estimate(effect=given["estimate"], variance=given["se"] ** 2)
    gain = gain_of(estimate, is_increase_good=given["direction"] == "increase")
    test = non_inferiority_test(gain, margin=given["margin"], alpha=given["alpha"])
    assert test.statistic == pytest.approx(expected["z"], rel=1e-8)
    assert test.p_value == pytest.approx(expected["p_value"], rel=1e-8)
    assert test.lower_bound == pytest.approx(expected["lower_bound"], rel=1e-8)
    assert test.is_non_inferior is expected["non_inferior"]
    assert test.is_non_inferior is (test.lower_bound > -given["margin"])


def gains(document: dict[str, list[float]]) -> list[MetricGain]:
    return [
        MetricGain(
            name=name,
            gain=Estimate(effect=row[0], variance=row[1] ** 2),
            margin=row[2] if len(row) == 3 else None,
        )
        for name, row in document.items()
    ]


def p_values(decision: Decision, kind: CheckKind) -> dict[str, float | None]:
    return {check.name: check.p_value for check in decision.checks if check.kind is kind}


@pytest.mark.parametrize(
    "case", [case for case in REFERENCES if case["method"] == "decision_rule"], ids=case_id
)
def test_the_decision_table_equals_the_reference(case: dict[str, Any]) -> None:
    given, expected = case["input"], case["expected"]
    guardrails = gains(given["guardrails"])
    decision = decide(success=gains(given["success"]), guardrails=guardrails, alpha=given["alpha"])
    assert decision.should_ship is expected["ship"]
    passed = {(check.kind, check.name): (check.alpha, check.is_passed) for check in decision.checks}
    for name, one in expected["success"].items():
        found = passed[CheckKind.SUCCESS, name]
        assert found == (expected["alpha_success"], one["significant"])
    for name, one in expected["guardrails"].items():
        found = passed[CheckKind.NON_INFERIORITY, name]
        assert found == (expected["alpha_guardrail"], one["non_inferior"])
    wanted = {
        CheckKind.SUCCESS: {name: one["p"] for name, one in expected["success"].items()},
        CheckKind.NON_INFERIORITY: {
            name: one["p_value"] for name, one in expected["guardrails"].items()
        },
        CheckKind.DETERIORATION: expected["deterioration_p"],
    }
    for kind, figures in wanted.items():
        assert p_values(decision, kind) == pytest.approx(figures, rel=1e-8)
    power = power_per_metric(given["power"], guardrails=len(guardrails))
    assert power == pytest.approx(expected["power_per_metric"], rel=1e-8)


def test_a_success_with_everything_in_order_ships() -> None:
    decision = decide(success=[GOOD, FLAT], guardrails=[HELD], quality=[("split", True)])
    assert decision.should_ship
    assert decision.blocking == ()


def test_without_a_success_nothing_ships() -> None:
    decision = decide(success=[FLAT], guardrails=[HELD])
    assert not decision.should_ship
    assert [(check.kind, check.name) for check in decision.blocking] == [
        (CheckKind.SUCCESS, "revenue")
    ]
    assert not decide(success=[]).should_ship


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"guardrails": [replace(HELD, margin=0.001)]}, CheckKind.NON_INFERIORITY),
        ({"others": [BAD]}, CheckKind.DETERIORATION),
        ({"quality": [("split", False)]}, CheckKind.QUALITY),
    ],
)
def test_one_failed_check_blocks(changes: dict[str, Any], kind: CheckKind) -> None:
    decision = decide(**{"success": [GOOD], **changes})
    assert not decision.should_ship
    assert [check.kind for check in decision.blocking] == [kind]


def test_a_guardrail_can_hold_and_have_deteriorated() -> None:
    worse = MetricGain(name="latency", gain=Estimate(effect=-0.02, variance=1e-6), margin=0.05)
    decision = decide(success=[GOOD], guardrails=[worse])
    verdicts = {check.kind: check.is_passed for check in decision.checks if check.name == "latency"}
    assert verdicts == {CheckKind.NON_INFERIORITY: True, CheckKind.DETERIORATION: False}
    assert not decision.should_ship


def test_a_guardrail_needs_a_margin() -> None:
    with pytest.raises(InvalidInput, match="latency"):
        decide(success=[GOOD], guardrails=[replace(HELD, margin=None)])


@pytest.mark.parametrize("margin", [0.0, -1.0, math.inf, math.nan])
def test_a_margin_is_above_zero(margin: float) -> None:
    with pytest.raises(InvalidInput):
        non_inferiority_test(GOOD.gain, margin=margin)


def test_a_relative_margin_moves_with_the_control() -> None:
    treatment = ProportionSummary(count=10_000, successes=4960)
    control = ProportionSummary(count=10_000, successes=5000)
    gain = relative_margin_gain(contrast_of(treatment, control), margin=0.02)
    a, b = 0.496 * 0.504 / 10_000, 0.5 * 0.5 / 10_000
    assert gain.effect == pytest.approx(0.496 - 0.98 * 0.5)
    assert gain.variance == pytest.approx(a + 0.98**2 * b)
    # spotify-confidence 4.1.0 takes the margin for known: p 0.1980681758.
    known = scipy_stats.norm.sf((0.496 - 0.5 + 0.02 * 0.5) / math.sqrt(a + b))
    assert known == pytest.approx(0.1980681758, rel=1e-4)
    assert scipy_stats.norm.sf(gain.effect / math.sqrt(gain.variance)) == pytest.approx(
        known, abs=0.003
    )


def test_a_relative_margin_turns_with_the_goal() -> None:
    treatment, control = MeanSummary.of([4, 5, 6, 8]), MeanSummary.of([4, 4, 5, 6])
    gain = relative_margin_gain(contrast_of(treatment, control), margin=0.3, is_increase_good=False)
    assert gain.effect == pytest.approx(1.3 * control.value - treatment.value)
    expected = treatment.variance / 4 + 1.3**2 * control.variance / 4
    assert gain.variance == pytest.approx(expected)


def test_power_is_divided_among_what_must_pass_together() -> None:
    assert power_per_metric(0.8, guardrails=0) == pytest.approx(0.8)
    assert power_per_metric(0.8, guardrails=3, blocking=0.04) == pytest.approx(0.96)


@pytest.mark.parametrize(
    "wrong",
    [{"power": 1.0}, {"guardrails": -1}, {"blocking": 0.2}, {"blocking": -0.1}],
    ids=str,
)
def test_power_that_cannot_be_divided_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        power_per_metric(**{"power": 0.8, "guardrails": 2, **wrong})


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"deterioration_alpha": 1.0}], ids=str)
def test_levels_lie_between_zero_and_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        decide(success=[GOOD], **wrong)


def test_a_margin_that_moves_with_the_control_is_tested_by_the_gain_over_it() -> None:
    contrast = contrast_of(
        ProportionSummary(count=10_000, successes=4960),
        ProportionSummary(count=10_000, successes=5000),
    )
    guarded = MetricGain(
        name="visits",
        gain=Estimate(effect=contrast.difference, variance=5e-5),
        over_worst=relative_margin_gain(contrast, margin=0.02),
    )
    for alpha, holds in ((0.19, False), (0.2, True)):
        (check,) = [
            check
            for check in decide(success=[GOOD], guardrails=[guarded], alpha=alpha).checks
            if check.kind is CheckKind.NON_INFERIORITY
        ]
        assert check.p_value == pytest.approx(0.1957, abs=5e-5)
        assert check.is_passed is holds


def test_alpha_is_divided_among_all_that_could_succeed() -> None:
    checks = decide(success=[GOOD], comparisons=4).checks
    assert checks[0].alpha == pytest.approx(0.0125)
