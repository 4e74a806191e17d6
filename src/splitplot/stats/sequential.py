"""Always-valid tests and intervals: they hold at every look, however often one looks."""

import math
from dataclasses import dataclass

from splitplot.errors import InvalidInput
from splitplot.stats.effects import (
    ConfidenceInterval,
    Scale,
    check_probability,
    estimate_effect,
    relative_bounds,
)
from splitplot.stats.frequentist import check_units
from splitplot.stats.summaries import Summary

# Units of both variants together at which the sequence is tightest, unless told.
DEFAULT_TUNING = 5000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialTest:
    """Outcome of an always-valid test at one look.

    Attributes:
        effect: Estimate on the scale asked for.
        variance: Its variance.
        log_e_value: Natural logarithm of the evidence against no effect.
        p_value: Always-valid, in [0, 1]. The smallest one over all looks is valid too.
        interval: This look's member of a confidence sequence at level 1 - alpha.
        is_significant: Whether `p_value` is below alpha, which is exactly when the
            interval excludes 0.
    """

    effect: float
    variance: float
    log_e_value: float
    p_value: float
    interval: ConfidenceInterval
    is_significant: bool


def sequential_test(
    treatment: Summary,
    control: Summary,
    *,
    scale: Scale = Scale.ABSOLUTE,
    alpha: float = 0.05,
    tuning: float = DEFAULT_TUNING,
) -> SequentialTest:
    """Test of no effect that may be read at any time, by an asymptotic confidence sequence.

    Estimand: value under treatment minus value under control, in the metric's unit, or
    as a share of the control's value on the relative scale. Units are independent; the
    promise is asymptotic, so the first looks should come after some dozens of units.
    The price: at the tuned size the interval is about 1.55 times the one-look one.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units.
        scale: Absolute or relative (by the delta method).
        alpha: Chance of ever raising a false alarm, in (0, 1).
        tuning: Units of both variants together at which the interval is to be tightest,
            1 or more. To be fixed before the first look.

    Returns:
        Effect, p-value and interval of this look.

    Raises:
        Undefined: As for `frequentist.welch_test`.
        InvalidInput: `alpha` or `tuning` is out of range.

    References:
        Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52,
        arXiv:2103.06476; the mixture goes back to Robbins (1970), Annals of
        Mathematical Statistics 41.

    Examples:
        >>> from splitplot.stats import ProportionSummary
        >>> control = ProportionSummary(count=55000, successes=5500)
        >>> treatment = ProportionSummary(count=55000, successes=6050)
        >>> test = sequential_test(treatment, control, scale=Scale.RELATIVE)
        >>> round(test.interval.lower, 4), round(test.interval.upper, 4)
        (0.035, 0.165)
        >>> test.p_value < 0.001
        True
    """
    check_units(treatment, control)
    units = treatment.count + control.count
    critical_value = _critical_value(units, alpha=alpha, tuning=tuning)
    estimate = estimate_effect(treatment, control, scale=scale)
    margin = critical_value * math.sqrt(estimate.variance)
    mixed = units * _mixture(alpha, tuning)
    log_e_value = (
        mixed / (2 * (mixed + 1)) * (estimate.effect * (estimate.effect / estimate.variance))
        - math.log1p(mixed) / 2
    )
    p_value = math.exp(min(0.0, -log_e_value))
    return SequentialTest(
        effect=estimate.effect,
        variance=estimate.variance,
        log_e_value=log_e_value,
        p_value=p_value,
        interval=ConfidenceInterval(
            lower=estimate.effect - margin, upper=estimate.effect + margin, level=1 - alpha
        ),
        is_significant=p_value < alpha,
    )


def sequential_relative_interval(
    treatment: Summary, control: Summary, *, alpha: float = 0.05, tuning: float = DEFAULT_TUNING
) -> ConfidenceInterval:
    """Always-valid interval for the relative effect that agrees with the absolute test.

    Estimand: value under treatment over value under control, minus 1. For the true share
    r the contrast `treatment - (1 + r) * control` has mean 0, so the always-valid
    critical value covers r at every look. Assumptions as for `sequential_test`.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units.
        alpha: Chance of ever missing the estimand, in (0, 1).
        tuning: As for `sequential_test`.

    Returns:
        Bounds as shares of the control's value.

    Raises:
        Undefined: As for `sequential_test`, or the control's value is not clearly above 0.
        InvalidInput: `alpha` or `tuning` is out of range.

    References:
        Fieller (1954), JRSS B 16, 175-185, with the critical value of `sequential_test`.

    Examples:
        >>> from splitplot.stats import ProportionSummary
        >>> control = ProportionSummary(count=55000, successes=5500)
        >>> treatment = ProportionSummary(count=55000, successes=6050)
        >>> interval = sequential_relative_interval(treatment, control)
        >>> round(interval.lower, 4), round(interval.upper, 4)
        (0.037, 0.1671)
    """
    check_units(treatment, control)
    units = treatment.count + control.count
    critical_value = _critical_value(units, alpha=alpha, tuning=tuning)
    lower, upper = relative_bounds(treatment, control, critical_value=critical_value)
    return ConfidenceInterval(lower=lower, upper=upper, level=1 - alpha)


def _mixture(alpha: float, tuning: float) -> float:
    # rho squared: the mixture's variance, in units of the estimate's variance at one unit.
    check_probability(alpha, name="alpha")
    if not 1 <= tuning < math.inf:
        raise InvalidInput("tuning must be 1 or more.", attr="tuning")
    spent = -2 * math.log(alpha)
    return (spent + math.log1p(spent)) / tuning


def _critical_value(units: int, *, alpha: float, tuning: float) -> float:
    # Standard errors on each side at this many units.
    mixed = units * _mixture(alpha, tuning)
    return math.sqrt(2 * (mixed + 1) / mixed * (math.log1p(mixed) / 2 - math.log(alpha)))
