"""Thousands of comparisons at once, as columns; each is what it would be alone."""

from splitplot.stats.batches.columns import (
    SummaryColumns,
    columns_of,
    mean_columns,
    proportion_columns,
    ratio_columns,
)
from splitplot.stats.batches.covariates import (
    CovariateColumns,
    covariate_columns,
    cuped_columns,
)
from splitplot.stats.batches.welch import WelchTests, welch_tests

__all__ = [
    "CovariateColumns",
    "SummaryColumns",
    "WelchTests",
    "columns_of",
    "covariate_columns",
    "cuped_columns",
    "mean_columns",
    "proportion_columns",
    "ratio_columns",
    "welch_tests",
]
