"""Funnels: how far each exposed unit came."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import groups_of
from splitplot.adapters.event_store.compile.exposed import (
    entry_rows,
    exposed_units,
    exposure_events,
    single_variant,
)
from splitplot.adapters.event_store.compile.sources import Scope, microseconds_of, rows, unit_of
from splitplot.adapters.event_store.compile.warehouse import of_units, table_rows
from splitplot.adapters.event_store.values import later
from splitplot.errors import InvalidInput
from splitplot.experiments.plan import ExposurePlan, FunnelOrder, FunnelPlan, ReachPlan, Source
from splitplot.experiments.sources.warehouse import WarehouseSource

# An event's steps are the bits of one 64-bit number.
MOST_STEPS = 60


# Up to so many entries of a unit are tried one by one: a chain for each, found by joins.
# Beyond, that would be a product of two large numbers.
MOST_CHAINS = 8


def funnel_query(
    exposure: ExposurePlan, metric: FunnelPlan, scope: Scope, *, entries_above: int = 0
) -> ir.Table:
    """`variant`, parts, `step`, `units`: how many units have it as their furthest step.

    With a lookback they are told apart by `did_before` too: 1 if the last step's event
    occurred within it, else 0. Only units that entered more often than `entries_above`
    are looked at.
    """
    require_few_steps(metric)
    exposed = single_variant(exposed_units(exposure, scope))
    if entries_above:
        exposed = exposed.filter(exposed.entries > entries_above)
    groups = groups_of(exposed)
    if metric.lookback is not None:
        exposed = _with_past(exposed.alias("analysed"), exposure, metric, scope)
        groups.append("did_before")
    exposed = exposed.alias("exposed")
    funnel = _Funnel(exposure, metric, scope, groups, exposed=exposed)
    has_chains = has_disjoint_steps(exposure, metric) and scope.dialect.shares_subqueries
    if not has_chains or entries_above >= MOST_CHAINS:
        return funnel.by_passing_through(exposed)
    has_few = exposed.entries <= MOST_CHAINS
    parts = [
        *funnel.by_following_chains(exposed.filter(has_few)),
        funnel.by_passing_through(exposed.filter(~has_few)),
    ]
    every = ibis.union(*parts, distinct=False)
    return every.group_by(*groups, "step").agg(units=every.units.sum().cast("int64"))


def require_few_steps(metric: FunnelPlan) -> None:
    """Raises InvalidInput for more steps than an event has bits for."""
    if len(metric.steps) > MOST_STEPS:
        raise InvalidInput(f"a funnel has at most {MOST_STEPS} steps", attr="series")


def has_disjoint_steps(exposure: ExposurePlan, metric: FunnelPlan) -> bool:
    """Whether the steps have an order and no event can serve two, seen from the names alone."""
    sources = [exposure.activation or exposure.source, *metric.steps]
    return metric.order is FunnelOrder.ORDERED and _are_disjoint(sources)


def reach_query(plan: ReachPlan, scope: Scope) -> ir.Table:
    """`name` (the unit as text), `variant` and `step` of a page of the plan's units."""
    units = _furthest_steps(plan, scope)
    units = units.select(name=units.unit.cast("string"), variant=units.variant, step=units.step)
    return units.order_by("name").limit(plan.limit, offset=plan.offset)


def sessions_query(plan: ReachPlan, names: Sequence[str], scope: Scope) -> ir.Table:
    """`name` and `session_id`: where these of the plan's units were exposed or took steps."""
    until = later(plan.exposure.end, plan.metric.window)
    taken = [
        rows(scope, step, since=plan.exposure.start, until=until, is_until_included=True)
        for step in plan.metric.steps
        if not isinstance(step, WarehouseSource)
    ]
    parts = [
        events.select(
            name=unit_of(events, plan.exposure).cast("string"), session_id=events.session_id
        )
        for events in (exposure_events(plan.exposure, scope)[0], *taken)
    ]
    every = ibis.union(*parts, distinct=False)
    named = every.filter(every.name.isin(list(names)), every.session_id.notnull())
    return named.filter(named.session_id != "").distinct()


def _furthest_steps(plan: ReachPlan, scope: Scope) -> ir.Table:
    exposed = single_variant(exposed_units(plan.exposure, scope)).alias("exposed")
    if plan.variant is not None:
        exposed = exposed.filter(exposed.variant == plan.variant)
    funnel = _Funnel(plan.exposure, plan.metric, scope, groups_of(exposed), exposed=exposed)
    units = funnel.furthest_steps(exposed)
    return units.filter(units.step.between(plan.at_least, plan.at_most))


def _with_past(
    exposed: ir.Table, exposure: ExposurePlan, metric: FunnelPlan, scope: Scope
) -> ir.Table:
    """The units with `did_before`."""
    lookback = metric.lookback or timedelta()
    span = _Span(since=exposure.start - lookback, until=exposure.end, is_until_included=False)
    events = _events_of(metric.steps[-1], span, exposure, scope, exposed=exposed)
    past = events.select("moment", past_unit="unit")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    since: datetime
    until: datetime
    is_until_included: bool


def _events_of(
    step: Source, span: _Span, exposure: ExposurePlan, scope: Scope, *, exposed: ir.Table
) -> ir.Table:
    """A step's events: `uuid`, `unit` and `moment`."""
    within = asdict(span)
    if isinstance(step, WarehouseSource):
        found, _ = table_rows(scope, step, **within)
        found = found.select("uuid", "join_key", moment=scope.moment(found))
        return of_units(found, step.joined_by, exposure, scope, exposed=exposed)
    events = rows(scope, step, **within)
    return events.select("uuid", unit=unit_of(events, exposure), moment=scope.moment(events))


class _Funnel:
    """Two ways to the same answer.

    Attributes:
        is_disjoint: No event can serve two steps, seen from the names alone.
    """

    def __init__(
        self,
        exposure: ExposurePlan,
        metric: FunnelPlan,
        scope: Scope,
        groups: list[str],
        *,
        exposed: ir.Table,
    ) -> None:
        self._exposure = exposure
        self._metric = metric
        self._scope = scope
        self._exposed = exposed
        self._groups = groups
        entry = exposure.activation or exposure.source
        self.is_disjoint = _are_disjoint([entry, *metric.steps])

    # The general way: pass through each unit's events in order, once.

    def by_passing_through(self, exposed: ir.Table) -> ir.Table:
        """Groups, `step` and `units`, by window functions over the units' events."""
        units = self.furthest_steps(exposed)
        return units.group_by(*self._groups, "step").agg(units=units.count())

    def furthest_steps(self, exposed: ir.Table) -> ir.Table:
        """`unit`, groups and `step`: how far each came."""
        marks = self._marks(exposed)
        if self._metric.order is FunnelOrder.ORDERED:
            reached = _ordered_steps(marks, self._metric)
        else:
            reached = _unordered_steps(marks, self._metric)
        return reached.group_by("unit").agg(**self._of_unit(reached), step=reached.step.max())

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
        span = _Span(
            since=self._exposure.start,
            until=later(self._exposure.end, self._metric.window),
            is_until_included=True,
        )
        return [
            _events_of(step, span, self._exposure, self._scope, exposed=self._exposed)
            for step in self._metric.steps
        ]

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


def _are_disjoint(sources: list[Source]) -> bool:
    """Whether no event can be in two of them, seen from their names alone."""
    names = {_name_of(source) for source in sources}
    return None not in names and len(names) == len(sources)


def _name_of(source: Source) -> str | tuple[str] | None:
    """An event's name, or a table's, which is no event's."""
    return (source.table,) if isinstance(source, WarehouseSource) else source.event


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
