"""Welch's test and intervals for one look at the planned size."""

import math
from dataclasses import dataclass

from scipy.special import betainc, stdtrit

from splitplot.errors import Undefined
from splitplot.stats.effects import (
    ConfidenceInterval,
    Estimate,
    Scale,
    check_probability,
    contrast_of,
)
from splitplot.stats.summaries import Summary

# With fewer units in a variant its variance is hardly known.
MINIMUM_UNITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WelchTest:
    """Outcome of Welch's test.

    Attributes:
        effect: Estimate on the scale asked for.
        variance: Its variance.
        df: Degrees of freedom, above 0.
        statistic: Effect in standard errors.
        p_value: Two-sided, in [0, 1].
        interval: Two-sided bounds for the effect at level 1 - alpha.
        is_significant: Whether `p_value` is below alpha.
    """

    effect: float
    variance: float
    df: float
    statistic: float
    p_value: float
    interval: ConfidenceInterval
    is_significant: bool


def welch_test(
    treatment: Summary, control: Summary, *, scale: Scale = Scale.ABSOLUTE, alpha: float = 0.05
) -> WelchTest:
    """Two-sided test of no effect with unequal variances, by Welch's t.

    Estimand: value under treatment minus value under control, in the metric's unit, or
    as a share of the control's value on the relative scale. Units are independent and
    many enough for their mean to be close to normal; variances may differ. The data are
    looked at once. On the relative scale the variance is the delta method's, so the
    p-value differs from the absolute one and the interval is symmetric, which is wrong
    for noisy controls: prefer the absolute p-value with `relative_interval`.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units.
        scale: Absolute or relative.
        alpha: Error rate allowed, in (0, 1).

    Returns:
        Effect, p-value and interval.

    Raises:
        Undefined: A variant has fewer than 5 units, no unit varies in either, a
            proportion is 0 or 1, sums are not finite, or (relative) the control's value
            is within 1e-10 of 0.
        InvalidInput: `alpha` is out of range.

    References:
        Welch (1947), Biometrika 34, 28-35; degrees of freedom from Satterthwaite (1946),
        Biometrics Bulletin 2, 110-114.

    Examples:
        >>> from splitplot.stats import MeanSummary
        >>> control = MeanSummary(count=2507, sum=1196.87, sum_squares=37377.9767)
        >>> treatment = MeanSummary(count=2461, sum=1922.7, sum_squares=94698.29)
        >>> test = welch_test(treatment, control)
        >>> round(test.effect, 4), round(test.p_value, 4)
        (0.3039, 0.0372)
        >>> round(test.interval.lower, 4), round(test.interval.upper, 4)
        (0.018, 0.5897)
    """
    check_probability(alpha, name="alpha")
    check_units(treatment.count, control.count)
    contrast = contrast_of(treatment, control)
    return t_test(contrast.estimate(scale), df=contrast.df, alpha=alpha)


def t_test(estimate: Estimate, *, df: float, alpha: float = 0.05) -> WelchTest:
    """Two-sided test of no effect, for an estimate however it was made.

    Args:
        estimate: An effect whose estimator is close to normal.
        df: Degrees of freedom of its variance, above 0.
        alpha: Error rate allowed, in (0, 1).

    Raises:
        InvalidInput: `alpha` is out of range.

    Examples:
        >>> test = t_test(Estimate(effect=0.2, variance=0.01), df=60)
        >>> round(test.statistic, 6), round(test.p_value, 4)
        (2.0, 0.05)
    """
    error = math.sqrt(estimate.variance)
    statistic = estimate.effect / error
    margin = t_critical_value(df, alpha=alpha) * error
    p_value = _two_sided_p(statistic, df)
    return WelchTest(
        effect=estimate.effect,
        variance=estimate.variance,
        df=df,
        statistic=statistic,
        p_value=p_value,
        interval=ConfidenceInterval(
            lower=estimate.effect - margin, upper=estimate.effect + margin, level=1 - alpha
        ),
        is_significant=p_value < alpha,
    )


def relative_interval(
    treatment: Summary, control: Summary, *, alpha: float = 0.05
) -> ConfidenceInterval:
    """Confidence interval for the relative effect that agrees with the absolute test.

    Estimand: value under treatment over value under control, minus 1. Assumptions as for
    `welch_test` on the absolute scale. The interval excludes 0 exactly when the absolute
    one does; its p-value is the absolute test's.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units.
        alpha: One minus the level, in (0, 1).

    Returns:
        Bounds as shares of the control's value.

    Raises:
        Undefined: As for `welch_test`, or the control's value is not clearly above 0.
        InvalidInput: `alpha` is out of range.

    References:
        Fieller (1954), JRSS B 16, 175-185; Franz (2007), arXiv:0710.2024.

    Examples:
        >>> from splitplot.stats import ProportionSummary
        >>> control = ProportionSummary(count=1529, successes=87)
        >>> treatment = ProportionSummary(count=1471, successes=62)
        >>> interval = relative_interval(treatment, control)
        >>> round(interval.lower, 4), round(interval.upper, 4)
        (-0.4698, 0.0157)
    """
    check_probability(alpha, name="alpha")
    check_units(treatment.count, control.count)
    contrast = contrast_of(treatment, control)
    lower, upper = contrast.relative_bounds(t_critical_value(contrast.df, alpha=alpha))
    return ConfidenceInterval(lower=lower, upper=upper, level=1 - alpha)


def check_units(*counts: int) -> None:
    """Refuse variants whose variance is hardly known.

    Raises:
        Undefined: A variant has fewer than 5 units.
    """
    if min(counts) < MINIMUM_UNITS:
        raise Undefined(f"A variant has fewer than {MINIMUM_UNITS} units.", code="too_few_units")


def t_critical_value(df: float, *, alpha: float) -> float:
    """Standard errors on each side of a two-sided interval at level 1 - alpha.

    Raises:
        InvalidInput: `alpha` is out of (0, 1).
    """
    # From the lower tail: 1 - alpha / 2 would round small alphas away.
    return -float(stdtrit(df, check_probability(alpha, name="alpha") / 2))


def _two_sided_p(statistic: float, df: float) -> float:
    # Both tails at once as an incomplete beta function, exact far out where one minus the
    # distribution function has long become 0.
    return float(betainc(df / 2, 0.5, df / (df + statistic * statistic)))
