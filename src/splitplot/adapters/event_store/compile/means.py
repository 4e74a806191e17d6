"""Means: one number for each exposed unit."""

from collections.abc import Callable

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.exposed import exposed_units, single_variant
from splitplot.adapters.event_store.compile.sources import (
    Scope,
    microseconds_of,
    person_of,
    rows,
    unit_of,
)
from splitplot.adapters.event_store.values import later
from splitplot.experiments.plan import ExposurePlan, MeanPlan, ValueMath, Winsorization

NOBODY = "00000000-0000-0000-0000-000000000000"


def mean_query(exposure: ExposurePlan, metric: MeanPlan, scope: Scope) -> ir.Table:
    """`variant`, `units`, and the `total` and `squares` of the units' values."""
    exposed = single_variant(exposed_units(exposure, scope)).alias("exposed")
    of_units = _unit_values(exposure, metric, scope, exposed)
    joined = exposed.left_join(of_units, exposed.unit == of_units.counted_unit)
    value = ibis.coalesce(joined.value.cast("float64"), ibis.literal(0.0))
    units = joined.select("variant", value=value)
    if metric.winsorization is not None:
        units = _winsorized(units.alias("units"), metric.winsorization)
    if metric.threshold is not None:
        units = units.mutate(value=(units.value >= metric.threshold).cast("float64"))
    return units.group_by("variant").agg(
        units=units.count(),
        total=units.value.sum(),
        squares=(units.value * units.value).sum(),
    )


def _unit_values(
    exposure: ExposurePlan, metric: MeanPlan, scope: Scope, exposed: ir.Table
) -> ir.Table:
    """One number for each unit that has events in its own window."""
    window = metric.window
    events = rows(
        scope,
        metric.source,
        since=exposure.start,
        until=exposure.end if window is None else later(exposure.end, window),
        is_until_included=False,
    )
    columns = {"counted_unit": unit_of(events, exposure), "moment": scope.moment(events)}
    counted = events.select(**columns, **_measured(metric, scope, events))
    conditions = [exposed.unit == counted.counted_unit, counted.moment >= exposed.first]
    if window is not None:
        conditions.append(counted.moment < exposed.first + microseconds_of(window))
    joined = exposed.inner_join(counted, conditions)
    return joined.group_by("counted_unit").agg(value=_aggregate(metric.math, joined))


def _measured(metric: MeanPlan, scope: Scope, events: ir.Table) -> dict[str, ir.Value]:
    """What of an event its unit's value is made of."""
    match metric.math:
        case ValueMath.TOTAL:
            return {}
        case ValueMath.UNIQUE_SESSION:
            return {"measure": events.session_id}
        case ValueMath.DAU:
            return {"measure": person_of(events)}
        case _:
            number = scope.dialect.number(events, metric.value_property or "")
            return {"measure": ibis.coalesce(number, ibis.literal(0.0))}


def _aggregate(math: ValueMath, events: ir.Table) -> ir.Value:
    if math is ValueMath.TOTAL:
        return events.count()
    measure = events.measure
    if math is ValueMath.DAU:
        return measure.nunique(where=measure.cast("string") != NOBODY)
    return _FOLDS[math](measure)


_FOLDS: dict[ValueMath, Callable[[ir.Column], ir.Value]] = {
    ValueMath.UNIQUE_SESSION: lambda sessions: sessions.nunique(),
    ValueMath.SUM: lambda numbers: numbers.sum(),
    ValueMath.AVG: lambda numbers: numbers.mean(),
    ValueMath.MIN: lambda numbers: numbers.min(),
    ValueMath.MAX: lambda numbers: numbers.max(),
}


def _winsorized(units: ir.Table, rule: Winsorization) -> ir.Table:
    value = units.value
    bounds = {}
    if rule.lower is not None:
        bounds["lower_bound"] = _order_statistic(units, rule.lower)
    if rule.upper is not None:
        pool = units.filter(value != 0) if rule.ignore_zeros else units
        bounds["upper_bound"] = _order_statistic(pool, rule.upper)
    clamped = value
    if "lower_bound" in bounds:
        clamped = ibis.greatest(clamped, ibis.coalesce(bounds["lower_bound"], clamped))
    if "upper_bound" in bounds:
        clamped = ibis.least(clamped, ibis.coalesce(bounds["upper_bound"], clamped))
    return units.mutate(value=clamped)


def _order_statistic(pool: ir.Table, share: float) -> ir.Value:
    """The value at 0-based index floor(share * N) of the sorted pool; null if empty."""
    everything = ibis.window(preceding=None, following=None)
    ranked = pool.select(
        "value",
        place=ibis.row_number().over(order_by=pool.value),
        size=pool.count().over(everything),
    )
    # The product of two doubles, as in Python: 0.29 * 100 is just below 29.
    index = (ranked.size.cast("float64") * share).floor().cast("int64")
    chosen = ranked.filter(ranked.place == ibis.least(index, ranked.size - 1))
    return chosen.value.max().as_scalar()
