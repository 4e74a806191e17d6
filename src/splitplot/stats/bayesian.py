"""Posterior of an effect by the normal approximation, flat or with a normal prior."""

import math
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import erfcx, ndtr, ndtri

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.effects import (
    CredibleInterval,
    Estimate,
    Scale,
    check_probability,
    estimate_effect,
    relative_bounds,
)
from splitplot.stats.summaries import ProportionSummary, Summary

# With fewer, a proportion is too skewed for the normal approximation.
MINIMUM_SUCCESSES = 5
MINIMUM_FAILURES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalPrior:
    """What is believed about an effect before the data.

    Attributes:
        mean: On the scale of the effect.
        variance: Above 0.
    """

    mean: float
    variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """What is believed about an effect after the data: a normal distribution.

    Attributes:
        mean: On the scale of the effect.
        variance: Above 0.

    Examples:
        >>> effect = Posterior(mean=0.015, variance=5e-05)
        >>> round(effect.chance_above_zero, 4)
        0.9831
        >>> round(effect.loss_if_shipped, 8)
        4.311e-05
    """

    mean: float
    variance: float

    @property
    def chance_above_zero(self) -> float:
        """Probability that the effect is above 0."""
        return float(ndtr(self.mean / math.sqrt(self.variance)))

    @property
    def chance_below_zero(self) -> float:
        """Probability that the effect is below 0; exact also when it is tiny."""
        return float(ndtr(-self.mean / math.sqrt(self.variance)))

    @property
    def loss_if_kept(self) -> float:
        """Expected gain missed by keeping the control, on the scale of the effect, >= 0."""
        return _expected_positive_part(self.mean, math.sqrt(self.variance))

    @property
    def loss_if_shipped(self) -> float:
        """Expected loss by shipping the treatment, on the scale of the effect, >= 0."""
        return _expected_positive_part(-self.mean, math.sqrt(self.variance))

    def interval(self, level: float = 0.95) -> CredibleInterval:
        """Equal-tailed bounds for the effect.

        Args:
            level: Probability between the bounds, in (0, 1).

        Raises:
            InvalidInput: `level` is out of range.
        """
        margin = normal_critical_value(level) * math.sqrt(self.variance)
        return CredibleInterval(lower=self.mean - margin, upper=self.mean + margin, level=level)

    def chance_within(self, radius: float) -> float:
        """Probability that the effect lies within `radius` of 0, too close to matter.

        Args:
            radius: Region of practical equivalence on each side, on the scale of the
                effect, 0 or more.
        """
        sd = math.sqrt(self.variance)
        # Mirrored so that both terms are lower tails and keep their digits.
        centre = abs(self.mean)
        return float(ndtr((radius - centre) / sd) - ndtr((-radius - centre) / sd))

    def is_decided(self, level: float = 0.95) -> bool:
        """Whether the chance of being above 0 is over `level` or under one minus it.

        This is a rule for each tail: without an effect, and with a flat prior, it says
        yes in a share of 2 * (1 - level) of experiments, and it can say yes while
        `interval(level)` contains 0.

        Raises:
            InvalidInput: `level` is out of range.
        """
        check_probability(level, name="level")
        return max(self.chance_above_zero, self.chance_below_zero) > level


class LossDecision(StrEnum):
    """What the expected losses say."""

    SHIP = "ship"
    KEEP = "keep"
    EITHER = "either"
    CONTINUE = "continue"


def decide_by_loss(posterior: Posterior, *, tolerance: float) -> LossDecision:
    """Stop when the expected loss of a choice is one that nobody would mind.

    With an honest prior the rule may be read at every look. With a flat prior it does
    not control false alarms under repeated looks.

    Args:
        posterior: Of the effect, positive meaning better.
        tolerance: Loss that does not matter, on the scale of the effect, above 0.

    Returns:
        Ship or keep when only that choice's expected loss is below the tolerance, either
        when both are (no difference worth having), else continue.

    Raises:
        InvalidInput: `tolerance` is not above 0.

    References:
        Stucchio (2015), Bayesian A/B Testing at VWO; Deng, Lu and Chen (2016), DSAA, on
        continuous monitoring.

    Examples:
        >>> decide_by_loss(Posterior(mean=0.015, variance=5e-5), tolerance=5e-4).value
        'ship'
    """
    if not tolerance > 0:
        raise InvalidInput("tolerance must be above 0.", attr="tolerance")
    can_ship = posterior.loss_if_shipped < tolerance
    can_keep = posterior.loss_if_kept < tolerance
    if can_ship and can_keep:
        return LossDecision.EITHER
    if can_ship:
        return LossDecision.SHIP
    return LossDecision.KEEP if can_keep else LossDecision.CONTINUE


