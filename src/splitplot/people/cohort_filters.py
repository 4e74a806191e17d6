"""Filters by cohort, wherever they stand: event stores know persons, not cohorts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from operator import is_
from typing import TypeVar, cast
from uuid import UUID

from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.people.cohorts import cohort_id_of, wants_membership

P = TypeVar("P")


def cohorts_in(plan: object) -> frozenset[int]:
    """The cohorts that a plan's filters ask about."""
    found: set[int] = set()

    def note(condition: PropertyFilter) -> PropertyFilter:
        number = cohort_id_of(condition.value) if _is_unresolved(condition) else None
        if number is not None:
            found.add(number)
        return condition

    _mapped(plan, note)
    return frozenset(found)


def with_members(plan: P, members: Mapping[int, Iterable[UUID]]) -> P:
    """The plan with lists of persons in the place of cohorts.

    Args:
        plan: Made of frozen dataclasses and tuples, which are looked through.
        members: The persons of every cohort of `cohorts_in`.
    """
    texts = {number: tuple(sorted(map(str, ids))) for number, ids in members.items()}

    def resolve(condition: PropertyFilter) -> PropertyFilter:
        number = cohort_id_of(condition.value) if _is_unresolved(condition) else None
        if number is None:
            return condition
        is_in = wants_membership(condition.operator)
        operator = Operator.IN if is_in else Operator.NOT_IN
        return replace(condition, key="person_id", operator=operator, value=texts[number])

    return cast("P", _mapped(plan, resolve))


def _is_unresolved(condition: PropertyFilter) -> bool:
    return condition.kind is FilterKind.COHORT and not isinstance(condition.value, tuple)


def _mapped(value: object, change: Callable[[PropertyFilter], PropertyFilter]) -> object:
    """The value with each filter in it changed; itself where nothing is."""
    if isinstance(value, PropertyFilter):
        return change(value)
    if isinstance(value, tuple):
        items = tuple(_mapped(item, change) for item in value)
        return value if all(map(is_, items, value)) else items
    if not is_dataclass(value) or isinstance(value, type):
        return value
    before = {field.name: getattr(value, field.name) for field in fields(value)}
    after = {name: _mapped(part, change) for name, part in before.items()}
    changed = {name: part for name, part in after.items() if part is not before[name]}
    return replace(value, **changed) if changed else value
