"""Events as columns, and rows as events."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from splitplot.adapters.event_store.values import GROUP_TYPES, name_of, string_of, valid_text
from splitplot.events.model import Event
from splitplot.filters.model import JsonValue, Properties
from splitplot.ports.event_store import ProjectEvent

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def event_columns(rows: Sequence[ProjectEvent]) -> dict[str, list[object]]:
    """The columns that every engine stores, one value per event.

    Ids are 32 hexadecimal digits, instants are microseconds since 1970.
    """
    events = [row.event for row in rows]
    properties = [event.properties for event in events]
    return {
        "project_id": [row.project_id for row in rows],
        "uuid": [event.uuid.hex for event in events],
        "name": [valid_text(event.name) for event in events],
        "distinct_id": [valid_text(event.distinct_id) for event in events],
        "person_id": [event.person_id.hex for event in events],
        "timestamp": [microseconds_since_epoch(event.timestamp) for event in events],
        "is_personless": [event.is_personless for event in events],
        "flag_key": _valid_all(string_of(each, "$feature_flag") for each in properties),
        "flag_response": _valid_all(
            string_of(each, "$feature_flag_response") for each in properties
        ),
        "session_id": _valid_all(name_of(each, "$session_id") for each in properties),
        **{
            f"group_{index}": _valid_all(name_of(each, f"$group_{index}") for each in properties)
            for index in GROUP_TYPES
        },
        "properties": [json_text(each) for each in properties],
    }


def microseconds_since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def event_of(row: Sequence[object]) -> Event:
    """An event from uuid, name, distinct id, person id, timestamp, properties, personless.

    Properties are one JSON text, or a mapping of names to JSON texts.
    """
    uuid, name, distinct_id, person_id, timestamp, properties, is_personless = row
    if not (isinstance(uuid, UUID) and isinstance(person_id, UUID)):
        raise TypeError("ids are read as UUIDs")
    if not isinstance(timestamp, datetime):
        raise TypeError("instants are read as datetimes")
    return Event(
        uuid=uuid,
        name=str(name),
        distinct_id=str(distinct_id),
        person_id=person_id,
        timestamp=timestamp.replace(tzinfo=UTC),
        properties=_properties_of(properties),
        is_personless=bool(is_personless),
    )


def derived_ids(mappings: Iterable[Sequence[object]], person_ids: Iterable[UUID]) -> list[UUID]:
    """The ids that are these persons today.

    Args:
        mappings: Rows of source and person id, every one that has one of `person_ids` on
            either side.
        person_ids: Persons of today; one that was merged away is nobody.
    """
    person_of = {source: person for source, person in mappings if isinstance(source, UUID)}
    wanted = set(person_ids)
    merged = [source for source, person in person_of.items() if person in wanted]
    return merged + sorted(wanted - person_of.keys())


def json_text(properties: Properties) -> str:
    """Compact JSON with sorted keys, so that a member's text is what filters compare."""
    try:
        return orjson.dumps(properties, default=_plain, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        # Whole numbers beyond 64 bits, and lone surrogates, which no engine stores.
        return _json(properties)


def json_values(properties: Properties) -> dict[str, str]:
    """The same for each value by itself."""
    return {valid_text(key): _json(value) for key, value in properties.items()}


def _json(value: JsonValue) -> str:
    text = json.dumps(
        value, default=_plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return valid_text(text)


def _properties_of(stored: object) -> Properties:
    if isinstance(stored, Mapping):
        return {str(key): json.loads(value) for key, value in stored.items()}
    properties = json.loads(str(stored))
    if not isinstance(properties, dict):
        raise TypeError("properties are an object")
    return properties


def _plain(value: object) -> JsonValue:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _valid_all(texts: Iterable[str | None]) -> list[object]:
    return [None if text is None else valid_text(text) for text in texts]
