"""A plan as one Ibis expression."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.exposed import exposed_units
from splitplot.adapters.event_store.compile.funnels import funnel_query
from splitplot.adapters.event_store.compile.means import mean_query
from splitplot.adapters.event_store.compile.sources import Scope
from splitplot.adapters.event_store.compile.tallies import tally_query
from splitplot.experiments.plan import (
    MULTIPLE,
    ExposureCount,
    ExposurePlan,
    FunnelPlan,
    MeanPlan,
    SummaryPlan,
    TallyPlan,
    VariantSummary,
    VariantTally,
)

QUARTER = 15 * 60 * 1_000_000  # microseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = Sequence[object]


def query_of(plan: SummaryPlan | ExposurePlan | TallyPlan, scope: Scope) -> ir.Table:
    """The query that carries out a plan."""
    match plan:
        case SummaryPlan():
            return summary_query(plan, scope)
        case ExposurePlan():
            return exposure_query(plan, scope)
        case TallyPlan():
            return tally_query(plan, scope)


def summary_query(plan: SummaryPlan, scope: Scope) -> ir.Table:
    """The plan's sums; variants (and steps) that nobody reached have no row.

    A mean gives `variant`, `units`, `total` and `squares`. A funnel gives `variant`,
    `step` and `units`: how many have it as their furthest step, 0 for the exposure.
    """
    match plan.metric:
        case MeanPlan():
            return mean_query(plan.exposure, plan.metric, scope)
        case FunnelPlan():
            return funnel_query(plan.exposure, plan.metric, scope)


def exposure_query(plan: ExposurePlan, scope: Scope) -> ir.Table:
    """`variant`, `quarter` (its start in microseconds since 1970) and `units`."""
    exposed = exposed_units(plan, scope)
    # Remainders are negative before 1970 in some engines.
    into_quarter = (exposed.first % QUARTER + QUARTER) % QUARTER
    quarters = exposed.mutate(quarter=exposed.first - into_quarter)
    return quarters.group_by("variant", "quarter").agg(units=quarters.count())


def summaries_of(plan: SummaryPlan, rows: Iterable[Row]) -> tuple[VariantSummary, ...]:
    """What the rows of `summary_query` say, one summary per analysed variant."""
    variants = plan.exposure.variants
    match plan.metric:
        case MeanPlan():
            sums = {variant: (units, total, squares) for variant, units, total, squares in rows}
            return tuple(
                _mean_summary(variant, *sums.get(variant, (0, 0, 0))) for variant in variants
            )
        case FunnelPlan():
            furthest: dict[object, dict[int, int]] = defaultdict(dict)
            for variant, step, units in rows:
                furthest[variant][_whole(step)] = _whole(units)
            last = len(plan.metric.steps)
            return tuple(_funnel_summary(variant, furthest[variant], last) for variant in variants)


def counts_of(plan: ExposurePlan, rows: Iterable[Row]) -> tuple[ExposureCount, ...]:
    """What the rows of `exposure_query` say, by variant and then by time."""
    order = {variant: place for place, variant in enumerate((*plan.variants, MULTIPLE))}
    counts = [
        ExposureCount(
            variant=str(variant),
            quarter=_EPOCH + timedelta(microseconds=_whole(quarter)),
            units=_whole(units),
        )
        for variant, quarter, units in rows
    ]
    return tuple(sorted(counts, key=lambda count: (order[count.variant], count.quarter)))


def tallies_of(plan: TallyPlan, rows: Iterable[Row]) -> tuple[VariantTally, ...]:
    """What the rows of `tally_query` say, one tally per variant."""
    counted = {variant: counts for variant, *counts in rows}
    return tuple(
        _tally(variant, *counted.get(variant, (0, 0))) for variant in plan.carriers.variants
    )


def _tally(variant: str, events: object, units: object, total: object = 0) -> VariantTally:
    return VariantTally(
        variant=variant, events=_whole(events), units=_whole(units), total=_real(total)
    )


def _mean_summary(variant: str, units: object, total: object, squares: object) -> VariantSummary:
    return VariantSummary(
        variant=variant, count=_whole(units), sum=_real(total), sum_squares=_real(squares)
    )


def _funnel_summary(variant: str, furthest: dict[int, int], last: int) -> VariantSummary:
    reached = [
        sum(units for step, units in furthest.items() if step >= number)
        for number in range(last + 1)
    ]
    return VariantSummary(
        variant=variant,
        count=reached[0],
        sum=float(reached[-1]),
        sum_squares=float(reached[-1]),
        step_counts=tuple(reached[1:]),
    )


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"expected a whole number, got {value!r}")
    return value


def _real(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {value!r}")
    return float(value)
