"""Filters by cohort, wherever they stand: event stores know persons, not cohorts."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.filters.parts import with_each
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

    with_each(plan, PropertyFilter, note)
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

    return with_each(plan, PropertyFilter, resolve)


def _is_unresolved(condition: PropertyFilter) -> bool:
    return condition.kind is FilterKind.COHORT and not isinstance(condition.value, tuple)
