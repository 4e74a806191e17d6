"""The statistics engine; a library of its own.

Values in, values out: summaries of two variants become effects, intervals and
probabilities. What the data cannot answer raises `splitplot.errors.Undefined` with the
reason; nothing here returns `NaN`.
"""

from splitplot.stats.bayesian import (
    NormalPrior,
    Posterior,
    posterior_effect,
    relative_credible_interval,
)
from splitplot.stats.effects import (
    ConfidenceInterval,
    CredibleInterval,
    Estimate,
    Scale,
    estimate_effect,
    relative_bounds,
)
from splitplot.stats.frequentist import WelchTest, relative_interval, welch_test
from splitplot.stats.sample_ratio import (
    SampleRatioTest,
    SequentialSampleRatioTest,
    sample_ratio_test,
    sequential_sample_ratio_test,
)
from splitplot.stats.sequential import (
    SequentialTest,
    sequential_relative_interval,
    sequential_test,
)
from splitplot.stats.summaries import MeanSummary, ProportionSummary, RatioSummary, Summary

__all__ = [
    "ConfidenceInterval",
    "CredibleInterval",
    "Estimate",
    "MeanSummary",
    "NormalPrior",
    "Posterior",
    "ProportionSummary",
    "RatioSummary",
    "SampleRatioTest",
    "Scale",
    "SequentialSampleRatioTest",
    "SequentialTest",
    "Summary",
    "WelchTest",
    "estimate_effect",
    "posterior_effect",
    "relative_bounds",
    "relative_credible_interval",
    "relative_interval",
    "sample_ratio_test",
    "sequential_relative_interval",
    "sequential_sample_ratio_test",
    "sequential_test",
    "welch_test",
]
