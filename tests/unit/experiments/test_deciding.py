"""All metrics of an experiment together: roles, families, and whether to ship."""

from dataclasses import replace

import pytest

from splitplot.experiments.deciding.decision import Quality, TreatmentDecision, decisions
from splitplot.experiments.deciding.outcomes import Outcome, with_families
from splitplot.experiments.deciding.roles import MeasuredMetric, Role, measured_metrics
from splitplot.experiments.exposures import BiasRisk, SampleRatio
from splitplot.experiments.judgement import FamilyScope, Goal, Reason
from splitplot.experiments.model import MetricLink, MetricLinkId, SavedMetric, SavedMetricId
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import MetricKind, MetricResult, metric_result
from splitplot.experiments.stats_config import (
    FrequentistSettings,
    SequentialSettings,
    StatsConfig,
    StatsSettings,
)
from splitplot.filters.model import Properties
from splitplot.stats import CheckKind, Correction
from tests.factories import NOON, PROJECT_ID, an_experiment

FINE = Quality(
    sample_ratio=SampleRatio(expected=(), p_value=0.4, sequential_p_value=1.0), bias_risk=None
)


def link(query: Properties, metadata: Properties) -> MetricLink:
    return MetricLink(
        id=MetricLinkId(3),
        metric=SavedMetric(
            id=SavedMetricId(1),
            project_id=PROJECT_ID,
            name="Shared",
            query=query,
            created_at=NOON,
            updated_at=NOON,
        ),
        metadata=metadata,
        created_at=NOON,
    )


def test_roles_come_from_the_lists_and_the_margins() -> None:
    experiment = an_experiment(
        metrics=({"uuid": "a", "name": "Orders"}, {"uuid": "g", "guardrail_margin": 0.02}),
        metrics_secondary=({"name": ""},),
    )
    experiment = replace(
        experiment,
        saved_metrics=(
            link({"uuid": "s"}, {"type": "primary"}),
            link({"uuid": "t", "guardrail_margin": 0.5}, {"guardrail_margin": 0.1}),
            link({}, {"type": "secondary", "guardrail_margin": True}),
        ),
    )
    found = [(one.key, one.name, one.role, one.margin) for one in measured_metrics(experiment)]
    assert found == [
        ("a", "Orders", Role.PRIMARY, None),
        ("g", None, Role.GUARDRAIL, 0.02),
        ("s", "Shared", Role.PRIMARY, None),
        ("secondary-0", None, Role.SECONDARY, None),
        ("t", "Shared", Role.GUARDRAIL, 0.1),
        ("shared-3", "Shared", Role.SECONDARY, None),
    ]


@pytest.mark.parametrize("margin", [0, -1, 1.5, "0.1", None])
def test_a_margin_that_is_no_share_makes_no_guardrail(margin: object) -> None:
    document: Properties = {"uuid": "a", "guardrail_margin": margin}  # type: ignore[dict-item]
    (metric,) = measured_metrics(an_experiment(metrics=(document,)))
    assert (metric.role, metric.margin) == (Role.PRIMARY, None)


def outcome(
    key: str,
    *converted: int,
    role: Role = Role.PRIMARY,
    margin: float | None = None,
    goal: Goal = Goal.INCREASE,
    units: int = 1000,
    settings: StatsSettings | None = None,
    kind: MetricKind = MetricKind.FUNNEL,
) -> Outcome:
    """A share per variant: the control's, then those of the treatments."""
    result: MetricResult = metric_result(
        [
            VariantSummary(variant=variant, count=units, sum=did, sum_squares=abs(did))
            for variant, did in zip(("control", "a", "b"), converted, strict=False)
        ],
        kind=kind,
        goal=goal,
        config=StatsConfig(settings=settings or FrequentistSettings()),
        baseline_key="control",
    )
    return Outcome(metric=metric(key, role=role, margin=margin), result=result)


def metric(key: str, *, role: Role = Role.PRIMARY, margin: float | None = None) -> MeasuredMetric:
    return MeasuredMetric(key=key, name=None, document={}, role=role, margin=margin)


def missing(key: str, *, role: Role = Role.PRIMARY) -> Outcome:
    margin = 0.1 if role is Role.GUARDRAIL else None
    return Outcome(
        metric=metric(key, role=role, margin=margin), reason=Reason(code="x", message="X.")
    )


def decide(
    *outcomes: Outcome,
    treatments: tuple[str, ...] = ("a",),
    quality: Quality = FINE,
    settings: StatsSettings | None = None,
) -> TreatmentDecision:
    return decisions(
        outcomes,
        treatments=treatments,
        settings=settings or FrequentistSettings(),
        quality=quality,
    )[0]


# Families


