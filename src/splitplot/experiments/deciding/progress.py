"""How far an experiment has come on the way that was planned for it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from splitplot.errors import Undefined
from splitplot.experiments.deciding.outcomes import Outcome
from splitplot.experiments.deciding.roles import Role
from splitplot.experiments.model import Experiment
from splitplot.experiments.results import MetricKind, stats_summary
from splitplot.filters.model import JsonValue
from splitplot.stats.running_time import rule_of_thumb_units

_EFFECT = "minimum_detectable_effect"
_UNITS = "recommended_sample_size"
# Days that nobody plans: a rate of nearly nothing says nothing.
_LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Units there are, and units there should be.

    Attributes:
        units: Exposed so far.
        planned_units: Of all variants; None when nobody planned, or nobody can tell yet.
        share: Of the planned units, in [0, 1].
        days: Since the launch, until now or the end.
        days_left: Until the planned units have come, at the pace so far; None when
            nobody can tell, and after the end.
    """

    units: int
    planned_units: int | None
    share: float | None
    days: float
    days_left: int | None


def smallest_effect(experiment: Experiment) -> float | None:
    """The smallest effect that the experiment was planned to find, as a share of the baseline."""
    percentage = _positive((experiment.parameters or {}).get(_EFFECT))
    return None if percentage is None else percentage / 100


def progress_of(
    experiment: Experiment, outcomes: Sequence[Outcome], *, exposed: int, now: datetime
) -> Progress | None:
    """How far it has come; None for a draft.

    Args:
        experiment: Whose plan is either a number of units, or an effect to find.
        outcomes: Of its metrics; an effect to find needs the baseline of a primary one.
        exposed: Units exposed so far.
        now: Aware.
    """
    if experiment.start_date is None:
        return None
    until = min(now, experiment.end_date or now)
    days = max(until - experiment.start_date, timedelta(0)) / timedelta(days=1)
    planned = planned_units(experiment, outcomes)
    is_over = experiment.end_date is not None and experiment.end_date <= now
    return Progress(
        units=exposed,
        planned_units=planned,
        share=None if planned is None else min(1.0, exposed / planned),
        days=days,
        days_left=None if is_over else _days_left(planned, exposed, days),
    )


def planned_units(experiment: Experiment, outcomes: Sequence[Outcome]) -> int | None:
    """Units of all variants that the experiment needs: as planned, or as its baseline asks."""
    told = _positive((experiment.parameters or {}).get(_UNITS))
    if told is not None:
        return math.ceil(told)
    effect = smallest_effect(experiment)
    if effect is None:
        return None
    needs = [_needed(outcome, effect) for outcome in outcomes]
    return max((units for units in needs if units is not None), default=None)


def _needed(outcome: Outcome, effect: float) -> int | None:
    """What a primary metric needs, by the spread of its baseline."""
    if outcome.metric.role is not Role.PRIMARY or outcome.result is None:
        return None
    try:
        kind = MetricKind(str(outcome.metric.document.get("metric_type")))
        baseline = stats_summary(outcome.result.baseline.summary, kind)
        return rule_of_thumb_units(
            baseline=baseline.value,
            variance=baseline.variance,
            relative_effect=effect,
            variants=1 + len(outcome.result.variants),
        )
    except (Undefined, ValueError):
        # No baseline yet, or a metric of another form: nobody can tell.
        return None


def _days_left(planned: int | None, exposed: int, days: float) -> int | None:
    if planned is None:
        return None
    if exposed >= planned:
        return 0
    if exposed <= 0 or days <= 0:
        return None
    left = (planned - exposed) / (exposed / days)
    return math.ceil(left) if left <= _LONGEST_DAYS else None


def _positive(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= 1e12 else None
