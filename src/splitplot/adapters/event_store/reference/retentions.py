"""Who came back: retention in plain Python."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

from splitplot.adapters.event_store.reference.exposed import ExposedUnit, entry_events
from splitplot.adapters.event_store.reference.ratios import pair_summary
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.values import later
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    EventSource,
    ExposurePlan,
    RetentionClock,
    RetentionPlan,
    VariantSummary,
)

_NOTHING = timedelta(0)


def retention_summaries(
    recorded: Recorded, exposure: ExposurePlan, metric: RetentionPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    starts = _starts(recorded, exposure, metric, units)
    if metric.started_by is not None:
        limit = metric.started_by
        starts = {unit: start for unit, start in starts.items() if start.timestamp <= limit}
    retained = _retained(recorded, exposure, metric, starts)
    values: dict[str, list[tuple[float, float]]] = {variant: [] for variant in exposure.variants}
    for unit in units:
        if metric.counts_all_exposed or unit.unit in starts:
            values[unit.variant].append((1.0 if unit.unit in retained else 0.0, 1.0))
    return tuple(pair_summary(variant, members) for variant, members in values.items())


def _starts(
    recorded: Recorded, exposure: ExposurePlan, metric: RetentionPlan, units: list[ExposedUnit]
) -> dict[str, Event]:
    """The one start of each unit that has any."""
    until = later(exposure.end, metric.window or _NOTHING)
    first = {unit.unit: unit.first for unit in units}
    of_unit: dict[str, list[Event]] = defaultdict(list)
    for event in _possible_starts(recorded, exposure, metric.start, until):
        unit = recorded.unit_of(event, exposure)
        if unit in first and event.timestamp >= first[unit]:
            since = event.timestamp - first[unit]
            if metric.window is None or since <= metric.window:
                of_unit[unit].append(event)
    choose = max if metric.takes_last_start else min
    return {
        unit: choose(events, key=lambda event: (event.timestamp, event.uuid))
        for unit, events in of_unit.items()
    }


def _possible_starts(
    recorded: Recorded, exposure: ExposurePlan, start: EventSource | None, until: datetime
) -> Iterable[Event]:
    if start is None:
        return entry_events(recorded, exposure)
    return (event for event in recorded.of(start) if exposure.start <= event.timestamp < until)


def _retained(
    recorded: Recorded, exposure: ExposurePlan, metric: RetentionPlan, starts: dict[str, Event]
) -> set[str]:
    """The units that came back."""
    until = later(later(exposure.end, metric.window or _NOTHING), metric.latest)
    retained = set()
    for event in recorded.of(metric.completion):
        unit = recorded.unit_of(event, exposure)
        if unit not in starts or not exposure.start <= event.timestamp < until:
            continue
        start = starts[unit]
        if event.uuid != start.uuid and _is_in_time(event.timestamp, start, metric, recorded.zone):
            retained.add(unit)
    return retained


def _is_in_time(moment: datetime, start: Event, metric: RetentionPlan, zone: tzinfo) -> bool:
    if moment < start.timestamp:
        return False
    since = _on_clock(moment, metric.clock, zone) - _on_clock(start.timestamp, metric.clock, zone)
    return metric.earliest <= since <= metric.latest


def _on_clock(moment: datetime, clock: RetentionClock, zone: tzinfo) -> datetime:
    """What the instant counts as; only differences mean anything."""
    local = moment.astimezone(zone)
    match clock:
        case RetentionClock.DAYS:
            # Without a zone, so that a day is a day however many hours it has.
            return local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        case RetentionClock.HOURS:
            past = local - local.replace(minute=0, second=0, microsecond=0)
            return moment.astimezone(UTC) - past
        case RetentionClock.ELAPSED:
            return moment
