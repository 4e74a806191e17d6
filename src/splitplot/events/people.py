"""What events say about people and groups, read from their names and properties."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from splitplot.events.model import Event
from splitplot.events.normalize import shortened_id
from splitplot.filters.model import JsonValue, Properties
from splitplot.people.groups import GroupAct
from splitplot.people.identity import Link, PersonAct, is_legal_id

MAX_GROUP_TYPE_LENGTH = 200

# Which property names the other distinct id.
_LINKING_EVENTS = {
    "$identify": "$anon_distinct_id",
    "$create_alias": "alias",
    "$merge_dangerously": "alias",
}
_GROUP_EVENT = "$groupidentify"
# Their properties are about something else than the person.
_WITHOUT_CHANGES = frozenset({"$exception", "$$heatmap"})
_CHANGES = frozenset({"$set", "$set_once", "$unset"})

GroupTypes: TypeAlias = Mapping[str, int]


def says_nothing_new(event: Event) -> bool:
    """Whether the event leaves persons as they are, once its distinct id is somebody."""
    return event.name not in _LINKING_EVENTS and _CHANGES.isdisjoint(event.properties)


def describes_group(event: Event) -> bool:
    """Whether the event is one that makes or changes a group."""
    return event.name == _GROUP_EVENT


def person_act_of(event: Event) -> PersonAct:
    """What the event says about the person behind its distinct id; not for personless ones."""
    properties = event.properties
    link = _link_of(event)
    if event.name in _WITHOUT_CHANGES or _CHANGES.isdisjoint(properties):
        return PersonAct(distinct_id=event.distinct_id, at=event.timestamp, link=link)
    return PersonAct(
        distinct_id=event.distinct_id,
        at=event.timestamp,
        link=link,
        set_once=_object(properties.get("$set_once")),
        set=_object(properties.get("$set")),
        unset=_names(properties.get("$unset")),
    )


def links_illegal_id(event: Event) -> bool:
    """Whether the event claims to be somebody, or of somebody, that nobody may be merged with."""
    link = _link_of(event)
    return link is not None and not (is_legal_id(event.distinct_id) and is_legal_id(link.other_id))


def group_types_named(events: Iterable[Event]) -> tuple[str, ...]:
    """The group types that events link to or describe, each once, in order of appearance."""
    named: dict[str, None] = {}
    for event in events:
        groups = event.properties.get("$groups")
        if isinstance(groups, Mapping):
            named.update(dict.fromkeys(name for name, key in groups.items() if _key(key)))
        if describes_group(event) and (described := _described(event)):
            named[described[0]] = None
    return tuple(name for name in named if 0 < len(name) <= MAX_GROUP_TYPE_LENGTH)


def with_group_keys(properties: Properties, types: GroupTypes) -> Properties:
    """The properties, with a `$group_i` for each of `$groups` whose type has an index."""
    groups = properties.get("$groups")
    if not isinstance(groups, Mapping):
        return properties
    keys = {
        f"$group_{types[name]}": _key(key)
        for name, key in groups.items()
        if name in types and _key(key)
    }
    return {**properties, **keys} if keys else properties


def group_act_of(event: Event, types: GroupTypes) -> GroupAct | None:
    """What a `$groupidentify` says about its group; None for others and for types without index."""
    if not describes_group(event) or (described := _described(event)) is None:
        return None
    name, key = described
    if name not in types:
        return None
    changes = _object(event.properties.get("$group_set"))
    return GroupAct(type_index=types[name], key=key, at=event.timestamp, set=changes)


def _link_of(event: Event) -> Link | None:
    field = _LINKING_EVENTS.get(event.name)
    other = event.properties.get(field) if field is not None else None
    if other is None:
        return None
    return Link(other_id=shortened_id(other), is_dangerous=event.name == "$merge_dangerously")


def _described(event: Event) -> tuple[str, str] | None:
    name, key = event.properties.get("$group_type"), _key(event.properties.get("$group_key"))
    return (name, key) if isinstance(name, str) and name and key else None


def _key(value: JsonValue) -> str:
    """A group's key as text; empty when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    return shortened_id(value)


def _object(value: JsonValue) -> Properties:
    return value if isinstance(value, Mapping) else {}


def _names(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list | Mapping):
        return ()
    return tuple(name for name in value if isinstance(name, str))