def test_primary_metrics_times_treatments_are_one_family() -> None:
    one, two, other = with_families(
        [
            outcome("one", 100, 150, 120),
            outcome("two", 100, 140, 101),
            outcome("other", 100, 130, 100, role=Role.SECONDARY),
        ],
        treatments=2,
        correction=Correction.HOLM,
    )
    for found, scope, correction, comparisons in (
        (one, FamilyScope.PRIMARY, Correction.HOLM, 4),
        (two, FamilyScope.PRIMARY, Correction.HOLM, 4),
        (other, FamilyScope.SECONDARY, Correction.BENJAMINI_HOCHBERG, 2),
    ):
        assert found.result is not None
        families = {judgement.family for judgement in found.result.judgements}
        (family,) = families
        assert family is not None
        assert (family.scope, family.correction) == (scope, correction)
        assert family.comparisons == comparisons
    assert one.result is not None
    best = one.result.judgements[0]
    assert best.p_value is not None
    assert best.adjusted_p_value == pytest.approx(4 * best.p_value)


def test_guardrails_are_not_adjusted() -> None:
    (found,) = with_families(
        [outcome("g", 100, 150, role=Role.GUARDRAIL, margin=0.1)],
        treatments=1,
        correction=Correction.HOLM,
    )
    assert found.result is not None
    (judgement,) = found.result.judgements
    assert (judgement.adjusted_p_value, judgement.family) == (None, None)
    assert judgement.p_value is not None


def test_a_metric_without_a_result_still_counts_in_its_family() -> None:
    gone = missing("two")
    one, two = with_families(
        [outcome("one", 100, 150), gone], treatments=1, correction=Correction.BONFERRONI
    )
    assert two == gone
    assert one.result is not None
    (judgement,) = one.result.judgements
    assert judgement.p_value is not None
    assert judgement.adjusted_p_value == pytest.approx(2 * judgement.p_value)


def test_without_a_correction_no_family_is_adjusted() -> None:
    (found,) = with_families(
        [outcome("s", 100, 150, role=Role.SECONDARY)], treatments=1, correction=None
    )
    assert found.result is not None
    assert found.result.judgements[0].adjusted_p_value is None


# Decisions


def test_a_clear_win_with_held_guardrails_ships() -> None:
    decision = decide(
        outcome("orders", 100, 150),
        outcome("returns", 500, 500, role=Role.GUARDRAIL, margin=0.2, goal=Goal.DECREASE),
        outcome("visits", 500, 505, role=Role.SECONDARY),
    )
    assert decision.should_ship
    assert decision.variant == "a"
    assert decision.blocking == ()
    assert [(line.check.kind, line.metric) for line in decision.lines] == [
        (CheckKind.SUCCESS, "orders"),
        (CheckKind.NON_INFERIORITY, "returns"),
        (CheckKind.DETERIORATION, "orders"),
        (CheckKind.DETERIORATION, "returns"),
        (CheckKind.DETERIORATION, "visits"),
        (CheckKind.QUALITY, None),
        (CheckKind.QUALITY, None),
    ]
    assert [line.message for line in decision.lines][:2] == [
        "'orders' is better.",
        "'returns' loses less than its margin.",
    ]


def blockers(decision: TreatmentDecision) -> list[str]:
    assert not decision.should_ship
    return [line.message for line in decision.blocking]


def test_no_win_does_not_ship() -> None:
    assert blockers(decide(outcome("orders", 100, 101))) == ["'orders' is not shown to be better."]


def test_what_a_verdict_calls_better_is_not_called_the_contrary() -> None:
    assert blockers(decide(outcome("one", 100, 130), outcome("two", 100, 100))) == [
        "'one' is better by itself, but not beyond chance among all that is compared.",
        "'two' is not shown to be better.",
    ]


def test_what_a_verdict_calls_worse_is_not_called_the_contrary() -> None:
    decision = decide(outcome("one", 100, 150), outcome("two", 130, 100, role=Role.SECONDARY))
    assert decision.should_ship
    assert "'two' is worse by itself, but too little to speak against shipping." in [
        line.message for line in decision.lines
    ]


def test_a_goal_to_decrease_turns_the_table() -> None:
    assert decide(outcome("errors", 150, 100, goal=Goal.DECREASE)).should_ship
    assert blockers(decide(outcome("errors", 100, 170, goal=Goal.DECREASE))) == [
        "'errors' is not shown to be better.",
        "'errors' is worse.",
    ]


def test_a_guardrail_that_may_lose_too_much_blocks() -> None:
    assert blockers(
        decide(
            outcome("orders", 100, 150),
            outcome("visits", 500, 495, role=Role.GUARDRAIL, margin=0.01),
        )
    ) == ["'visits' may lose its margin or more."]


