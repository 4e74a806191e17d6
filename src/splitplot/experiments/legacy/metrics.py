"""The metrics of old experiments, read from either of the forms that they were kept in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from splitplot.errors import InvalidInput
from splitplot.experiments.metrics.model import TimeUnit
from splitplot.experiments.model import Experiment
from splitplot.experiments.plan import EventSource, FunnelOrder
from splitplot.experiments.support import checked_filters, unsupported
from splitplot.filters.model import FilterKind, JsonValue, Properties, PropertyFilter
from splitplot.filters.wire import parse_filter
from splitplot.flags.validate import GROUP_TYPES

TRENDS_QUERY = "ExperimentTrendsQuery"
FUNNELS_QUERY = "ExperimentFunnelsQuery"

_WINDOW = timedelta(days=14)
_LONGEST_ID = 10
_LONGEST_WINDOW = timedelta(days=36_500)
_FUNNELS, _TRENDS = "FUNNELS", "TRENDS"
_OF_UNITS = frozenset({"dau", "weekly_active", "monthly_active", "unique_group"})
_OF_VALUES = frozenset(
    {"sum", "avg", "min", "max", "median", "p75", "p90", "p95", "p99"},
)
_SESSION_DURATION = "$session_duration"


class LegacyMath(StrEnum):
    """What is counted of a variant's events."""

    EVENTS = "events"
    UNITS = "units"
    VALUES = "values"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyCount:
    """Events, and what is counted of them.

    Attributes:
        value_property: Whose numbers are summed, for `VALUES`.
        group_type_index: Counts groups in place of persons, for `UNITS`.
    """

    source: EventSource
    math: LegacyMath = LegacyMath.EVENTS
    value_property: str | None = None
    group_type_index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyTrend:
    """How much happened under a variant, for as many units as were exposed to it.

    Attributes:
        exposure: What tells how many; None for the persons whom the flag was evaluated for.
    """

    counted: LegacyCount
    exposure: LegacyCount | None = None
    filters_test_accounts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyFunnel:
    """Who came through all steps, of those who took the first.

    Attributes:
        steps: Two or more.
        group_type_index: Groups go through it in place of persons.
    """

    steps: tuple[EventSource, ...]
    window: timedelta = _WINDOW
    order: FunnelOrder = FunnelOrder.ORDERED
    group_type_index: int | None = None
    filters_test_accounts: bool = False


LegacyMetric = LegacyTrend | LegacyFunnel


def metric_of_filters(filters: Properties, custom_exposure: Properties | None) -> LegacyMetric:
    """The metric that an experiment's `filters` stand for.

    Args:
        filters: A funnel unless `insight` says `TRENDS`.
        custom_exposure: Filters of the same form; their first entity exposes, for trends.

    Raises:
        InvalidInput: They stand for no metric, or for one that cannot be computed.
    """
    insight = filters.get("insight") or _FUNNELS
    if insight not in (_FUNNELS, _TRENDS):
        raise unsupported(f"Insights of type {insight!r} are", attr="filters")
    entities = entities_of(filters)
    if not entities:
        raise InvalidInput("The metric names no event.", attr="filters")
    globally = _conditions(filters.get("properties"))
    is_filtered = filters.get("filter_test_accounts") is True
    if insight == _TRENDS:
        exposing = entities_of(custom_exposure or {})[:1]
        return LegacyTrend(
            counted=_narrowed(_count(entities[0], event="id"), globally),
            exposure=_count(exposing[0], event="id") if exposing else None,
            filters_test_accounts=is_filtered,
        )
    unit = filters.get("funnel_window_interval_unit")
    days = filters.get("funnel_window_days")
    return _funnel(
        [_source(entity, event="id") for entity in entities],
        globally,
        _order(filters.get("funnel_order_type")),
        window=_window(filters.get("funnel_window_interval") or days, unit),
        group_type_index=_index(filters.get("aggregation_group_type_index")),
        filters_test_accounts=is_filtered,
    )


