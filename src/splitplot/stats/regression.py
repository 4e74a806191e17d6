"""Variance reduction by several covariates: CUPED with a vector, and Lin's regression."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.covariates import AdjustedVariant, adjusted_contrast, adjusted_variance
from splitplot.stats.effects import Contrast, Estimate, checked_estimate

_Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariatesSummary:
    """A variant's metric together with several covariates of the same units.

    Attributes:
        count: Units.
        sums: Sum of the metric, then of each covariate.
        products: Sums of the products of each pair of these, as a square.

    Examples:
        >>> summary = CovariatesSummary.of([(2, 1, 0), (4, 3, 1)])
        >>> summary.sums
        (6.0, 4.0, 1.0)
        >>> summary.products[0]
        (20.0, 14.0, 4.0)
    """

    count: int
    sums: tuple[float, ...]
    products: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, units: Iterable[Sequence[float]]) -> "CovariatesSummary":
        """The summary of these units, each its metric and then its covariates.

        Raises:
            InvalidInput: There are no units, or their lengths differ.
        """
        rows = _rows(units)
        return cls(
            count=len(rows),
            sums=tuple(rows.sum(axis=0).tolist()),
            products=tuple(tuple(row) for row in (rows.T @ rows).tolist()),
        )

    def __add__(self, other: "CovariatesSummary") -> "CovariatesSummary":
        if len(self.sums) != len(other.sums):
            raise InvalidInput("Each unit needs the same covariates.", attr="covariates")
        return CovariatesSummary(
            count=self.count + other.count,
            sums=tuple(np.add(self.sums, other.sums).tolist()),
            products=tuple(tuple(row) for row in np.add(self.products, other.products).tolist()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariatesAdjustment:
    """Two variants adjusted by several covariates.

    Attributes:
        theta: How much of the metric goes with one unit of each covariate.
        treatment: The adjusted treatment.
        control: The adjusted control.
        contrast: Adjusted difference, with the control's own value as its base.
    """

    theta: tuple[float, ...]
    treatment: AdjustedVariant
    control: AdjustedVariant
    contrast: Contrast


@dataclass(frozen=True, slots=True, kw_only=True)
class LinRegression:
    """Outcome of Lin's regression.

    Attributes:
        estimate: Absolute effect, with its heteroskedasticity-robust variance (HC2).
        treatment_slopes: Metric per unit of each covariate among the treatment units.
        control_slopes: The same among the control units.
    """

    estimate: Estimate
    treatment_slopes: tuple[float, ...]
    control_slopes: tuple[float, ...]


def cuped_by_several(
    treatment: CovariatesSummary, control: CovariatesSummary
) -> CovariatesAdjustment:
    """Adjust a pair of variants by several covariates from before exposure.

    Estimand and promises as for `covariates.cuped`. A useful second covariate is "has a
    history", 1 or 0, which keeps new units from being read as inactive old ones. What
    several covariates say twice is counted once.

    Args:
        treatment: Sums and cross-sums over the treatment units.
        control: The same over the control units.

    Raises:
        Undefined: A variant has fewer than two units, sums are not finite, or nothing
            varies after adjustment.
        InvalidInput: The variants have different covariates.

    References:
        Deng, Xu, Kohavi and Walker (2013), WSDM, section on several covariates.

    Examples:
        >>> control = CovariatesSummary.of([(3.1, 2.8, 1), (4.0, 4.1, 0), (5.2, 4.9, 1)])
        >>> treatment = CovariatesSummary.of([(4.4, 3.9, 0), (3.9, 3.2, 1), (5.6, 5.0, 1)])
        >>> adjusted = cuped_by_several(treatment, control)
        >>> [round(slope, 3) for slope in adjusted.theta]
        [0.984, 0.275]
    """
    theta = _slopes(_covariance(treatment + control))
    variants = [_adjusted(summary, theta) for summary in (treatment, control)]
    own = _covariance(control)
    return CovariatesAdjustment(
        theta=tuple(theta.tolist()),
        treatment=variants[0],
        control=variants[1],
        contrast=adjusted_contrast(
            variants[0],
            variants[1],
            shared=float(theta @ own[1:, 0]),
            explained=float(theta @ own[1:, 1:] @ theta),
        ),
    )


def lin_regression(
    treatment: Iterable[Sequence[float]], control: Iterable[Sequence[float]]
) -> LinRegression:
    """Regression on treatment, centred covariates and their products.

    Estimand: mean per unit under treatment minus mean per unit under control. Each
    variant has slopes of its own, so with many units the result is never less precise
    than the plain difference, also with unequal variants. Needs the single units, for
    the robust variance.

    Args:
        treatment: Units, each its metric and then its covariates from before exposure.
        control: The same for the control units.

    Raises:
        Undefined: A variant has too few units for its covariates, collinear covariates, a
            unit that alone determines a slope, or no variance left.
        InvalidInput: The units' lengths differ.

    References:
        Lin (2013), Annals of Applied Statistics 7; HC2 from MacKinnon and White (1985),
        Journal of Econometrics 29.

    Examples:
        >>> control = [(3.1, 2.8), (4.0, 4.1), (5.2, 4.9), (2.2, 2.5), (6.1, 5.7)]
        >>> treatment = [(4.4, 3.9), (3.9, 3.2), (5.6, 5.0), (4.9, 4.1), (6.8, 6.0)]
        >>> fit = lin_regression(treatment, control)
        >>> round(fit.estimate.effect, 4), round(fit.estimate.variance ** 0.5, 4)
        (0.5212, 0.1223)
    """
    rows = [_rows(units) for units in (treatment, control)]
    if rows[0].shape[1] != rows[1].shape[1]:
        raise InvalidInput("Each unit needs the same covariates.", attr="covariates")
    centre = np.vstack(rows)[:, 1:].mean(axis=0)
    (one, error_one), (other, error_other) = (_fit(part, centre) for part in rows)
    return LinRegression(
        estimate=checked_estimate(float(one[0] - other[0]), error_one + error_other),
        treatment_slopes=tuple(one[1:].tolist()),
        control_slopes=tuple(other[1:].tolist()),
    )


def _rows(units: Iterable[Sequence[float]]) -> _Array:
    listed = [tuple(unit) for unit in units]
    if not listed or not listed[0] or any(len(unit) != len(listed[0]) for unit in listed):
        raise InvalidInput("Each unit needs a value and the same covariates.", attr="units")
    return np.array(listed, dtype=np.float64)


def _covariance(summary: CovariatesSummary) -> _Array:
    # Unbiased covariance matrix of metric and covariates.
    if summary.count < 2:
        raise Undefined("A variant has fewer than two units.", code="too_few_units")
    sums = np.array(summary.sums)
    products = np.array(summary.products)
    if not (np.isfinite(sums).all() and np.isfinite(products).all()):
        raise Undefined("The sums are not finite numbers.", code="not_finite")
    covariance: _Array = (products - np.outer(sums, sums) / summary.count) / (summary.count - 1)
    return covariance


def _slopes(covariance: _Array) -> _Array:
    # In standard deviations, so that a covariate's unit of measure does not matter. The
    # solution of least length also serves when covariates are collinear or constant.
    spread = np.sqrt(np.maximum(np.diag(covariance)[1:], 0))
    unit = np.where(spread > 0, spread, 1.0)
    solved = np.linalg.lstsq(
        covariance[1:, 1:] / np.outer(unit, unit), covariance[1:, 0] / unit, rcond=1e-10
    )
    theta: _Array = np.asarray(solved[0], dtype=np.float64) / unit
    return theta


def _adjusted(summary: CovariatesSummary, theta: _Array) -> AdjustedVariant:
    covariance = _covariance(summary)
    means = np.array(summary.sums) / summary.count
    own = max(0.0, float(covariance[0, 0]))
    return AdjustedVariant(
        count=summary.count,
        value=float(means[0] - theta @ means[1:]),
        variance=adjusted_variance(
            own,
            shared=float(theta @ covariance[1:, 0]),
            explained=float(theta @ covariance[1:, 1:] @ theta),
        ),
        own_value=float(means[0]),
        own_variance=own,
    )


def _fit(rows: _Array, centre: _Array) -> tuple[_Array, float]:
    # One variant's intercept at `centre`, its slopes, and the intercept's HC2 variance.
    count, width = rows.shape
    if count <= width:
        raise Undefined("A variant has too few units for its covariates.", code="too_few_units")
    design = np.column_stack([np.ones(count), rows[:, 1:] - centre])
    if np.linalg.matrix_rank(design) < width:
        raise Undefined("Covariates are collinear in a variant.", code="collinear_covariates")
    weights = np.linalg.pinv(design)
    coefficients: _Array = weights @ rows[:, 0]
    residuals = rows[:, 0] - design @ coefficients
    spare = 1 - np.einsum("ij,ji->i", design, weights)
    if spare.min() < 1e-10:
        raise Undefined("A single unit determines a slope.", code="full_leverage")
    return coefficients, float(np.sum((weights[0] * residuals) ** 2 / spare))
