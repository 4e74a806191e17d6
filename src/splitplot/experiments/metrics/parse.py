"""A metric document, as clients send and the database keeps it, read into a `Metric`."""

from datetime import timedelta
from enum import StrEnum
from typing import TypedDict

from splitplot.errors import InvalidInput
from splitplot.experiments.judgement import Goal
from splitplot.experiments.metrics.breakdowns import asked_breakdowns
from splitplot.experiments.metrics.model import (
    ExposureNode,
    FunnelMetric,
    Math,
    MeanMetric,
    Metric,
    RatioMetric,
    RetentionMetric,
    StartHandling,
    StepOrder,
    TimeUnit,
    WarehouseNode,
)
from splitplot.experiments.metrics.nodes import read_node, read_start, too_many_tables
from splitplot.experiments.metrics.reading import Reading
from splitplot.experiments.plan import SessionValue, Winsorization
from splitplot.filters.model import Properties

NO_STEPS = (
    "funnel metrics require at least one step. The experiment exposure event is added as "
    "the initial step automatically."
)
MAX_BREAKDOWNS = 3
# Longer than any experiment, and short enough to be added to any date.
_LONGEST_WINDOW = timedelta(days=36_500)
_LARGEST_COUNT = 10**9
_LARGEST_THRESHOLD = 1e15

_ANY_METRIC = frozenset(
    {
        "kind",
        "metric_type",
        "uuid",
        "fingerprint",
        "name",
        "goal",
        "conversion_window",
        "conversion_window_unit",
        "guardrail_margin",
        "breakdownFilter",
        "breakdownAttributionType",
        "breakdownAttributionValue",
        "isSharedMetric",
        "sharedMetricId",
        "response",
        "version",
    }
)
_OUTLIERS = frozenset({"lower_bound_percentile", "upper_bound_percentile", "ignore_zeros"})
_MEAN = _ANY_METRIC | _OUTLIERS | {"source", "threshold", "value_breakdown_property"}
_FUNNEL = _ANY_METRIC | {"series", "funnel_order_type"}
_RATIO = _ANY_METRIC | {
    "numerator",
    "denominator",
    "numerator_outlier_handling",
    "denominator_outlier_handling",
}
_RETENTION = _ANY_METRIC | {
    "start_event",
    "completion_event",
    "retention_window_start",
    "retention_window_end",
    "retention_window_unit",
    "start_handling",
    "count_all_exposed",
}


class _Kind(StrEnum):
    MEAN = "mean"
    FUNNEL = "funnel"
    RATIO = "ratio"
    RETENTION = "retention"


class _Common(TypedDict):
    uuid: str | None
    name: str | None
    goal: Goal
    conversion_window: timedelta | None
    guardrail_margin: float | None


def parse_metric(document: Properties) -> Metric:
    """Read a metric strictly; unknown members are refused.

    Args:
        document: A metric of the kind `ExperimentMetric`.

    Raises:
        InvalidInput: It is not shaped like a metric. The message lists everything that
            is wrong with it, each with its place.

    Examples:
        >>> metric = parse_metric({
        ...     "kind": "ExperimentMetric", "metric_type": "mean",
        ...     "source": {"kind": "EventsNode", "event": "purchase"},
        ...     "conversion_window": 2, "conversion_window_unit": "week"})
        >>> metric.source.event, metric.conversion_window
        ('purchase', datetime.timedelta(days=14))
    """
    reading = Reading(document=document)
    if document.get("kind") != "ExperimentMetric":
        reading.refuse("kind", "Input should be 'ExperimentMetric'", kind="literal_error")
    kind = reading.choice("metric_type", _Kind)
    # Which members are right depends on both: with a wrong one, the rest says nothing.
    metric = None if reading.problems else _metric(reading, kind)
    if isinstance(metric, FunnelMetric) and _is_empty(document.get("series")):
        raise InvalidInput(NO_STEPS)
    if metric is None or reading.problems:
        raise InvalidInput(f"[{', '.join(str(problem) for problem in reading.problems)}]")
    return metric


def _metric(reading: Reading, kind: _Kind) -> Metric:
    match kind:
        case _Kind.MEAN:
            return _mean(reading)
        case _Kind.FUNNEL:
            return _funnel(reading)
        case _Kind.RATIO:
            return _ratio(reading)
        case _:
            return _retention(reading)


def _mean(reading: Reading) -> MeanMetric:
    reading.only(_MEAN)
    metric = MeanMetric(
        source=read_node(reading.child("source")),
        winsorization=_winsorization(reading),
        threshold=reading.find_number("threshold", above=0, at_most=_LARGEST_THRESHOLD),
        **_common(reading),
    )
    if metric.threshold is not None:
        if metric.winsorization is not None:
            reading.refuse("threshold", "A threshold cannot be combined with outlier handling")
        if metric.source.measure.math not in (Math.TOTAL, Math.SUM):
            reading.refuse("threshold", "A threshold needs the math 'total' or 'sum'")
    _check_split(reading, metric)
    return metric


