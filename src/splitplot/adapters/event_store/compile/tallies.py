"""Tallies: events by the variant that they carry."""

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.exposed import exposure_events
from splitplot.adapters.event_store.compile.sources import Scope, unit_of
from splitplot.experiments.plan import TallyPlan


def tally_query(plan: TallyPlan, scope: Scope) -> ir.Table:
    """`variant`, `events`, `units`, and `total` if values are summed.

    Variants that nothing carries have no row.
    """
    carriers = plan.carriers
    events, variant = exposure_events(carriers, scope)
    columns = {"variant": variant, "unit": unit_of(events, carriers)}
    if plan.value_property is not None:
        number = scope.dialect.number(events, plan.value_property)
        columns["value"] = ibis.coalesce(number, ibis.literal(0.0))
    carried = events.select(**columns)
    is_analysed = carried.variant.isin(list(carriers.variants))
    carried = carried.filter(is_analysed, carried.unit.notnull())
    sums = {"events": carried.count()}
    if plan.value_property is not None:
        sums["total"] = carried.value.sum()
    # Units are counted as rows: counting distinct values is a guess on some engines.
    of_units = carried.group_by("variant", "unit").agg(**sums)
    sums = {"events": of_units.events.sum().cast("int64"), "units": of_units.count()}
    if plan.value_property is not None:
        sums["total"] = of_units.total.sum()
    return of_units.group_by("variant").agg(**sums)
