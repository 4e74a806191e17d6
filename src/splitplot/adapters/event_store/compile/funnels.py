"""Funnels: how far each exposed unit came."""

from datetime import timedelta

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import groups_of
from splitplot.adapters.event_store.compile.exposed import entry_rows, exposed_units, single_variant
from splitplot.adapters.event_store.compile.sources import Scope, microseconds_of, rows, unit_of
from splitplot.adapters.event_store.values import later
from splitplot.errors import InvalidInput
from splitplot.experiments.plan import EventSource, ExposurePlan, FunnelOrder, FunnelPlan

# An event's steps are the bits of one 64-bit number.
MOST_STEPS = 60


# Up to so many entries of a unit are tried one by one: a chain for each, found by joins.
# Beyond, that would be a product of two large numbers.
MOST_CHAINS = 8


def funnel_query(exposure: ExposurePlan, metric: FunnelPlan, scope: Scope) -> ir.Table:
    """`variant`, parts, `step`, `units`: how many units have it as their furthest step.

    With a lookback they are told apart by `did_before` too: 1 if the last step's event
    occurred within it, else 0.
    """
    if len(metric.steps) > MOST_STEPS:
        raise InvalidInput(f"a funnel has at most {MOST_STEPS} steps", attr="series")
    exposed = single_variant(exposed_units(exposure, scope))
    groups = groups_of(exposed)
    if metric.lookback is not None:
        exposed = _with_past(exposed.alias("analysed"), exposure, metric, scope)
        groups.append("did_before")
    exposed = exposed.alias("exposed")
    funnel = _Funnel(exposure, metric, scope, groups)
    is_ordered = metric.order is FunnelOrder.ORDERED
    if not (is_ordered and scope.dialect.shares_subqueries and funnel.is_disjoint):
        return funnel.by_passing_through(exposed)
    has_few = exposed.entries <= MOST_CHAINS
    parts = [
        *funnel.by_following_chains(exposed.filter(has_few)),
        funnel.by_passing_through(exposed.filter(~has_few)),
    ]
    every = ibis.union(*parts, distinct=False)
    return every.group_by(*groups, "step").agg(units=every.units.sum().cast("int64"))


def _with_past(
    exposed: ir.Table, exposure: ExposurePlan, metric: FunnelPlan, scope: Scope
) -> ir.Table:
    """The units with `did_before`."""
    lookback = metric.lookback or timedelta()
    events = rows(
        scope,
        metric.steps[-1],
        since=exposure.start - lookback,
        until=exposure.end,
        is_until_included=False,
    )
    past = events.select(past_unit=unit_of(events, exposure), moment=scope.moment(events))
    joined = exposed.inner_join(
        past,
        [
            exposed.unit == past.past_unit,
            past.moment >= exposed.first - microseconds_of(lookback),
            past.moment < exposed.first,
        ],
    )
    did = joined.select("past_unit").distinct().mutate(did_before=ibis.literal(1, type="int64"))
    joined = exposed.left_join(did, exposed.unit == did.past_unit)
    nothing = ibis.literal(0, type="int64")
    return joined.select(*exposed.columns, did_before=ibis.coalesce(joined.did_before, nothing))


