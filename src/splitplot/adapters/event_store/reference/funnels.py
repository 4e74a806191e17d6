"""The furthest step of each unit: funnels in plain Python."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from splitplot.adapters.event_store.reference.covariates import past_events, with_covariates
from splitplot.adapters.event_store.reference.exposed import (
    ExposedUnit,
    entry_events,
    exposed_units,
)
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.reference.warehouse import events_of_units
from splitplot.adapters.event_store.values import later
from splitplot.experiments.plan import (
    MULTIPLE,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    ReachedUnit,
    ReachPlan,
    VariantSummary,
)
from splitplot.experiments.sources.warehouse import WarehouseSource


@dataclass(frozen=True, slots=True)
class _Mark:
    """One event of a unit in a funnel: when, and which steps it serves, ascending."""

    moment: datetime
    steps: tuple[int, ...]

    def order(self) -> tuple[datetime, int, int]:
        """The order in which events are tried.

        At the same instant the event that serves the lower step comes first, so that
        exposure, view and payment in one millisecond convert; then the one that serves
        fewer higher steps.
        """
        return self.moment, self.steps[0], sum(1 << step for step in self.steps)


def funnel_summaries(
    recorded: Recorded, exposure: ExposurePlan, metric: FunnelPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    steps = _furthest_steps(recorded, exposure, metric, units)
    reached: dict[str, list[int]] = {variant: [] for variant in exposure.variants}
    for unit in units:
        reached[unit.variant].append(steps[unit.unit])
    last = len(metric.steps)
    summaries = tuple(
        _funnel_summary(variant, members, last) for variant, members in reached.items()
    )
    if metric.lookback is None:
        return summaries
    past = past_events(recorded, exposure, metric.steps[-1], units, lookback=metric.lookback)
    converted = {unit: float(step == last) for unit, step in steps.items()}
    did_before = {unit: float(bool(events)) for unit, events in past.items()}
    return with_covariates(summaries, units, converted, did_before)


def reached(recorded: Recorded, plan: ReachPlan) -> tuple[ReachedUnit, ...]:
    units = [
        unit
        for unit in exposed_units(recorded, plan.exposure)
        if unit.variant != MULTIPLE and plan.variant in (None, unit.variant)
    ]
    steps = _furthest_steps(recorded, plan.exposure, plan.metric, units)
    found = sorted(
        (
            ReachedUnit(unit=str(unit.unit), variant=unit.variant, step=steps[unit.unit])
            for unit in units
            if plan.at_least <= steps[unit.unit] <= plan.at_most
        ),
        key=lambda one: one.unit,
    )
    page = found[plan.offset : plan.offset + plan.limit]
    if not plan.has_sessions:
        return tuple(page)
    sessions = _sessions(recorded, plan, units)
    return tuple(replace(one, sessions=tuple(sorted(sessions[one.unit]))) for one in page)


def _sessions(recorded: Recorded, plan: ReachPlan, units: list[ExposedUnit]) -> dict[str, set[str]]:
    """In which sessions each unit was exposed or took steps."""
    exposure, until = plan.exposure, later(plan.exposure.end, plan.metric.window)
    entries = (
        (str(recorded.unit_of(one, exposure)), one) for one in entry_events(recorded, exposure)
    )
    steps = (
        (str(unit), event)
        for step in plan.metric.steps
        if not isinstance(step, WarehouseSource)
        for unit, event in events_of_units(recorded, exposure, step, units)
        if exposure.start <= event.timestamp <= until
    )
    sessions: dict[str, set[str]] = defaultdict(set)
    for unit, event in chain(entries, steps):
        session = event.properties.get("$session_id")
        if isinstance(session, str) and session:
            sessions[unit].add(session)
    return sessions


def _furthest_steps(
    recorded: Recorded, exposure: ExposurePlan, metric: FunnelPlan, units: list[ExposedUnit]
) -> dict[str, int]:
    marks = _marks(recorded, exposure, metric, units)
    furthest = _ordered_reach if metric.order is FunnelOrder.ORDERED else _unordered_reach
    return {unit.unit: furthest(marks[unit.unit], metric) for unit in units}


def _funnel_summary(variant: str, reached: Sequence[int], last: int) -> VariantSummary:
    counts = tuple(sum(step >= number for step in reached) for number in range(1, last + 1))
    return VariantSummary(
        variant=variant,
        count=len(reached),
        sum=float(counts[-1]),
        sum_squares=float(counts[-1]),
        step_counts=counts,
    )


def _marks(
    recorded: Recorded, exposure: ExposurePlan, metric: FunnelPlan, units: list[ExposedUnit]
) -> dict[str, list[_Mark]]:
    """For each unit, its events with the steps they serve; exposures serve step 0."""
    first = {unit.unit: unit.first for unit in units}
    served: dict[str, dict[tuple[datetime, UUID], list[int]]]
    served = {unit.unit: defaultdict(list) for unit in units}
    until = later(exposure.end, metric.window)
    entries = (
        (recorded.unit_of(each, exposure), each) for each in entry_events(recorded, exposure)
    )
    steps = (events_of_units(recorded, exposure, step, units) for step in metric.steps)
    for number, events in enumerate((entries, *steps)):
        for unit, event in events:
            if unit in first and first[unit] <= event.timestamp <= until:
                served[unit][event.timestamp, event.uuid].append(number)
    return {
        unit: sorted(
            (_Mark(moment, tuple(steps)) for (moment, _), steps in events.items()),
            key=_Mark.order,
        )
        for unit, events in served.items()
    }


def _ordered_reach(marks: list[_Mark], metric: FunnelPlan) -> int:
    """The furthest step of a chain in which each event fills at most one step."""
    entries: list[datetime | None] = [None] * (len(metric.steps) + 1)
    for mark in marks:
        # From the highest step down, so that no event follows itself.
        for step in reversed(mark.steps):
            if step == 0:
                entries[0] = mark.moment
                continue
            entry = entries[step - 1]
            if entry is not None and mark.moment - entry <= metric.window:
                entries[step] = entry
    return max(step for step, entry in enumerate(entries) if entry is not None)


def _unordered_reach(marks: list[_Mark], metric: FunnelPlan) -> int:
    """The most different steps within one span of the window, the exposure not counted."""
    most = 1
    for last in marks:
        together = {
            step
            for mark in marks
            if timedelta(0) <= last.moment - mark.moment <= metric.window
            for step in mark.steps
        }
        most = max(most, len(together))
    return most - 1
