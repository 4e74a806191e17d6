"""Summaries in plain Python: one metric, and its parts by breakdown."""

from collections import Counter, defaultdict
from dataclasses import replace

from splitplot.adapters.event_store.reference.exposed import ExposedUnit, exposed_units
from splitplot.adapters.event_store.reference.funnels import funnel_summaries
from splitplot.adapters.event_store.reference.means import mean_summaries
from splitplot.adapters.event_store.reference.ratios import ratio_summaries
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.reference.retentions import retention_summaries
from splitplot.adapters.event_store.reference.sessions import session_mean_summaries
from splitplot.adapters.event_store.reference.splits import split_mean_summaries
from splitplot.experiments.plan import (
    MULTIPLE,
    OTHER_VALUES,
    Breakdown,
    FunnelPlan,
    MeanPlan,
    RatioPlan,
    RetentionPlan,
    SessionMeanPlan,
    SplitMeanPlan,
    SummaryPlan,
    VariantSummary,
)


def summarize(recorded: Recorded, plan: SummaryPlan) -> tuple[VariantSummary, ...]:
    units = [unit for unit in exposed_units(recorded, plan.exposure) if unit.variant != MULTIPLE]
    if plan.exposure.breakdown is None:
        return _of_variants(recorded, plan, units)
    parts = _divided(units, plan.exposure.breakdown)
    return tuple(
        replace(summary, breakdown=values)
        for values, members in (parts or {(): []}).items()
        for summary in _of_variants(recorded, plan, members)
    )


def _divided(
    units: list[ExposedUnit], breakdown: Breakdown
) -> dict[tuple[str, ...], list[ExposedUnit]]:
    sizes = Counter(unit.values for unit in units)
    by_size = sorted(sizes, key=lambda values: (-sizes[values], values))
    named = set(by_size[: breakdown.most_values])
    parts: dict[tuple[str, ...], list[ExposedUnit]] = defaultdict(list)
    for unit in units:
        others = (OTHER_VALUES,) * len(unit.values)
        parts[unit.values if unit.values in named else others].append(unit)
    return parts


def _of_variants(
    recorded: Recorded, plan: SummaryPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    match plan.metric:
        case MeanPlan():
            return mean_summaries(recorded, plan.exposure, plan.metric, units)
        case SessionMeanPlan():
            return session_mean_summaries(recorded, plan.exposure, plan.metric, units)
        case SplitMeanPlan():
            return split_mean_summaries(recorded, plan.exposure, plan.metric, units)
        case FunnelPlan():
            return funnel_summaries(recorded, plan.exposure, plan.metric, units)
        case RatioPlan():
            return ratio_summaries(recorded, plan.exposure, plan.metric, units)
        case RetentionPlan():
            return retention_summaries(recorded, plan.exposure, plan.metric, units)