def posterior_effect(
    treatment: Summary,
    control: Summary,
    *,
    scale: Scale = Scale.ABSOLUTE,
    prior: NormalPrior | None = None,
) -> Posterior:
    """Posterior distribution of the effect.

    Estimand: value under treatment minus value under control, in the metric's unit, or
    as a share of the control's value on the relative scale. The estimate is taken as
    normal with a known variance, so units must be independent and many. Without a prior
    every effect is equally believable beforehand.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units.
        scale: Absolute or relative.
        prior: On the same scale; None is flat.

    Returns:
        A normal distribution.

    Raises:
        Undefined: A proportion has fewer than 5 successes or failures in a variant, no
            unit varies in either variant, sums are not finite, or (relative) the
            control's value is not above 0.
        InvalidInput: The prior's variance is not above 0.

    References:
        Deng (2015), WWW Companion, on two-sample tests with a normal prior.

    Examples:
        >>> from splitplot.stats import ProportionSummary
        >>> control = ProportionSummary(count=1000, successes=100)
        >>> treatment = ProportionSummary(count=1000, successes=110)
        >>> flat = posterior_effect(treatment, control, scale=Scale.RELATIVE)
        >>> round(flat.chance_above_zero, 4)
        0.7566
        >>> belief = NormalPrior(mean=0.05, variance=0.01)
        >>> informed = posterior_effect(treatment, control, scale=Scale.RELATIVE, prior=belief)
        >>> round(informed.mean, 4), round(informed.chance_above_zero, 4)
        (0.0663, 0.7903)
    """
    for summary in (treatment, control):
        check_counts(summary)
    if scale is Scale.RELATIVE and control.value <= 0:
        raise Undefined("The control's value is not above zero.", code="baseline_not_positive")
    return combine(estimate_effect(treatment, control, scale=scale), prior)


def combine(estimate: Estimate, prior: NormalPrior | None) -> Posterior:
    """Posterior of a normal estimate with known variance under a normal or flat prior.

    Raises:
        InvalidInput: The prior's variance is not above 0.

    Examples:
        >>> posterior = combine(
        ...     Estimate(effect=0.03, variance=1e-4), NormalPrior(mean=0.0, variance=1e-4)
        ... )
        >>> round(posterior.mean, 6), round(posterior.variance, 6)
        (0.015, 5e-05)
    """
    if prior is None:
        return Posterior(mean=estimate.effect, variance=estimate.variance)
    if prior.variance <= 0:
        raise InvalidInput("The prior's variance must be above 0.", attr="prior")
    total = estimate.variance + prior.variance
    weight = prior.variance / total
    return Posterior(
        mean=weight * estimate.effect + (1 - weight) * prior.mean,
        variance=weight * estimate.variance,
    )


def relative_credible_interval(
    treatment: Summary, control: Summary, *, level: float = 0.95
) -> CredibleInterval:
    """Credible interval for the relative effect that agrees with the absolute posterior.

    Estimand: value under treatment over value under control, minus 1. Both values have
    flat priors; the bounds are the quantiles of their ratio, which exclude 0 exactly
    when the absolute interval of the same level does.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units.
        level: Probability between the bounds, in (0, 1).

    Returns:
        Bounds as shares of the control's value.

    Raises:
        Undefined: As for `posterior_effect`, or the control's value is not clearly
            above 0.
        InvalidInput: `level` is out of range.

    References:
        Fieller (1954), JRSS B 16, 175-185; Franz (2007), arXiv:0710.2024.

    Examples:
        >>> from splitplot.stats import ProportionSummary
        >>> control = ProportionSummary(count=1529, successes=87)
        >>> treatment = ProportionSummary(count=1471, successes=62)
        >>> interval = relative_credible_interval(treatment, control)
        >>> round(interval.lower, 4), round(interval.upper, 4)
        (-0.4697, 0.0155)
    """
    for summary in (treatment, control):
        check_counts(summary)
    lower, upper = relative_bounds(treatment, control, critical_value=normal_critical_value(level))
    return CredibleInterval(lower=lower, upper=upper, level=level)


def normal_critical_value(level: float) -> float:
    """Standard deviations on each side that hold `level` of a normal distribution.

    Raises:
        InvalidInput: `level` is out of (0, 1).
    """
    return -float(ndtri((1 - check_probability(level, name="level")) / 2))


def check_counts(summary: Summary) -> None:
    """Refuse a proportion too skewed for the normal approximation.

    Raises:
        Undefined: It has fewer than 5 successes or 5 failures.
    """
    if not isinstance(summary, ProportionSummary):
        return
    if summary.successes < MINIMUM_SUCCESSES:
        raise Undefined(
            f"A variant has fewer than {MINIMUM_SUCCESSES} successes.", code="too_few_successes"
        )
    if summary.failures < MINIMUM_FAILURES:
        raise Undefined(
            f"A variant has fewer than {MINIMUM_FAILURES} failures.", code="too_few_failures"
        )


def _expected_positive_part(mean: float, sd: float) -> float:
    # E[max(theta, 0)] for theta ~ N(mean, sd^2).
    z = mean / sd
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    if z >= 0:
        return mean * float(ndtr(z)) + sd * density
    # Far below 0 the two terms cancel; with Mills' ratio as a factor the digits stay.
    mills = math.sqrt(math.pi / 2) * float(erfcx(-z / math.sqrt(2)))
    return sd * density * max(0.0, 1 + z * mills)