def metric_of_query(query: Properties) -> LegacyMetric:
    """The metric that a query of one of the two old kinds stands for.

    Raises:
        InvalidInput: It stands for no metric, or for one that cannot be computed.
    """
    if query.get("kind") == FUNNELS_QUERY:
        return _funnel_of_query(_member(query, "funnels_query"))
    counting = _member(query, "count_query")
    series, globally = _series(counting, "count_query")
    exposure = None
    if query.get("exposure_query") is not None:
        exposing, narrowing = _series(_member(query, "exposure_query"), "exposure_query")
        exposure = _narrowed(_count(exposing[0], event="event"), narrowing)
    return LegacyTrend(
        counted=_narrowed(_count(series[0], event="event"), globally),
        exposure=exposure,
        filters_test_accounts=counting.get("filterTestAccounts") is True,
    )


def entities_of(filters: Properties) -> tuple[Properties, ...]:
    """The events and actions of old filters, in their order; events first where it is silent."""
    found = [
        {"type": kind, **entity}
        for kind in ("events", "actions")
        for entity in _mappings(filters.get(kind))
    ]
    return tuple(sorted(found, key=_place))


def names_of(entities: Sequence[Properties]) -> tuple[str | None, ...]:
    """The names of the events among them, each once; None stands for every name.

    There are no actions, so no event is a step of one.
    """
    events = (entity.get("id") for entity in entities if entity.get("type") == "events")
    named = [name or None for name in events if isinstance(name, str | None)]
    return tuple(dict.fromkeys(named))


def _place(entity: Properties) -> float:
    order = entity.get("order")
    return order if isinstance(order, int | float) else 0


def _funnel_of_query(document: Properties) -> LegacyFunnel:
    series, globally = _series(document, "funnels_query")
    options = document.get("funnelsFilter")
    options = options if isinstance(options, Mapping) else {}
    return _funnel(
        [_source(node, event="event") for node in series],
        globally,
        _order(options.get("funnelOrderType")),
        window=_window(
            options.get("funnelWindowInterval"), options.get("funnelWindowIntervalUnit")
        ),
        group_type_index=_index(document.get("aggregation_group_type_index")),
        filters_test_accounts=document.get("filterTestAccounts") is True,
    )


def _funnel(
    steps: Sequence[EventSource],
    globally: tuple[PropertyFilter, ...],
    order: FunnelOrder,
    *,
    window: timedelta,
    group_type_index: int | None,
    filters_test_accounts: bool,
) -> LegacyFunnel:
    if len(steps) < 2:
        raise InvalidInput("A funnel needs two steps or more.", attr="filters")
    return LegacyFunnel(
        steps=tuple(replace(step, filters=(*step.filters, *globally)) for step in steps),
        window=window,
        order=order,
        group_type_index=group_type_index,
        filters_test_accounts=filters_test_accounts,
    )


def _member(query: Properties, name: str) -> Properties:
    document = query.get(name)
    if not isinstance(document, Mapping):
        raise InvalidInput("This field is required.", code="required", attr=name)
    return document


def _series(
    document: Properties, attr: str
) -> tuple[tuple[Properties, ...], tuple[PropertyFilter, ...]]:
    series = _mappings(document.get("series"))
    if not series:
        raise InvalidInput("The metric names no event.", attr=attr)
    return series, _conditions(document.get("properties"))


def _count(entity: Properties, *, event: str) -> LegacyCount:
    source, math = _source(entity, event=event), entity.get("math")
    if math in (None, "", "total"):
        return LegacyCount(source=source)
    if math in _OF_UNITS:
        index = _index(entity.get("math_group_type_index")) if math == "unique_group" else None
        return LegacyCount(source=source, math=LegacyMath.UNITS, group_type_index=index)
    value_property = entity.get("math_property")
    if math not in _OF_VALUES or not isinstance(value_property, str) or not value_property:
        raise unsupported(f"Values of math {math!r} are", attr="filters")
    if value_property == _SESSION_DURATION:
        raise unsupported("Session properties are", attr="filters")
    # The engine of then knew sums only, and took them for any other figure.
    return LegacyCount(source=source, math=LegacyMath.VALUES, value_property=value_property)


def _narrowed(count: LegacyCount, globally: tuple[PropertyFilter, ...]) -> LegacyCount:
    filters = (*count.source.filters, *globally)
    return replace(count, source=replace(count.source, filters=filters))


