"""Split means in plain Python."""

import math
from collections import Counter, defaultdict

from splitplot.adapters.event_store.reference.exposed import ExposedUnit
from splitplot.adapters.event_store.reference.means import counted_events, number_of
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    OTHER_VALUES,
    ExposurePlan,
    SplitMeanPlan,
    VariantSummary,
)


def split_mean_summaries(
    recorded: Recorded, exposure: ExposurePlan, metric: SplitMeanPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    parts: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for unit, events in counted_events(recorded, exposure, metric.mean(), units).items():
        for event in events:
            parts[unit, recorded.value_of(event, metric.property)].append(event)
    sizes = Counter(part for _, part in parts)
    by_size = sorted(sizes, key=lambda part: (-sizes[part], part))
    named = set(by_size[: metric.most_values])
    values: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (unit, part), events in parts.items():
        value = number_of(recorded, metric.mean(), events)
        values[part if part in named else OTHER_VALUES][unit] += value
    return tuple(
        _summary(variant, part, [unit for unit in units if unit.variant == variant], of_units)
        for part, of_units in values.items()
        for variant in exposure.variants
    )


def _summary(
    variant: str, part: str, units: list[ExposedUnit], values: dict[str, float]
) -> VariantSummary:
    members = [values.get(unit.unit, 0.0) for unit in units]
    return VariantSummary(
        variant=variant,
        count=len(members),
        sum=math.fsum(members),
        sum_squares=math.fsum(value * value for value in members),
        breakdown=(part,),
    )
