"""Filters that name thousands of persons, kept out of the expression that is compiled.

To compile a list takes a hundred times as long as to run it. A short text stands in its
place in the query, and gives way to the list in the SQL.
"""

import hashlib
from uuid import UUID

from ibis.expr import types as ir

from splitplot.adapters.event_store.capabilities import (
    AnyPlan,
    conditions_of,
    is_list_of_persons,
    persons_of,
)
from splitplot.adapters.event_store.compile.predicates import NEVER
from splitplot.filters.model import Operator, PropertyFilter


def is_listed(person: ir.Value, condition: PropertyFilter) -> ir.BooleanValue:
    """Whether the person is named, or is not, as the operator says."""
    is_any = bool(condition.value)
    is_named = person.cast("string").isin([_place_of(condition)]) if is_any else NEVER
    return ~is_named if condition.operator is Operator.NOT_IN else is_named


def with_lists(sql: str, plan: AnyPlan) -> str:
    """The SQL of the plan's query as the engine can run it."""
    for condition in conditions_of(plan):
        if is_list_of_persons(condition):
            # Read as ids: nothing else can come into the SQL.
            ids = ", ".join(f"'{UUID(each)}'" for each in persons_of(condition))
            sql = sql.replace(f"'{_place_of(condition)}'", ids)
    return sql


def _place_of(condition: PropertyFilter) -> str:
    persons = persons_of(condition)
    digest = hashlib.sha256("".join(persons).encode()).hexdigest()
    return f"{len(persons)} persons {digest}"