def _source(entity: Properties, *, event: str) -> EventSource:
    if entity.get("type") == "actions" or entity.get("kind") == "ActionsNode":
        filters = _conditions(entity.get("properties"))
        return EventSource(event=None, filters=filters, action_id=_action_id(entity.get("id")))
    if entity.get("kind") not in (None, "EventsNode"):
        raise unsupported(f"Sources of kind {entity['kind']!r} are", attr="filters")
    name = entity.get(event)
    if name is not None and not isinstance(name, str):
        raise InvalidInput("The name of an event is a text.", attr="filters")
    return EventSource(event=name or None, filters=_conditions(entity.get("properties")))


def _action_id(value: JsonValue) -> int:
    """The id of an action, which old clients sent as a text too."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput("The id of an action is a whole number.", attr="filters")
    return value


def _conditions(value: JsonValue) -> tuple[PropertyFilter, ...]:
    """Filters that all have to hold, from a list, or from groups joined by `AND`."""
    if isinstance(value, Mapping):
        if not value:
            return ()
        parts = _mappings(value.get("values"))
        if not parts or (len(parts) > 1 and value.get("type") != "AND"):
            raise unsupported("Properties that are not joined by AND are", attr="filters")
    else:
        parts = _mappings(value)
    nested = (_conditions(part) if "values" in part else (_filter(part),) for part in parts)
    return checked_filters((each for group in nested for each in group), attr="filters")


def _filter(document: Properties) -> PropertyFilter:
    return parse_filter(document, default_kind=FilterKind.EVENT)


def _window(length: JsonValue, unit: JsonValue) -> timedelta:
    if length is None:
        return _WINDOW
    word = unit if isinstance(unit, str) else "day"
    is_number = isinstance(length, int | float) and not isinstance(length, bool)
    if not is_number or word not in list(TimeUnit):
        raise _no_window()
    try:
        window = float(str(length)) * TimeUnit(word).length
    except (OverflowError, ValueError) as error:
        raise _no_window() from error
    if not timedelta(0) < window <= _LONGEST_WINDOW:
        raise _no_window()
    return window


def _no_window() -> InvalidInput:
    return InvalidInput("The funnel's window is no span of time.", attr="filters")


def _order(value: JsonValue) -> FunnelOrder:
    if value is None:
        return FunnelOrder.ORDERED
    if value not in list(FunnelOrder):
        raise unsupported(f"Funnels whose order is {value!r} are", attr="filters")
    return FunnelOrder(str(value))


def _index(value: JsonValue) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < GROUP_TYPES:
        raise InvalidInput(f"There is no group type {value!r}.", attr="filters")
    return value


def _mappings(value: JsonValue) -> tuple[Properties, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def target_of(experiment: Experiment) -> Properties:
    """The filters that an experiment's main metric was kept as.

    Raises:
        InvalidInput: There are none.
    """
    if not entities_of(experiment.filters):
        raise InvalidInput("Experiment has no target metric")
    return experiment.filters


def secondary_of(experiment: Experiment, number: str | None) -> Properties:
    """The filters of one of an experiment's secondary metrics.

    Args:
        experiment: Whose metrics.
        number: Its place in their list, from 0, as it was sent.

    Raises:
        InvalidInput: There are none, or none at this place.
    """
    metrics = experiment.secondary_metrics
    if not metrics:
        raise InvalidInput("Experiment has no secondary metrics")
    if not number:
        raise InvalidInput("Secondary metric id is required")
    digits = number.removeprefix("-")
    if not digits.isascii() or not digits.isdigit():
        raise InvalidInput("Secondary metric id must be an integer")
    if number.startswith("-") or len(digits) > 9 or int(digits) >= len(metrics):
        raise InvalidInput("Invalid metric ID")
    metric = metrics[int(digits)]
    filters = metric.get("filters")
    return filters if isinstance(filters, Mapping) else metric


def custom_exposure_of(experiment: Experiment) -> Properties | None:
    """The filters that say what exposes a unit, if the experiment's parameters hold some."""
    custom = (experiment.parameters or {}).get("custom_exposure_filter")
    return custom if isinstance(custom, Mapping) and custom else None
