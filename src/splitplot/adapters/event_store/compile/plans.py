"""A plan as one Ibis expression."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.counts import tally_query
from splitplot.adapters.event_store.compile.exposed import exposed_units
from splitplot.adapters.event_store.compile.funnels import funnel_query
from splitplot.adapters.event_store.compile.further_means import (
    session_mean_query,
    split_mean_query,
)
from splitplot.adapters.event_store.compile.means import mean_query
from splitplot.adapters.event_store.compile.ratios import ratio_query
from splitplot.adapters.event_store.compile.retentions import retention_query
from splitplot.adapters.event_store.compile.sources import Scope
from splitplot.experiments.plan import (
    MULTIPLE,
    ExposureCount,
    ExposurePlan,
    FunnelPlan,
    MeanPlan,
    RatioPlan,
    ReachedUnit,
    RetentionPlan,
    SessionMeanPlan,
    SplitMeanPlan,
    SummaryPlan,
    TallyPlan,
    VariantSummary,
    VariantTally,
)

QUARTER = 15 * 60 * 1_000_000  # microseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = Sequence[object]

_NOTHING = (0, 0, 0, 0, 0, 0)


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

    A mean, of sessions too, gives `variant`, `units`, `total` and `squares`; a split one
    its value behind `variant`. A funnel
    gives `variant`, `step` and `units`: how many have it as their furthest step, 0 for the
    exposure. A ratio gives the sums of a mean, and behind them those of the denominators and of the
    products; retention `variant`, `units` and how many of them came back. A breakdown's
    values stand behind `variant`, a covariate's sums at the end; of funnels, whether the
    units did it before stands before `step`.
    """
    match plan.metric:
        case MeanPlan():
            return mean_query(plan.exposure, plan.metric, scope)
        case SessionMeanPlan():
            return session_mean_query(plan.exposure, plan.metric, scope)
        case SplitMeanPlan():
            return split_mean_query(plan.exposure, plan.metric, scope)
        case FunnelPlan():
            return funnel_query(plan.exposure, plan.metric, scope)
        case RatioPlan():
            return ratio_query(plan.exposure, plan.metric, scope)
        case RetentionPlan():
            return retention_query(plan.exposure, plan.metric, scope)


def exposure_query(plan: ExposurePlan, scope: Scope) -> ir.Table:
    """`variant`, `quarter` (its start in microseconds since 1970) and `units`."""
    exposed = exposed_units(plan, scope)
    # Remainders are negative before 1970 in some engines.
    into_quarter = (exposed.first % QUARTER + QUARTER) % QUARTER
    quarters = exposed.mutate(quarter=exposed.first - into_quarter)
    return quarters.group_by("variant", "quarter").agg(units=quarters.count())


def summaries_of(plan: SummaryPlan, rows: Iterable[Row]) -> tuple[VariantSummary, ...]:
    """What the rows of `summary_query` say, one summary per value and analysed variant."""
    breakdown = plan.exposure.breakdown
    if breakdown is None:
        return _of_variants(plan, rows)
    width = len(breakdown.properties)
    parts: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for variant, *rest in rows:
        parts[tuple(map(str, rest[:width]))].append((variant, *rest[width:]))
    return tuple(
        replace(summary, breakdown=values)
        for values, of_part in (parts or {(): []}).items()
        for summary in _of_variants(plan, of_part)
    )


def _of_variants(plan: SummaryPlan, rows: Iterable[Row]) -> tuple[VariantSummary, ...]:
    variants = plan.exposure.variants
    match plan.metric:
        case MeanPlan() | SessionMeanPlan():
            nothing = (0,) * (6 if _has_covariate(plan.metric) else 3)
            sums = {variant: numbers for variant, *numbers in rows}
            return tuple(
                _mean_summary(variant, *sums.get(variant, nothing)) for variant in variants
            )
        case SplitMeanPlan():
            return _split_summaries(variants, rows)
        case FunnelPlan():
            return _funnel_summaries(plan.metric, variants, list(rows))
        case RatioPlan():
            pairs = {variant: numbers for variant, *numbers in rows}
            return tuple(
                _ratio_summary(variant, *pairs.get(variant, _NOTHING)) for variant in variants
            )
        case RetentionPlan():
            counts = {variant: (units, retained) for variant, units, retained in rows}
            return tuple(
                _retention_summary(variant, *counts.get(variant, (0, 0))) for variant in variants
            )


