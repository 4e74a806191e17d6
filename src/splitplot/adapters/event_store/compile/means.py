"""Means: one number for each exposed unit."""

from collections.abc import Callable

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import groups_of, parts_of
from splitplot.adapters.event_store.compile.exposed import exposed_units, single_variant
from splitplot.adapters.event_store.compile.hogql import fold_of, measure_of, with_persons_of
from splitplot.adapters.event_store.compile.sources import (
    Scope,
    microseconds_of,
    person_of,
    rows,
    unit_of,
)
from splitplot.adapters.event_store.compile.warehouse import of_units, table_rows
from splitplot.adapters.event_store.values import later
from splitplot.experiments.plan import ExposurePlan, MeanPlan, ValueMath, Winsorization
from splitplot.experiments.sources.warehouse import WarehouseSource

NOBODY = "00000000-0000-0000-0000-000000000000"


def mean_query(exposure: ExposurePlan, metric: MeanPlan, scope: Scope) -> ir.Table:
    """`variant`, parts, `units`, and the `total` and `squares` of the units' values.

    With a lookback also `covariate_total`, `covariate_squares` and, of values and
    covariates, `covariate_products`.
    """
    exposed = single_variant(exposed_units(exposure, scope)).alias("exposed")
    of_units = unit_values(exposure, metric, scope, exposed)
    joined = exposed.left_join(of_units, exposed.unit == of_units.counted_unit)
    numbers = {"value": joined.value}
    if metric.lookback is not None:
        numbers["covariate"] = joined.covariate
    groups = groups_of(exposed)
    units = joined.select(
        *groups,
        **{
            name: ibis.coalesce(number.cast("float64"), ibis.literal(0.0))
            for name, number in numbers.items()
        },
    )
    return sums_of_values(units, metric)


def sums_of_values(units: ir.Table, metric: MeanPlan) -> ir.Table:
    """What `mean_query` gives, of each unit's `value` (and `covariate`)."""
    if metric.winsorization is not None:
        units = winsorized(units.alias("units"), metric.winsorization)
    if metric.threshold is not None:
        units = units.mutate(value=(units.value >= metric.threshold).cast("float64"))
    sums = {
        "units": units.count(),
        "total": units.value.sum(),
        "squares": (units.value * units.value).sum(),
    }
    if metric.lookback is not None:
        sums["covariate_total"] = units.covariate.sum()
        sums["covariate_squares"] = (units.covariate * units.covariate).sum()
        sums["covariate_products"] = (units.value * units.covariate).sum()
    return units.group_by(groups_of(units)).agg(**sums)


def unit_values(
    exposure: ExposurePlan, metric: MeanPlan, scope: Scope, exposed: ir.Table
) -> ir.Table:
    """One number for each unit that has events in its own window.

    With a lookback the unit's `covariate` too, from the events before its window.
    """
    window, lookback = metric.window, metric.lookback
    counted = _counted(exposure, metric, scope, exposed)
    since = exposed.first if lookback is None else exposed.first - microseconds_of(lookback)
    conditions = [exposed.unit == counted.counted_unit, counted.moment >= since]
    if window is not None:
        conditions.append(counted.moment < exposed.first + microseconds_of(window))
    joined = exposed.inner_join(counted, conditions)
    units = joined.group_by("counted_unit")
    if lookback is None:
        return units.agg(value=aggregate(metric, joined))
    is_before = joined.moment < joined.first
    return units.agg(
        value=aggregate(metric, joined, where=~is_before),
        covariate=aggregate(metric, joined, where=is_before),
    )


def _counted(exposure: ExposurePlan, metric: MeanPlan, scope: Scope, exposed: ir.Table) -> ir.Table:
    """`counted_unit`, `moment` and what is measured, of every event that may count."""
    source, window, lookback = metric.source, metric.window, metric.lookback
    since = exposure.start if lookback is None else exposure.start - lookback
    until = exposure.end if window is None else later(exposure.end, window)
    if isinstance(source, WarehouseSource):
        found, own = table_rows(scope, source, since=since, until=until, is_until_included=False)
        counted = found.select(
            "join_key", moment=scope.moment(found), **measured(metric, own, found)
        )
        counted = of_units(counted, source.joined_by, exposure, scope, exposed=exposed)
        return counted.rename(counted_unit="unit")
    events = rows(scope, source, since=since, until=until, is_until_included=False)
    events = with_persons_of(metric.formula, scope, events)
    columns = {"counted_unit": unit_of(events, exposure), "moment": scope.moment(events)}
    return events.select(**columns, **measured(metric, scope, events))


