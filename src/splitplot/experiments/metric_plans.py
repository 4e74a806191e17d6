"""A metric as a plan: what becomes of a unit's events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from splitplot.experiments.metrics import (
    ActionsNode,
    EventsNode,
    FunnelMetric,
    Math,
    MeanMetric,
    Metric,
    Node,
    RatioMetric,
    StepOrder,
)
from splitplot.experiments.plan import (
    EventSource,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    ValueMath,
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
_MATH = {Math(math.value): math for math in ValueMath}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limitation:
    """Something that was asked for and is not in the result; the result is right without it."""

    code: str
    message: str


def metric_plan(metric: Metric) -> MetricPlan:
    """The plan of a mean or funnel metric.

    Raises:
        InvalidInput: The metric, or a part of it, is of a kind that is not supported yet.
    """
    match metric:
        case MeanMetric():
            return _mean_plan(metric)
        case FunnelMetric():
            return FunnelPlan(
                steps=tuple(_source(step) for step in metric.steps),
                window=metric.conversion_window or FUNNEL_WINDOW,
                order=_order(metric.order),
            )
        case RatioMetric():
            raise unsupported("Ratio metrics are", attr=_ATTR)
        case _:
            raise unsupported("Retention metrics are", attr=_ATTR)


def metric_kind(plan: MetricPlan) -> MetricKind:
    """How the plan's sums are to be read."""
    return MetricKind.MEAN if isinstance(plan, MeanPlan) else MetricKind.FUNNEL


def metric_limitations(document: Properties) -> tuple[Limitation, ...]:
    """What the metric's document asks for beyond its result over all units."""
    breakdowns = document.get("breakdownFilter")
    asked = breakdowns.get("breakdowns") if isinstance(breakdowns, Mapping) else None
    if not asked and document.get("value_breakdown_property") is None:
        return ()
    return (
        Limitation(
            code="breakdowns_not_supported",
            message="Breakdowns are not computed yet; this is the result over all units.",
        ),
    )


def _mean_plan(metric: MeanMetric) -> MeanPlan:
    source = _source(metric.source)
    math = _value_math(metric.source)
    return MeanPlan(
        source=source,
        math=math,
        value_property=metric.source.measure.value_property if math in _OF_A_PROPERTY else None,
        window=metric.conversion_window,
        winsorization=metric.winsorization,
        threshold=metric.threshold,
    )


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