def test_a_guardrail_agrees_with_its_relative_interval() -> None:
    # Non-inferior exactly when the lower bound of the relative effect is above the margin.
    guarded = outcome("visits", 500, 495, role=Role.GUARDRAIL, margin=0.5)
    assert guarded.result is not None
    relative = guarded.result.judgements[0].relative
    assert relative is not None
    for nudge, holds in ((1.001, True), (0.999, False)):
        margin = -relative.lower * nudge
        changed = replace(guarded, metric=replace(guarded.metric, margin=margin))
        found = decide(outcome("orders", 100, 150), changed)
        assert found.should_ship is holds


@pytest.mark.parametrize(
    "guarded",
    [
        missing("g", role=Role.GUARDRAIL),
        outcome("g", 0, 0, role=Role.GUARDRAIL, margin=0.1),
        outcome("g", 0, 0, role=Role.GUARDRAIL, margin=0.1, units=10),
        outcome("g", -300, -200, role=Role.GUARDRAIL, margin=0.1, kind=MetricKind.MEAN),
        outcome("g", 300, 0, role=Role.GUARDRAIL, margin=1.0, kind=MetricKind.MEAN),
    ],
    ids=["no result", "zero baseline", "too few units", "negative baseline", "no error"],
)
def test_a_guardrail_that_cannot_be_judged_blocks(guarded: Outcome) -> None:
    assert blockers(decide(outcome("orders", 100, 150), guarded)) == [
        "The guardrail 'g' cannot be judged yet."
    ]


def test_a_guardrail_of_small_counts_is_judged() -> None:
    rare = outcome("rare", 4, 4, role=Role.GUARDRAIL, margin=1.0, units=5000)
    found = decide(outcome("orders", 100, 150), rare)
    kinds = [line.check.kind for line in found.lines if line.metric == "rare"]
    assert CheckKind.NON_INFERIORITY in kinds
    assert blockers(found) == ["'rare' may lose its margin or more."]


def test_bad_data_block() -> None:
    skewed = SampleRatio(expected=(), p_value=1e-5, sequential_p_value=1e-3)
    bad = Quality(sample_ratio=skewed, bias_risk=BiasRisk(multiple_share=0.02))
    assert blockers(decide(outcome("orders", 100, 150), quality=bad)) == [
        "Units are not split as the flag says; results may be biased.",
        "Units that saw several variants are left out of an uneven split.",
    ]
    unknown = Quality(sample_ratio=None, bias_risk=None)
    assert decide(outcome("orders", 100, 150), quality=unknown).should_ship


def test_several_chances_to_win_have_to_share_alpha() -> None:
    # p is about 0.04: enough alone, not with another metric or another treatment.
    alone = outcome("orders", 100, 129)
    assert decide(alone).should_ship
    assert not decide(alone, missing("more")).should_ship
    assert not decide(outcome("orders", 100, 129, 100), treatments=("a", "b")).should_ship


def test_a_check_at_the_experiments_level_agrees_with_the_verdict() -> None:
    for settings in (FrequentistSettings(), SequentialSettings()):
        for converted in range(100, 180):
            one = outcome("orders", 100, converted, settings=settings)
            assert one.result is not None
            verdict = one.result.judgements[0].verdict
            decision = decide(one, settings=settings)
            assert verdict is not None
            assert decision.should_ship is (verdict.value == "better")


def test_nothing_to_succeed_with_does_not_ship() -> None:
    assert blockers(decide(missing("orders"))) == ["No primary metric can be judged yet."]


def test_the_values_of_a_breakdown_are_a_family_of_their_own() -> None:
    result = metric_result(
        [
            VariantSummary(
                variant=variant, count=1000, sum=did, sum_squares=did, breakdown=(system,)
            )
            for system, counts in {"ios": (100, 150), "web": (100, 120), "tv": (100, 101)}.items()
            for variant, did in zip(("control", "a"), counts, strict=True)
        ],
        kind=MetricKind.FUNNEL,
        goal=Goal.INCREASE,
        config=StatsConfig(settings=FrequentistSettings()),
        baseline_key="control",
    )
    judgements = [judgement for part in result.parts for judgement in part.result.judgements]
    families = {judgement.family for judgement in judgements}
    (family,) = families
    assert family is not None
    assert (family.scope, family.comparisons) == (FamilyScope.BREAKDOWN, 3)
    assert family.correction is Correction.BENJAMINI_HOCHBERG
    smallest = min(judgements, key=lambda one: one.p_value or 1)
    assert smallest.p_value is not None
    assert smallest.adjusted_p_value == pytest.approx(3 * smallest.p_value)
    assert result.judgements[0].family != family
