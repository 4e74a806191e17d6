"""Variance reduction by what was known of each unit before exposure.

A covariate measured before exposure cannot have been changed by the treatment. What it
explains of the metric is noise that can be taken out: CUPED for one covariate, from sums
alone, and post-stratification for groups. Several covariates are in `regression`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.effects import (
    Contrast,
    Estimate,
    Scale,
    base_to_divide_by,
    check_bounds,
    checked_estimate,
    squared_errors,
)
from splitplot.stats.summaries import MeanSummary, ProportionSummary, Summary

# What rounding leaves of a variance that is fully explained.
_NO_VARIANCE = 1e-12
# The compatible floors, in the metric's or the covariate's unit squared.
_COMPATIBLE_FLOOR = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateSummary:
    """A variant's metric together with one covariate of the same units.

    Attributes:
        metric: Sums of the metric.
        covariate_sum: Sum of the covariate over units.
        covariate_sum_squares: Sum of its squares.
        product_sum: Sum of metric times covariate over units.

    Examples:
        >>> summary = CovariateSummary.of([10, 20, 30, 40], [3, 4, 5, 6])
        >>> summary.covariate_sum, summary.covariate_sum_squares, summary.product_sum
        (18.0, 86.0, 500.0)
        >>> summary.covariance == summary.covariate.variance * 10
        True
    """

    metric: MeanSummary | ProportionSummary
    covariate_sum: float
    covariate_sum_squares: float
    product_sum: float

    @classmethod
    def of(cls, values: Sequence[float], covariates: Sequence[float]) -> "CovariateSummary":
        """The summary of these units' metric and covariate.

        Raises:
            InvalidInput: The lengths differ.
        """
        if len(values) != len(covariates):
            raise InvalidInput("Each unit needs one value and one covariate.", attr="covariates")
        covariate = MeanSummary.of(covariates)
        return cls(
            metric=MeanSummary.of(values),
            covariate_sum=covariate.sum,
            covariate_sum_squares=covariate.sum_squares,
            product_sum=math.fsum(y * x for y, x in zip(values, covariates, strict=True)),
        )

    @property
    def covariate(self) -> MeanSummary:
        """The covariate alone."""
        return MeanSummary(
            count=self.metric.count,
            sum=self.covariate_sum,
            sum_squares=self.covariate_sum_squares,
        )

    @property
    def covariance(self) -> float:
        """Unbiased covariance of metric and covariate over units; 0 for a single unit.

        Raises:
            Undefined: There are no units, or a sum is not finite.
        """
        count = self.metric.count
        if count == 1:
            return 0.0
        covariance = (self.product_sum - self.metric.value * self.covariate_sum) / (count - 1)
        if not math.isfinite(covariance):
            raise Undefined("The sums are not finite numbers.", code="not_finite")
        return covariance

    def __add__(self, other: "CovariateSummary") -> "CovariateSummary":
        return CovariateSummary(
            metric=_sum_of_metrics(self.metric, other.metric),
            covariate_sum=self.covariate_sum + other.covariate_sum,
            covariate_sum_squares=self.covariate_sum_squares + other.covariate_sum_squares,
            product_sum=self.product_sum + other.product_sum,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedVariant:
    """One variant after adjustment.

    Attributes:
        count: Units.
        value: Adjusted value, not centred: differences mean something, the level does not.
        variance: Of one unit's adjusted value, 0 or more.
        own_value: The value without adjustment.
        own_variance: The variance without adjustment.
    """

    count: int
    value: float
    variance: float
    own_value: float
    own_variance: float

    @property
    def squared_error(self) -> float:
        """Squared standard error of `value`."""
        return self.variance / self.count

    @property
    def reduction(self) -> float:
        """Share of the variance that the covariate took away; below 0 if it added some."""
        return 1 - self.variance / self.own_variance if self.own_variance > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CupedAdjustment:
    """Two variants adjusted by one covariate.

    Attributes:
        theta: How much of the metric goes with one unit of the covariate.
        treatment: The adjusted treatment.
        control: The adjusted control.
        contrast: Adjusted difference, with the control's own value as its base: what
            tests and intervals take.
    """

    theta: float
    treatment: AdjustedVariant
    control: AdjustedVariant
    contrast: Contrast


def cuped(treatment: CovariateSummary, control: CovariateSummary) -> CupedAdjustment:
    """Adjust a pair of variants by a covariate from before exposure.

    Estimand: the same effect as without adjustment, with less noise: the variance falls
    by the squared correlation of metric and covariate. The slope is estimated from both
    variants together. A relative effect is a share of the control's own value, and its
    variance counts that this value moves with the adjusted difference.

    Args:
        treatment: Sums over the treatment units.
        control: The same over the control units. Units without history have 0.

    Returns:
        Slope, adjusted variants and the contrast to test. The slope is 0 when the
        covariate does not vary.

    Raises:
        Undefined: A variant has no units or sums that are not finite, a proportion is 0
            or 1, or nothing varies after adjustment.

    References:
        Deng, Xu, Kohavi and Walker (2013), WSDM.

    Examples:
        >>> from splitplot.stats.effects import Scale
        >>> from splitplot.stats.frequentist import t_test
        >>> control = CovariateSummary.of([3.1, 4.0, 5.2, 2.2, 6.1], [2.8, 4.1, 4.9, 2.5, 5.7])
        >>> treatment = CovariateSummary.of([4.4, 3.9, 5.6, 4.9, 6.8], [3.9, 3.2, 5.0, 4.1, 6.0])
        >>> adjusted = cuped(treatment, control)
        >>> round(adjusted.theta, 3), round(adjusted.control.reduction, 2)
        (1.145, 0.98)
        >>> contrast = adjusted.contrast
        >>> test = t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df)
        >>> round(test.effect, 3), round(test.p_value, 4)
        (0.496, 0.0063)
    """
    theta = _slope(treatment, control, floor=None)
    return _adjusted(treatment, control, theta, floor=None)


def compatible_cuped(treatment: CovariateSummary, control: CovariateSummary) -> CupedAdjustment:
    """`cuped` with fixed floors, as clients of the compatible API expect it.

    The covariate counts as constant when its variance is under 1e-10, and no adjusted
    variance is below that, whatever the metric's unit. Use `compatible_estimate` on it.
    """
    theta = _slope(treatment, control, floor=_COMPATIBLE_FLOOR)
    return _adjusted(treatment, control, theta, floor=_COMPATIBLE_FLOOR)


def compatible_estimate(adjustment: CupedAdjustment, *, scale: Scale) -> Estimate:
    """The effect with the variance that clients of the compatible API expect.

    On the relative scale that variance has the adjusted treatment value in a place where
    the control's own value belongs. When the covariate explains the level of the metric,
    the figure is about half of the right one, and tests reject three times too often:
    use `adjustment.contrast` for anything but compatibility.

    Raises:
        Undefined: The effect is not finite or has no variance; on the relative scale, the
            control's value is within 1e-10 of 0.
    """
    contrast = adjustment.contrast
    if scale is Scale.ABSOLUTE:
        return contrast.estimate(scale)
    base = base_to_divide_by(contrast.base)
    a, b = contrast.squared_errors
    ratio = adjustment.treatment.value / base
    return checked_estimate(contrast.difference / base, (a + ratio * ratio * b) / base / base)


def adjusted_contrast(
    treatment: AdjustedVariant,
    control: AdjustedVariant,
    *,
    shared: float,
    explained: float,
) -> Contrast:
    """The contrast of adjusted values with the control's own value as its base.

    Args:
        treatment: Adjusted treatment.
        control: Adjusted control.
        shared: Covariance of the control's metric with its own adjustment, per unit.
        explained: Variance of the control's adjustment, per unit.

    Raises:
        Undefined: Nothing varies after adjustment.
    """
    errors = (treatment.squared_error, control.squared_error)
    if sum(errors) <= 0:
        raise Undefined("No unit varies.", code="no_variance")
    own = control.own_variance
    # Without variance of its own the control's value has no error for the rest to share.
    part = shared / own if own > 0 else 0.0
    rest = max(0.0, explained - part * shared) / control.count
    return Contrast(
        difference=treatment.value - control.value,
        counts=(treatment.count, control.count),
        squared_errors=errors,
        base=control.own_value,
        base_variance=own / control.count,
        slope=part - 1,
        rest_variance=treatment.squared_error + rest,
    )


def post_stratified_effect(strata: Iterable[tuple[Summary, Summary]]) -> Estimate:
    """Effect with the strata weighted by their share of all units.

    Estimand: value under treatment minus value under control, in the metric's unit, over
    all units. Strata are groups that were known before exposure (country, plan, device);
    the chance imbalance of the variants between them no longer counts as noise.

    Args:
        strata: Treatment and control summary of each stratum.

    Raises:
        Undefined: There are no strata, or one of them lacks units in a variant, sums that
            are finite, or any variance.

    References:
        Miratrix, Sekhon and Yu (2013), JRSS B 75.

    Examples:
        >>> desktop = MeanSummary.of([4, 6, 5, 7]), MeanSummary.of([3, 5, 4])
        >>> mobile = MeanSummary.of([1, 2, 3]), MeanSummary.of([1, 0, 2, 1])
        >>> estimate = post_stratified_effect([desktop, mobile])
        >>> round(estimate.effect, 3), round(estimate.variance, 3)
        (1.25, 0.312)
    """
    pairs = tuple(strata)
    if not pairs:
        raise Undefined("There are no strata.", code="no_strata")
    total = sum(treatment.count + control.count for treatment, control in pairs)
    effect = variance = 0.0
    for treatment, control in pairs:
        errors = squared_errors(treatment, control)
        weight = (treatment.count + control.count) / total
        effect += weight * (treatment.value - control.value)
        variance += weight * weight * sum(errors)
    return checked_estimate(effect, variance)


def _slope(treatment: CovariateSummary, control: CovariateSummary, *, floor: float | None) -> float:
    pooled = treatment + control
    covariate = pooled.covariate
    if floor is None:
        variance = covariate.variance
        return pooled.covariance / variance if variance > 0 else 0.0
    # The raw figure: the floor takes the place of the relative one in `variance`.
    count = covariate.count
    spread = covariate.sum_squares - covariate.sum * (covariate.sum / count)
    variance = spread / max(1, count - 1)
    return pooled.covariance / variance if variance >= floor else 0.0


def _adjusted(
    treatment: CovariateSummary, control: CovariateSummary, theta: float, *, floor: float | None
) -> CupedAdjustment:
    variants = [_variant(summary, theta, floor=floor) for summary in (treatment, control)]
    return CupedAdjustment(
        theta=theta,
        treatment=variants[0],
        control=variants[1],
        contrast=adjusted_contrast(
            variants[0],
            variants[1],
            shared=theta * control.covariance,
            explained=theta * theta * control.covariate.variance,
        ),
    )


def _variant(summary: CovariateSummary, theta: float, *, floor: float | None) -> AdjustedVariant:
    metric, covariate = summary.metric, summary.covariate
    check_bounds(metric)
    return AdjustedVariant(
        count=metric.count,
        value=metric.value - theta * covariate.value,
        variance=adjusted_variance(
            metric.variance,
            shared=theta * summary.covariance,
            explained=theta * theta * covariate.variance,
            floor=floor,
        ),
        own_value=metric.value,
        own_variance=metric.variance,
    )


def adjusted_variance(
    own: float, *, shared: float, explained: float, floor: float | None = None
) -> float:
    """Variance of a unit's metric minus its adjustment, never below 0.

    Args:
        own: Variance of the metric.
        shared: Covariance of metric and adjustment.
        explained: Variance of the adjustment.
        floor: Smallest variance to return; None for what rounding cannot tell from 0.
    """
    variance = own + explained - 2 * shared
    if floor is not None:
        return max(floor, variance)
    return variance if variance > _NO_VARIANCE * (own + explained) else 0.0


def _sum_of_metrics(
    one: MeanSummary | ProportionSummary, other: MeanSummary | ProportionSummary
) -> MeanSummary | ProportionSummary:
    match one, other:
        case MeanSummary(), MeanSummary():
            return one + other
        case ProportionSummary(), ProportionSummary():
            return one + other
        case _:
            raise InvalidInput("Variants of one metric have summaries of one kind.", attr="metric")
