"""What a metric reads in recent events, before any experiment has it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from splitplot.accounts.model import Project
from splitplot.errors import Undefined
from splitplot.experiments.judgement import Reason, reason_of
from splitplot.experiments.metric_plans import metric_kind, metric_plan
from splitplot.experiments.metrics import parse_metric
from splitplot.experiments.plan import (
    EventSource,
    MeanPlan,
    SummaryPlan,
    ValueMath,
    VariantSummary,
)
from splitplot.experiments.planning import ExposureRequest, plan_exposures
from splitplot.experiments.results import MetricKind, stats_summary
from splitplot.filters.model import Properties

PREVIEWED = timedelta(days=28)
_EVERYBODY = "everybody"
_ONE_VARIANT: Properties = {
    "multivariate": {"variants": [{"key": _EVERYBODY, "rollout_percentage": 100}]}
}
# Below every value that anybody would call one.
_ABOVE_ZERO = 1e-300
# Around the mean of those above zero, in steps of 1, 2, 5, 10, …
_SPREAD = 8
# Beyond these, doubles have no round numbers around a mean.
_SMALLEST, _LARGEST = 1e-100, 1e100
_COUNTS = frozenset(
    {ValueMath.TOTAL, ValueMath.DAU, ValueMath.UNIQUE_SESSION, ValueMath.UNIQUE_GROUP}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPlan:
    """What to sum up: the metric, and for a number per unit, who is above zero.

    Attributes:
        above_zero: None for a metric that is no plain number per unit.
    """

    summary: SummaryPlan
    above_zero: SummaryPlan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Units with a value from `start`, inclusive, to `end`, exclusive.

    Attributes:
        start: None: from below; the bin of zero and less.
        end: None: to above.
    """

    start: float | None
    end: float | None
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a metric reads; None stands for what cannot be told, and `reason` says why.

    Attributes:
        units: That the value is of.
        value: The mean, the share or the ratio.
        deviation: Standard deviation of the units' values; for a ratio of what they add to it.
        zero_share: Units at zero or below, as a share of all.
        step_counts: For a funnel, units that reached each step.
        bins: Empty unless the metric is a number per unit.
    """

    kind: MetricKind
    units: int
    value: float | None
    deviation: float | None
    zero_share: float | None
    step_counts: tuple[int, ...] = ()
    bins: tuple[Bin, ...] = ()
    reason: Reason | None = None


def preview_plan(
    metric: Properties, *, event: str | None, project: Project, now: datetime
) -> PreviewPlan:
    """Everybody of the last `PREVIEWED`, from their first event on.

    Args:
        metric: A metric's document.
        event: Which event makes somebody one of them; None: any.
        project: Whose internal users are left out.
        now: Aware.

    Raises:
        InvalidInput: The metric is none, or asks for what cannot be computed.
    """
    measured = metric_plan(parse_metric(metric))
    request = ExposureRequest(
        flag_key="", flag_filters=_ONE_VARIANT, criteria={}, start=now - PREVIEWED, end=None
    )
    exposure = plan_exposures(request, project=project, as_of=now).exposure
    assert exposure is not None  # noqa: S101 it has a start
    exposure = replace(exposure, source=EventSource(event=event), ignores_variants=True)
    above_zero = None
    if isinstance(measured, MeanPlan) and measured.threshold is None:
        above_zero = SummaryPlan(exposure=exposure, metric=_reaching(measured, _ABOVE_ZERO))
    return PreviewPlan(
        summary=SummaryPlan(exposure=exposure, metric=measured), above_zero=above_zero
    )


def edges_of(plan: PreviewPlan, summary: VariantSummary, above_zero: int) -> tuple[float, ...]:
    """Where to divide the values above zero, from what is known of their mean.

    Args:
        plan: Of a number per unit.
        summary: The metric's sums.
        above_zero: Units above zero.
    """
    mean = summary.sum / above_zero if above_zero else 0.0
    if not _SMALLEST <= mean <= _LARGEST:
        return ()
    edges = _round_numbers(mean / _SPREAD, mean * _SPREAD)
    metric = plan.summary.metric
    if isinstance(metric, MeanPlan) and metric.math in _COUNTS:
        # Half an event is none.
        return tuple(dict.fromkeys(max(1.0, edge) for edge in edges))
    return edges


def reach_plans(plan: PreviewPlan, edges: Sequence[float]) -> tuple[SummaryPlan, ...]:
    """How many units reach each edge; none for a metric that is no number per unit."""
    metric = plan.summary.metric
    if not isinstance(metric, MeanPlan):
        return ()
    return tuple(replace(plan.summary, metric=_reaching(metric, edge)) for edge in edges)


def preview(
    plan: PreviewPlan,
    summary: VariantSummary,
    *,
    above_zero: int | None,
    edges: Sequence[float] = (),
    reached: Sequence[int] = (),
) -> Preview:
    """What the sums say.

    Args:
        plan: What was summed up.
        summary: The metric's sums.
        above_zero: Units above zero; None where that was not asked.
        edges: See `edges_of`.
        reached: Units that reach each edge.
    """
    kind = metric_kind(plan.summary.metric)
    found = Preview(
        kind=kind,
        units=summary.count,
        value=None,
        deviation=None,
        zero_share=None,
        step_counts=summary.step_counts or (),
    )
    if not summary.count:
        reason = Reason(code="no_units", message="Nobody was there in the last 28 days.")
        return replace(found, reason=reason)
    sums = stats_summary(summary, kind)
    if above_zero is None and kind is not MetricKind.RATIO:
        above_zero = round(summary.sum)
    try:
        found = replace(found, value=sums.value, deviation=math.sqrt(max(0.0, sums.variance)))
    except Undefined as undefined:
        found = replace(found, reason=reason_of(undefined))
    if above_zero is None:
        return found
    zeros = summary.count - above_zero
    return replace(
        found,
        zero_share=zeros / summary.count,
        bins=_bins(summary.count, above_zero, edges, reached) if edges else (),
    )


def _bins(
    units: int, above_zero: int, edges: Sequence[float], reached: Sequence[int]
) -> tuple[Bin, ...]:
    # Behind the highest value there is nothing to show.
    used = [(edge, here) for edge, here in zip(edges, reached, strict=True) if here]
    starts: list[float | None] = [None, 0.0, *(edge for edge, _ in used)]
    ends: list[float | None] = [*starts[1:], None]
    at_least = [units, above_zero, *(here for _, here in used), 0]
    bins = [
        Bin(start=start, end=end, units=here - above)
        for start, end, (here, above) in zip(starts, ends, pairwise(at_least), strict=True)
    ]
    # Of counts nobody is between nothing and one.
    return tuple(item for item in bins if item.units or item.start != 0.0)


def _reaching(metric: MeanPlan, threshold: float) -> MeanPlan:
    """Whether units reach it, as their values are without any capping."""
    return replace(metric, threshold=threshold, winsorization=None, lookback=None)


def _round_numbers(low: float, high: float) -> tuple[float, ...]:
    first = math.floor(math.log10(low))
    last = math.ceil(math.log10(high))
    numbers = (digit * 10.0**power for power in range(first, last + 1) for digit in (1, 2, 5))
    return tuple(number for number in numbers if low <= number <= high)
