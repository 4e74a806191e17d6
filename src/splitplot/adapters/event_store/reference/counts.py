"""Counts without a metric: exposures by time, tallies, and who performed an event."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

from splitplot.adapters.event_store.reference.exposed import (
    exposed_units,
    exposure_events,
    served_variant,
)
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.values import value_of
from splitplot.experiments.plan import (
    MULTIPLE,
    ExposureCount,
    ExposurePlan,
    TallyPlan,
    VariantTally,
)
from splitplot.ports.event_store import Performer, PerformersPlan

QUARTER = timedelta(minutes=15)


def performers(recorded: Recorded, plan: PerformersPlan) -> tuple[Performer, ...]:
    """Each person who performed the event, with the last time."""
    last: dict[UUID, datetime] = {}
    for event in recorded.of(plan.source):
        is_late_enough = plan.since is None or event.timestamp >= plan.since
        if is_late_enough and (plan.until is None or event.timestamp <= plan.until):
            person_id = recorded.person_of(event)
            last[person_id] = max(last.get(person_id, event.timestamp), event.timestamp)
    return tuple(Performer(person_id=key, last_at=at) for key, at in last.items())


def count_exposures(recorded: Recorded, plan: ExposurePlan) -> tuple[ExposureCount, ...]:
    counts: dict[tuple[str, datetime], int] = defaultdict(int)
    for unit in exposed_units(recorded, plan):
        counts[unit.variant, quarter_of(unit.first)] += 1
    order = {variant: place for place, variant in enumerate((*plan.variants, MULTIPLE))}
    return tuple(
        ExposureCount(variant=variant, quarter=quarter, units=units)
        for (variant, quarter), units in sorted(
            counts.items(), key=lambda item: (order[item[0][0]], item[0][1])
        )
    )


def quarter_of(moment: datetime) -> datetime:
    """Start of the quarter of an hour that the instant falls in."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return moment - (moment - epoch) % QUARTER


def tally(recorded: Recorded, plan: TallyPlan) -> tuple[VariantTally, ...]:
    carriers = plan.carriers
    carried: dict[str | None, list[tuple[str, float]]] = defaultdict(list)
    for event in exposure_events(recorded, carriers):
        unit = recorded.unit_of(event, carriers)
        if unit is not None:
            value = value_of(event.properties.get(plan.value_property or ""))
            carried[served_variant(event, carriers)].append((unit, value or 0.0))
    return tuple(
        VariantTally(
            variant=variant,
            events=len(carried[variant]),
            units=len({unit for unit, _ in carried[variant]}),
            total=math.fsum(value for _, value in carried[variant]),
        )
        for variant in carriers.variants
    )
