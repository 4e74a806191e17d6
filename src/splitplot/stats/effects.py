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


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A treatment against its control, in the terms that every method works on.

    The difference may be one of adjusted values while the base, to which a relative
    effect refers, is the control's own value. Both move with the control's units, which
    `slope` and `rest_variance` describe: the difference's error is `slope` times the
    base's, and a rest that has nothing to do with it.

    Attributes:
        difference: Treatment minus control, in the metric's unit.
        counts: Units of the treatment and of the control.
        squared_errors: Squared standard errors of the two values subtracted, in the same
            order; their sum is above 0.
        base: The control's own value.
        base_variance: Its squared standard error.
        slope: Covariance of difference and base over `base_variance`; -1 without
            adjustment.
        rest_variance: Variance of the difference that the base's error does not explain.

    Examples:
        >>> contrast = Contrast(
        ...     difference=1.0, counts=(100, 100), squared_errors=(0.04, 0.05),
        ...     base=10.0, base_variance=0.05, slope=-1.0, rest_variance=0.04,
        ... )
        >>> contrast.estimate(Scale.RELATIVE).effect, round(contrast.df, 1)
        (0.1, 195.6)
    """

    difference: float
    counts: tuple[int, int]
    squared_errors: tuple[float, float]
    base: float
    base_variance: float
    slope: float
    rest_variance: float

    @property
    def units(self) -> int:
        """Units of both variants together."""
        return self.counts[0] + self.counts[1]

    @property
    def df(self) -> float:
        """Satterthwaite's degrees of freedom of the difference; two units or more each."""
        a, b = self.squared_errors
        # As shares of the sum, the squares cannot underflow.
        share = a / (a + b)
        return 1 / (share**2 / (self.counts[0] - 1) + (1 - share) ** 2 / (self.counts[1] - 1))

    def estimate(self, scale: Scale) -> Estimate:
        """The effect and its variance by the delta method.

        Raises:
            Undefined: The effect is not a finite number or has no variance; on the
                relative scale, the base is within 1e-10 of 0.
        """
        if scale is Scale.ABSOLUTE:
            return checked_estimate(self.difference, sum(self.squared_errors))
        base = base_to_divide_by(self.base)
        effect = self.difference / base
        lever = self.slope - effect
        variance = (self.rest_variance + lever * lever * self.base_variance) / base / base
        return checked_estimate(effect, variance)

    def relative_bounds(self, critical_value: float) -> tuple[float, float]:
        """Bounds for the relative effect by Fieller: see the function of that name.

        Args:
            critical_value: Standard errors on each side, above 0.

        Raises:
            Undefined: The base is not above 0, or not `critical_value` standard errors
                away from 0; the bounds are not finite, or fall together.
        """
        base = self.base
        if base <= 0:
            raise Undefined(
                "The control's value is not above zero, so a share of it has no plain meaning.",
                code="baseline_not_positive",
            )
        # In units of the control's value nothing below can overflow before the answer does.
        spread_rest = critical_value * critical_value * (self.rest_variance / base / base)
        spread_base = critical_value * critical_value * (self.base_variance / base / base)
        if spread_base >= 1:
            raise Undefined(
                "The control's value could be zero, so the relative effect has no bound.",
                code="baseline_near_zero",
            )
        lower, upper = _roots(self.difference / base, self.slope, spread_rest, spread_base)
        if not (math.isfinite(lower) and math.isfinite(upper)):
            raise Undefined("The bounds are not finite numbers.", code="not_finite")
        return lower, upper


def contrast_of(treatment: Summary, control: Summary) -> Contrast:
    """The contrast of two summaries, without any adjustment.

    Raises:
        Undefined: As for `estimate_effect`, but for the control's value near 0.

    Examples:
        >>> from splitplot.stats import ProportionSummary
        >>> contrast = contrast_of(
        ...     ProportionSummary(count=100, successes=30),
        ...     ProportionSummary(count=80, successes=20),
        ... )
        >>> round(contrast.difference, 2), contrast.base, contrast.units
        (0.05, 0.25, 180)
    """
    a, b = squared_errors(treatment, control)
    base = control.value
    return Contrast(
        difference=treatment.value - base,
        counts=(treatment.count, control.count),
        squared_errors=(a, b),
        base=base,
        base_variance=b,
        slope=-1.0,
        rest_variance=a,
    )


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
    return contrast_of(treatment, control).estimate(scale)


def squared_errors(treatment: Summary, control: Summary) -> tuple[float, float]:
    """Squared standard errors of the two values, the treatment's first.

    Raises:
        Undefined: As for `estimate_effect`, but for the control's value near 0.
    """
    for summary in (treatment, control):
        check_bounds(summary)
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
    return contrast_of(treatment, control).relative_bounds(critical_value)


def check_bounds(summary: Summary) -> None:
    """Refuse a proportion that does not vary.

    Raises:
        Undefined: All units did, or none.
    """
    if isinstance(summary, ProportionSummary) and summary.successes in {0, summary.count}:
        raise Undefined(
            "A proportion is 0 or 1, so its error cannot be estimated.",
            code="proportion_at_bound",
        )


def base_to_divide_by(base: float) -> float:
    """The control's value, if a share of it can be taken.

    Raises:
        Undefined: It is within 1e-10 of 0.
    """
    if abs(base) < _NEAR_ZERO:
        raise Undefined(
            "The control's value is too close to zero to divide by.", code="baseline_near_zero"
        )
    return base


def checked_estimate(effect: float, variance: float) -> Estimate:
    """The estimate, if it is one.

    Raises:
        Undefined: A figure is not finite, or the variance is not above 0.
    """
    if not (math.isfinite(effect) and math.isfinite(variance)):
        raise Undefined("The effect is not a finite number.", code="not_finite")
    if variance <= 0:
        raise Undefined("No unit varies.", code="no_variance")
    return Estimate(effect=effect, variance=variance)


def check_probability(value: float, *, name: str) -> float:
    """The value, if it lies strictly between 0 and 1.

    Raises:
        InvalidInput: It does not.
    """
    if not 0 < value < 1:
        raise InvalidInput(f"{name} must lie between 0 and 1.", attr=name)
    return value


def _roots(
    difference: float, slope: float, spread_rest: float, spread_base: float
) -> tuple[float, float]:
    # The roots of leading * r^2 - 2 * middle * r + last. `last` is above 0 exactly when the
    # absolute interval excludes 0, and decides the sign of the root that is formed from it,
    # so the two intervals cannot disagree by cancellation.
    leading = 1 - spread_base
    middle = difference - slope * spread_base
    last = difference * difference - spread_rest - slope * slope * spread_base
    lever = difference - slope
    discriminant = spread_rest * leading + spread_base * lever * lever
    if discriminant <= 0:
        raise Undefined("The relative effect shows no error.", code="no_variance")
    far = middle + math.copysign(math.sqrt(discriminant), middle)
    lower, upper = sorted((far / leading, last / far))
    return lower, upper
