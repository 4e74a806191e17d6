"""What units did before their exposure, in plain Python."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from splitplot.adapters.event_store.reference.exposed import ExposedUnit
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.reference.warehouse import events_of_units
from splitplot.events.model import Event
from splitplot.experiments.plan import ExposurePlan, Source, VariantSummary


def past_events(
    recorded: Recorded,
    exposure: ExposurePlan,
    source: Source,
    units: list[ExposedUnit],
    *,
    lookback: timedelta,
) -> dict[str, list[Event]]:
    """For each unit, the source's events within the lookback before its first exposure."""
    first = {unit.unit: unit.first for unit in units}
    past: dict[str, list[Event]] = {unit.unit: [] for unit in units}
    for unit, event in events_of_units(recorded, exposure, source, units):
        if unit in first and timedelta(0) < first[unit] - event.timestamp <= lookback:
            past[unit].append(event)
    return past


def with_covariates(
    summaries: Iterable[VariantSummary],
    units: Iterable[ExposedUnit],
    values: Mapping[str, float],
    covariates: Mapping[str, float],
) -> tuple[VariantSummary, ...]:
    """The summaries of these values with the sums of the units' covariates."""
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for unit in units:
        pairs[unit.variant].append((values[unit.unit], covariates[unit.unit]))
    return tuple(
        replace(
            summary,
            covariate_sum=math.fsum(x for _, x in pairs[summary.variant]),
            covariate_sum_squares=math.fsum(x * x for _, x in pairs[summary.variant]),
            covariate_sum_product=math.fsum(y * x for y, x in pairs[summary.variant]),
        )
        for summary in summaries
    )
