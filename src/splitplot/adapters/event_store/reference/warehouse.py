"""Rows of a table in plain Python, each as an event of the units that it belongs to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

from splitplot.adapters.event_store.reference.exposed import ExposedUnit, entry_events
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.values import name_of, valid_text
from splitplot.events.model import Event
from splitplot.experiments.plan import ExposurePlan, Source
from splitplot.experiments.sources.warehouse import JoinedBy, JoinKey, WarehouseSource
from splitplot.filters.match import compile_filter
from splitplot.filters.text import text_of

_NOBODY = UUID(int=0)


def events_of_units(
    recorded: Recorded, exposure: ExposurePlan, source: Source, units: Iterable[ExposedUnit]
) -> Iterator[tuple[str | None, Event]]:
    """The source's events, or its rows as events, each with the unit that it belongs to."""
    if not isinstance(source, WarehouseSource):
        for event in recorded.of(source):
            yield recorded.unit_of(event, exposure), event
        return
    joined: dict[str, list[str]] = defaultdict(list)
    for unit, value in _join_values(recorded, exposure, source.joined_by, units):
        joined[value].append(unit)
    for key, row in _rows(recorded, exposure, source):
        for unit in joined[key]:
            yield unit, row


def _rows(
    recorded: Recorded, exposure: ExposurePlan, source: WarehouseSource
) -> Iterator[tuple[str, Event]]:
    """Rows with a time and a key, which is given beside each."""
    filters = [compile_filter(each, zone=recorded.zone) for each in source.filters]
    table = () if source.stored is None else recorded.tables[source.stored.place]
    for row in table:
        moment, key = row.times.get(source.timestamp_field), row.values.get(source.table_join_key)
        if moment is None or key is None or key == "":
            continue
        if exposure.known_until is not None and moment > exposure.known_until:
            continue
        if all(each.holds(row.values, now=recorded.as_of) for each in filters):
            yield (
                text_of(key),
                Event(
                    uuid=row.id,
                    name=source.table,
                    distinct_id="",
                    person_id=_NOBODY,
                    timestamp=moment,
                    properties=row.values,
                ),
            )


def _join_values(
    recorded: Recorded, exposure: ExposurePlan, key: JoinKey, units: Iterable[ExposedUnit]
) -> Iterator[tuple[str, str]]:
    """Each unit with the value of its first exposure, if there is one."""
    first = {unit.unit: unit.first for unit in units}
    entries: dict[str, list[Event]] = defaultdict(list)
    for event in entry_events(recorded, exposure):
        unit = recorded.unit_of(event, exposure)
        if unit in first and event.timestamp == first[unit]:
            entries[unit].append(event)
    for unit, events in entries.items():
        value = _value(recorded, key, min(events, key=lambda event: event.uuid))
        if value:
            yield unit, value


def _value(recorded: Recorded, key: JoinKey, event: Event) -> str | None:
    match key.kind:
        case JoinedBy.DISTINCT_ID:
            return event.distinct_id
        case JoinedBy.PERSON_ID:
            return str(recorded.person_of(event))
        case JoinedBy.GROUP:
            return name_of(event.properties, f"$group_{key.name}")
        case JoinedBy.PROPERTY:
            value = event.properties.get(key.name)
        case JoinedBy.PERSON_PROPERTY:
            person = recorded.person_of(event)
            value = recorded.person_properties.get(person, {}).get(key.name)
    return None if value is None else valid_text(text_of(value))
