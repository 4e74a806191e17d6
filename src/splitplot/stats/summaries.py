"""Sufficient statistics of one metric for one variant, and how two of them add up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSummary:
    """Units with one number each.

    Attributes:
        count: Units, 0 or more.
        sum: Sum of the units' values, in the metric's unit.
        sum_squares: Sum of the squared values.
    """

    count: int
    sum: float
    sum_squares: float

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
    """

    count: int
    successes: int

    def __add__(self, other: "ProportionSummary") -> "ProportionSummary":
        return ProportionSummary(
            count=self.count + other.count, successes=self.successes + other.successes
        )
