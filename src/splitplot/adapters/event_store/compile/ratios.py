"""Ratios: two numbers for each exposed unit."""

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import groups_of
from splitplot.adapters.event_store.compile.exposed import exposed_units, single_variant
from splitplot.adapters.event_store.compile.means import unit_values, winsorized
from splitplot.adapters.event_store.compile.sources import Scope
from splitplot.experiments.plan import ExposurePlan, MeanPlan, RatioPlan


def ratio_query(exposure: ExposurePlan, metric: RatioPlan, scope: Scope) -> ir.Table:
    """`variant`, parts, `units`, and the sums of the units' two numbers.

    `total` and `squares` are of the numerators, `under_total` and `under_squares` of the
    denominators, and `products` is of both.
    """
    exposed = single_variant(exposed_units(exposure, scope)).alias("exposed")
    groups = groups_of(exposed)
    units = exposed.select("unit", *groups)
    for name, side in (("over", metric.numerator), ("under", metric.denominator)):
        of_units = unit_values(exposure, side, scope, exposed)
        of_units = of_units.select(**{f"{name}_unit": of_units.counted_unit, name: of_units.value})
        joined = units.left_join(of_units, units.unit == of_units[f"{name}_unit"])
        value = ibis.coalesce(joined[name].cast("float64"), ibis.literal(0.0))
        units = joined.drop(f"{name}_unit").mutate(**{name: value})
    return sums_of_pairs(units, metric)


def sums_of_pairs(units: ir.Table, metric: RatioPlan) -> ir.Table:
    """What `ratio_query` gives, of each unit's numbers `over` and `under`."""
    for name, side in (("over", metric.numerator), ("under", metric.denominator)):
        units = _clamped(units, name, side)
    return units.group_by(groups_of(units)).agg(
        units=units.count(),
        total=units.over.sum(),
        squares=(units.over * units.over).sum(),
        under_total=units.under.sum(),
        under_squares=(units.under * units.under).sum(),
        products=(units.over * units.under).sum(),
    )


def _clamped(units: ir.Table, name: str, side: MeanPlan) -> ir.Table:
    if side.winsorization is None:
        return units
    units = units.rename(value=name).alias(f"units_of_{name}")
    return winsorized(units, side.winsorization).rename({name: "value"})
