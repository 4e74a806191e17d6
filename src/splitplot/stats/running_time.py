"""The compatible running-time estimate: rules of thumb for size, and the days it takes.

The sizes rest on rules of thumb for a metric's variance that hold before any data. Once
there is a measurement, `power.sample_size` with its variance is the better plan: real
revenue, for one, varies many times more than the rule for sums believes.
"""

import math
from enum import StrEnum

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.summaries import RatioSummary

# Near 2 (z_0.975 + z_0.8)^2 = 15.7: power 80 %, alpha 5 %.
_SIXTEEN = 16.0
# Before these, the days passed and the units seen say nothing about the rate.
_FIRST_DAYS = 1.0
_FIRST_UNITS = 100
_TOO_SOON = 0.1
# More units or days than anybody will see, and few enough to count exactly.
_COUNTABLE = 1e15


class PlannedMetric(StrEnum):
    """What is planned for; the words are the wire's."""

    COUNT = "mean_count"
    SUM = "mean_sum_or_avg"
    FUNNEL = "funnel"
    RATIO = "ratio"
    RETENTION = "retention"


def rule_of_thumb_variance(metric: PlannedMetric, baseline: float) -> float:
    """Variance of one unit by rule of thumb.

    Args:
        metric: A count, a sum or a funnel; for the others there is no rule.
        baseline: The metric's value without treatment.

    Raises:
        Undefined: The metric has no rule.

    Examples:
        >>> rule_of_thumb_variance(PlannedMetric.COUNT, 4.0)
        8.0
        >>> rule_of_thumb_variance(PlannedMetric.SUM, 50.0)
        625.0
    """
    match metric:
        case PlannedMetric.COUNT:
            return 2 * baseline
        case PlannedMetric.SUM:
            return 0.25 * baseline * baseline
        case PlannedMetric.FUNNEL:
            return baseline * (1 - baseline)
        case _:
            raise Undefined(
                "This kind of metric needs a measured variance.", code="variance_unknown"
            )


def population_variance(summary: RatioSummary) -> float:
    """Variance of one unit's contribution to a ratio, the units seen taken as all there are.

    Raises:
        Undefined: As for the summary's own variance.

    Examples:
        >>> population_variance(RatioSummary.of([(1, 1), (0, 1), (1, 1), (0, 1)]))
        0.25
    """
    return summary.variance * ((summary.count - 1) / summary.count)


def rule_of_thumb_units(
    *, baseline: float, variance: float, relative_effect: float, variants: int
) -> int:
    """Units of all variants together by the rule of sixteen.

    Args:
        baseline: The metric's value without treatment.
        variance: Of one unit.
        relative_effect: Smallest effect worth finding, as a share of the baseline.
        variants: Variants, the control among them, 1 or more.

    Returns:
        Above 0; rounded up once, for all variants together.

    Raises:
        Undefined: The effect is 0, or the variance leaves no positive number of units.
        InvalidInput: There are no variants.

    Examples:
        >>> rule_of_thumb_units(baseline=0.1, variance=0.09, relative_effect=0.5, variants=2)
        1152
    """
    if variants < 1:
        raise InvalidInput("A plan needs one variant or more.", attr="variants")
    difference = relative_effect * baseline
    if difference == 0 or difference * difference == 0:
        raise Undefined("An effect of zero cannot be found.", code="no_effect")
    total = _SIXTEEN * variance / (difference * difference) * variants
    if not 0 < total < _COUNTABLE:
        raise Undefined("No positive number of units comes out.", code="no_sample_size")
    return math.ceil(total)


def days_for(units: float, *, units_per_day: float) -> int:
    """Whole days in which so many units arrive.

    Raises:
        Undefined: Units do not arrive at a rate that leads anywhere.

    Examples:
        >>> days_for(6400, units_per_day=100)
        64
    """
    if not (units_per_day > 0 and units / units_per_day < _COUNTABLE):
        raise Undefined("Too few units arrive to tell a date.", code="rate_too_low")
    return math.ceil(units / units_per_day)


def days_left(target: float, *, units: int, days: float) -> int:
    """Whole days until a running experiment has its planned units.

    Args:
        target: Units planned for.
        units: Units so far.
        days: Days since the start.

    Returns:
        0 when the target is reached. In the first day, and before 100 units, the days
        for the whole target at the rate so far.

    Raises:
        Undefined: Less than a tenth of a day has passed, or no unit has arrived.

    Examples:
        >>> days_left(6400, units=3200, days=16)
        16
    """
    if not days >= _TOO_SOON:
        raise Undefined("Too little time has passed to tell a rate.", code="rate_unknown")
    rate = units / days
    if days < _FIRST_DAYS or units < _FIRST_UNITS:
        return days_for(target, units_per_day=rate)
    return 0 if units >= target else days_for(target - units, units_per_day=rate)
