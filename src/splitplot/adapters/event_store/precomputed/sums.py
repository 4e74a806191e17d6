"""From kept units to sums: the end of a plan's query, which is cheap."""

from datetime import timedelta

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import divided, groups_of
from splitplot.adapters.event_store.compile.means import sums_of_values
from splitplot.adapters.event_store.compile.ratios import sums_of_pairs
from splitplot.adapters.event_store.precomputed.dialect import EXPOSED_BY, number_variable
from splitplot.adapters.event_store.precomputed.kinds import KeptMetric
from splitplot.experiments.plan import (
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    RatioPlan,
    RetentionPlan,
)

UNITS = "kept_units"
_DAY = timedelta(days=1)
# Who a unit is, where its own plan has parts.
_UNIT = {"unit": "part_unit", "first": "part_first"}


def numbers_of(metric: KeptMetric) -> dict[str, str]:
    """What is kept of a unit: each column and what the query by unit calls it."""
    match metric:
        case MeanPlan():
            covariate = {} if metric.lookback is None else {"covariate": "covariate_total"}
            return {"value": "total", **covariate}
        case RatioPlan():
            return {"over": "total", "under": "under_total"}
        case FunnelPlan():
            past = {} if metric.lookback is None else {"did_before": "did_before"}
            return {**past, "step": "step"}
        case RetentionPlan():
            return {"units": "units", "retained": "retained"}


def kept_units(summary: ir.Table, metric: KeptMetric) -> ir.Table:
    """What is kept, out of what the query by unit gives."""
    if isinstance(metric, FunnelPlan):
        # Steps that a unit went beyond cancel out to none.
        summary = summary.filter(summary.units > 0)
    parts = [name for name in groups_of(summary) if name not in _UNIT.values()]
    return summary.select(
        *parts,
        **{new: summary[old] for new, old in (_UNIT | numbers_of(metric)).items()},
    )


def sums_query(exposure: ExposurePlan, metric: KeptMetric) -> ir.Table:
    """The rows of `summary_query`, of the units that are kept."""
    units = _units(exposure, metric)
    if exposure.exposed_by is not None:
        units = units.filter(units["first"] <= number_variable(EXPOSED_BY))
    if exposure.breakdown is not None:
        units = divided(units, exposure.breakdown)
    match metric:
        case MeanPlan():
            return sums_of_values(units, metric)
        case RatioPlan():
            return sums_of_pairs(units, metric)
        case FunnelPlan():
            past = [] if metric.lookback is None else ["did_before"]
            return units.group_by(*groups_of(units), *past, "step").agg(units=units.count())
        case RetentionPlan():
            return units.group_by(groups_of(units)).agg(
                units=units.units.sum().cast("int64"), retained=units.retained.sum().cast("int64")
            )


def read_until(metric: KeptMetric) -> timedelta:
    """How long after the experiment's end events are read."""
    match metric:
        case MeanPlan():
            return metric.window or timedelta()
        case RatioPlan():
            return max(read_until(metric.numerator), read_until(metric.denominator))
        case FunnelPlan():
            return metric.window
        case RetentionPlan():
            return (metric.window or timedelta()) + metric.latest


def reach_of(metric: KeptMetric) -> timedelta | None:
    """How long after its last entry an event of a unit may still count; None: for ever."""
    match metric:
        case MeanPlan():
            return metric.window
        case FunnelPlan():
            # Steps without an order count together, however long ago the unit entered.
            return metric.window if metric.order is FunnelOrder.ORDERED else None
        case RatioPlan():
            over, under = reach_of(metric.numerator), reach_of(metric.denominator)
            return None if over is None or under is None else max(over, under)
        case RetentionPlan():
            starts_until = timedelta() if metric.start is None else metric.window
            # A return counts by its day, which may have 25 hours.
            return None if starts_until is None else starts_until + metric.latest + 2 * _DAY


def lookback_of(metric: KeptMetric) -> timedelta:
    """How long before the first exposure an event may count."""
    if isinstance(metric, MeanPlan | FunnelPlan):
        return metric.lookback or timedelta()
    return timedelta()


def _units(exposure: ExposurePlan, metric: KeptMetric) -> ir.Table:
    breakdown = exposure.breakdown
    parts = [] if breakdown is None else [f"part_{i}" for i in range(len(breakdown.properties))]
    numbers = dict.fromkeys(numbers_of(metric), "int64")
    if isinstance(metric, MeanPlan | RatioPlan):
        numbers = dict.fromkeys(numbers, "float64")
    columns = {"variant": "string", **dict.fromkeys(parts, "string"), "first": "int64", **numbers}
    return ibis.table(columns, name=UNITS)
