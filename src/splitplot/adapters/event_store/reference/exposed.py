"""Who is analysed: the units of an exposure plan, in plain Python."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.values import later, string_of
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    MULTIPLE,
    NO_VALUE,
    Breakdown,
    ExposurePlan,
    MultipleVariants,
    Touches,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedUnit:
    """A unit of the experiment.

    Attributes:
        variant: An analysed variant, or `$multiple`.
        entries: When it was exposed (or activated), ascending; the first one counts
            for means, each one restarts an ordered funnel.
        values: Those of the plan's breakdown: at the first entry, unless other events tell.
    """

    unit: str
    variant: str
    entries: tuple[datetime, ...]
    values: tuple[str, ...] = ()

    @property
    def first(self) -> datetime:
        return self.entries[0]


def exposed_units(recorded: Recorded, plan: ExposurePlan) -> list[ExposedUnit]:
    """Every unit that counts, those of `$multiple` included."""
    exposures: dict[str, list[Event]] = defaultdict(list)
    for event in exposure_events(recorded, plan):
        unit = recorded.unit_of(event, plan)
        if unit is not None:
            exposures[unit].append(event)
    units = []
    for unit, events in exposures.items():
        events.sort(key=_order)
        variant = _variant_of([served_variant(event, plan) for event in events], plan)
        units.append(_exposed_unit(recorded, plan, events, unit=unit, variant=variant))
    if plan.activation is not None:
        units = _activated(recorded, plan, units)
    if plan.exposed_by is not None:
        limit = plan.exposed_by
        units = [unit for unit in units if unit.first <= limit]
    if plan.breakdown is not None and plan.breakdown.touches is not None:
        return _touched(recorded, plan, plan.breakdown, units)
    return units


def _touched(
    recorded: Recorded, plan: ExposurePlan, breakdown: Breakdown, units: list[ExposedUnit]
) -> list[ExposedUnit]:
    """The units with the values that their other events tell."""
    touches = breakdown.touches or Touches(sources=())
    first = {unit.unit: unit.first for unit in units}
    until = later(plan.end, touches.after_end)
    of_unit: dict[str, list[Event]] = defaultdict(list)
    for source in touches.sources:
        for event in recorded.of(source):
            name = recorded.unit_of(event, plan)
            if name not in first or not plan.start <= event.timestamp < until:
                continue
            since = event.timestamp - first[name]
            if since >= timedelta(0) and (touches.window is None or since < touches.window):
                of_unit[name].append(event)
    choose = max if touches.takes_last else min
    nothing = (NO_VALUE,) * len(breakdown.properties)
    told = {
        name: recorded.values_of(choose(events, key=_order), breakdown)
        for name, events in of_unit.items()
    }
    return [replace(unit, values=told.get(unit.unit, nothing)) for unit in units]


def _order(event: Event) -> tuple[datetime, UUID]:
    return event.timestamp, event.uuid


def _exposed_unit(
    recorded: Recorded, plan: ExposurePlan, events: Sequence[Event], *, unit: str, variant: str
) -> ExposedUnit:
    """The unit that enters with these events."""
    properties = () if plan.breakdown is None else plan.breakdown.properties
    return ExposedUnit(
        unit=unit,
        variant=variant,
        entries=tuple(event.timestamp for event in events),
        values=tuple(recorded.value_of(events[0], each) for each in properties),
    )


def exposure_events(recorded: Recorded, plan: ExposurePlan) -> Iterable[Event]:
    """The events that expose a unit to an analysed variant."""
    for event in recorded.of(plan.source, also=plan.unit_filters):
        in_window = plan.start <= event.timestamp <= plan.end
        if in_window and served_variant(event, plan) in plan.variants:
            yield event


def activation_events(recorded: Recorded, plan: ExposurePlan) -> Iterable[Event]:
    if plan.activation is None:
        return
    for event in recorded.of(plan.activation, also=plan.unit_filters):
        if plan.start <= event.timestamp <= plan.end:
            yield event


def entry_events(recorded: Recorded, plan: ExposurePlan) -> Iterable[Event]:
    """The events by which units enter: exposures, or activations if the plan has them."""
    if plan.activation is None:
        return exposure_events(recorded, plan)
    return activation_events(recorded, plan)


def served_variant(event: Event, plan: ExposurePlan) -> str | None:
    if plan.ignores_variants:
        return plan.variants[0]
    if plan.source.event != DEFAULT_EXPOSURE_EVENT:
        return string_of(event.properties, f"$feature/{plan.flag_key}")
    if string_of(event.properties, "$feature_flag") != plan.flag_key:
        return None
    return string_of(event.properties, "$feature_flag_response")


def _variant_of(variants: Sequence[str | None], plan: ExposurePlan) -> str:
    """The unit's variant, from those that it saw in order."""
    exclude = plan.multiple_variants is MultipleVariants.EXCLUDE
    if exclude and len(set(variants)) > 1:
        return MULTIPLE
    return str(variants[0])


def _activated(
    recorded: Recorded, plan: ExposurePlan, units: list[ExposedUnit]
) -> list[ExposedUnit]:
    activations: dict[str | None, list[Event]] = defaultdict(list)
    for event in sorted(activation_events(recorded, plan), key=_order):
        activations[recorded.unit_of(event, plan)].append(event)
    after = (
        (unit, [event for event in activations[unit.unit] if event.timestamp >= unit.first])
        for unit in units
    )
    return [
        _exposed_unit(recorded, plan, events, unit=unit.unit, variant=unit.variant)
        for unit, events in after
        if events
    ]
