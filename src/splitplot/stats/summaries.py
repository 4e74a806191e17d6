"""Sufficient statistics of one metric for one variant, and how two of them add up.

A summary is all that the engine needs to know about a variant's units. Each kind knows
its `value` (the estimate of the metric), the `variance` of one unit's contribution to it
and the `standard_error` of the value. Summaries of parts add up to the summary of the
whole.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from splitplot.errors import Undefined

# A variance this small against the squared value is what rounding leaves of none at all.
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSummary:
    """Units with one number each.

    Attributes:
        count: Units, 0 or more.
        sum: Sum of the units' values, in the metric's unit.
        sum_squares: Sum of the squared values.

    Examples:
        >>> orders = MeanSummary(count=5, sum=15.0, sum_squares=55.0)
        >>> orders.value, orders.variance
        (3.0, 2.5)
        >>> orders == MeanSummary.of([1, 2]) + MeanSummary.of([3, 4, 5])
        True
    """

    count: int
    sum: float
    sum_squares: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "MeanSummary":
        """The summary of these units' values."""
        numbers = tuple(values)
        return cls(
            count=len(numbers),
            sum=math.fsum(numbers),
            sum_squares=math.fsum(number * number for number in numbers),
        )

    @property
    def value(self) -> float:
        """Mean per unit, in the metric's unit.

        Raises:
            Undefined: There are no units, or the sum is not finite.
        """
        return _finite(self.sum / _some_units(self.count))

    @property
    def variance(self) -> float:
        """Unbiased variance over units, 0 or more; 0 for a single unit.

        Raises:
            Undefined: There are no units, or the sums are not finite.
        """
        return _clean(_central(self.count, self.sum_squares, self.sum, self.sum), self.value)

    @property
    def standard_error(self) -> float:
        """Standard deviation of `value`; undefined as `variance` is."""
        return math.sqrt(self.variance / self.count)

    def __add__(self, other: "MeanSummary") -> "MeanSummary":
        return MeanSummary(
            count=self.count + other.count,
            sum=self.sum + other.sum,
            sum_squares=self.sum_squares + other.sum_squares,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionSummary:
    """Units that did or did not.

    Attributes:
        count: Units, 0 or more.
        successes: How many did, 0 to `count`.

    Examples:
        >>> signups = ProportionSummary(count=100, successes=25)
        >>> signups.value, signups.variance
        (0.25, 0.1875)
    """

    count: int
    successes: int

    @property
    def failures(self) -> int:
        """How many did not."""
        return self.count - self.successes

    @property
    def value(self) -> float:
        """Share of units that did, in [0, 1].

        Raises:
            Undefined: There are no units.
        """
        return self.successes / _some_units(self.count)

    @property
    def variance(self) -> float:
        """The binomial p(1 - p), without the factor n / (n - 1).

        Raises:
            Undefined: There are no units.
        """
        return self.value * (self.failures / self.count)

    @property
    def standard_error(self) -> float:
        """Standard deviation of `value`; undefined as `variance` is."""
        return math.sqrt(self.variance / self.count)

    def __add__(self, other: "ProportionSummary") -> "ProportionSummary":
        return ProportionSummary(
            count=self.count + other.count, successes=self.successes + other.successes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioSummary:
    """Units with two numbers each; the metric is the ratio of their sums.

    Retention is the case where the denominator is 1 for every unit. Observations that
    come in clusters are another: with the cluster as the unit, the denominator is the
    number of its observations.

    Attributes:
        count: Units, 0 or more.
        sum: Sum of the numerators.
        sum_squares: Sum of the squared numerators.
        denominator_sum: Sum of the denominators.
        denominator_sum_squares: Sum of the squared denominators.
        product_sum: Sum of numerator times denominator over units.
        has_binary_denominator: Every denominator is 0 or 1, so that its variance is the
            binomial one.

    References:
        Deng, Knoblich and Lu (2018), KDD: the delta method for ratio metrics.

    Examples:
        >>> revenue_per_order = RatioSummary(
        ...     count=3, sum=60, sum_squares=1400,
        ...     denominator_sum=3, denominator_sum_squares=3, product_sum=60,
        ... )
        >>> revenue_per_order.value, revenue_per_order.variance
        (20.0, 100.0)
    """

    count: int
    sum: float
    sum_squares: float
    denominator_sum: float
    denominator_sum_squares: float
    product_sum: float
    has_binary_denominator: bool = False

    @classmethod
    def of(cls, units: Iterable[tuple[float, float]]) -> "RatioSummary":
        """The summary of these units' numerators and denominators."""
        pairs = tuple(units)
        return cls(
            count=len(pairs),
            sum=math.fsum(over for over, _ in pairs),
            sum_squares=math.fsum(over * over for over, _ in pairs),
            denominator_sum=math.fsum(under for _, under in pairs),
            denominator_sum_squares=math.fsum(under * under for _, under in pairs),
            product_sum=math.fsum(over * under for over, under in pairs),
        )

    @property
    def value(self) -> float:
        """Sum of numerators over sum of denominators.

        Raises:
            Undefined: There are no units, the denominators sum to 0, or a sum is not
                finite.
        """
        _some_units(self.count)
        if self.denominator_sum == 0:
            raise Undefined("The denominator is zero.", code="zero_denominator")
        return _finite(self.sum / _finite(self.denominator_sum))

    @property
    def covariance(self) -> float:
        """Unbiased covariance of numerator and denominator over units; 0 for one unit.

        Raises:
            Undefined: There are no units, or a sum is not finite.
        """
        return _finite(_central(self.count, self.product_sum, self.sum, self.denominator_sum))

    @property
    def variance(self) -> float:
        """Variance of one unit's linearized contribution to `value`, 0 or more.

        Raises:
            Undefined: As for `value`.
        """
        ratio = self.value
        mean = self.denominator_sum / self.count
        linearized = (
            self._numerator.variance
            + ratio * ratio * self._denominator.variance
            - 2 * ratio * self.covariance
        )
        return _clean(linearized / mean / mean, ratio)

    @property
    def standard_error(self) -> float:
        """Standard deviation of `value`; undefined as `variance` is."""
        return math.sqrt(self.variance / self.count)

    @property
    def _numerator(self) -> MeanSummary:
        return MeanSummary(count=self.count, sum=self.sum, sum_squares=self.sum_squares)

    @property
    def _denominator(self) -> MeanSummary | ProportionSummary:
        if self.has_binary_denominator:
            return ProportionSummary(count=self.count, successes=round(self.denominator_sum))
        return MeanSummary(
            count=self.count, sum=self.denominator_sum, sum_squares=self.denominator_sum_squares
        )

    def __add__(self, other: "RatioSummary") -> "RatioSummary":
        if self.has_binary_denominator != other.has_binary_denominator:
            return NotImplemented
        return RatioSummary(
            count=self.count + other.count,
            sum=self.sum + other.sum,
            sum_squares=self.sum_squares + other.sum_squares,
            denominator_sum=self.denominator_sum + other.denominator_sum,
            denominator_sum_squares=self.denominator_sum_squares + other.denominator_sum_squares,
            product_sum=self.product_sum + other.product_sum,
            has_binary_denominator=self.has_binary_denominator,
        )


Summary: TypeAlias = MeanSummary | ProportionSummary | RatioSummary


def _some_units(count: int) -> int:
    if count < 1:
        raise Undefined("There are no units.", code="no_units")
    return count


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise Undefined("The sums are not finite numbers.", code="not_finite")
    return number


def _central(count: int, products: float, left: float, right: float) -> float:
    # Sample covariance of two variables from their sums and the sum of their products.
    if _some_units(count) == 1:
        return 0.0
    return (products - left * (right / count)) / (count - 1)


def _clean(variance: float, value: float) -> float:
    # The textbook formula cancels when the value is large against the spread: what is
    # left may be negative, or noise that would pass for certainty.
    checked = _finite(variance)
    return checked if checked > _NO_VARIANCE * value * value else 0.0
