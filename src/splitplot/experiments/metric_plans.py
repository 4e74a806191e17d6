"""A metric as a plan: what becomes of a unit's events."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from splitplot.experiments.metrics import (
    ActionsNode,
    EventsNode,
    ExposureNode,
    FunnelMetric,
    Math,
    MeanMetric,
    Metric,
    Node,
    RatioMetric,
    RetentionMetric,
    StartHandling,
    StepOrder,
    TimeUnit,
)
from splitplot.experiments.metrics.breakdowns import asked_breakdowns, read_breakdown
from splitplot.experiments.plan import (
    EventSource,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SummaryPlan,
    ValueMath,
    Winsorization,
)
from splitplot.experiments.results import MetricKind
from splitplot.experiments.support import checked_filters, unsupported
from splitplot.filters.model import Properties

# A funnel without a window of its own has three years.
FUNNEL_WINDOW = timedelta(days=3 * 365)

_ATTR = "metric"
_SESSION_PROPERTIES = "session_properties"
_SESSION_DURATION = "$session_duration"
_OF_A_PROPERTY = (ValueMath.SUM, ValueMath.AVG, ValueMath.MIN, ValueMath.MAX)
_CLOCKS = {TimeUnit.DAY: RetentionClock.DAYS, TimeUnit.HOUR: RetentionClock.HOURS}
# Days of a calendar are an hour longer once a year; this is more than enough.
_LONGER_DAY = timedelta(days=1)
_MATH = {Math(math.value): math for math in ValueMath}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limitation:
    """Something that was asked for and is not in the result; the result is right without it."""

    code: str
    message: str


def metric_plan(metric: Metric) -> MetricPlan:
    """What has to be summed for a metric.

    Raises:
        InvalidInput: The metric, or a part of it, is of a kind that is not supported yet.
    """
    match metric:
        case MeanMetric():
            plan = _mean_plan(metric.source, metric.conversion_window, metric.winsorization)
            return replace(plan, threshold=metric.threshold)
        case FunnelMetric():
            return FunnelPlan(
                steps=tuple(_source(step) for step in metric.steps),
                window=metric.conversion_window or FUNNEL_WINDOW,
                order=_order(metric.order),
            )
        case RatioMetric():
            window = metric.conversion_window
            over, under = metric.numerator_winsorization, metric.denominator_winsorization
            return RatioPlan(
                numerator=_mean_plan(metric.numerator, window, over),
                denominator=_mean_plan(metric.denominator, window, under),
            )
        case _:
            return _retention_plan(metric)


def metric_kind(plan: MetricPlan) -> MetricKind:
    """How the plan's sums are to be read."""
    match plan:
        case MeanPlan():
            return MetricKind.MEAN
        case FunnelPlan():
            return MetricKind.FUNNEL
        case RatioPlan():
            return MetricKind.RATIO
        case _:
            return MetricKind.RETENTION


def time_to_mature(metric: Metric) -> timedelta | None:
    """How long after its exposure a unit can still change; None when there is no such limit."""
    if not isinstance(metric, RetentionMetric):
        return metric.conversion_window
    return (metric.conversion_window or timedelta()) + _latest(metric) + _LONGER_DAY


def only_matured(
    plan: SummaryPlan, metric: Metric, *, as_of: datetime, zone: tzinfo
) -> SummaryPlan:
    """The plan without the units that may still change.

    Args:
        plan: Of the metric.
        metric: Whose windows have to be over.
        as_of: When they have to be.
        zone: In which days are counted back.
    """
    measured = plan.metric
    if isinstance(measured, RetentionPlan):
        latest = _before(as_of, measured.latest, measured.clock, zone)
        if not measured.counts_all_exposed:
            return replace(plan, metric=replace(measured, started_by=latest))
        # Whoever has not started yet may until then: one rule for those that did and did not.
        exposed_by = latest - (measured.window or timedelta())
    elif metric.conversion_window is not None:
        exposed_by = as_of - metric.conversion_window
    else:
        return plan
    return replace(plan, exposure=replace(plan.exposure, exposed_by=exposed_by))


def with_lookback(plan: MetricPlan, lookback: timedelta | None) -> MetricPlan:
    """The plan with a covariate from before exposure, where the metric can have one."""
    match plan:
        case MeanPlan(threshold=None):
            return replace(plan, lookback=lookback)
        case FunnelPlan(order=FunnelOrder.ORDERED):
            return replace(plan, lookback=lookback)
        case _:
            return plan


def metric_limitations(document: Properties) -> tuple[Limitation, ...]:
    """What the metric's document asks for and its plan leaves out."""
    is_left_out = bool(asked_breakdowns(document)) and read_breakdown(document) is None
    if not is_left_out and document.get("value_breakdown_property") is None:
        return ()
    return (
        Limitation(
            code="breakdowns_not_supported",
            message="Breakdowns of this kind are not computed yet; the result is without them.",
        ),
    )


def _mean_plan(
    node: Node, window: timedelta | None, winsorization: Winsorization | None
) -> MeanPlan:
    source = _source(node)
    math, measure = _value_math(node), node.measure
    return MeanPlan(
        source=source,
        math=math,
        value_property=measure.value_property if math in _OF_A_PROPERTY else None,
        group_type_index=measure.group_type_index if math is ValueMath.UNIQUE_GROUP else None,
        window=window,
        winsorization=winsorization,
    )


def _retention_plan(metric: RetentionMetric) -> RetentionPlan:
    return RetentionPlan(
        start=None if isinstance(metric.start, ExposureNode) else _source(metric.start),
        completion=_source(metric.completion),
        clock=_CLOCKS.get(metric.window_unit, RetentionClock.ELAPSED),
        earliest=metric.window_start * metric.window_unit.length,
        latest=_latest(metric),
        takes_last_start=metric.start_handling is StartHandling.LAST_SEEN,
        window=metric.conversion_window,
        counts_all_exposed=metric.counts_all_exposed,
    )


def _latest(metric: RetentionMetric) -> timedelta:
    return metric.window_end * metric.window_unit.length


def _before(moment: datetime, span: timedelta, clock: RetentionClock, zone: tzinfo) -> datetime:
    if clock is not RetentionClock.DAYS:
        return moment - span
    # Arithmetic in a zone is that of its clocks: so many days ago, at this time of day.
    return (moment.astimezone(zone) - span).astimezone(UTC)


def _source(node: Node) -> EventSource:
    match node:
        case EventsNode():
            # An empty name is what a form leaves where nobody chose an event: every one.
            return EventSource(
                event=node.event or None, filters=checked_filters(node.filters, attr=_ATTR)
            )
        case ActionsNode():
            raise unsupported("Actions are", attr=_ATTR)
        case _:
            raise unsupported("Data warehouse sources are", attr=_ATTR)


def _value_math(node: Node) -> ValueMath:
    measure = node.measure
    math = _MATH.get(measure.math)
    if math is None:
        raise unsupported(f"Values of math {measure.math.value!r} are", attr=_ATTR)
    is_of_session = measure.property_type == _SESSION_PROPERTIES
    if math in _OF_A_PROPERTY and (is_of_session or measure.value_property == _SESSION_DURATION):
        raise unsupported("Session properties are", attr=_ATTR)
    if math in _OF_A_PROPERTY and measure.property_type not in (None, "event_properties"):
        raise unsupported(f"Values of {measure.property_type!r} are", attr=_ATTR)
    return math


def _order(order: StepOrder) -> FunnelOrder:
    if order is StepOrder.STRICT:
        raise unsupported("Strictly ordered funnels are", attr=_ATTR)
    return FunnelOrder(order.value)
