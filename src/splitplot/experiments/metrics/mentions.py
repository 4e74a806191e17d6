"""Which events and actions the metrics of an experiment are about."""

from collections.abc import Iterable, Iterator, Mapping

from splitplot.experiments.model import Experiment
from splitplot.filters.model import JsonValue, Properties


def mentions_event(experiment: Experiment, event: str) -> bool:
    """Whether one of its metrics, shared and old ones included, counts the event."""
    if any(event in _named(document) for document in every_metric(experiment)):
        return True
    old = (experiment.filters, *experiment.secondary_metrics)
    return any(event in _named_in_filters(document) for document in old)


def every_metric(experiment: Experiment) -> tuple[Properties, ...]:
    """The documents of its metrics: its own ones, then those that it shares."""
    shared = (link.metric.query for link in experiment.saved_metrics)
    return (*experiment.metrics, *experiment.metrics_secondary, *shared)


def mentions_action(document: JsonValue, action_id: int) -> bool:
    """Whether a metric, or exposure criteria, are about the action, at any depth."""
    return action_id in actions_named((document,))


def actions_named(documents: Iterable[JsonValue]) -> frozenset[int]:
    """The ids of all actions that documents are about, at any depth."""
    return frozenset(number for document in documents for number in _action_ids(document))


def with_action_names(metric: Properties, names: Mapping[int, str]) -> Properties:
    """The metric with the names that its actions have today.

    Args:
        metric: A metric's document.
        names: By id; an action without one keeps the name that the document gives it.
    """
    named = _with_names(metric, names)
    return named if isinstance(named, Mapping) else metric


def _with_names(value: JsonValue, names: Mapping[int, str]) -> JsonValue:
    if isinstance(value, list | tuple):
        return [_with_names(item, names) for item in value]
    if not isinstance(value, Mapping):
        return value
    inside = {key: _with_names(member, names) for key, member in value.items()}
    number = _action_id_of(value)
    return inside if number is None or number not in names else {**inside, "name": names[number]}


def _action_ids(value: JsonValue) -> Iterator[int]:
    if isinstance(value, Mapping):
        number = _action_id_of(value)
        if number is not None:
            yield number
        for member in value.values():
            yield from _action_ids(member)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _action_ids(item)


def _action_id_of(node: Properties) -> int | None:
    number = node.get("id")
    if node.get("kind") != "ActionsNode" or isinstance(number, bool):
        return None
    # JSON knows one kind of number: 7.0 is as whole as 7.
    if isinstance(number, float) and number.is_integer():
        return int(number)
    return number if isinstance(number, int) else None


def _named(value: JsonValue) -> Iterator[str]:
    """Everything that stands under `event`, at any depth."""
    if isinstance(value, Mapping):
        name = value.get("event")
        if isinstance(name, str):
            yield name
        for member in value.values():
            yield from _named(member)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _named(item)


def _named_in_filters(value: JsonValue) -> Iterator[str]:
    """The ids of everything that stands in a list `events`, at any depth."""
    if not isinstance(value, Mapping):
        return
    events = value.get("events")
    for entity in events if isinstance(events, list | tuple) else ():
        name = entity.get("id") if isinstance(entity, Mapping) else None
        if isinstance(name, str):
            yield name
    for member in value.values():
        yield from _named_in_filters(member)
