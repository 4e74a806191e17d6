"""Summaries from data frames, and all variants of a metric against their control.

Anything that `narwhals` reads will do: pandas, Polars, PyArrow, a DuckDB relation. It comes
with the extra `frames`; nothing else of `splitplot.stats` needs it.
"""

from splitplot.stats.frames.comparisons import Comparison, compare
from splitplot.stats.frames.reading import Variant
from splitplot.stats.frames.summaries import (
    covariate_summaries,
    mean_summaries,
    proportion_summaries,
    quantile_summaries,
    ratio_summaries,
)

__all__ = [
    "Comparison",
    "Variant",
    "compare",
    "covariate_summaries",
    "mean_summaries",
    "proportion_summaries",
    "quantile_summaries",
    "ratio_summaries",
]
