"""Welch's test of many comparisons at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, stdtrit

from splitplot.errors import InvalidInput
from splitplot.stats.batches.columns import Array, SummaryColumns, refuse_rows
from splitplot.stats.effects import check_probability
from splitplot.stats.frequentist import MINIMUM_UNITS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WelchTests:
    """Outcomes of Welch's test, a row for each comparison; see `WelchTest`.

    Attributes:
        effects: Treatment minus control, in the metric's unit.
        variances: Of the effects' estimators.
        df: Degrees of freedom.
        statistics: Effects in standard errors.
        p_values: Two-sided, in [0, 1].
        lowers: Lower bounds of the intervals at level 1 - alpha.
        uppers: Their upper bounds.
        are_significant: Whether each p-value is below alpha.
    """

    effects: Array
    variances: Array
    df: Array
    statistics: Array
    p_values: Array
    lowers: Array
    uppers: Array
    are_significant: NDArray[np.bool_]


def welch_tests(
    treatments: SummaryColumns, controls: SummaryColumns, *, alpha: float = 0.05
) -> WelchTests:
    """`welch_test` on the absolute scale for every row.

    Estimand, assumptions and method as there; a thousand rows take as long as some dozens
    of single tests. P-values are not adjusted for their number: see `adjusted_p_values`.

    Args:
        treatments: One treatment a row.
        controls: Its control in the same row.
        alpha: Error rate allowed in each test, in (0, 1).

    Raises:
        InvalidInput: The columns are not equally long, or `alpha` is out of range.
        Undefined: A row cannot be tested, as for `welch_test`; the message says which.

    References:
        As for `welch_test`.

    Examples:
        >>> from splitplot.stats.batches import mean_columns
        >>> tests = welch_tests(
        ...     mean_columns([2461, 2461], [1922.7, 1200.0], [94698.29, 37000.0]),
        ...     mean_columns([2507, 2507], [1196.87, 1196.87], [37377.9767, 37377.9767]),
        ... )
        >>> tests.p_values.round(4).tolist()
        [0.0372, 0.9255]
        >>> tests.are_significant.tolist()
        [True, False]
    """
    check_probability(alpha, name="alpha")
    if treatments.counts.shape != controls.counts.shape:
        raise InvalidInput("Each treatment needs its control.", attr="controls")
    counts = np.minimum(treatments.counts, controls.counts)
    refuse_rows(
        counts < MINIMUM_UNITS,
        f"A variant has fewer than {MINIMUM_UNITS} units.",
        code="too_few_units",
    )
    a = treatments.variances / treatments.counts
    b = controls.variances / controls.counts
    variance = a + b
    refuse_rows(variance <= 0, "No unit varies.", code="no_variance")
    share = a / variance
    df = 1 / (share**2 / (treatments.counts - 1) + (1 - share) ** 2 / (controls.counts - 1))
    effects, errors = treatments.values - controls.values, np.sqrt(variance)
    statistics = effects / errors
    margins = -stdtrit(df, alpha / 2) * errors
    p_values = np.asarray(betainc(df / 2, 0.5, df / (df + statistics * statistics)), np.float64)
    return WelchTests(
        effects=effects,
        variances=variance,
        df=df,
        statistics=statistics,
        p_values=p_values,
        lowers=effects - margins,
        uppers=effects + margins,
        are_significant=p_values < alpha,
    )