def measured(metric: MeanPlan, scope: Scope, events: ir.Table) -> dict[str, ir.Value]:
    """What of an event its unit's value is made of."""
    if metric.formula is not None:
        return {"measure": measure_of(metric.formula, scope, events)}
    match metric.math:
        case ValueMath.TOTAL:
            return {}
        case ValueMath.UNIQUE_SESSION:
            return {"measure": events.session_id}
        case ValueMath.DAU:
            return {"measure": person_of(events)}
        case ValueMath.UNIQUE_GROUP:
            return {"measure": events[f"group_{metric.group_type_index}"]}
        case _:
            number = scope.dialect.number(events, metric.value_property or "")
            return {"measure": ibis.coalesce(number, ibis.literal(0.0))}


def aggregate(
    metric: MeanPlan,
    events: ir.Table,
    *,
    where: ir.BooleanValue | None = None,
    measure: str = "measure",
) -> ir.Value:
    """The number that a unit's events make, by what was measured of each."""
    math = metric.math
    if math is ValueMath.TOTAL:
        return events.count(where=where)
    # A null counts nowhere, and of nulls alone there is no mean on any engine.
    value = events[measure] if where is None else ibis.ifelse(where, events[measure], None)
    if math is ValueMath.DAU:
        return value.nunique(where=value.cast("string") != NOBODY)
    return _FOLDS[math](value) if metric.formula is None else fold_of(metric.formula, value)


_FOLDS: dict[ValueMath, Callable[[ir.Column], ir.Value]] = {
    ValueMath.UNIQUE_SESSION: lambda sessions: sessions.nunique(),
    ValueMath.UNIQUE_GROUP: lambda groups: groups.nunique(),
    ValueMath.SUM: lambda numbers: numbers.sum(),
    ValueMath.AVG: lambda numbers: numbers.mean(),
    ValueMath.MIN: lambda numbers: numbers.min(),
    ValueMath.MAX: lambda numbers: numbers.max(),
}


def winsorized(units: ir.Table, rule: Winsorization) -> ir.Table:
    """The units with each `value` clamped to the bounds of all their values.

    Where units have parts, each part has bounds of its own.
    """
    if parts_of(units):
        return _winsorized_by_part(units, rule)
    return units.mutate(value=clamped(units, "value", rule))


def clamped(units: ir.Table, column: str, rule: Winsorization) -> ir.Value:
    """A column's values clamped to the bounds of all of them."""
    value = units[column]
    if rule.lower is not None:
        lower = _order_statistic(units.select(value=value), rule.lower)
        value = ibis.greatest(value, ibis.coalesce(lower, value))
    if rule.upper is not None:
        pool = units.select(value=units[column])
        pool = pool.filter(pool.value != 0) if rule.ignore_zeros else pool
        upper = _order_statistic(pool, rule.upper)
        value = ibis.least(value, ibis.coalesce(upper, value))
    return value


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


def _winsorized_by_part(units: ir.Table, rule: Winsorization) -> ir.Table:
    kept = units.columns
    units = _with_bound(units, "lower_bound", rule.lower, ignore_zeros=False)
    units = _with_bound(units, "upper_bound", rule.upper, ignore_zeros=rule.ignore_zeros)
    clamped = ibis.greatest(units.value, ibis.coalesce(units.lower_bound, units.value))
    clamped = ibis.least(clamped, ibis.coalesce(units.upper_bound, clamped))
    return units.mutate(value=clamped).select(*kept)


def _with_bound(units: ir.Table, name: str, share: float | None, *, ignore_zeros: bool) -> ir.Table:
    """The units with the order statistic of their part's pool; null if that is empty."""
    if share is None:
        return units.mutate(**{name: ibis.null("float64")})
    parts = parts_of(units)
    within = ibis.window(group_by=parts, preceding=None, following=None)
    pooled = units.mutate(is_pooled=(units.value != 0) if ignore_zeros else ibis.literal(True))  # noqa: FBT003 - the constant itself
    rising = ibis.window(group_by=[*parts, "is_pooled"], order_by=pooled.value)
    ranked = pooled.mutate(
        place=ibis.row_number().over(rising),
        pool=ibis.ifelse(pooled.is_pooled, 1, 0).sum().over(within),
    )
    index = (ranked.pool.cast("float64") * share).floor().cast("int64")
    is_bound = ranked.is_pooled & (ranked.place == ibis.least(index, ranked.pool - 1))
    bound = ibis.ifelse(is_bound, ranked.value, None).max().over(within)
    return ranked.mutate(**{name: bound}).select(*units.columns, name)
