"""A metric as a plan: what becomes of a unit's events."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from splitplot.experiments.metrics import (
    ActionsNode,
    EventsNode,
    ExposureNode,
    FunnelMetric,
    MeanMetric,
    Metric,
    Node,
    RatioMetric,
    RetentionMetric,
    StartHandling,
    StepOrder,
    TimeUnit,
    WarehouseNode,
)
from splitplot.experiments.metrics.breakdowns import asked_breakdowns, most_values, read_breakdown
from splitplot.experiments.metrics.hogql import parse_formula
from splitplot.experiments.plan import (
    EventSource,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SessionMeanPlan,
    SessionValue,
    Source,
    SplitMeanPlan,
    SummaryPlan,
    UnitProperty,
    ValueMath,
    Winsorization,
)
from splitplot.experiments.results import MetricKind
from splitplot.experiments.sources.formulas import Folded
from splitplot.experiments.sources.warehouse import WarehouseSource, read_join_key
from splitplot.experiments.support import checked_filters, unsupported
from splitplot.filters.model import Properties

# A funnel without a window of its own has three years.
FUNNEL_WINDOW = timedelta(days=3 * 365)

_ATTR = "metric"
_SESSION_PROPERTIES = "session_properties"
_OF_A_PROPERTY = (ValueMath.SUM, ValueMath.AVG, ValueMath.MIN, ValueMath.MAX)
_CLOCKS = {TimeUnit.DAY: RetentionClock.DAYS, TimeUnit.HOUR: RetentionClock.HOURS}
# Days of a calendar are an hour longer once a year; this is more than enough.
_LONGER_DAY = timedelta(days=1)


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
            window, rule = metric.conversion_window, metric.winsorization
            if (value := _session_value(metric.source)) is not None:
                plan: MeanPlan | SessionMeanPlan
                plan = _session_plan(metric.source, value, window=window, rule=rule)
            else:
                plan = _mean_plan(metric.source, window, rule)
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
        case MeanPlan() | SessionMeanPlan() | SplitMeanPlan():
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


def split_plan(document: Properties, metric: MetricPlan) -> SplitMeanPlan | None:
    """The metric split by the values of a property of its events, if its document asks for it.

    Args:
        document: That `parse_metric` has read.
        metric: Its plan.
    """
    key = document.get("value_breakdown_property")
    if not isinstance(key, str) or not key or not isinstance(metric, MeanPlan):
        return None
    if not isinstance(metric.source, EventSource):
        return None
    return SplitMeanPlan(
        source=metric.source,
        property=UnitProperty(key=key),
        math=metric.math,
        value_property=metric.value_property,
        window=metric.window,
        most_values=most_values(document),
    )


def with_lookback(plan: MetricPlan, lookback: timedelta | None) -> MetricPlan:
    """The plan with a covariate from before exposure, where the metric can have one."""
    match plan:
        case MeanPlan(threshold=None):
            return replace(plan, lookback=lookback)
        case FunnelPlan(order=FunnelOrder.ORDERED) if not has_tables(plan):
            return replace(plan, lookback=lookback)
        case _:
            return plan


def has_tables(plan: FunnelPlan) -> bool:
    """Whether some of its steps are rows of a data warehouse table."""
    return any(isinstance(step, WarehouseSource) for step in plan.steps)


def metric_limitations(document: Properties) -> tuple[Limitation, ...]:
    """What the metric's document asks for and its plan leaves out."""
    if not asked_breakdowns(document) or read_breakdown(document) is not None:
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
        formula=_formula(node) if math is ValueMath.HOGQL else None,
        window=window,
        winsorization=winsorization,
    )


def _retention_plan(metric: RetentionMetric) -> RetentionPlan:
    return RetentionPlan(
        start=None if isinstance(metric.start, ExposureNode) else _event_source(metric.start),
        completion=_event_source(metric.completion),
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


def _source(node: Node) -> Source:
    if isinstance(node, WarehouseNode):
        return WarehouseSource(
            table=node.table,
            timestamp_field=node.timestamp_field,
            joined_by=read_join_key(node.events_join_key),
            table_join_key=node.table_join_key,
            filters=checked_filters(node.filters, attr=_ATTR),
        )
    return _event_source(node)


def _event_source(node: Node) -> EventSource:
    match node:
        case EventsNode():
            # An empty name is what a form leaves where nobody chose an event: every one.
            return EventSource(
                event=node.event or None, filters=checked_filters(node.filters, attr=_ATTR)
            )
        case ActionsNode():
            filters = checked_filters(node.filters, attr=_ATTR)
            return EventSource(event=None, filters=filters, action_id=node.action_id)
        case _:
            raise unsupported("Retention of data warehouse rows is", attr=_ATTR)


def _value_math(node: Node) -> ValueMath:
    measure, math = node.measure, ValueMath(node.measure.math.value)
    if isinstance(node, WarehouseNode):
        # Of rows a property is summed without being told to.
        sums = math is ValueMath.TOTAL and measure.value_property
        return ValueMath.SUM if sums else math
    if _is_of_session(node):
        raise unsupported("Session properties in ratios are", attr=_ATTR)
    if math in _OF_A_PROPERTY and measure.property_type not in (None, "event_properties"):
        raise unsupported(f"Values of {measure.property_type!r} are", attr=_ATTR)
    return math


def _is_of_session(node: Node) -> bool:
    measure = node.measure
    is_of_session = measure.property_type == _SESSION_PROPERTIES
    is_named_like_one = measure.value_property == SessionValue.DURATION
    is_of_property = measure.math.value in _OF_A_PROPERTY
    is_of_events = not isinstance(node, WarehouseNode)
    return is_of_events and is_of_property and (is_of_session or is_named_like_one)


def _session_value(node: Node) -> SessionValue | None:
    """What of each session a metric is about; None when it is about events.

    Raises:
        InvalidInput: It is about something of sessions that is not computed.
    """
    if not _is_of_session(node):
        return None
    word = node.measure.value_property
    if word not in list(SessionValue):
        raise unsupported(f"The session property {word!r} is", attr=_ATTR)
    return SessionValue(word)


def _session_plan(
    node: Node, value: SessionValue, *, window: timedelta | None, rule: Winsorization | None
) -> SessionMeanPlan:
    return SessionMeanPlan(
        source=_event_source(node),
        value=value,
        math=ValueMath(node.measure.math.value),
        window=window,
        winsorization=rule,
    )


def _formula(node: Node) -> Folded:
    return parse_formula(node.measure.expression or "", of_columns=isinstance(node, WarehouseNode))


def _order(order: StepOrder) -> FunnelOrder:
    if order is StepOrder.STRICT:
        raise unsupported("Strictly ordered funnels are", attr=_ATTR)
    return FunnelOrder(order.value)
