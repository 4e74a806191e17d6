"""Quantile metrics (median, p90, p99) when a unit has several observations.

Latencies are the usual case: a unit has many page loads, those of one unit resemble each
other, and taking them as independent makes intervals far too short. The cost is two
passes over the data: one for the quantile and for each unit's observations under it, one
to look up two more quantiles.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.bayesian import normal_critical_value
from splitplot.stats.effects import Estimate, check_probability, checked_estimate
from splitplot.stats.summaries import ProportionSummary, RatioSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileSummary:
    """A variant's quantile and its error.

    Attributes:
        observations: How many, over all units.
        value: The quantile, in the metric's unit.
        lower: Quantile at the lower end of the share's interval.
        upper: The same at its upper end. The two are an interval for the quantile.
        standard_error: Of `value`; 0 when the observations around it are all equal.
    """

    observations: int
    value: float
    lower: float
    upper: float
    standard_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileRanks:
    """Which ordered observations to look up in the second pass, counted from 1."""

    lower: int
    upper: int


def quantile_rank(probability: float, observations: int) -> int:
    """Rank of the ordered observation that is the quantile, counted from 1.

    Args:
        probability: Share of observations at or below the quantile, in (0, 1).
        observations: How many, 1 or more.

    Raises:
        Undefined: There are no observations.
        InvalidInput: `probability` is out of range.

    Examples:
        >>> quantile_rank(0.5, 26), quantile_rank(0.07, 100)
        (13, 7)
    """
    check_probability(probability, name="probability")
    return _rank(probability, observations)


def quantile_bounds(
    probability: float, below: RatioSummary | ProportionSummary, *, level: float = 0.95
) -> QuantileRanks:
    """Ranks of the observations between which the quantile lies.

    Args:
        probability: As for `quantile_rank`, which the first pass looked up.
        below: Over the randomised units: observations at or below the quantile
            (numerator) and all observations (denominator). A proportion of observations
            when each unit has one.
        level: Coverage probability, in (0, 1).

    Raises:
        Undefined: There are no observations, or fewer than two units.
        InvalidInput: `probability` or `level` is out of range.

    References:
        Liu, Sun, Varshney and Xu (2019), arXiv:1903.08762; Deng, Knoblich and Lu (2018),
        KDD, section on quantiles.

    Examples:
        >>> below = RatioSummary.of(
        ...     [(3, 4), (2, 2), (0, 5), (1, 1), (3, 3), (0, 4), (2, 2), (2, 5)]
        ... )
        >>> quantile_bounds(0.5, below)
        QuantileRanks(lower=5, upper=22)
    """
    check_probability(probability, name="probability")
    if below.count < 2:
        raise Undefined("There are fewer than two units.", code="too_few_units")
    margin = normal_critical_value(level) * below.standard_error
    observations = (
        below.count if isinstance(below, ProportionSummary) else round(below.denominator_sum)
    )
    return QuantileRanks(
        lower=_rank(probability - margin, observations),
        upper=_rank(probability + margin, observations),
    )


def quantile_summary(
    units: Sequence[Sequence[float]], *, probability: float, level: float = 0.95
) -> QuantileSummary:
    """A variant's quantile with an error that respects its units.

    Estimand: the value that a share `probability` of all observations does not exceed, in
    the metric's unit. Units are independent, observations of one unit need not be.

    Args:
        units: The observations of each randomised unit; units without any may be left out.
        probability: The share, in (0, 1).
        level: Coverage probability of `lower` and `upper`, in (0, 1). The standard error
            follows from these two, so it hardly depends on it.

    Raises:
        Undefined: There are no observations, or fewer than two units.
        InvalidInput: `probability` or `level` is out of range, or an observation is no
            number.

    References:
        As for `quantile_bounds`.

    Examples:
        >>> loads = [[1.2, 3.4, 2.2, 5.1], [0.8, 0.9], [7.4, 6.8, 8.1, 9.0, 7.7], [2.5],
        ...          [3.3, 3.1, 2.9], [4.4, 4.9, 5.5, 6.0], [1.1, 1.5], [2.0, 2.7, 3.9, 4.1, 3.6]]
        >>> summary = quantile_summary(loads, probability=0.5)
        >>> summary.value, summary.lower, summary.upper, round(summary.standard_error, 3)
        (3.4, 1.5, 6.8, 1.352)
    """
    ordered = sorted(value for unit in units for value in unit)
    if not all(math.isfinite(value) for value in ordered):
        raise InvalidInput("Each observation must be a number.", attr="units")
    value = ordered[quantile_rank(probability, len(ordered)) - 1]
    below = RatioSummary.of(
        (sum(observation <= value for observation in unit), len(unit)) for unit in units
    )
    ranks = quantile_bounds(probability, below, level=level)
    return summary_from_bounds(
        value,
        lower=ordered[ranks.lower - 1],
        upper=ordered[ranks.upper - 1],
        observations=len(ordered),
        level=level,
    )


def summary_from_bounds(
    value: float, *, lower: float, upper: float, observations: int, level: float = 0.95
) -> QuantileSummary:
    """The summary, from the three quantiles that the two passes have looked up.

    Args:
        value: At `quantile_rank`.
        lower: At the lower of `quantile_bounds`.
        upper: At the upper of them.
        observations: How many, over all units.
        level: The one given to `quantile_bounds`.

    Raises:
        InvalidInput: `level` is out of range.
    """
    return QuantileSummary(
        observations=observations,
        value=value,
        lower=lower,
        upper=upper,
        standard_error=(upper - lower) / (2 * normal_critical_value(level)),
    )


def quantile_effect(treatment: QuantileSummary, control: QuantileSummary) -> Estimate:
    """Difference of the two quantiles, in the metric's unit, and its variance.

    Raises:
        Undefined: The observations around both quantiles are all equal.

    Examples:
        >>> control = summary_from_bounds(3.4, lower=3.0, upper=3.8, observations=900)
        >>> treatment = summary_from_bounds(3.1, lower=2.8, upper=3.4, observations=900)
        >>> round(quantile_effect(treatment, control).effect, 6)
        -0.3
    """
    return checked_estimate(
        treatment.value - control.value,
        treatment.standard_error**2 + control.standard_error**2,
    )


def _rank(probability: float, observations: int) -> int:
    if observations < 1:
        raise Undefined("There are no observations.", code="no_units")
    # A product like 0.07 * 100 lies a rounding error above the whole number it stands for.
    rank = math.ceil(probability * observations * (1 - 1e-12))
    return max(1, min(observations, rank))
