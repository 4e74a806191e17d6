"""One number per unit: means in plain Python."""

import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from splitplot.adapters.event_store.reference.covariates import past_events, with_covariates
from splitplot.adapters.event_store.reference.exposed import ExposedUnit
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.reference.warehouse import events_of_units
from splitplot.adapters.event_store.values import later, name_of, value_of
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    ExposurePlan,
    MeanPlan,
    ValueMath,
    VariantSummary,
    Winsorization,
)
from splitplot.experiments.sources.formulas import folded

NOBODY = UUID(int=0)


def mean_summaries(
    recorded: Recorded, exposure: ExposurePlan, metric: MeanPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    values = unit_values(recorded, exposure, metric, units)
    if metric.winsorization is not None:
        values = winsorized(values, metric.winsorization)
    if metric.threshold is not None:
        limit = metric.threshold
        values = {unit: 1.0 if value >= limit else 0.0 for unit, value in values.items()}
    of_variant: dict[str, list[float]] = {variant: [] for variant in exposure.variants}
    for unit in units:
        of_variant[unit.variant].append(values[unit.unit])
    summaries = tuple(
        VariantSummary(
            variant=variant,
            count=len(members),
            sum=math.fsum(members),
            sum_squares=math.fsum(value * value for value in members),
        )
        for variant, members in of_variant.items()
    )
    if metric.lookback is None:
        return summaries
    past = past_events(recorded, exposure, metric.source, units, lookback=metric.lookback)
    covariates = {unit: number_of(recorded, metric, events) for unit, events in past.items()}
    return with_covariates(summaries, units, values, covariates)


def unit_values(
    recorded: Recorded, exposure: ExposurePlan, metric: MeanPlan, units: list[ExposedUnit]
) -> dict[str, float]:
    """The number of each unit, as it is before winsorization."""
    counted = counted_events(recorded, exposure, metric, units)
    return {unit: number_of(recorded, metric, events) for unit, events in counted.items()}


def counted_events(
    recorded: Recorded, exposure: ExposurePlan, metric: MeanPlan, units: list[ExposedUnit]
) -> dict[str, list[Event]]:
    """The events of each unit that count."""
    window = metric.window
    until = exposure.end if window is None else later(exposure.end, window)
    first = {unit.unit: unit.first for unit in units}
    counted: dict[str, list[Event]] = {unit.unit: [] for unit in units}
    for unit, event in events_of_units(recorded, exposure, metric.source, units):
        if unit not in first or not exposure.start <= event.timestamp < until:
            continue
        since = event.timestamp - first[unit]
        if since >= timedelta(0) and (window is None or since < window):
            counted[unit].append(event)
    return counted


def number_of(recorded: Recorded, metric: MeanPlan, events: list[Event]) -> float:
    """The one number of a unit; 0 for a unit without events."""
    match metric.math:
        case ValueMath.TOTAL:
            return float(len(events))
        case ValueMath.UNIQUE_SESSION:
            sessions = {name_of(event.properties, "$session_id") for event in events}
            return float(len(sessions - {None}))
        case ValueMath.DAU:
            return float(len({recorded.person_of(event) for event in events} - {NOBODY}))
        case ValueMath.UNIQUE_GROUP:
            group = f"$group_{metric.group_type_index}"
            return float(len({name_of(event.properties, group) for event in events} - {None}))
        case _:
            return _folded(recorded, metric, events)


def _folded(recorded: Recorded, metric: MeanPlan, events: list[Event]) -> float:
    if metric.formula is not None:
        return folded(metric.formula, [recorded.reader_of(event) for event in events])
    key = metric.value_property or ""
    numbers = [value_of(event.properties.get(key)) or 0.0 for event in events]
    if not numbers:
        return 0.0
    fold: dict[ValueMath, Callable[[list[float]], float]] = {
        ValueMath.SUM: math.fsum,
        ValueMath.AVG: lambda values: math.fsum(values) / len(values),
        ValueMath.MIN: min,
        ValueMath.MAX: max,
    }
    return fold[metric.math](numbers)


def winsorized(values: dict[str, float], rule: Winsorization) -> dict[str, float]:
    """The values of all variants' units, clamped to the bounds of their one pool."""
    pool = sorted(values.values())
    upper_pool = [value for value in pool if value != 0] if rule.ignore_zeros else pool
    lower = _order_statistic(pool, rule.lower, unset=-math.inf)
    upper = _order_statistic(upper_pool, rule.upper, unset=math.inf)
    return {unit: min(max(lower, value), upper) for unit, value in values.items()}


def _order_statistic(pool: Sequence[float], share: float | None, *, unset: float) -> float:
    if share is None or not pool:
        return unset
    return pool[min(math.floor(share * len(pool)), len(pool) - 1)]
