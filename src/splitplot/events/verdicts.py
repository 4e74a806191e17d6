"""The newer way to send events: each of a request's events is judged by itself.

Where the older way refuses a whole request for one bad event, here the sender is told
event by event what became of it, and sends again only what it is asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from splitplot.errors import InvalidInput, TooLarge
from splitplot.events.envelope import check_sizes
from splitplot.events.identifiers import parse_uuid
from splitplot.events.instants import parse_instant
from splitplot.events.model import Event
from splitplot.events.normalize import MAX_NAME_LENGTH, Circumstances, normalize_event
from splitplot.events.people import links_illegal_id
from splitplot.filters.model import JsonValue, Properties

# Names in the body, what they must be, and the properties that they stand for.
_OPTIONS: dict[str, tuple[type, str]] = {
    "cookieless_mode": (bool, "$cookieless_mode"),
    "disable_skew_correction": (bool, "$ignore_sent_at"),
    "process_person_profile": (bool, "$process_person_profile"),
    "product_tour_id": (str, "$product_tour_id"),
}
_TEXTS = {"session_id": "$session_id", "window_id": "$window_id"}


class Outcome(StrEnum):
    """What became of an event."""

    OK = "ok"
    WARNING = "warning"
    DROP = "drop"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of an event, and why when it is not simply stored.

    Attributes:
        details: Codes, joined by a comma and a blank.
    """

    outcome: Outcome
    details: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What a request's headers say of who sent it.

    Attributes:
        library: The SDK's name.
        version: The SDK's version; empty when it did not say.
        sent_at: The sender's clock when it sent the request.
    """

    library: str
    version: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A request's events by themselves.

    Attributes:
        events: To be stored.
        verdicts: For every event's uuid, as it was written; those of `events` hold once
            these are stored.
        stored_as: The uuids, as they were written, of `events`.
    """

    events: tuple[Event, ...]
    verdicts: Mapping[str, Verdict]
    stored_as: tuple[str, ...]

    def put_off(self) -> Mapping[str, Verdict]:
        """The verdicts when nothing could be stored and the sender should try again."""
        later = Verdict(outcome=Outcome.RETRY, details="overloaded")
        return {**self.verdicts, **dict.fromkeys(self.stored_as, later)}


def read_batch(payload: JsonValue) -> tuple[Properties, ...]:
    """The events of a request, each with a uuid: without one nothing could be said of it.

    Raises:
        InvalidInput: There are none, or one is no object or has no well-formed uuid.
            Nothing of the request may be kept.
    """
    batch = payload.get("batch") if isinstance(payload, Mapping) else None
    if not isinstance(batch, list) or not batch:
        raise InvalidInput("The request holds no events.", code="no_events", attr="batch")
    events = tuple(item for item in batch if isinstance(item, Mapping))
    if len(events) < len(batch):
        raise InvalidInput("An event is not an object.", code="invalid_event", attr="batch")
    if any(parse_uuid(event.get("uuid")) is None for event in events):
        raise InvalidInput("An event has no uuid.", code="missing_uuid", attr="uuid")
    return events


def judge(
    batch: Sequence[Properties],
    sender: Sender,
    circumstances: Circumstances,
    *,
    size_of: Callable[[JsonValue], int],
) -> Judged:
    """What each event is worth by itself; one that repeats another's uuid is the same event.

    Args:
        batch: As `read_batch` answers it.
        sender: Who sent it.
        circumstances: What events do not say of themselves.
        size_of: Answers how many bytes a value takes as JSON.
    """
    person_ids: dict[str, UUID] = {}
    events: dict[str, Event] = {}
    verdicts: dict[str, Verdict] = {}
    for sent in batch:
        key = str(sent["uuid"])
        if key in events:
            continue
        raw, warnings = _as_sent_before(sent, sender)
        try:
            _check(sent, size_of)
            outcome = normalize_event(raw, sender.sent_at, circumstances, person_ids)
        except (InvalidInput, TooLarge) as error:
            verdicts[key] = Verdict(outcome=Outcome.DROP, details=error.code)
            continue
        if isinstance(outcome, Event):
            events[key] = outcome
            verdicts[key] = _kept(outcome, warnings)
        else:
            verdicts[key] = Verdict(outcome=Outcome.DROP, details=outcome.reason.value)
    return Judged(events=tuple(events.values()), verdicts=verdicts, stored_as=tuple(events))


def _check(sent: Properties, size_of: Callable[[JsonValue], int]) -> None:
    """Refuse what only this way of sending does not let through."""
    name = sent.get("event")
    if isinstance(name, str) and len(name) > MAX_NAME_LENGTH:
        raise InvalidInput("An event's name is too long.", code="event_name_too_long")
    check_sizes((sent,), size_of=size_of)


def _kept(event: Event, warnings: Sequence[str]) -> Verdict:
    if links_illegal_id(event):
        warnings = [*warnings, "illegal_distinct_id"]
    if not warnings:
        return Verdict(outcome=Outcome.OK)
    return Verdict(outcome=Outcome.WARNING, details=", ".join(warnings))


def _as_sent_before(sent: Properties, sender: Sender) -> tuple[Properties, list[str]]:
    """The event in the older form, and what of it could not be used."""
    warnings: list[str] = []
    if parse_instant(sent.get("timestamp")) is None:
        warnings.append("invalid_timestamp")
    properties = sent.get("properties")
    if properties is not None and not isinstance(properties, Mapping):
        return sent, warnings
    named, unusable = _named_properties(sent)
    if unusable:
        warnings.append("invalid_option")
    said = {"$lib": sender.library} | ({"$lib_version": sender.version} if sender.version else {})
    kept = ("event", "uuid", "distinct_id", "timestamp")
    raw = {name: sent[name] for name in kept if name in sent}
    return {**raw, "properties": {**(properties or {}), **named, **said}}, warnings


def _named_properties(sent: Properties) -> tuple[Properties, bool]:
    """Properties that have a place of their own in this form; whether one was unusable."""
    options = sent.get("options")
    is_unusable = not isinstance(options, Mapping | None)
    named: dict[str, JsonValue] = {}
    for name, value in (options if isinstance(options, Mapping) else {}).items():
        kind, property_name = _OPTIONS.get(name, (object, None))
        if property_name is None or value is None:
            continue
        if isinstance(value, kind):
            named[property_name] = value
        else:
            is_unusable = True
    for name, property_name in _TEXTS.items():
        value = sent.get(name)
        if isinstance(value, str):
            named[property_name] = value
        elif value is not None:
            is_unusable = True
    return named, is_unusable
