"""CUPED for many comparisons at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from splitplot.errors import InvalidInput
from splitplot.stats.batches.columns import (
    Array,
    SummaryColumns,
    central,
    check_counts,
    clean,
    equally_long,
    finite_columns,
)

# As in `covariates`: what rounding leaves of a variance that is fully explained.
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CovariateColumns:
    """Sums of metrics and covariates, in equally long columns; see `CovariateSummary`.

    Attributes:
        counts: Units, 1 or more.
        sums: Sums of the metric.
        sums_squares: Sums of its squares.
        covariate_sums: Sums of the covariate.
        covariate_sums_squares: Sums of its squares.
        product_sums: Sums of metric times covariate.
    """

    counts: Array
    sums: Array
    sums_squares: Array
    covariate_sums: Array
    covariate_sums_squares: Array
    product_sums: Array

    def __add__(self, other: "CovariateColumns") -> "CovariateColumns":
        return CovariateColumns(
            counts=self.counts + other.counts,
            sums=self.sums + other.sums,
            sums_squares=self.sums_squares + other.sums_squares,
            covariate_sums=self.covariate_sums + other.covariate_sums,
            covariate_sums_squares=self.covariate_sums_squares + other.covariate_sums_squares,
            product_sums=self.product_sums + other.product_sums,
        )


def covariate_columns(
    counts: ArrayLike,
    *,
    sums: ArrayLike,
    sums_squares: ArrayLike,
    covariate_sums: ArrayLike,
    covariate_sums_squares: ArrayLike,
    product_sums: ArrayLike,
) -> CovariateColumns:
    """Columns of a mean and a covariate.

    Raises:
        InvalidInput: The columns are not equally long.
        Undefined: A row has no units.

    Examples:
        >>> columns = covariate_columns(
        ...     [4], sums=[100], sums_squares=[3000], covariate_sums=[18],
        ...     covariate_sums_squares=[86], product_sums=[500],
        ... )
        >>> (columns + columns).counts.tolist()
        [8.0]
    """
    count, metric, squares, covariate, covariate_squares, products = equally_long(
        counts, sums, sums_squares, covariate_sums, covariate_sums_squares, product_sums
    )
    check_counts(count)
    return CovariateColumns(
        counts=count,
        sums=metric,
        sums_squares=squares,
        covariate_sums=covariate,
        covariate_sums_squares=covariate_squares,
        product_sums=products,
    )


def cuped_columns(
    treatments: CovariateColumns, controls: CovariateColumns
) -> tuple[SummaryColumns, SummaryColumns]:
    """Both variants of every row adjusted as by `cuped`, for `welch_tests`.

    Only the differences mean something: the adjusted values are not centred.

    Args:
        treatments: One treatment a row.
        controls: Its control in the same row.

    Raises:
        InvalidInput: The columns are not equally long.
        Undefined: A row has sums that are not finite.

    References:
        Deng, Xu, Kohavi and Walker (2013), WSDM.

    Examples:
        >>> from splitplot.stats.batches import welch_tests
        >>> control = covariate_columns(
        ...     [1000], sums=[10000], sums_squares=[111500], covariate_sums=[10000],
        ...     covariate_sums_squares=[109600], product_sums=[109550],
        ... )
        >>> treatment = covariate_columns(
        ...     [1000], sums=[10520], sums_squares=[122400], covariate_sums=[9980],
        ...     covariate_sums_squares=[109100], product_sums=[114700],
        ... )
        >>> welch_tests(*cuped_columns(treatment, control)).effects.round(3).tolist()
        [0.54]
    """
    if treatments.counts.shape != controls.counts.shape:
        raise InvalidInput("Each treatment needs its control.", attr="controls")
    with np.errstate(all="ignore"):
        pooled = treatments + controls
        variance = _covariate_variance(pooled)
        # Where the covariate does not vary there is nothing to take out.
        slope = np.where(
            variance > 0, _covariance(pooled) / np.where(variance > 0, variance, 1.0), 0.0
        )
        return _adjusted(treatments, slope), _adjusted(controls, slope)


def _adjusted(columns: CovariateColumns, slope: Array) -> SummaryColumns:
    count, metric = columns.counts, columns.sums
    mean = metric / count
    own = clean(central(count, columns.sums_squares, metric, metric), mean)
    explained = slope * slope * _covariate_variance(columns)
    variance = own + explained - 2 * slope * _covariance(columns)
    value = mean - slope * (columns.covariate_sums / count)
    found = finite_columns(count, value, variance)
    kept = np.where(variance > _NO_VARIANCE * (own + explained), variance, 0.0)
    return SummaryColumns(counts=count, values=found.values, variances=kept)


def _covariate_variance(columns: CovariateColumns) -> Array:
    count, total = columns.counts, columns.covariate_sums
    return clean(central(count, columns.covariate_sums_squares, total, total), total / count)


def _covariance(columns: CovariateColumns) -> Array:
    return central(columns.counts, columns.product_sums, columns.sums, columns.covariate_sums)
