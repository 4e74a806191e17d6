"""Raw input to events: each is kept, dropped with a reason, or spoils its request.

In this order: name, identity, drops, who, properties, when. What cannot be told (no name,
no distinct id, a malformed uuid) rejects the whole request, so that the sender notices.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from splitplot.errors import InvalidInput
from splitplot.events.envelope import Envelope
from splitplot.events.identifiers import parse_uuid, uuid7
from splitplot.events.instants import event_time, parse_instant
from splitplot.events.model import Drop, DropReason, Event
from splitplot.filters.model import JsonValue, Properties
from splitplot.people.identity import derived_person_id

MAX_NAME_LENGTH = 200
MAX_DISTINCT_ID_LENGTH = 200

_PERFORMANCE_EVENT = "$performance_event"
_PERSON_EVENTS = frozenset({"$identify", "$create_alias", "$merge_dangerously", "$groupidentify"})
_PERSON_CHANGES = frozenset({"$set", "$set_once", "$unset"})
_MERGED_FIELDS = ("$set", "$set_once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalized:
    """What came of a request's events, each group in the order sent."""

    events: tuple[Event, ...]
    drops: tuple[Drop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What an event does not say of itself.

    Attributes:
        project_id: Whose event it is.
        now: When the request arrived.
        random_bytes: Where new uuids come from.
    """

    project_id: int
    now: datetime
    random_bytes: Callable[[int], bytes]


def normalize(envelope: Envelope, circumstances: Circumstances) -> Normalized:
    """Every event of a request, kept or dropped.

    Raises:
        InvalidInput: An event has no name or distinct id, or a part of the wrong kind.
            Nothing of the request may be kept.
    """
    person_ids: dict[str, UUID] = {}
    events: list[Event] = []
    drops: list[Drop] = []
    for raw in envelope.events:
        outcome = normalize_event(raw, envelope.sent_at, circumstances, person_ids)
        if isinstance(outcome, Event):
            events.append(outcome)
        else:
            drops.append(outcome)
    return Normalized(events=tuple(events), drops=tuple(drops))


def normalize_event(
    raw: Properties,
    sent_at: datetime | None,
    circumstances: Circumstances,
    person_ids: dict[str, UUID],
) -> Event | Drop:
    """One event, kept or dropped.

    Args:
        raw: As it was sent.
        sent_at: The sender's clock when it was sent, or None when that is unknown.
        circumstances: What the event does not say of itself.
        person_ids: Derived ids that are known already, by distinct id; grows.

    Raises:
        InvalidInput: It has no name or distinct id, or a part of the wrong kind.
    """
    name = _name(raw)
    uuid = parse_uuid(raw.get("uuid")) or uuid7(circumstances.now, circumstances.random_bytes)
    if name == _PERFORMANCE_EVENT:
        return Drop(uuid=uuid, name=name, reason=DropReason.PERFORMANCE_EVENT)
    sent = _sent_properties(raw)
    is_personless = sent.get("$process_person_profile") is False
    distinct_id = _distinct_id(raw, sent)
    if is_personless and name in _PERSON_EVENTS:
        return Drop(uuid=uuid, name=name, reason=DropReason.PERSONLESS_IDENTITY)
    person_id = person_ids.get(distinct_id)
    if person_id is None:
        person_id = derived_person_id(circumstances.project_id, distinct_id)
        person_ids[distinct_id] = person_id
    return Event(
        uuid=uuid,
        name=name,
        distinct_id=distinct_id,
        person_id=person_id,
        timestamp=event_time(
            timestamp=parse_instant(raw.get("timestamp")),
            sent_at=None if sent.get("$ignore_sent_at") is True else sent_at,
            offset=raw.get("offset"),
            now=circumstances.now,
        ),
        properties=_without_person(sent) if is_personless else _with_top_level(raw, sent),
        is_personless=is_personless,
    )


def _name(raw: Properties) -> str:
    name = raw.get("event")
    if not isinstance(name, str) or not name:
        raise InvalidInput(
            "An event has no name: `event` has to be a string that is not empty.",
            code="missing_event_name",
            attr="event",
        )
    return name[:MAX_NAME_LENGTH]


def _sent_properties(raw: Properties) -> Properties:
    properties = raw.get("properties")
    if properties is None:
        return {}
    if not isinstance(properties, Mapping):
        raise InvalidInput(
            "An event's properties are not an object.",
            code="invalid_properties",
            attr="properties",
        )
    return properties


def _distinct_id(raw: Properties, properties: Properties) -> str:
    value = raw.get("distinct_id")
    if value is None:
        value = raw.get("$distinct_id")
    if value is None:
        value = properties.get("distinct_id")
    text = "" if value is None else shortened_id(value)
    if not text:
        raise InvalidInput(
            "An event has no distinct id.", code="missing_distinct_id", attr="distinct_id"
        )
    return text


def shortened_id(value: JsonValue) -> str:
    """An id as text: a string as it is, anything else as compact JSON, the start of a long one."""
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value[:MAX_DISTINCT_ID_LENGTH]


def _without_person(properties: Properties) -> Properties:
    if _PERSON_CHANGES.isdisjoint(properties):
        return properties
    return {name: value for name, value in properties.items() if name not in _PERSON_CHANGES}


def _with_top_level(raw: Properties, properties: Properties) -> Properties:
    """The properties, with changes to the person that stand beside them moved in."""
    for name in _MERGED_FIELDS:
        beside = raw.get(name)
        if isinstance(beside, Mapping):
            within = properties.get(name)
            merged = {**within, **beside} if isinstance(within, Mapping) else beside
            properties = {**properties, name: merged}
    return properties
