"""How many units a planned experiment needs, and how long these take to come."""

import math
from dataclasses import dataclass

from splitplot.errors import Undefined
from splitplot.stats import RatioSummary
from splitplot.stats.running_time import (
    PlannedMetric,
    days_for,
    population_variance,
    rule_of_thumb_units,
    rule_of_thumb_variance,
)

_RATIOS = frozenset({PlannedMetric.RATIO, PlannedMetric.RETENTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSums:
    """What was measured before, of all units together.

    Attributes:
        step_counts: For a funnel, units that reached each step.
    """

    count: int
    sum: float
    sum_squares: float | None = None
    denominator_sum: float | None = None
    denominator_sum_squares: float | None = None
    product_sum: float | None = None
    step_counts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTimeRequest:
    """What is planned.

    Attributes:
        relative_effect: Smallest effect worth finding, as a share of the baseline.
        variants: Control among them.
        units_per_day: Of all variants; None when nobody knows.
        baseline: The metric's value now; None takes it from the sums.
        sums: None when nothing was measured.
        variance: Of one unit; None takes it from the sums or a rule of thumb.
    """

    metric: PlannedMetric
    relative_effect: float
    variants: int = 2
    units_per_day: float | None = None
    baseline: float | None = None
    sums: BaselineSums | None = None
    variance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTime:
    """The plan; None stands for what nobody can say from what was given.

    Attributes:
        units: Of all variants together.
        days: Until they have come.
    """

    baseline: float | None
    variance: float | None
    units: int | None
    days: int | None


def running_time(request: RunningTimeRequest) -> RunningTime:
    """Units and days of a plan, each as far as it can be told."""
    baseline = _finite(_baseline(request))
    variance = request.variance if baseline is None else _finite(_variance(request, baseline))
    units = None
    if baseline is not None and variance is not None:
        units = _units(request, baseline=baseline, variance=variance)
    return RunningTime(
        baseline=baseline, variance=variance, units=units, days=_days(request, units)
    )


def _baseline(request: RunningTimeRequest) -> float | None:
    sums = request.sums
    if request.baseline is not None or sums is None:
        return request.baseline
    if request.metric in _RATIOS:
        return sums.sum / sums.denominator_sum if sums.denominator_sum else None
    is_funnel = request.metric is PlannedMetric.FUNNEL
    total = sums.step_counts[-1] if is_funnel and sums.step_counts else sums.sum
    return total / sums.count if sums.count else None


def _variance(request: RunningTimeRequest, baseline: float) -> float | None:
    if request.variance is not None:
        return request.variance
    try:
        if request.metric in _RATIOS:
            ratio = _ratio(request.sums)
            return None if ratio is None else population_variance(ratio)
        return rule_of_thumb_variance(request.metric, baseline)
    except Undefined:
        return None


def _ratio(sums: BaselineSums | None) -> RatioSummary | None:
    """The sums, if none is missing."""
    if (
        sums is None
        or sums.sum_squares is None
        or sums.denominator_sum is None
        or sums.denominator_sum_squares is None
        or sums.product_sum is None
    ):
        return None
    return RatioSummary(
        count=sums.count,
        sum=sums.sum,
        sum_squares=sums.sum_squares,
        denominator_sum=sums.denominator_sum,
        denominator_sum_squares=sums.denominator_sum_squares,
        product_sum=sums.product_sum,
    )


def _units(request: RunningTimeRequest, *, baseline: float, variance: float) -> int | None:
    try:
        return rule_of_thumb_units(
            baseline=baseline,
            variance=variance,
            relative_effect=request.relative_effect,
            variants=request.variants,
        )
    except Undefined:
        return None


def _days(request: RunningTimeRequest, units: int | None) -> int | None:
    if units is None or request.units_per_day is None:
        return None
    try:
        return days_for(units, units_per_day=request.units_per_day)
    except Undefined:
        return None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
