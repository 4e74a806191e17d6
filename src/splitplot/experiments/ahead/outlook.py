"""How long a planned experiment takes, from what its metric did lately."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from splitplot.accounts.model import Project
from splitplot.errors import Undefined
from splitplot.experiments.judgement import Reason, level_of, reason_of
from splitplot.experiments.model import Experiment
from splitplot.experiments.plan import EventSource, ExposureCount
from splitplot.experiments.planning import ResultPlan, plan_result
from splitplot.experiments.stats_config import SequentialSettings, read_stats_config
from splitplot.filters.model import Properties
from splitplot.flags.wire import parse_rules
from splitplot.stats import Summary
from splitplot.stats.power import always_valid_inflation, detectable_difference, sample_size

HISTORY = timedelta(days=28)
WEEKS = (1, 2, 3, 4, 6, 8)
TRAFFIC_SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
DEFAULT_EFFECT = 0.1
_EVERYBODY = "everybody"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What of an experiment decides how many units it needs.

    Attributes:
        shares: Of the baseline, then of each treatment, in [0, 1].
        rollout: The largest share that a release condition lets in, in [0, 1].
        alpha: Error rate allowed.
        inflation: Factor on the units for reading results at any time.
    """

    shares: tuple[float, ...]
    rollout: float
    alpha: float
    inflation: float

    @property
    def smallest_treatment(self) -> float:
        """Share of the treatment that takes longest."""
        return min(self.shares[1:], default=0.0)

    @property
    def comparisons(self) -> int:
        """Treatments that share the error rate."""
        return max(1, len(self.shares) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a metric was lately, for units that had the population's event."""

    value: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookRow:
    """The smallest relative effect that is found after some weeks, by share of traffic.

    Attributes:
        effects: As shares of the baseline; None where none can be named.
    """

    weeks: int
    effects: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How long it will take; None stands for what cannot be told, and `reason` says why.

    Attributes:
        units: That had the population's event in the last `HISTORY`.
        units_per_day: That had it for the first time in these days, on average.
        units_needed: Of all variants, to find the effect asked for.
        days_needed: Until they have come, at the present rollout.
    """

    units: int
    units_per_day: float
    baseline: Baseline | None
    units_needed: int | None
    days_needed: int | None
    rows: tuple[OutlookRow, ...]
    reason: Reason | None


def design_of(experiment: Experiment) -> Design:
    """The design that an experiment has now."""
    rules = parse_rules(experiment.flag.filters)
    config = read_stats_config(experiment.stats_config)
    kept = [one for one in rules.variants if one.key not in experiment.excluded_variants]
    baseline = config.baseline_of([one.key for one in kept]) if kept else ""
    first = [one.share for one in kept if one.key == baseline]
    alpha = 1 - level_of(config.settings)
    is_sequential = isinstance(config.settings, SequentialSettings)
    return Design(
        shares=(*first, *(one.share for one in kept if one.key != baseline)),
        rollout=max((0.0, *(condition.rollout_share for condition in rules.conditions))),
        alpha=alpha,
        inflation=always_valid_inflation(alpha=alpha) if is_sequential else 1.0,
    )


def history_plan(
    experiment: Experiment,
    metric: Properties,
    *,
    event: str | None,
    project: Project,
    now: datetime,
) -> ResultPlan:
    """What the metric was for those who had an event lately, whatever they were served.

    Args:
        experiment: Whose units and criteria.
        metric: The metric's document.
        event: Which event makes somebody one of the population; None: any.
        project: Whose internal users are left out.
        now: Aware.

    Raises:
        InvalidInput: The metric asks for what cannot be computed.
    """
    past = replace(
        experiment,
        start_date=now - HISTORY,
        end_date=None,
        stats_config={},
        excluded_variants=(),
        only_count_matured_users=False,
    )
    plan = plan_result(past, metric, project=project, as_of=now)
    exposure = replace(
        plan.summary.exposure,
        source=EventSource(event=event),
        variants=(_EVERYBODY,),
        ignores_variants=True,
        activation=None,
        breakdown=None,
    )
    return replace(plan, summary=replace(plan.summary, exposure=exposure))


def units_per_day(counts: Sequence[ExposureCount], *, now: datetime) -> tuple[int, float]:
    """How many units there were, and how many came on a day.

    Days before the first of them do not count: there was nothing to see.
    """
    units = sum(count.units for count in counts)
    if not units:
        return 0, 0.0
    span = (now - min(count.quarter for count in counts)) / _DAY
    return units, units / min(max(span, 1.0), HISTORY / _DAY)


def baseline_of(summary: Summary) -> Baseline:
    """What the sums say of the metric.

    Raises:
        Undefined: They say nothing that could be planned with.
    """
    baseline = Baseline(value=summary.value, variance=summary.variance)
    if baseline.value == 0:
        raise Undefined(
            "The metric was 0 in the last 28 days: nobody did it.", code="baseline_is_zero"
        )
    if not baseline.variance > 0:
        raise Undefined(
            "The metric was the same for every unit in the last 28 days.", code="no_variance"
        )
    return baseline


def outlook(
    design: Design, *, units: int, per_day: float, summary: Summary | Reason, effect: float
) -> Outlook:
    """What to expect of a design.

    Args:
        design: See `design_of`.
        units: See `units_per_day`.
        per_day: See `units_per_day`.
        summary: The metric's past, or why there is none.
        effect: Smallest effect worth finding, as a share of the baseline, above 0.
    """
    found = Outlook(
        units=units,
        units_per_day=per_day,
        baseline=None,
        units_needed=None,
        days_needed=None,
        rows=(),
        reason=summary if isinstance(summary, Reason) else None,
    )
    if isinstance(summary, Reason):
        return found
    try:
        baseline = baseline_of(summary)
        found = replace(found, baseline=baseline, rows=_rows(design, baseline, per_day))
        needed = _units_needed(design, baseline, effect)
    except Undefined as undefined:
        return replace(found, reason=reason_of(undefined))
    found = replace(found, units_needed=needed)
    arriving = per_day * design.rollout
    if not arriving > 0:
        return replace(
            found, reason=Reason(code="no_units", message="Nobody would enter the experiment.")
        )
    return replace(found, days_needed=math.ceil(needed / arriving))


def _units_needed(design: Design, baseline: Baseline, effect: float) -> int:
    control, treatment = design.shares[0] if design.shares else 0.0, design.smallest_treatment
    if not (control > 0 and treatment > 0):
        raise Undefined(
            "A comparison needs two variants that somebody is served.", code="no_comparison"
        )
    size = sample_size(
        effect * baseline.value,
        control_variance=baseline.variance,
        alpha=design.alpha,
        comparisons=design.comparisons,
        ratio=treatment / control,
        inflation=design.inflation,
    )
    return math.ceil(size.control / control)


def _rows(design: Design, baseline: Baseline, per_day: float) -> tuple[OutlookRow, ...]:
    return tuple(
        OutlookRow(
            weeks=weeks,
            effects=tuple(
                _detectable(design, baseline, per_day * 7 * weeks * share)
                for share in TRAFFIC_SHARES
            ),
        )
        for weeks in WEEKS
    )


def _detectable(design: Design, baseline: Baseline, units: float) -> float | None:
    control = units * (design.shares[0] if design.shares else 0.0)
    treatment = units * design.smallest_treatment
    if not (control >= 1 and treatment >= 1):
        return None
    variance = design.inflation * baseline.variance * (1 / control + 1 / treatment)
    difference = detectable_difference(variance, alpha=design.alpha / design.comparisons)
    return difference / abs(baseline.value)
