"""Breakdowns: the values by which exposed units are divided, in columns `part_<number>`."""

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.dialect import Document
from splitplot.adapters.event_store.compile.sources import Scope
from splitplot.experiments.plan import MULTIPLE, NO_VALUE, OTHER_VALUES, Breakdown, UnitProperty

_PART = "part_"


def has_persons(breakdown: Breakdown | None) -> bool:
    """Whether it looks at properties of persons."""
    return breakdown is not None and any(each.is_of_person for each in breakdown.properties)


def parts_of(table: ir.Table) -> list[str]:
    """The columns that say to which part of the units a row belongs; none without a breakdown."""
    return [name for name in table.columns if name.startswith(_PART)]


def groups_of(table: ir.Table) -> list[str]:
    """The columns that sums are grouped by."""
    return ["variant", *parts_of(table)]


def values_of(
    events: ir.Table, breakdown: Breakdown | None, scope: Scope
) -> dict[str, ir.StringValue]:
    """The columns of an event's values, never null."""
    properties = () if breakdown is None else breakdown.properties
    return {
        f"{_PART}{number}": _value(events, each, scope) for number, each in enumerate(properties)
    }


def first_values(events: ir.Table, *, moment: str = "moment") -> dict[str, ir.Value]:
    """For a unit's events: the values of the first one."""
    parts = parts_of(events)
    return {part: events[part].argmin(order_of(events, moment=moment)) for part in parts}


def order_of(events: ir.Table, *, moment: str = "moment") -> ir.Value:
    """What a unit's events are ordered by.

    Ties by the event's id, so that the answer is the same every time.
    """
    return ibis.struct({"moment": events[moment], "uuid": events.uuid.cast("string")})


def divided(exposed: ir.Table, breakdown: Breakdown) -> ir.Table:
    """The units with the values that are too many joined in one."""
    parts = parts_of(exposed)
    within = ibis.window(group_by=parts, preceding=None, following=None)
    is_analysed = ibis.ifelse(exposed.variant != MULTIPLE, 1, 0)
    sized = exposed.mutate(size=is_analysed.sum().over(within))
    # Over a range, not over rows: there, equal ones have no rank in common on ClickHouse.
    order = [ibis.desc(sized["size"]), *(sized[part] for part in parts)]
    by_size = ibis.range_window(order_by=order, preceding=None, following=0)
    ranked = sized.mutate(rank=ibis.dense_rank().over(by_size))
    keeps_name = ranked["rank"] < breakdown.most_values
    named = {part: ibis.ifelse(keeps_name, ranked[part], OTHER_VALUES) for part in parts}
    return ranked.mutate(**named).select(*exposed.columns)


def _value(events: ir.Table, unit_property: UnitProperty, scope: Scope) -> ir.StringValue:
    document: Document = events.properties
    if unit_property.is_of_person:
        document = events.person_properties
    key, dialect = unit_property.key, scope.dialect
    # The member null has a text, which a string may have too.
    other_text = dialect.text(document, key).nullif("null")
    text = ibis.coalesce(dialect.string(document, key), other_text)
    return ibis.coalesce(text.nullif(""), NO_VALUE)
