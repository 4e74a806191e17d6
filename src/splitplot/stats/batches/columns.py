"""Summaries of many comparisons as columns of numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.effects import check_bounds
from splitplot.stats.summaries import Summary

Array: TypeAlias = NDArray[np.float64]

# As in `summaries`: a variance this small is what rounding leaves of none at all.
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SummaryColumns:
    """What a test needs of each summary, in equally long columns.

    Attributes:
        counts: Units, 1 or more.
        values: Estimates of the metric.
        variances: Of one unit's contribution, 0 or more.
    """

    counts: Array
    values: Array
    variances: Array


def columns_of(summaries: Iterable[Summary]) -> SummaryColumns:
    """Summaries of any kind, one a row.

    Raises:
        Undefined: A summary has no units, sums that are not finite, or is a proportion of
            0 or 1.

    Examples:
        >>> from splitplot.stats import MeanSummary
        >>> columns_of([MeanSummary.of([1, 2, 3]), MeanSummary.of([4, 8])]).values.tolist()
        [2.0, 6.0]
    """
    rows = []
    for summary in summaries:
        check_bounds(summary)
        rows.append((summary.count, summary.value, summary.variance))
    counts, values, variances = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return SummaryColumns(counts=counts, values=values, variances=variances)


def mean_columns(counts: ArrayLike, sums: ArrayLike, sums_squares: ArrayLike) -> SummaryColumns:
    """The columns of means, from the columns of a `MeanSummary`.

    Raises:
        InvalidInput: The columns are not equally long.
        Undefined: A row has no units, or sums that are not finite.

    Examples:
        >>> columns = mean_columns([5, 3], [15.0, 6.0], [55.0, 14.0])
        >>> columns.values.tolist(), columns.variances.tolist()
        ([3.0, 2.0], [2.5, 1.0])
    """
    count, total, squares = equally_long(counts, sums, sums_squares)
    check_counts(count)
    with np.errstate(all="ignore"):
        return finite_columns(count, total / count, central(count, squares, total, total))


def proportion_columns(counts: ArrayLike, successes: ArrayLike) -> SummaryColumns:
    """The columns of proportions, from the columns of a `ProportionSummary`.

    Raises:
        InvalidInput: The columns are not equally long.
        Undefined: A row has no units, or a proportion of 0 or 1.

    Examples:
        >>> proportion_columns([100, 50], [25, 5]).values.tolist()
        [0.25, 0.1]
    """
    count, did = equally_long(counts, successes)
    check_counts(count)
    refuse_rows(
        (did == 0) | (did == count),
        "A proportion is 0 or 1, so its error cannot be estimated.",
        code="proportion_at_bound",
    )
    share = did / count
    return finite_columns(count, share, share * ((count - did) / count))


def ratio_columns(
    counts: ArrayLike,
    *,
    sums: ArrayLike,
    sums_squares: ArrayLike,
    denominator_sums: ArrayLike,
    denominator_sums_squares: ArrayLike,
    product_sums: ArrayLike,
) -> SummaryColumns:
    """The columns of ratios, from the columns of a `RatioSummary`.

    Raises:
        InvalidInput: The columns are not equally long.
        Undefined: A row has no units, sums that are not finite, or denominators whose sum
            is 0.

    Examples:
        >>> columns = ratio_columns(
        ...     [3], sums=[60], sums_squares=[1400], denominator_sums=[3],
        ...     denominator_sums_squares=[3], product_sums=[60],
        ... )
        >>> columns.values.tolist(), columns.variances.tolist()
        ([20.0], [100.0])
    """
    count, over, over2, under, under2, both = equally_long(
        counts, sums, sums_squares, denominator_sums, denominator_sums_squares, product_sums
    )
    check_counts(count)
    refuse_rows(under == 0, "The denominator is zero.", code="zero_denominator")
    with np.errstate(all="ignore"):
        ratio, mean = over / under, under / count
        linearized = (
            clean(central(count, over2, over, over), over / count)
            + ratio * ratio * clean(central(count, under2, under, under), mean)
            - 2 * ratio * central(count, both, over, under)
        )
        return finite_columns(count, ratio, linearized / mean / mean)


def refuse_rows(wrong: NDArray[np.bool_], reason: str, *, code: str) -> None:
    """Refuse a batch because of some of its rows, which the message names.

    Raises:
        Undefined: There are such rows.
    """
    rows = np.flatnonzero(wrong)
    if rows.size:
        named = ", ".join(map(str, rows[:5].tolist())) + (", …" if rows.size > 5 else "")
        raise Undefined(f"Row {named}: {reason}", code=code)


def equally_long(*columns: ArrayLike) -> list[Array]:
    """The columns as arrays of numbers.

    Raises:
        InvalidInput: They are not equally long.
    """
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    if any(array.ndim != 1 or array.shape != arrays[0].shape for array in arrays):
        raise InvalidInput("The columns must be equally long.", attr="counts")
    return arrays


def check_counts(count: Array) -> None:
    """Refuse rows without units.

    Raises:
        Undefined: There are such rows.
    """
    refuse_rows(~(count >= 1), "There are no units.", code="no_units")


def finite_columns(count: Array, value: Array, variance: Array) -> SummaryColumns:
    """Columns of numbers that can be worked with.

    Raises:
        Undefined: A value or a variance is not finite.
    """
    refuse_rows(
        ~(np.isfinite(value) & np.isfinite(variance)),
        "The sums are not finite numbers.",
        code="not_finite",
    )
    return SummaryColumns(counts=count, values=value, variances=clean(variance, value))


def central(count: Array, products: Array, left: Array, right: Array) -> Array:
    """Unbiased covariance of two variables from sums and products; 0 for a single unit."""
    spread = products - left * (right / count)
    return np.where(count == 1, 0.0, spread / np.maximum(count - 1, 1))


def clean(variance: Array, value: Array) -> Array:
    """The variance, or 0 where it is what rounding leaves of none."""
    return np.where(variance > _NO_VARIANCE * value * value, variance, 0.0)