def _check_split(reading: Reading, metric: MeanMetric) -> None:
    """Refuse a split by values beside what it cannot be combined with."""
    key = "value_breakdown_property"
    if not reading.find_text(key):
        return
    reasons = {
        "outlier handling": metric.winsorization is not None,
        "a threshold": metric.threshold is not None,
        "breakdowns": bool(asked_breakdowns(reading.document)),
        "data warehouse sources": isinstance(metric.source, WarehouseNode),
        "session properties": (
            metric.source.measure.property_type == "session_properties"
            or metric.source.measure.value_property == SessionValue.DURATION
        ),
    }
    for what, is_there in reasons.items():
        if is_there:
            reading.refuse(key, f"A split by values cannot be combined with {what}")
    if metric.source.measure.math not in (Math.TOTAL, Math.SUM):
        reading.refuse(key, "A split by values needs the math 'total' or 'sum'")


def _funnel(reading: Reading) -> FunnelMetric:
    reading.only(_FUNNEL)
    if reading.document.get("series") is None:
        reading.refuse("series", "Field required", kind="missing")
    steps = tuple(read_node(step) for step in reading.children("series"))
    for problem in too_many_tables([step for step in steps if isinstance(step, WarehouseNode)]):
        reading.refuse("series", problem)
    return FunnelMetric(
        steps=steps,
        order=reading.find_choice("funnel_order_type", StepOrder) or StepOrder.ORDERED,
        **_common(reading),
    )


def _ratio(reading: Reading) -> RatioMetric:
    reading.only(_RATIO)
    return RatioMetric(
        numerator=read_node(reading.child("numerator")),
        denominator=read_node(reading.child("denominator")),
        numerator_winsorization=_side_winsorization(reading, "numerator_outlier_handling"),
        denominator_winsorization=_side_winsorization(reading, "denominator_outlier_handling"),
        **_common(reading),
    )


def _retention(reading: Reading) -> RetentionMetric:
    reading.only(_RETENTION)
    metric = RetentionMetric(
        start=read_start(reading.child("start_event")),
        completion=read_node(reading.child("completion_event")),
        window_start=reading.whole("retention_window_start", at_least=0, at_most=_LARGEST_COUNT),
        window_end=reading.whole("retention_window_end", at_least=0, at_most=_LARGEST_COUNT),
        window_unit=reading.choice("retention_window_unit", TimeUnit),
        start_handling=reading.choice("start_handling", StartHandling),
        counts_all_exposed=reading.boolean("count_all_exposed"),
        **_common(reading),
    )
    if metric.window_end < metric.window_start:
        reading.refuse("retention_window_end", "Input should not be before the window's start")
    if metric.window_end > _LONGEST_WINDOW // metric.window_unit.length:
        reading.refuse("retention_window_end", "A window cannot be longer than 100 years")
    if isinstance(metric.start, ExposureNode):
        if metric.conversion_window is not None:
            reading.refuse("conversion_window", "A start by exposure has no conversion window")
        if metric.start_handling is StartHandling.LAST_SEEN:
            reading.refuse("start_handling", "A start by exposure is the first one")
    return metric


def _common(reading: Reading) -> _Common:
    breakdowns = reading.find_child("breakdownFilter")
    if breakdowns is not None and len(breakdowns.children("breakdowns")) > MAX_BREAKDOWNS:
        breakdowns.refuse("breakdowns", f"At most {MAX_BREAKDOWNS} breakdowns are possible")
    return _Common(
        uuid=reading.find_text("uuid") or None,
        name=reading.find_text("name"),
        goal=reading.find_choice("goal", Goal) or Goal.INCREASE,
        conversion_window=_conversion_window(reading),
        guardrail_margin=reading.find_number("guardrail_margin", above=0, at_most=1),
    )


def _conversion_window(reading: Reading) -> timedelta | None:
    """Without a number, without a unit, and with the number 0 there is no window."""
    count = reading.find_whole("conversion_window", at_least=0, at_most=_LARGEST_COUNT)
    unit = reading.find_choice("conversion_window_unit", TimeUnit)
    if not count or unit is None:
        return None
    if count > _LONGEST_WINDOW // unit.length:
        reading.refuse("conversion_window", "A window cannot be longer than 100 years")
        return None
    return count * unit.length


def _side_winsorization(reading: Reading, key: str) -> Winsorization | None:
    side = reading.find_child(key)
    if side is None:
        return None
    side.only(_OUTLIERS)
    return _winsorization(side)


def _winsorization(reading: Reading) -> Winsorization | None:
    winsorization = Winsorization(
        lower=reading.find_share("lower_bound_percentile"),
        upper=reading.find_share("upper_bound_percentile"),
        ignore_zeros=reading.boolean("ignore_zeros"),
    )
    is_bounded = winsorization.lower is not None or winsorization.upper is not None
    return winsorization if is_bounded else None


def _is_empty(series: object) -> bool:
    return isinstance(series, list | tuple) and not series
