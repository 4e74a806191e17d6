"""Who is analysed: an exposure plan as a table of units."""

from collections.abc import Sequence

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import (
    divided,
    first_values,
    has_persons,
    order_of,
    parts_of,
    values_of,
    with_touches,
)
from splitplot.adapters.event_store.compile.sources import (
    Scope,
    rows,
    unit_of,
    with_person_properties,
)
from splitplot.adapters.event_store.rows import microseconds_since_epoch
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    MULTIPLE,
    EventSource,
    ExposurePlan,
    MultipleVariants,
)


def exposed_units(plan: ExposurePlan, scope: Scope, *, lists_entries: bool = False) -> ir.Table:
    """Every unit that counts: `unit`, `variant`, `first` and `entries`.

    `first` is in microseconds since 1970; `entries` is how often the unit entered. Under
    `exclude`, the variant of a unit that saw several is `$multiple`. With a breakdown
    there are the columns of `parts_of` too. On demand there is `entered`, the list of the
    moments at which the unit entered, in any order.
    """
    is_activated = plan.activation is not None
    exposed = _first_exposures(plan, scope, lists_entries=lists_entries and not is_activated)
    if plan.activation is not None:
        exposed = _activated(plan, plan.activation, scope, exposed, lists_entries=lists_entries)
    if plan.exposed_by is not None:
        exposed = exposed.filter(exposed.first <= microseconds_since_epoch(plan.exposed_by))
    if plan.breakdown is not None:
        exposed = with_touches(exposed, plan, plan.breakdown, scope)
    if scope.by_unit:
        return exposed.mutate(part_unit=exposed.unit, part_first=exposed.first)
    return exposed if plan.breakdown is None else divided(exposed, plan.breakdown)


def single_variant(exposed: ir.Table) -> ir.Table:
    """Without the units of `$multiple`, which no metric counts."""
    return exposed.filter(exposed.variant != MULTIPLE)


def exposure_events(plan: ExposurePlan, scope: Scope) -> tuple[ir.Table, ir.StringValue]:
    """The plan's exposure events, and the variant that each of them carries, if any."""
    events = _window_rows(plan, plan.source, scope)
    if plan.ignores_variants:
        return events, ibis.literal(plan.variants[0], "string")
    if plan.source.event == DEFAULT_EXPOSURE_EVENT:
        events = events.filter(events.flag_key == plan.flag_key)
        return events, events.flag_response
    return events, scope.dialect.string(events.properties, f"$feature/{plan.flag_key}")


def exposure_rows(plan: ExposurePlan, scope: Scope) -> ir.Table:
    """The events that expose a unit: `uuid`, `unit`, `variant`, `moment`, and `parts_of`."""
    events, variant = exposure_events(plan, scope)
    exposures = events.select(
        "uuid",
        unit=unit_of(events, plan),
        variant=variant,
        moment=scope.moment(events),
        **({} if plan.activation is not None else values_of(events, plan.breakdown, scope)),
    )
    return exposures.filter(
        _is_analysed(exposures.variant, plan.variants), exposures.unit.notnull()
    )


def activation_rows(plan: ExposurePlan, activation: EventSource, scope: Scope) -> ir.Table:
    """The events that may activate a unit: `uuid`, `unit`, `moment`, and `parts_of`."""
    events = _window_rows(plan, activation, scope)
    return events.select(
        "uuid",
        unit=unit_of(events, plan),
        moment=scope.moment(events),
        **values_of(events, plan.breakdown, scope),
    )


def entry_rows(plan: ExposurePlan, scope: Scope) -> ir.Table:
    """The events by which units enter: exposures, or activations if the plan has them."""
    if plan.activation is not None:
        return activation_rows(plan, plan.activation, scope)
    return exposure_rows(plan, scope).select("uuid", "unit", "moment")


def _window_rows(plan: ExposurePlan, source: EventSource, scope: Scope) -> ir.Table:
    events = rows(
        scope,
        source,
        since=plan.start,
        until=plan.end,
        is_until_included=True,
        also=plan.unit_filters,
    )
    return with_person_properties(scope, events) if has_persons(plan.breakdown) else events


def _is_analysed(variant: ir.StringValue, variants: Sequence[str]) -> ir.BooleanValue:
    return variant.isin(list(variants))


def _first_exposures(plan: ExposurePlan, scope: Scope, *, lists_entries: bool) -> ir.Table:
    exposures = exposure_rows(plan, scope)
    listed = {"entered": exposures.moment.collect()} if lists_entries else {}
    if plan.multiple_variants is MultipleVariants.FIRST_SEEN:
        return exposures.group_by("unit").agg(
            variant=exposures.variant.argmin(order_of(exposures)),
            first=exposures.moment.min(),
            entries=exposures.count(),
            **listed,
            **first_values(exposures),
        )
    units = exposures.group_by("unit").agg(
        lowest=exposures.variant.min(),
        highest=exposures.variant.max(),
        first=exposures.moment.min(),
        entries=exposures.count(),
        **listed,
        **first_values(exposures),
    )
    variant = ibis.ifelse(units.lowest == units.highest, units.lowest, MULTIPLE)
    return units.select("unit", "first", "entries", *listed, *parts_of(units), variant=variant)


def _activated(
    plan: ExposurePlan,
    activation: EventSource,
    scope: Scope,
    exposed: ir.Table,
    *,
    lists_entries: bool,
) -> ir.Table:
    moments = activation_rows(plan, activation, scope)
    parts = parts_of(moments)
    ids = ["uuid"] if parts else []
    moments = moments.select(*ids, *parts, activated_unit="unit", activated="moment")
    joined = exposed.inner_join(
        moments, [exposed.unit == moments.activated_unit, moments.activated >= exposed.first]
    )
    return joined.group_by("unit").agg(
        variant=joined.variant.min(),
        first=joined.activated.min(),
        entries=joined.count(),
        **({"entered": joined.activated.collect()} if lists_entries else {}),
        **first_values(joined, moment="activated"),
    )