class _Funnel:
    """Two ways to the same answer.

    Attributes:
        is_disjoint: No event can serve two steps, seen from the names alone.
    """

    def __init__(
        self, exposure: ExposurePlan, metric: FunnelPlan, scope: Scope, groups: list[str]
    ) -> None:
        self._exposure = exposure
        self._metric = metric
        self._scope = scope
        self._groups = groups
        entry = exposure.activation or exposure.source
        self.is_disjoint = _are_disjoint([entry, *metric.steps])

    # The general way: pass through each unit's events in order, once.

    def by_passing_through(self, exposed: ir.Table) -> ir.Table:
        """Groups, `step` and `units`, by window functions over the units' events."""
        marks = self._marks(exposed)
        if self._metric.order is FunnelOrder.ORDERED:
            reached = _ordered_steps(marks, self._metric)
        else:
            reached = _unordered_steps(marks, self._metric)
        units = reached.group_by("unit").agg(**self._of_unit(reached), step=reached.step.max())
        return units.group_by(*self._groups, "step").agg(units=units.count())

    def _of_unit(self, events: ir.Table) -> dict[str, ir.Value]:
        """The groups of a unit, which are those of all its events."""
        return {group: events[group].min() for group in self._groups}

    def _marks(self, exposed: ir.Table) -> ir.Table:
        """The units' events from their first entry on.

        `unit`, groups, `moment`, `steps`: bit i is set when the event serves step i.
        """
        events = self._events_of_steps()
        conditions = [exposed.unit == events.event_unit, events.moment >= exposed.first]
        joined = exposed.inner_join(events, conditions)
        return joined.select("unit", *self._groups, "moment", "steps")

    def _events_of_steps(self) -> ir.Table:
        """`event_unit`, `moment` and `steps` of each event that serves a step."""
        sources = [entry_rows(self._exposure, self._scope), *self._step_rows()]
        parts = [
            events.select("uuid", "moment", event_unit="unit", steps=_bit(step))
            for step, events in enumerate(sources)
        ]
        every = ibis.union(*parts, distinct=False)
        if self.is_disjoint:
            return every.drop("uuid")
        # No source has an event twice, so the sum of its bits is their union.
        steps = every.steps.sum().cast("int64")
        return every.group_by("uuid", "moment", "event_unit").agg(steps=steps).drop("uuid")

    def _step_rows(self) -> list[ir.Table]:
        """For each step its events: `uuid`, `unit` and `moment`."""
        until = later(self._exposure.end, self._metric.window)
        tables = []
        for step in self._metric.steps:
            events = rows(
                self._scope,
                step,
                since=self._exposure.start,
                until=until,
                is_until_included=True,
            )
            unit, moment = unit_of(events, self._exposure), self._scope.moment(events)
            tables.append(events.select("uuid", unit=unit, moment=moment))
        return tables

    # The fast way, when steps are disjoint and entries few: no sorting.

    def by_following_chains(self, exposed: ir.Table) -> list[ir.Table]:
        """Tables of groups, `step` and `units` that add up to the answer.

        From each entry a chain takes the earliest event of each next step. At one
        instant events are tried in the order of the steps, so "not earlier than the step
        before" is all that the order asks.
        """
        chains = self._chains(exposed)
        parts = [self._counted(exposed, step=0)]
        for step, events in enumerate(self._step_rows(), start=1):
            later_events = events.select(event_unit="unit", moment="moment")
            deadline = chains.entry + microseconds_of(self._metric.window)
            joined = chains.inner_join(
                later_events,
                [
                    chains.unit == later_events.event_unit,
                    later_events.moment >= chains.reached,
                    later_events.moment <= deadline,
                ],
            )
            chains = joined.group_by("unit", "entry").agg(
                **self._of_unit(joined), reached=joined.moment.min()
            )
            chains = chains.alias(f"reached_{step}")
            units = chains.group_by("unit").agg(**self._of_unit(chains))
            # Whoever reaches a step has another furthest step than the one before.
            counted = self._counted(units, step=step)
            parts += [counted, counted.mutate(step=counted.step - 1, units=-counted.units)]
        return parts

    def _chains(self, exposed: ir.Table) -> ir.Table:
        """`unit`, groups, `entry` and the moment `reached`, at first the same."""
        enters_once = exposed.entries == 1
        once = exposed.filter(enters_once)
        once = once.select("unit", *self._groups, entry="first", reached="first")
        again = exposed.filter(~enters_once)
        entries = entry_rows(self._exposure, self._scope)
        entries = entries.select(event_unit="unit", moment="moment")
        joined = again.inner_join(
            entries, [again.unit == entries.event_unit, entries.moment >= again.first]
        )
        again = joined.select("unit", *self._groups, entry="moment", reached="moment")
        return once.union(again, distinct=False)

    def _counted(self, units: ir.Table, *, step: int) -> ir.Table:
        """The units of each group, as those whose furthest step it is."""
        counts = units.group_by(self._groups).agg(units=units.count())
        return counts.select(*self._groups, "units", step=ibis.literal(step, type="int64"))


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
