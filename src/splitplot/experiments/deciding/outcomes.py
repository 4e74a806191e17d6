"""The results of all metrics, each p-value adjusted for the family it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from splitplot.experiments.deciding.roles import MeasuredMetric, Role
from splitplot.experiments.judgement import FamilyScope, Judgement, Reason, adjusted
from splitplot.experiments.results import MetricResult
from splitplot.stats import Correction


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a metric: a result, or the reason why there is none."""

    metric: MeasuredMetric
    result: MetricResult | None = None
    reason: Reason | None = None


def with_families(
    outcomes: Sequence[Outcome], *, treatments: int, correction: Correction | None
) -> tuple[Outcome, ...]:
    """The outcomes, with p-values adjusted for all that had its chance to look good.

    Primary metrics times treatments are one family, adjusted as the experiment asks.
    Secondary ones are another, in which the share of false alarms is held (Benjamini and
    Hochberg). Guardrails all have to hold, so theirs stand as they are.

    Args:
        outcomes: Of every metric of the experiment.
        treatments: How many are compared with the baseline.
        correction: Of the primary family; None leaves every p-value as it is.
    """
    secondary = None if correction is None else Correction.BENJAMINI_HOCHBERG
    by_role = {role: [one for one in outcomes if one.metric.role is role] for role in Role}
    changed = {
        **_family(by_role[Role.PRIMARY], FamilyScope.PRIMARY, treatments, correction),
        **_family(by_role[Role.SECONDARY], FamilyScope.SECONDARY, treatments, secondary),
        **_family(by_role[Role.GUARDRAIL], FamilyScope.METRIC, treatments, None),
    }
    return tuple(changed[outcome.metric.key] for outcome in outcomes)


def _family(
    members: Sequence[Outcome], scope: FamilyScope, treatments: int, correction: Correction | None
) -> dict[str, Outcome]:
    unknown = [Judgement(level=0.95)] * treatments
    raw = [
        replace(judgement, adjusted_p_value=None, family=None)
        for member in members
        for judgement in (unknown if member.result is None else member.result.judgements)
    ]
    remaining = iter(adjusted(raw, scope=scope, correction=correction))
    return {
        member.metric.key: _with(member, [next(remaining) for _ in range(treatments)])
        for member in members
    }


def _with(outcome: Outcome, judgements: Sequence[Judgement]) -> Outcome:
    if outcome.result is None:
        return outcome
    return replace(outcome, result=outcome.result.with_judgements(judgements))
