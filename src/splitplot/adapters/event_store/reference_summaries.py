"""Summaries in plain Python: each kind of metric, ratios and retention among them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from splitplot.adapters.event_store.reference import (
    ExposedUnit,
    Recorded,
    entry_events,
    exposed_units,
    funnel_summaries,
    mean_summaries,
    unit_values,
    winsorized,
)
from splitplot.adapters.event_store.values import later
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    MULTIPLE,
    OTHER_VALUES,
    Breakdown,
    EventSource,
    ExposurePlan,
    FunnelPlan,
    MeanPlan,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SummaryPlan,
    VariantSummary,
)

_NOTHING = timedelta(0)


def summarize(recorded: Recorded, plan: SummaryPlan) -> tuple[VariantSummary, ...]:
    units = [unit for unit in exposed_units(recorded, plan.exposure) if unit.variant != MULTIPLE]
    if plan.exposure.breakdown is None:
        return _of_variants(recorded, plan, units)
    parts = _divided(units, plan.exposure.breakdown)
    return tuple(
        replace(summary, breakdown=values)
        for values, members in (parts or {(): []}).items()
        for summary in _of_variants(recorded, plan, members)
    )


def _divided(
    units: list[ExposedUnit], breakdown: Breakdown
) -> dict[tuple[str, ...], list[ExposedUnit]]:
    sizes = Counter(unit.values for unit in units)
    by_size = sorted(sizes, key=lambda values: (-sizes[values], values))
    named = set(by_size[: breakdown.most_values])
    parts: dict[tuple[str, ...], list[ExposedUnit]] = defaultdict(list)
    for unit in units:
        others = (OTHER_VALUES,) * len(unit.values)
        parts[unit.values if unit.values in named else others].append(unit)
    return parts


def _of_variants(
    recorded: Recorded, plan: SummaryPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    match plan.metric:
        case MeanPlan():
            return mean_summaries(recorded, plan.exposure, plan.metric, units)
        case FunnelPlan():
            return funnel_summaries(recorded, plan.exposure, plan.metric, units)
        case RatioPlan():
            return _ratio_summaries(recorded, plan.exposure, plan.metric, units)
        case RetentionPlan():
            return _retention_summaries(recorded, plan.exposure, plan.metric, units)


# Ratios


def _ratio_summaries(
    recorded: Recorded, exposure: ExposurePlan, metric: RatioPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    over = _side(recorded, exposure, metric.numerator, units)
    under = _side(recorded, exposure, metric.denominator, units)
    pairs: dict[str, list[tuple[float, float]]] = {variant: [] for variant in exposure.variants}
    for unit in units:
        pairs[unit.variant].append((over[unit.unit], under[unit.unit]))
    return tuple(_pair_summary(variant, members) for variant, members in pairs.items())


def _side(
    recorded: Recorded, exposure: ExposurePlan, side: MeanPlan, units: list[ExposedUnit]
) -> dict[str, float]:
    values = unit_values(recorded, exposure, side, units)
    return values if side.winsorization is None else winsorized(values, side.winsorization)


def _pair_summary(variant: str, pairs: list[tuple[float, float]]) -> VariantSummary:
    return VariantSummary(
        variant=variant,
        count=len(pairs),
        sum=math.fsum(over for over, _ in pairs),
        sum_squares=math.fsum(over * over for over, _ in pairs),
        denominator_sum=math.fsum(under for _, under in pairs),
        denominator_sum_squares=math.fsum(under * under for _, under in pairs),
        product_sum=math.fsum(over * under for over, under in pairs),
    )


# Retention


def _retention_summaries(
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
    return tuple(_pair_summary(variant, members) for variant, members in values.items())


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
