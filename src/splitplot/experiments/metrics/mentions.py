"""Which events the metrics of an experiment are about."""

from collections.abc import Iterator, Mapping

from splitplot.experiments.model import Experiment
from splitplot.filters.model import JsonValue


def mentions_event(experiment: Experiment, event: str) -> bool:
    """Whether one of its metrics, shared and old ones included, counts the event."""
    documents: tuple[JsonValue, ...] = (
        *experiment.metrics,
        *experiment.metrics_secondary,
        *(link.metric.query for link in experiment.saved_metrics),
    )
    if any(event in _named(document) for document in documents):
        return True
    old = (experiment.filters, *experiment.secondary_metrics)
    return any(event in _named_in_filters(document) for document in old)


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
