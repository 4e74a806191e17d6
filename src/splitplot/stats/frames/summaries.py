"""Summaries of one metric for every variant in a frame."""

from narwhals.stable.v2.typing import IntoFrame

from splitplot.stats.covariates import CovariateSummary
from splitplot.stats.frames.reading import Variant, observations_by_variant, sums_by_variant
from splitplot.stats.quantiles import QuantileSummary, quantile_summary
from splitplot.stats.summaries import MeanSummary, ProportionSummary, RatioSummary


def mean_summaries(
    frame: IntoFrame, *, variant: str, value: str, unit: str | None = None
) -> dict[Variant, MeanSummary]:
    """Units with one number each, by variant.

    Args:
        frame: Any that narwhals reads.
        variant: Column of the variant.
        value: Column of numbers. A missing one is refused: fill it with 0 if that is what
            it means, or leave the row out.
        unit: Column of the unit, if it may have several rows; their values are added up.

    Raises:
        InvalidInput: A column is missing or has no numbers, a row lacks its variant, its
            unit or its value, or a unit is in two variants.

    Examples:
        >>> import pyarrow as pa
        >>> orders = pa.table({
        ...     "arm": ["new", "old", "new", "old"],
        ...     "user": [1, 2, 1, 3],
        ...     "amount": [10, 20, 5, 30],
        ... })
        >>> mean_summaries(orders, variant="arm", value="amount", unit="user")["new"]
        MeanSummary(count=1, sum=15.0, sum_squares=225.0)
    """
    sums = sums_by_variant(frame, variant=variant, columns=[value], unit=unit)
    return {
        key: MeanSummary(count=each.count, sum=each.sums[0], sum_squares=each.products[0][0])
        for key, each in sums.items()
    }


def proportion_summaries(
    frame: IntoFrame, *, variant: str, success: str, unit: str | None = None
) -> dict[Variant, ProportionSummary]:
    """Units that did or did not, by variant.

    Args:
        frame: Any that narwhals reads.
        variant: Column of the variant.
        success: Column of booleans, or of 0 and 1.
        unit: Column of the unit, if it may have several rows; one success is enough.

    Raises:
        InvalidInput: As for `mean_summaries`, or a value is neither 0 nor 1.

    Examples:
        >>> import pyarrow as pa
        >>> visits = pa.table({"arm": ["new", "old", "new"], "bought": [True, False, False]})
        >>> proportion_summaries(visits, variant="arm", success="bought")["new"]
        ProportionSummary(count=2, successes=1)
    """
    sums = sums_by_variant(frame, variant=variant, columns=[success], unit=unit, binary=True)
    return {
        key: ProportionSummary(count=each.count, successes=round(each.sums[0]))
        for key, each in sums.items()
    }


def ratio_summaries(
    frame: IntoFrame, *, variant: str, numerator: str, denominator: str, unit: str | None = None
) -> dict[Variant, RatioSummary]:
    """Units with two numbers each whose sums are divided, by variant.

    Args:
        frame: Any that narwhals reads.
        variant: Column of the variant.
        numerator: Column of numbers, such as revenue.
        denominator: Column of numbers, such as orders.
        unit: Column of what was randomised, if it may have several rows; they are added up.

    Raises:
        InvalidInput: As for `mean_summaries`.

    Examples:
        >>> import pyarrow as pa
        >>> users = pa.table({"arm": ["new", "new"], "spent": [30, 30], "orders": [1, 2]})
        >>> summary = ratio_summaries(users, variant="arm", numerator="spent", denominator="orders")
        >>> summary["new"].value
        20.0
    """
    sums = sums_by_variant(frame, variant=variant, columns=[numerator, denominator], unit=unit)
    return {
        key: RatioSummary(
            count=each.count,
            sum=each.sums[0],
            sum_squares=each.products[0][0],
            denominator_sum=each.sums[1],
            denominator_sum_squares=each.products[1][1],
            product_sum=each.products[0][1],
        )
        for key, each in sums.items()
    }


def covariate_summaries(
    frame: IntoFrame, *, variant: str, value: str, covariate: str, unit: str | None = None
) -> dict[Variant, CovariateSummary]:
    """Units with a number and what was known of them before exposure, by variant.

    Args:
        frame: Any that narwhals reads.
        variant: Column of the variant.
        value: Column of the metric.
        covariate: Column of the covariate, measured before exposure.
        unit: Column of the unit, if it may have several rows; both columns are added up.

    Raises:
        InvalidInput: As for `mean_summaries`.

    Examples:
        >>> import pyarrow as pa
        >>> users = pa.table({"arm": ["new", "new"], "after": [3, 5], "before": [2, 4]})
        >>> summary = covariate_summaries(users, variant="arm", value="after", covariate="before")
        >>> summary["new"].product_sum
        26.0
    """
    sums = sums_by_variant(frame, variant=variant, columns=[value, covariate], unit=unit)
    return {
        key: CovariateSummary(
            metric=MeanSummary(count=each.count, sum=each.sums[0], sum_squares=each.products[0][0]),
            covariate_sum=each.sums[1],
            covariate_sum_squares=each.products[1][1],
            product_sum=each.products[0][1],
        )
        for key, each in sums.items()
    }


def quantile_summaries(
    frame: IntoFrame,
    *,
    variant: str,
    value: str,
    probability: float,
    unit: str | None = None,
    level: float = 0.95,
) -> dict[Variant, QuantileSummary]:
    """Quantiles of the observations, by variant, with errors that respect their units.

    The values are read into memory.

    Args:
        frame: Any that narwhals reads.
        variant: Column of the variant.
        value: Column of the observations.
        probability: Share of observations at or below the quantile, in (0, 1).
        unit: Column of what was randomised, if it may have several observations.
        level: Coverage probability of each summary's bounds, in (0, 1).

    Raises:
        InvalidInput: As for `mean_summaries`, or a number is out of range.
        Undefined: A variant has fewer than two units.

    Examples:
        >>> import pyarrow as pa
        >>> loads = pa.table({"arm": ["new"] * 5, "seconds": [1.0, 2.0, 3.0, 4.0, 9.0]})
        >>> quantile_summaries(loads, variant="arm", value="seconds", probability=0.5)["new"].value
        3.0
    """
    units = observations_by_variant(frame, variant=variant, column=value, unit=unit)
    return {
        key: quantile_summary(each, probability=probability, level=level)
        for key, each in units.items()
    }
