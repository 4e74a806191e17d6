"""Means of sessions in plain Python."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from splitplot.adapters.event_store.reference.exposed import ExposedUnit
from splitplot.adapters.event_store.reference.means import winsorized
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.values import later, name_of
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    SESSION_LENGTH,
    ExposurePlan,
    SessionMeanPlan,
    SessionValue,
    ValueMath,
    VariantSummary,
)

_COUNTED = {
    SessionValue.PAGEVIEWS: "$pageview",
    SessionValue.AUTOCAPTURES: "$autocapture",
    SessionValue.SCREENS: "$screen",
}
_FOLDS: Mapping[ValueMath, Callable[[list[float]], float]] = {
    ValueMath.SUM: math.fsum,
    ValueMath.AVG: lambda values: math.fsum(values) / len(values),
    ValueMath.MIN: min,
    ValueMath.MAX: max,
}


def session_mean_summaries(
    recorded: Recorded, exposure: ExposurePlan, metric: SessionMeanPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    values = _unit_values(recorded, exposure, metric, units)
    if metric.winsorization is not None:
        values = winsorized(values, metric.winsorization)
    if metric.threshold is not None:
        limit = metric.threshold
        values = {unit: 1.0 if value >= limit else 0.0 for unit, value in values.items()}
    of_variant: dict[str, list[float]] = {variant: [] for variant in exposure.variants}
    for unit in units:
        if unit.unit in values:
            of_variant[unit.variant].append(values[unit.unit])
    return tuple(
        VariantSummary(
            variant=variant,
            count=len(members),
            sum=math.fsum(members),
            sum_squares=math.fsum(value * value for value in members),
        )
        for variant, members in of_variant.items()
    )


def _unit_values(
    recorded: Recorded, exposure: ExposurePlan, metric: SessionMeanPlan, units: list[ExposedUnit]
) -> dict[str, float]:
    """The number of each unit that has a session of its own."""
    begun = _begun(recorded, exposure, metric)
    first = {unit.unit: unit.first for unit in units}
    sessions = _sessions(recorded, exposure, metric)
    worth: dict[str, list[float]] = defaultdict(list)
    for (unit, session), moment in begun.items():
        if unit not in first or moment < first[unit]:
            continue
        if metric.window is None or moment - first[unit] < metric.window:
            worth[unit].append(_worth(sessions[session], metric.value))
    return {unit: _FOLDS[metric.math](values) for unit, values in worth.items()}


def _begun(
    recorded: Recorded, exposure: ExposurePlan, metric: SessionMeanPlan
) -> dict[tuple[str, str], datetime]:
    """When each unit's first event of the source in each session happened."""
    begun: dict[tuple[str, str], datetime] = {}
    for event in recorded.of(metric.source):
        unit, session = recorded.unit_of(event, exposure), _session_of(event)
        is_read = exposure.start <= event.timestamp < _until(exposure, metric)
        if is_read and unit is not None and session is not None:
            moment = begun.get((unit, session), event.timestamp)
            begun[unit, session] = min(moment, event.timestamp)
    return begun


def _sessions(
    recorded: Recorded, exposure: ExposurePlan, metric: SessionMeanPlan
) -> dict[str, list[Event]]:
    until = later(_until(exposure, metric), SESSION_LENGTH)
    sessions: dict[str, list[Event]] = defaultdict(list)
    for event in recorded.events:
        session = _session_of(event)
        if session is not None and exposure.start - SESSION_LENGTH <= event.timestamp < until:
            sessions[session].append(event)
    return sessions


def _session_of(event: Event) -> str | None:
    return name_of(event.properties, "$session_id")


def _worth(events: list[Event], value: SessionValue) -> float:
    if value is SessionValue.DURATION:
        moments = [event.timestamp for event in events]
        return (max(moments) - min(moments)) / timedelta(seconds=1)
    return float(sum(event.name == _COUNTED[value] for event in events))


def _until(exposure: ExposurePlan, metric: SessionMeanPlan) -> datetime:
    return exposure.end if metric.window is None else later(exposure.end, metric.window)