def _split_summaries(variants: Sequence[str], rows: Iterable[Row]) -> tuple[VariantSummary, ...]:
    parts: dict[str, dict[object, Row]] = defaultdict(dict)
    for variant, part, *numbers in rows:
        parts[str(part)][variant] = numbers
    return tuple(
        replace(_mean_summary(variant, *numbers.get(variant, (0, 0, 0))), breakdown=(part,))
        for part, numbers in parts.items()
        for variant in variants
    )


def _has_covariate(metric: MeanPlan | SessionMeanPlan) -> bool:
    return isinstance(metric, MeanPlan) and metric.lookback is not None


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


def reached_of(rows: Iterable[Row], sessions: Iterable[Row]) -> tuple[ReachedUnit, ...]:
    """What the rows of `reach_query` say, in their order, with those of `sessions_query`."""
    of_unit: dict[object, list[str]] = defaultdict(list)
    for name, session in sorted((str(name), str(session)) for name, session in sessions):
        of_unit[name].append(session)
    return tuple(
        ReachedUnit(
            unit=str(name), variant=str(variant), step=_whole(step), sessions=tuple(of_unit[name])
        )
        for name, variant, step in rows
    )


def _tally(variant: str, events: object, units: object, total: object = 0) -> VariantTally:
    return VariantTally(
        variant=variant, events=_whole(events), units=_whole(units), total=_real(total)
    )


def _mean_summary(
    variant: str, units: object, total: object, squares: object, *of_covariate: object
) -> VariantSummary:
    summary = VariantSummary(
        variant=variant, count=_whole(units), sum=_real(total), sum_squares=_real(squares)
    )
    if not of_covariate:
        return summary
    covariate_sum, covariate_squares, products = map(_real, of_covariate)
    return replace(
        summary,
        covariate_sum=covariate_sum,
        covariate_sum_squares=covariate_squares,
        covariate_sum_product=products,
    )


def _funnel_summaries(
    metric: FunnelPlan, variants: Sequence[str], rows: Sequence[Row]
) -> tuple[VariantSummary, ...]:
    furthest: dict[object, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    of_past: dict[object, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for variant, *did_before, step, units in rows:
        furthest[variant][_whole(step)] += _whole(units)
        if did_before == [1]:
            of_past[variant][_whole(step)] += _whole(units)
    last = len(metric.steps)
    summaries = tuple(_funnel_summary(key, furthest[key], last) for key in variants)
    if metric.lookback is None:
        return summaries
    pasts = (_funnel_summary(key, of_past[key], last) for key in variants)
    return tuple(map(_with_past, summaries, pasts))


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


def _ratio_summary(variant: str, units: object, *sums: object) -> VariantSummary:
    total, squares, under_total, under_squares, products = map(_real, sums)
    return VariantSummary(
        variant=variant,
        count=_whole(units),
        sum=total,
        sum_squares=squares,
        denominator_sum=under_total,
        denominator_sum_squares=under_squares,
        product_sum=products,
    )


def _retention_summary(variant: str, units: object, retained: object) -> VariantSummary:
    count, came_back = _whole(units), _real(retained)
    return VariantSummary(
        variant=variant,
        count=count,
        sum=came_back,
        sum_squares=came_back,
        denominator_sum=float(count),
        denominator_sum_squares=float(count),
        product_sum=came_back,
    )


def _with_past(summary: VariantSummary, had_past: VariantSummary) -> VariantSummary:
    """The funnel with its covariate, whose units are those with a past."""
    return replace(
        summary,
        covariate_sum=float(had_past.count),
        covariate_sum_squares=float(had_past.count),
        covariate_sum_product=had_past.sum,
    )


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"expected a whole number, got {value!r}")
    return value


def _real(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {value!r}")
    return float(value)
