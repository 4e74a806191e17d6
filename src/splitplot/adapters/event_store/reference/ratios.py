"""Two numbers per unit: ratios in plain Python."""

import math

from splitplot.adapters.event_store.reference.exposed import ExposedUnit
from splitplot.adapters.event_store.reference.means import unit_values, winsorized
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.experiments.plan import ExposurePlan, MeanPlan, RatioPlan, VariantSummary


def ratio_summaries(
    recorded: Recorded, exposure: ExposurePlan, metric: RatioPlan, units: list[ExposedUnit]
) -> tuple[VariantSummary, ...]:
    over = _side(recorded, exposure, metric.numerator, units)
    under = _side(recorded, exposure, metric.denominator, units)
    pairs: dict[str, list[tuple[float, float]]] = {variant: [] for variant in exposure.variants}
    for unit in units:
        pairs[unit.variant].append((over[unit.unit], under[unit.unit]))
    return tuple(pair_summary(variant, members) for variant, members in pairs.items())


def _side(
    recorded: Recorded, exposure: ExposurePlan, side: MeanPlan, units: list[ExposedUnit]
) -> dict[str, float]:
    values = unit_values(recorded, exposure, side, units)
    return values if side.winsorization is None else winsorized(values, side.winsorization)


def pair_summary(variant: str, pairs: list[tuple[float, float]]) -> VariantSummary:
    return VariantSummary(
        variant=variant,
        count=len(pairs),
        sum=math.fsum(over for over, _ in pairs),
        sum_squares=math.fsum(over * over for over, _ in pairs),
        denominator_sum=math.fsum(under for _, under in pairs),
        denominator_sum_squares=math.fsum(under * under for _, under in pairs),
        product_sum=math.fsum(over * under for over, under in pairs),
    )
