"""The parts of a value that is made of others: plans, down to their filters."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from operator import is_
from typing import TypeVar, cast

V = TypeVar("V")
P = TypeVar("P")


def with_each(value: V, kind: type[P], change: Callable[[P], P]) -> V:
    """The value with each part of one class changed; itself where nothing is.

    Args:
        value: Made of frozen dataclasses and tuples, which are looked through. What is in a
            part of that class is not.
        kind: The class.
        change: Answers what comes in the part's place, or the part itself.

    Examples:
        >>> from splitplot.filters.model import PropertyFilter
        >>> (changed,) = with_each(
        ...     (PropertyFilter(key="a", value=1),), PropertyFilter,
        ...     lambda part: PropertyFilter(key="b", value=part.value))
        >>> changed.key
        'b'
    """
    return cast("V", _changed(value, kind, change))


def _changed(value: object, kind: type[P], change: Callable[[P], P]) -> object:
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, tuple):
        items = tuple(_changed(item, kind, change) for item in value)
        return value if all(map(is_, items, value)) else items
    if not is_dataclass(value) or isinstance(value, type):
        return value
    before = {field.name: getattr(value, field.name) for field in fields(value)}
    after = {name: _changed(part, kind, change) for name, part in before.items()}
    changed = {name: part for name, part in after.items() if part is not before[name]}
    return replace(value, **changed) if changed else value
