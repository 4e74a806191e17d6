"""The metric lists of an experiment: what may stand in them, and their display order."""

from collections.abc import Callable, Collection, Mapping, Sequence

from splitplot.errors import InvalidInput
from splitplot.experiments.metrics.model import (
    ActionsNode,
    EventsNode,
    ExposureNode,
    FunnelMetric,
    MeanMetric,
    Metric,
    Node,
    RatioMetric,
)
from splitplot.experiments.metrics.parse import parse_metric
from splitplot.filters.model import JsonValue, Properties

LEGACY_KINDS = frozenset({"ExperimentTrendsQuery", "ExperimentFunnelsQuery"})
_BROKEN = "This is likely a frontend bug - please refresh and try again."

Documents = tuple[Properties, ...]


def checked_metrics(value: JsonValue, *, attr: str) -> Documents:
    """The metrics of a list as it was sent; null is an empty list.

    Args:
        value: What was sent.
        attr: `metrics` or `metrics_secondary`.

    Raises:
        InvalidInput: It is no list, or one of its items no metric; for that field.
    """
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise InvalidInput("Metrics must be a list", attr=attr)
    return tuple(_checked_metric(item, at, attr=attr) for at, item in enumerate(value))


def with_uuids(metrics: Documents, new_uuid: Callable[[], str]) -> Documents:
    """The metrics, each with a uuid."""
    return tuple(
        metric if metric.get("uuid") else {**metric, "uuid": new_uuid()} for metric in metrics
    )


def check_distinct(metrics: Documents) -> None:
    """Refuse two metrics with one uuid.

    Raises:
        InvalidInput: Names the uuid.
    """
    seen: set[str] = set()
    for uuid in uuids_of(metrics):
        if uuid in seen:
            raise InvalidInput(
                f"Duplicate metric UUID: '{uuid}'. Each metric must have a unique UUID."
            )
        seen.add(uuid)


def actions_of(metrics: Documents) -> frozenset[int]:
    """The ids of the actions that well formed metrics are about."""
    nodes = _nodes(metrics)
    return frozenset(node.action_id for node in nodes if isinstance(node, ActionsNode))


def check_actions(metrics: Documents, *, known: Collection[int]) -> None:
    """Refuse metrics on actions that do not exist.

    Args:
        metrics: Checked ones.
        known: The project's actions.

    Raises:
        InvalidInput: Lists the ids.
    """
    if unknown := sorted(actions_of(metrics).difference(known)):
        raise InvalidInput(
            f"Action(s) with ID {', '.join(map(str, unknown))} not found or deleted. Each "
            "ActionsNode must reference an existing action belonging to this project."
        )


def check_events(metrics: Documents, *, known: Collection[str]) -> None:
    """Refuse metrics on events that nobody has ever sent.

    Args:
        metrics: Checked ones.
        known: Every event name that was ever stored for the project.

    Raises:
        InvalidInput: Lists the names, in the order of the metrics.
    """
    named = [node.event for node in _nodes(metrics) if isinstance(node, EventsNode)]
    unknown = [name for name in dict.fromkeys(named) if name is not None and name not in known]
    if unknown:
        names = ", ".join(f"'{name}'" for name in unknown)
        raise InvalidInput(
            f"Event(s) {names} not found. No events with these names have been ingested by this "
            "project. If this is intentional, set allow_unknown_events=True."
        )


def is_legacy(metric: Properties) -> bool:
    """Whether the metric is of a kind that can be read but no longer be made."""
    kind = metric.get("kind")
    return isinstance(kind, str) and kind in LEGACY_KINDS


def uuids_of(metrics: Documents) -> list[str]:
    """The uuids, in list order; metrics without one are left out."""
    return [uuid for metric in metrics if isinstance(uuid := metric.get("uuid"), str) and uuid]


def initial_order(given: Sequence[str] | None, metrics: Documents) -> tuple[str, ...] | None:
    """The display order of a new experiment: what was given, then what that left out."""
    if given is None and not metrics:
        return None
    return _with_missing(given or (), metrics)


def order_after(
    order: Sequence[str] | None, *, before: Documents, after: Documents, beside: Documents = ()
) -> tuple[str, ...]:
    """The display order after the list was replaced: what went is out, what came is last.

    Args:
        order: As it was, or as it was given.
        before: The list that was replaced.
        after: The list that came instead.
        beside: Other metrics in the same order; a uuid of theirs has not gone.
    """
    gone = set(uuids_of(before)) - set(uuids_of(after)) - set(uuids_of(beside))
    return _with_missing([uuid for uuid in order or () if uuid not in gone], after)


def check_order(order: Sequence[str] | None, metrics: Documents, *, role: str) -> None:
    """Refuse an order that does not list every metric; it may list others too.

    Args:
        order: None when there has never been one.
        metrics: What it orders.
        role: `primary` or `secondary`.

    Raises:
        InvalidInput: Says what is missing.
    """
    field = f"{role}_metrics_ordered_uuids"
    uuids = uuids_of(metrics)
    if order is None and uuids:
        raise InvalidInput(f"{field} is null but {role} metrics exist. {_BROKEN}")
    if missing := [uuid for uuid in uuids if uuid not in (order or ())]:
        raise InvalidInput(f"{field} is missing UUIDs: {missing}. {_BROKEN}")


def _checked_metric(item: JsonValue, at: int, *, attr: str) -> Properties:
    if not isinstance(item, Mapping):
        raise _invalid(at, "must be a dict", attr)
    kind = item.get("kind")
    if is_legacy(item):
        raise _invalid(
            at,
            f"legacy metric kind '{kind}' is no longer supported for new experiments. "
            "Use 'ExperimentMetric' instead.",
            attr,
        )
    if kind != "ExperimentMetric":
        raise _invalid(at, "metric kind must be 'ExperimentMetric'", attr)
    try:
        parse_metric(item)
    except InvalidInput as error:
        raise _invalid(at, error.message, attr) from error
    return item


def _invalid(at: int, message: str, attr: str) -> InvalidInput:
    return InvalidInput(f"Invalid metric at index {at}: {message}", attr=attr)


def _with_missing(order: Sequence[str], metrics: Documents) -> tuple[str, ...]:
    missing = [uuid for uuid in uuids_of(metrics) if uuid not in order]
    return (*order, *missing)


def _nodes(metrics: Documents) -> list[Node | ExposureNode]:
    return [
        node
        for metric in metrics
        if not is_legacy(metric)
        for node in _nodes_of(parse_metric(metric))
    ]


def _nodes_of(metric: Metric) -> tuple[Node | ExposureNode, ...]:
    match metric:
        case MeanMetric():
            return (metric.source,)
        case FunnelMetric():
            return metric.steps
        case RatioMetric():
            return (metric.numerator, metric.denominator)
        case _:
            return (metric.start, metric.completion)
