"""What people did, as a part of what describes a cohort."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from splitplot.errors import InvalidInput
from splitplot.filters.dates import absolute_instant, is_relative, relative_instant
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter
from splitplot.filters.wire import parse_filter

PERFORMED_EVENT = "performed_event"
_TYPES = ("behavioral", "behavioural")
_OF_EVENTS = (None, FilterKind.EVENT, FilterKind.FEATURE)
# Not about the property of an event, or unknown.
_OF_OTHERS = (None, Operator.IN, Operator.NOT_IN, Operator.FLAG_EVALUATES_TO)
_UNITS = {"hour": "h", "day": "d", "week": "w", "month": "m", "year": "y"}
_MOST = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Having performed an event.

    Attributes:
        event: Its name. None: an action, which nobody can perform here.
        filters: Of the event's properties; all must hold.
        since: First instant at which the event counts; None: any.
        until: Last instant, inclusive; None: any.
        window: How far back from now the last event may lie, as a relative date
            (`-30d`); None: as far as `since` lets it.
    """

    event: str | None
    filters: tuple[PropertyFilter, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    window: str | None = None

    def bound(self, *, now: datetime) -> datetime | None:
        """The earliest instant of a last event that counts now; None: any."""
        return None if self.window is None else relative_instant(self.window, now=now)


def is_behavioural(leaf: Properties) -> bool:
    """Whether a leaf of property groups is about what people did."""
    return leaf.get("type") in _TYPES


def leaves_of(group: Properties) -> Iterator[Properties]:
    """Everything that is no group, in the order in which it is written."""
    values = values_of(group)
    if values is None:
        yield group
        return
    for value in values:
        yield from leaves_of(value)


def values_of(node: Properties) -> tuple[Properties, ...] | None:
    """The members of a property group; None when the node is none."""
    values = node.get("values")
    if not isinstance(values, Sequence) or isinstance(values, str):
        return None
    return tuple(value for value in values if isinstance(value, Mapping))


def behaviours_of(group: Properties) -> tuple[Behaviour, ...]:
    """The behaviours that nested property groups ask for; their places are their numbers.

    Raises:
        InvalidInput: One of them cannot be understood.
    """
    return tuple(parse_behaviour(leaf) for leaf in leaves_of(group) if is_behavioural(leaf))


def parse_behaviour(leaf: Properties) -> Behaviour:
    """Read a behavioural leaf.

    Raises:
        InvalidInput: It asks for something else than one performed event, or for a time
            that cannot be read.
    """
    if leaf.get("value", PERFORMED_EVENT) != PERFORMED_EVENT:
        raise _invalid(
            f"Behaviour '{leaf.get('value')}' is not supported; use '{PERFORMED_EVENT}'.",
            code="unsupported_behaviour",
        )
    window, since = _start_of(leaf)
    return Behaviour(
        event=_event_of(leaf),
        filters=tuple(_filters_of(leaf.get("event_filters"))),
        since=since,
        until=_end_of(leaf.get("explicit_datetime_to")),
        window=window,
    )


def _event_of(leaf: Properties) -> str | None:
    kind, key = leaf.get("event_type", "events"), leaf.get("key")
    if kind == "actions":
        return None
    if kind != "events" or not isinstance(key, str) or not key:
        raise _invalid("A behaviour needs event_type 'events' and an event's name as its key.")
    return key


def _start_of(leaf: Properties) -> tuple[str | None, datetime | None]:
    """The window, or the first instant, or neither."""
    given = leaf.get("explicit_datetime")
    if given is not None:
        if isinstance(given, str) and is_relative(given):
            return given, None
        return None, _instant_of(given, "explicit_datetime")
    length = leaf.get("time_value")
    if length is None:
        return None, None
    unit = _UNITS.get(str(leaf.get("time_interval")))
    number = int(length) if isinstance(length, str) and length.isdecimal() else length
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= _MOST:
        raise _invalid(f"time_value must be a whole number from 1 to {_MOST}, got {length}.")
    if unit is None:
        raise _invalid(f"time_interval must be one of {', '.join(_UNITS)}.")
    return f"-{number}{unit}", None


def _end_of(given: JsonValue) -> datetime | None:
    return None if given is None else _instant_of(given, "explicit_datetime_to")


def _instant_of(given: JsonValue, name: str) -> datetime:
    instant = absolute_instant(given, zone=UTC) if isinstance(given, str) else None
    if instant is None:
        raise _invalid(f"{name} is no date that can be used here: {given}", code="invalid_date")
    return instant


def _filters_of(given: JsonValue) -> Iterator[PropertyFilter]:
    if given is None:
        return
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise _invalid("event_filters must be a list of filters.")
    for item in given:
        if not isinstance(item, Mapping) or item.get("type") not in _OF_EVENTS:
            raise _invalid("event_filters must be a list of filters of type 'event'.")
        read = parse_filter(item, default_kind=FilterKind.EVENT)
        if read.operator in _OF_OTHERS:
            message = f"Invalid operator: '{item.get('operator')}'."
            raise _invalid(message, code="invalid_operator")
        yield PropertyFilter(
            key=read.key,
            value=read.value,
            has_value=read.has_value,
            operator=read.operator,
            kind=FilterKind.EVENT,
        )


def _invalid(message: str, *, code: str | None = None) -> InvalidInput:
    return InvalidInput(message, code=code, attr="filters")
