"""Reading one variant's sums."""

from enum import StrEnum

from splitplot.stats.calculator.documents import Fields
from splitplot.stats.covariates import CovariateSummary
from splitplot.stats.summaries import MeanSummary, ProportionSummary, RatioSummary, Summary

_COVARIATE = ("covariate_sum", "covariate_sum_squares", "covariate_sum_product")
# Sums of squares may fall this far, as a share, below what the sum allows, by rounding.
_ROUNDING = 1e-9


class SummaryKind(StrEnum):
    """How a variant's sums are to be read; the words are the document's."""

    MEAN = "mean"
    PROPORTION = "proportion"
    RATIO = "ratio"


class DenominatorKind(StrEnum):
    """What a ratio's denominators are."""

    MEAN = "mean"
    PROPORTION = "proportion"


def read_summary(fields: Fields) -> Summary:
    """A variant's sums.

    Raises:
        InvalidInput: A field is missing or of the wrong kind, there are more successes
            than units, or a sum of squares is smaller than its sum allows.

    Examples:
        >>> read_summary(Fields({"kind": "proportion", "n": 100, "sum": 25})).value
        0.25
    """
    if not fields.has("kind"):
        raise fields.refused("kind", "is required", code="required")
    count = fields.count("n")
    match fields.choice("kind", SummaryKind.MEAN):
        case SummaryKind.MEAN:
            total, squares = _sums(fields, count, "sum", "sum_squares")
            return MeanSummary(count=count, sum=total, sum_squares=squares)
        case SummaryKind.PROPORTION:
            return ProportionSummary(count=count, successes=_successes(fields, count, "sum"))
        case _:
            return _ratio(fields, count)


def read_covariate_summary(fields: Fields, metric: Summary) -> CovariateSummary | None:
    """The metric with its covariate, or None when the document has none.

    Raises:
        InvalidInput: Only some of the covariate's fields are there or one is wrong, or
            the metric is a ratio.

    Examples:
        >>> fields = Fields({"covariate_sum": 4, "covariate_sum_squares": 10})
        >>> read_covariate_summary(fields, MeanSummary.of([1, 2]))
        Traceback (most recent call last):
        ...
        splitplot.errors.InvalidInput: covariate_sum_product is required.
    """
    if not any(fields.has(name) for name in _COVARIATE):
        return None
    if isinstance(metric, RatioSummary):
        raise fields.refused(
            "covariate_sum", "is for means and proportions", code="covariate_not_supported"
        )
    total, squares = _sums(fields, metric.count, "covariate_sum", "covariate_sum_squares")
    return CovariateSummary(
        metric=metric,
        covariate_sum=total,
        covariate_sum_squares=squares,
        product_sum=fields.number("covariate_sum_product"),
    )


def _ratio(fields: Fields, count: int) -> RatioSummary:
    total, squares = _sums(fields, count, "sum", "sum_squares")
    below, below_squares = _sums(fields, count, "denominator_sum", "denominator_sum_squares")
    is_binary = fields.choice("denominator_kind", DenominatorKind.MEAN) is not DenominatorKind.MEAN
    if is_binary:
        _successes(fields, count, "denominator_sum")
    return RatioSummary(
        count=count,
        sum=total,
        sum_squares=squares,
        denominator_sum=below,
        denominator_sum_squares=below_squares,
        product_sum=fields.number("numerator_denominator_sum_product"),
        has_binary_denominator=is_binary,
    )


def _sums(fields: Fields, count: int, name: str, name_squares: str) -> tuple[float, float]:
    total, squares = fields.number(name), fields.number(name_squares)
    # The mean of squares is never below the square of the mean.
    least = total * (total / count) if count else 0.0
    if squares < least * (1 - _ROUNDING):
        raise fields.refused(name_squares, f"is too small for this {name} of {count} units")
    return total, squares


def _successes(fields: Fields, count: int, name: str) -> int:
    successes = fields.count(name)
    if successes > count:
        raise fields.refused(name, "must not exceed n")
    return successes
