"""How an effect moves over days, and what it is worth over everyone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import ndtr

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.effects import Estimate, base_to_divide_by


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectTrend:
    """Slope of an effect over days.

    Attributes:
        slope: Change of the effect per day, with its variance.
        statistic: Slope in standard errors.
        p_value: Two-sided, of no change, in [0, 1].
    """

    slope: Estimate
    statistic: float
    p_value: float


def effect_trend(days: Sequence[Estimate]) -> EffectTrend:
    """Weighted least-squares slope of daily effects.

    An effect that falls is novelty wearing off, one that rises is learning. Each day's
    effect should come from units that were new on that day, or the days are not
    independent.

    Args:
        days: The effect of each day, in order, one after the other.

    Raises:
        Undefined: There are fewer than two days.

    Examples:
        >>> trend = effect_trend([
        ...     Estimate(effect=effect, variance=6.4e-5) for effect in (0.05, 0.04, 0.035, 0.03)
        ... ])
        >>> round(trend.slope.effect, 4), round(trend.p_value, 3)
        (-0.0065, 0.069)
    """
    if len(days) < 2:
        raise Undefined("There are fewer than two days.", code="too_few_days")
    weights = [1 / day.variance for day in days]
    total = math.fsum(weights)
    middle = math.fsum(weight * day for day, weight in enumerate(weights)) / total
    spread = math.fsum(weight * (day - middle) ** 2 for day, weight in enumerate(weights))
    slope = (
        math.fsum(
            weight * (day - middle) * each.effect
            for day, (weight, each) in enumerate(zip(weights, days, strict=True))
        )
        / spread
    )
    statistic = slope * math.sqrt(spread)
    return EffectTrend(
        slope=Estimate(effect=slope, variance=1 / spread),
        statistic=statistic,
        p_value=2 * float(ndtr(-abs(statistic))),
    )


def diluted_effect(
    relative_effect: float, *, triggered_share: float, triggered_value: float, value: float
) -> float:
    """Relative effect over everyone, from the one over those who were triggered.

    Args:
        relative_effect: Among triggered units, as a share.
        triggered_share: Triggered units among all units, in [0, 1].
        triggered_value: The metric per triggered unit, under control.
        value: The metric per unit over all units, under control, not 0.

    Raises:
        InvalidInput: `triggered_share` is out of range.
        Undefined: `value` is within 1e-10 of 0.

    References:
        Deng and Hu (2015), WSDM.

    Examples:
        >>> round(diluted_effect(0.03, triggered_share=0.2, triggered_value=12, value=6), 6)
        0.012
    """
    if not 0 <= triggered_share <= 1:
        raise InvalidInput("triggered_share must lie between 0 and 1.", attr="triggered_share")
    return triggered_share * triggered_value / base_to_divide_by(value) * relative_effect
