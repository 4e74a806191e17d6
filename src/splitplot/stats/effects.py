"""Effects of a treatment against its control: estimates, their variance, intervals.

Everything here is shared by the frequentist, the Bayesian and the sequential method,
which differ in the critical value and in what they promise.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.summaries import ProportionSummary, Summary

# Dividing by a control value below this says nothing.
_NEAR_ZERO = 1e-10


class Scale(StrEnum):
    """In which terms an effect is stated."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceInterval:
    """Bounds made by a rule that covers the estimand with probability `level`."""

    lower: float
    upper: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CredibleInterval:
    """Bounds between which the estimand lies with posterior probability `level`."""

    lower: float
    upper: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An effect and the variance of its estimator, which is above 0."""

    effect: float
    variance: float


def estimate_effect(treatment: Summary, control: Summary, *, scale: Scale) -> Estimate:
    """The effect of the treatment and its variance by the delta method.

    Estimand: on the absolute scale, value under treatment minus value under control, in
    the metric's unit; on the relative scale, that difference as a share of the control's
    value (0.05 is 5 % more). Units are independent, variances may differ.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units.
        scale: Absolute or relative.

    Returns:
        Estimate with a variance above 0.

    Raises:
        Undefined: A variant has no units or sums that are not finite; no unit varies in
            either variant; a proportion is 0 or 1; on the relative scale, the control's
            value is within 1e-10 of 0.

    References:
        Deng, Knoblich and Lu (2018), KDD, for the delta method on a ratio of means.

    Examples:
        >>> from splitplot.stats import ProportionSummary
        >>> control = ProportionSummary(count=1000, successes=100)
        >>> treatment = ProportionSummary(count=1000, successes=110)
        >>> estimate = estimate_effect(treatment, control, scale=Scale.RELATIVE)
        >>> round(estimate.effect, 6), round(estimate.variance, 6)
        (0.1, 0.02068)
    """
    a, b = squared_errors(treatment, control)
    difference = treatment.value - control.value
    if scale is Scale.ABSOLUTE:
        return _checked(difference, a + b)
    base = control.value
    if abs(base) < _NEAR_ZERO:
        raise Undefined(
            "The control's value is too close to zero to divide by.", code="baseline_near_zero"
        )
    ratio = treatment.value / base
    return _checked(difference / base, (a + ratio * ratio * b) / base / base)


def squared_errors(treatment: Summary, control: Summary) -> tuple[float, float]:
    """Squared standard errors of the two values, the treatment's first.

    Raises:
        Undefined: As for `estimate_effect`, but for the control's value near 0.
    """
    for summary in (treatment, control):
        if isinstance(summary, ProportionSummary) and summary.successes in {0, summary.count}:
            raise Undefined(
                "A proportion is 0 or 1, so its error cannot be estimated.",
                code="proportion_at_bound",
            )
    a = treatment.variance / treatment.count
    b = control.variance / control.count
    if a + b <= 0:
        raise Undefined("No unit varies.", code="no_variance")
    return a, b


def relative_bounds(
    treatment: Summary, control: Summary, *, critical_value: float
) -> tuple[float, float]:
    """Bounds for the relative effect that agree with the absolute ones, by Fieller.

    Estimand: value under treatment over value under control, minus 1. The bounds are the
    shares r for which the contrast `treatment - (1 + r) * control` is not further from 0
    than `critical_value` standard errors. So they exclude 0 exactly when
    `difference +- critical_value * standard error` does, and they need not lie
    symmetrically around the estimate.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units; its value is above 0.
        critical_value: Standard errors on each side, above 0.

    Returns:
        Lower and upper bound as shares of the control's value.

    Raises:
        Undefined: As for `estimate_effect`; the control's value is not above 0 (a share
            of it would have the wrong sign), or not `critical_value` standard errors
            away from 0 (the interval has no end); every treatment unit is 0 (the
            interval would be a point).

    References:
        Fieller (1954), JRSS B 16, 175-185; Franz (2007), arXiv:0710.2024.

    Examples:
        >>> from splitplot.stats import MeanSummary
        >>> control = MeanSummary(count=2507, sum=1196.87, sum_squares=37377.9767)
        >>> treatment = MeanSummary(count=2461, sum=1922.7, sum_squares=94698.29)
        >>> lower, upper = relative_bounds(treatment, control, critical_value=1.96)
        >>> round(lower, 3), round(upper, 3)
        (0.033, 1.599)
    """
    a, b = squared_errors(treatment, control)
    base = control.value
    if base <= 0:
        raise Undefined(
            "The control's value is not above zero, so a share of it has no plain meaning.",
            code="baseline_not_positive",
        )
    # In units of the control's value nothing below can overflow before the answer does.
    spread_treatment = critical_value * critical_value * (a / base / base)
    spread_control = critical_value * critical_value * (b / base / base)
    difference = treatment.value / base - 1
    if spread_control >= 1:
        raise Undefined(
            "The control's value could be zero, so the relative effect has no bound.",
            code="baseline_near_zero",
        )
    lower, upper = _roots(difference, spread_treatment, spread_control)
    if not (math.isfinite(lower) and math.isfinite(upper)):
        raise Undefined("The bounds are not finite numbers.", code="not_finite")
    return lower, upper


def _roots(
    difference: float, spread_treatment: float, spread_control: float
) -> tuple[float, float]:
    # The roots of leading * r^2 - 2 * middle * r + last. `last` is above 0 exactly when the
    # absolute interval excludes 0, and decides the sign of the root that is formed from it,
    # so the two intervals cannot disagree by cancellation.
    leading = 1 - spread_control
    middle = difference + spread_control
    last = difference * difference - spread_treatment - spread_control
    ratio = 1 + difference
    discriminant = spread_treatment * leading + spread_control * ratio * ratio
    if discriminant <= 0:
        raise Undefined("Every treatment unit is zero.", code="no_variance")
    far = middle + math.copysign(math.sqrt(discriminant), middle)
    lower, upper = sorted((far / leading, last / far))
    return lower, upper


def check_probability(value: float, *, name: str) -> float:
    """The value, if it lies strictly between 0 and 1.

    Raises:
        InvalidInput: It does not.
    """
    if not 0 < value < 1:
        raise InvalidInput(f"{name} must lie between 0 and 1.", attr=name)
    return value


def _checked(effect: float, variance: float) -> Estimate:
    if not (math.isfinite(effect) and math.isfinite(variance)):
        raise Undefined("The effect is not a finite number.", code="not_finite")
    if variance <= 0:
        raise Undefined("No unit varies.", code="no_variance")
    return Estimate(effect=effect, variance=variance)
