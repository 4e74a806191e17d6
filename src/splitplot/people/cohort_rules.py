"""What may stand in a cohort, and the form it is kept in."""

from collections.abc import Callable, Collection, Mapping, Sequence

from splitplot.errors import InvalidInput
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties
from splitplot.filters.wire import parse_filter
from splitplot.people.behaviour import (
    PERFORMED_EVENT,
    behaviours_of,
    is_behavioural,
    leaves_of,
    values_of,
)
from splitplot.people.cohorts import cohort_id_of, wants_membership

_FIELD = "filters"
_OF_PERSONS = (None, FilterKind.PERSON)
_OF_OTHERS = (None, Operator.IN, Operator.NOT_IN, Operator.FLAG_EVALUATES_TO)
# Nobody writes more; each level costs a call, each behaviour a query.
_MOST_LEVELS = 50
_MOST_BEHAVIOURS = 20

# Refuses a leaf about a person's property that could never hold.
LeafCheck = Callable[[Properties], None]


def checked_filters(document: Properties, *, check_property: LeafCheck) -> Properties:
    """A cohort's `filters` document as it is kept, if it makes sense.

    Args:
        document: As sent; members that are not known stay.
        check_property: Asked about every leaf that is about persons or other cohorts;
            raises InvalidInput.

    Raises:
        InvalidInput: A rule is broken; for the field `filters`.
    """
    group = document.get("properties")
    if not isinstance(group, Mapping) or "values" not in group:
        raise _invalid("Filters must contain properties: an object with type and values.")
    _check_group(group, level=1)
    for leaf in leaves_of(group):
        _check_leaf(leaf, check_property)
    behaviours = behaviours_of(group)
    if len(behaviours) > _MOST_BEHAVIOURS:
        raise _invalid(f"A cohort can ask for {_MOST_BEHAVIOURS} behaviours at most.")
    if any(behaviour.event is None for behaviour in behaviours):
        raise _invalid("Actions are not supported; use event_type 'events'.")
    return document


def filters_of_groups(groups: Sequence[JsonValue]) -> Properties:
    """The `filters` that say what the older field `groups` said.

    One of the groups has to hold: all of its `properties`, or its `event_id` performed in
    the last `days`.

    Raises:
        InvalidInput: A group is neither.
    """
    values: list[JsonValue] = []
    for at, group in enumerate(groups):
        if not isinstance(group, Mapping):
            raise InvalidInput("A group must be an object.", attr=f"groups__{at}")
        values.append(_of_group(group, at))
    return {"properties": {"type": "OR", "values": values}}


def check_references(
    cohort_id: int, group: Properties, others: Mapping[int, Properties | None]
) -> None:
    """Refuse a cohort that is made of one that does not exist, or of itself.

    Args:
        cohort_id: Its id; 0 for a new one.
        group: Its nested property groups.
        others: The project's cohorts: their property groups, None for static ones.

    Raises:
        InvalidInput: For the field `filters`.
    """
    seen: set[int] = set()
    waiting = [group]
    while waiting:
        for other in referred_cohorts(waiting.pop()):
            if other == cohort_id:
                raise _invalid(f"Cohort {other} is made of itself.", code="cohort_cycle")
            if other not in others:
                raise _invalid(
                    f"Cohort with id {other} does not exist", code="cohort_does_not_exist"
                )
            document = others[other]
            if other not in seen and document is not None:
                waiting.append(document)
            seen.add(other)


def referred_cohorts(group: Properties) -> Collection[int]:
    """The cohorts that nested property groups ask about."""
    numbers = (
        cohort_id_of(leaf.get("value"))
        for leaf in leaves_of(group)
        if leaf.get("type") == FilterKind.COHORT
    )
    return frozenset(number for number in numbers if number is not None)


def only_behaviour(group: Properties) -> int | None:
    """The number of the behaviour that the groups ask for and nothing else, or None."""
    node = group
    while (values := values_of(node)) is not None:
        if len(values) != 1:
            return None
        (node,) = values
    return 0 if is_behavioural(node) and node.get("negation") is not True else None


def _check_group(node: Properties, *, level: int) -> None:
    if level > _MOST_LEVELS:
        raise _invalid("The cohort is nested too deeply.", code="cohort_too_deep")
    kind, values = node.get("type"), node.get("values")
    if not isinstance(kind, str) or kind.upper() not in ("AND", "OR"):
        raise _invalid(f"A property group's type must be AND or OR, got {kind}.")
    if not isinstance(values, list | tuple):
        raise _invalid("A property group's values must be a list.")
    for value in values:
        if not isinstance(value, Mapping):
            raise _invalid("A property group's values must be objects.")
        if "values" in value:
            _check_group(value, level=level + 1)


def _check_leaf(leaf: Properties, check_property: LeafCheck) -> None:
    kind = leaf.get("type")
    if is_behavioural(leaf):
        return
    if kind == FilterKind.COHORT:
        if wants_membership(parse_filter(leaf).operator) is None:
            message = f"Invalid operator: '{leaf.get('operator')}'."
            raise _invalid(message, code="invalid_operator")
    elif kind not in _OF_PERSONS:
        raise _invalid(f"Filters of type '{kind}' cannot be used in a cohort.")
    elif parse_filter(leaf).operator in _OF_OTHERS:
        message = f"Invalid operator: '{leaf.get('operator')}'."
        raise _invalid(message, code="invalid_operator")
    elif not isinstance(leaf.get("key"), str) or not leaf.get("key"):
        raise _invalid("A filter needs the name of a property as its key.")
    check_property(leaf)


def _of_group(group: Properties, at: int) -> Properties:
    properties = group.get("properties")
    if isinstance(properties, Mapping) and "values" in properties:
        return properties
    if isinstance(properties, list | tuple) and properties:
        return {"type": "AND", "values": properties}
    event, days = group.get("event_id"), group.get("days")
    if event is None:
        raise InvalidInput("A group needs properties, or an event_id.", attr=f"groups__{at}")
    window = {} if days is None else {"time_value": days, "time_interval": "day"}
    leaf = {"type": "behavioral", "value": PERFORMED_EVENT, "key": event, "event_type": "events"}
    return {"type": "AND", "values": [{**leaf, **window}]}


def _invalid(message: str, *, code: str | None = None) -> InvalidInput:
    return InvalidInput(message, code=code, attr=_FIELD)
