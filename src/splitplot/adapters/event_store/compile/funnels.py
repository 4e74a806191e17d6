"""Funnels: how far each exposed unit came."""

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.exposed import entry_rows, exposed_units, single_variant
from splitplot.adapters.event_store.compile.sources import Scope, microseconds_of, rows, unit_of
from splitplot.adapters.event_store.values import later
from splitplot.errors import InvalidInput
from splitplot.experiments.plan import EventSource, ExposurePlan, FunnelOrder, FunnelPlan

# An event's steps are the bits of one 64-bit number.
MOST_STEPS = 60


def funnel_query(exposure: ExposurePlan, metric: FunnelPlan, scope: Scope) -> ir.Table:
    """`variant`, `step`, `units`: how many units have it as their furthest step."""
    if len(metric.steps) > MOST_STEPS:
        raise InvalidInput(f"a funnel has at most {MOST_STEPS} steps", attr="series")
    marks = _marks(exposure, metric, scope)
    is_ordered = metric.order is FunnelOrder.ORDERED
    reached = _ordered_steps(marks, metric) if is_ordered else _unordered_steps(marks, metric)
    units = reached.group_by("unit").agg(variant=reached.variant.min(), step=reached.step.max())
    return units.group_by("variant", "step").agg(units=units.count())


def _marks(exposure: ExposurePlan, metric: FunnelPlan, scope: Scope) -> ir.Table:
    """The events of single-variant units from their first exposure on.

    `unit`, `variant`, `moment`, and `steps`: bit i is set when the event serves step i.
    """
    exposed = single_variant(exposed_units(exposure, scope))
    events = _events_of_steps(exposure, metric, scope)
    conditions = [exposed.unit == events.event_unit, events.moment >= exposed.first]
    return exposed.inner_join(events, conditions).select("unit", "variant", "moment", "steps")


def _events_of_steps(exposure: ExposurePlan, metric: FunnelPlan, scope: Scope) -> ir.Table:
    """`event_unit`, `moment` and `steps` of each event that serves a step; exposures 0."""
    entries = entry_rows(exposure, scope)
    parts = [entries.select("uuid", "moment", event_unit="unit", steps=_bit(0))]
    for number, step in enumerate(metric.steps, start=1):
        events = rows(
            scope,
            step,
            since=exposure.start,
            until=later(exposure.end, metric.window),
            is_until_included=True,
        )
        parts.append(
            events.select(
                "uuid",
                moment=scope.moment(events),
                event_unit=unit_of(events, exposure),
                steps=_bit(number),
            )
        )
    every = ibis.union(*parts, distinct=False)
    if _are_disjoint([exposure.activation or exposure.source, *metric.steps]):
        return every.drop("uuid")
    # No source has an event twice, so the sum of its bits is their union.
    steps = every.steps.sum().cast("int64")
    return every.group_by("uuid", "moment", "event_unit").agg(steps=steps).drop("uuid")


def _are_disjoint(sources: list[EventSource]) -> bool:
    """Whether no event can be in two of them, seen from their names alone."""
    names = {source.event for source in sources}
    return None not in names and len(names) == len(sources)


def _bit(step: int) -> ir.IntegerScalar:
    return ibis.literal(1 << step, type="int64")


def _serves(marks: ir.Table, step: int) -> ir.BooleanValue:
    return (marks.steps & _bit(step)) != 0


def _ordered_steps(marks: ir.Table, metric: FunnelPlan) -> ir.Table:
    """Each event with the highest `step` that it fills, 0 when it fills none.

    A chain at step s carries the time of the exposure that it began with. Such times
    never go back as events pass, so what a chain carries when an event comes is the
    maximum over the events before it.
    """
    before = _before(marks)
    entry = ibis.ifelse(_serves(marks, 0), marks.moment, None).max().over(before)
    chains = marks.mutate(entry=entry, step=ibis.literal(0, type="int64"))
    for step in range(1, len(metric.steps) + 1):
        is_in_time = chains.moment - chains.entry <= microseconds_of(metric.window)
        fills = _serves(chains, step) & is_in_time
        chains = chains.mutate(
            entry=ibis.ifelse(fills, chains.entry, None),
            step=ibis.ifelse(fills, step, chains.step),
        )
        if step < len(metric.steps):
            chains = chains.mutate(entry=chains.entry.max().over(_before(chains)))
    return chains


def _before(marks: ir.Table) -> ir.Value:
    """The unit's events that come earlier.

    At one instant the event that serves the lower step comes first, then the one that
    serves fewer higher steps.
    """
    lowest = marks.steps & -marks.steps
    return ibis.window(
        group_by=marks.unit, order_by=[marks.moment, lowest, marks.steps], preceding=(None, 1)
    )


def _unordered_steps(marks: ir.Table, metric: FunnelPlan) -> ir.Table:
    """Each event with how many different steps the span that ends with it holds, less one."""
    so_far = ibis.window(group_by=marks.unit, order_by=marks.moment, preceding=None, following=0)
    numbers = range(len(metric.steps) + 1)
    latest = {
        f"latest_{number}": ibis.ifelse(_serves(marks, number), marks.moment, None)
        .max()
        .over(so_far)
        for number in numbers
    }
    spans = marks.mutate(**latest)
    begin = spans.moment - microseconds_of(metric.window)
    held = [ibis.ifelse(spans[name] >= begin, 1, 0) for name in latest]
    return spans.mutate(step=sum(held[1:], start=held[0]) - 1)
