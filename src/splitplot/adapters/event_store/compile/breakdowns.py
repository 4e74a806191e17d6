"""Breakdowns: the values by which exposed units are divided, in columns `part_<number>`."""

from datetime import timedelta

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.dialect import Document
from splitplot.adapters.event_store.compile.sources import (
    Scope,
    microseconds_of,
    rows,
    unit_of,
    with_person_properties,
)
from splitplot.adapters.event_store.values import later
from splitplot.experiments.plan import (
    MULTIPLE,
    NO_VALUE,
    OTHER_VALUES,
    Breakdown,
    EventSource,
    ExposurePlan,
    UnitProperty,
)

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
    """The columns of an exposure's values, never null; none if other events tell them."""
    if breakdown is None or breakdown.touches is not None:
        return {}
    return _values(events, breakdown, scope)


def first_values(events: ir.Table, *, moment: str = "moment") -> dict[str, ir.Value]:
    """For a unit's events: the values of the first one."""
    parts = parts_of(events)
    return {part: events[part].argmin(order_of(events, moment=moment)) for part in parts}


def order_of(events: ir.Table, *, moment: str = "moment") -> ir.Value:
    """What a unit's events are ordered by.

    Ties by the event's id, so that the answer is the same every time.
    """
    return ibis.struct({"moment": events[moment], "uuid": events.uuid.cast("string")})


def with_touches(
    exposed: ir.Table, plan: ExposurePlan, breakdown: Breakdown, scope: Scope
) -> ir.Table:
    """The units with the values that their other events tell, if these do."""
    touches = breakdown.touches
    if touches is None:
        return exposed
    told = [_told(source, plan, breakdown, scope) for source in touches.sources]
    events = told[0] if len(told) == 1 else ibis.union(*told, distinct=False)
    conditions = [exposed.unit == events.touched_unit, events.touched >= exposed.first]
    if touches.window is not None:
        conditions.append(events.touched < exposed.first + microseconds_of(touches.window))
    joined = exposed.inner_join(events, conditions)
    order = order_of(joined, moment="touched")
    parts = parts_of(events)
    values = joined.group_by("touched_unit").agg(
        **{
            part: joined[part].argmax(order) if touches.takes_last else joined[part].argmin(order)
            for part in parts
        }
    )
    units = exposed.left_join(values, exposed.unit == values.touched_unit)
    return units.select(
        *exposed.columns, **{part: ibis.coalesce(units[part], NO_VALUE) for part in parts}
    )


def _told(source: EventSource, plan: ExposurePlan, breakdown: Breakdown, scope: Scope) -> ir.Table:
    """`touched_unit`, `touched`, `uuid` and the values of each event of a source."""
    after_end = timedelta() if breakdown.touches is None else breakdown.touches.after_end
    until = later(plan.end, after_end)
    events = rows(scope, source, since=plan.start, until=until, is_until_included=False)
    if has_persons(breakdown):
        events = with_person_properties(scope, events)
    return events.select(
        "uuid",
        touched_unit=unit_of(events, plan),
        touched=scope.moment(events),
        **_values(events, breakdown, scope),
    )


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


def _values(events: ir.Table, breakdown: Breakdown, scope: Scope) -> dict[str, ir.StringValue]:
    return {
        f"{_PART}{number}": value_of(events, each, scope)
        for number, each in enumerate(breakdown.properties)
    }


def value_of(events: ir.Table, unit_property: UnitProperty, scope: Scope) -> ir.StringValue:
    """What a breakdown knows of the property at an event; never null."""
    document: Document = events.properties
    if unit_property.is_of_person:
        document = events.person_properties
    key, dialect = unit_property.key, scope.dialect
    # The member null has a text, which a string may have too.
    other_text = dialect.text(document, key).nullif("null")
    text = ibis.coalesce(dialect.string(document, key), other_text)
    return ibis.coalesce(text.nullif(""), NO_VALUE)
