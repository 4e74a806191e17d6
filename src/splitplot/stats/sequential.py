"""Always-valid tests and intervals: they hold at every look, however often one looks."""

import math
from dataclasses import dataclass

from scipy.special import lambertw

from splitplot.errors import InvalidInput
from splitplot.stats.effects import (
    ConfidenceInterval,
    Estimate,
    Scale,
    check_probability,
    contrast_of,
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
    check_units(treatment.count, control.count)
    contrast = contrast_of(treatment, control)
    return always_valid_test(
        contrast.estimate(scale), units=contrast.units, alpha=alpha, tuning=tuning
    )


def always_valid_test(
    estimate: Estimate, *, units: int, alpha: float = 0.05, tuning: float = DEFAULT_TUNING
) -> SequentialTest:
    """`sequential_test` for an estimate however it was made.

    Args:
        estimate: The effect at this look; asymptotically a mean over units.
        units: Units of both variants together.
        alpha: Chance of ever raising a false alarm, in (0, 1).
        tuning: As for `sequential_test`.

    Raises:
        InvalidInput: `alpha` or `tuning` is out of range.

    Examples:
        >>> look = always_valid_test(Estimate(effect=0.03, variance=1e-4), units=5000)
        >>> round(look.interval.lower, 5)
        -0.00035
    """
    return _test(estimate, units * _mixture(alpha, tuning), alpha)


def mixture_test(
    estimate: Estimate, *, mixture_variance: float, alpha: float = 0.05
) -> SequentialTest:
    """Always-valid test of no effect by a normal mixture, for an estimate however made.

    The evidence is the likelihood ratio of effects drawn from N(0, `mixture_variance`)
    against none (the mixture sequential probability ratio test). With a mixture that was
    fixed before the first look, and an estimator that is close to normal at each look,
    it ever reaches 1 / alpha with probability at most alpha when there is no effect.

    Args:
        estimate: The effect at this look.
        mixture_variance: Spread of the effects looked for, on the scale of the estimate
            squared, above 0; `best_mixture_variance` or `mixture_variance` propose one.
        alpha: Chance of ever raising a false alarm, in (0, 1).

    Raises:
        InvalidInput: `alpha` or `mixture_variance` is out of range.

    References:
        Robbins (1970), Annals of Mathematical Statistics 41; Johari, Koomen, Pekelis and
        Walsh (2022), Operations Research 70.

    Examples:
        >>> look = mixture_test(Estimate(effect=0.02, variance=1e-4), mixture_variance=4e-4)
        >>> round(math.exp(look.log_e_value), 6), round(look.p_value, 6)
        (2.215063, 0.451454)
    """
    return _test(estimate, _in_variances(mixture_variance, estimate.variance), alpha)


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
    check_units(treatment.count, control.count)
    contrast = contrast_of(treatment, control)
    critical_value = always_valid_critical_value(contrast.units, alpha=alpha, tuning=tuning)
    lower, upper = contrast.relative_bounds(critical_value)
    return ConfidenceInterval(lower=lower, upper=upper, level=1 - alpha)


def sequential_lower_bound(
    estimate: Estimate, *, mixture_variance: float, alpha: float = 0.05
) -> float:
    """Always-valid lower bound for the effect, for questions with one side only.

    The effect lies above the bound at every look with probability at least 1 - alpha,
    asymptotically. At the same alpha it is closer to the estimate than the two-sided one.

    Args:
        estimate: The effect at this look.
        mixture_variance: As for `mixture_test`; one tuned for a two-sided interval at
            twice this alpha is a good choice.
        alpha: Chance of ever missing the effect, in (0, 1).

    Raises:
        InvalidInput: `alpha` or `mixture_variance` is out of range.

    References:
        Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52,
        on one-sided sequences.

    Examples:
        >>> estimate = Estimate(effect=0.02, variance=1e-4)
        >>> spread = mixture_variance(1e-4, units=10_000, alpha=0.1, tuning=5000)
        >>> round(sequential_lower_bound(estimate, mixture_variance=spread), 5)
        -0.00801
    """
    mixed = _in_variances(mixture_variance, estimate.variance)
    check_probability(alpha, name="alpha")
    spent = math.log1p(math.sqrt(mixed + 1) / (2 * alpha))
    return estimate.effect - math.sqrt(estimate.variance * 2 * (mixed + 1) / mixed * spent)


def mixture_variance(variance: float, *, units: int, alpha: float, tuning: float) -> float:
    """The mixture that makes a confidence sequence tightest at `tuning` units.

    Args:
        variance: Of the effect's estimator at this look.
        units: Units of both variants together at this look.
        alpha: Chance of ever raising a false alarm, in (0, 1).
        tuning: Units of both variants together at which it is to be tightest, 1 or more.

    Raises:
        InvalidInput: `alpha` or `tuning` is out of range.

    Examples:
        >>> round(mixture_variance(1e-4, units=5000, alpha=0.05, tuning=5000), 8)
        0.00079362
    """
    return variance * units * _mixture(alpha, tuning)


def best_mixture_variance(variance: float, *, alpha: float = 0.05) -> float:
    """The mixture that makes the interval narrowest at the look with this variance.

    Args:
        variance: Of the effect's estimator at that look, above 0.
        alpha: Chance of ever raising a false alarm, in (0, 1).

    Raises:
        InvalidInput: `alpha` is out of range.

    Examples:
        >>> round(best_mixture_variance(1e-4), 9)
        0.000821197
    """
    spent = -(check_probability(alpha, name="alpha") ** 2) / math.e
    return variance * (-float(lambertw(spent, -1).real) - 1)


def always_valid_critical_value(units: int, *, alpha: float, tuning: float) -> float:
    """Standard errors on each side of the confidence sequence at this many units.

    Raises:
        InvalidInput: `alpha` or `tuning` is out of range.

    Examples:
        >>> round(always_valid_critical_value(5000, alpha=0.05, tuning=5000), 3)
        3.035
    """
    return _critical_value(units * _mixture(alpha, tuning), alpha)


def _test(estimate: Estimate, mixed: float, alpha: float) -> SequentialTest:
    # `mixed` is the mixture's variance in units of the estimate's.
    margin = _critical_value(mixed, alpha) * math.sqrt(estimate.variance)
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


def _mixture(alpha: float, tuning: float) -> float:
    # rho squared: the mixture's variance, in units of the estimate's variance at one unit.
    check_probability(alpha, name="alpha")
    if not 1 <= tuning < math.inf:
        raise InvalidInput("tuning must be 1 or more.", attr="tuning")
    spent = -2 * math.log(alpha)
    return (spent + math.log1p(spent)) / tuning


def _in_variances(mixture_variance: float, variance: float) -> float:
    if not 0 < mixture_variance < math.inf:
        raise InvalidInput("mixture_variance must be above 0.", attr="mixture_variance")
    return mixture_variance / variance


def _critical_value(mixed: float, alpha: float) -> float:
    check_probability(alpha, name="alpha")
    return math.sqrt(2 * (mixed + 1) / mixed * (math.log1p(mixed) / 2 - math.log(alpha)))
