"""The compatible engine: the figures that clients of the compatible API expect.

Digit by digit, also where another rule would be better: see `consistent` for that one.
"""

from splitplot.errors import Undefined
from splitplot.stats.bayesian import combine
from splitplot.stats.calculator.comparison import (
    Method,
    Pair,
    Settings,
    check_base,
    check_pair_counts,
)
from splitplot.stats.calculator.documents import Answer
from splitplot.stats.calculator.results import posterior_answer, sequential_answer, welch_answer
from splitplot.stats.covariates import compatible_cuped, compatible_estimate
from splitplot.stats.effects import Contrast, Estimate, Scale, contrast_of
from splitplot.stats.frequentist import check_units, t_test
from splitplot.stats.sequential import always_valid_test
from splitplot.stats.summaries import ProportionSummary, Summary

# Sums beyond these this engine does not touch.
_LARGEST_SUM = 1e15
_LARGEST_SUM_SQUARES = 1e30


def compatible_answer(pair: Pair, settings: Settings) -> Answer:
    """Compare on one scale with the delta method's variance.

    Raises:
        Undefined: The data cannot answer, or the sums are too large for this engine.

    Examples:
        >>> from splitplot.stats.calculator.comparison import Engine, read_pair, read_settings
        >>> from splitplot.stats.calculator.documents import Fields
        >>> sums = Fields({
        ...     "treatment": {"kind": "mean", "n": 2461, "sum": 1922.7, "sum_squares": 94698.29},
        ...     "control": {"kind": "mean", "n": 2507, "sum": 1196.87, "sum_squares": 37377.9767},
        ... })
        >>> found = compatible_answer(read_pair(sums, Engine.POSTHOG), read_settings(sums))
        >>> [round(bound, 3) for bound in found["interval"]], found["significant"]
        ([-0.087, 1.36], True)
    """
    for summary in (pair.treatment, pair.control):
        _check_size(summary)
    if pair.covariates is None:
        if settings.method is Method.BAYESIAN:
            check_pair_counts(pair)
        contrast = contrast_of(pair.treatment, pair.control)
        return _answer(contrast.estimate(settings.scale), contrast, settings)
    # With a covariate a proportion becomes a mean, which knows no smallest count.
    adjustment = compatible_cuped(*pair.covariates)
    estimate = compatible_estimate(adjustment, scale=settings.scale)
    return {
        **_answer(estimate, adjustment.contrast, settings),
        "theta": adjustment.theta,
    }


def _answer(estimate: Estimate, contrast: Contrast, settings: Settings) -> Answer:
    if settings.method is Method.BAYESIAN:
        if settings.scale is Scale.RELATIVE:
            check_base(contrast)
        posterior = combine(estimate, settings.prior)
        return posterior_answer(
            posterior,
            posterior.interval(settings.level),
            is_significant=posterior.is_decided(settings.level),
        )
    check_units(*contrast.counts)
    if settings.method is Method.FREQUENTIST:
        return welch_answer(t_test(estimate, df=contrast.df, alpha=settings.alpha))
    look = always_valid_test(
        estimate, units=contrast.units, alpha=settings.alpha, tuning=settings.tuning
    )
    return sequential_answer(look)


def _check_size(summary: Summary) -> None:
    if isinstance(summary, ProportionSummary):
        return
    if abs(summary.sum) > _LARGEST_SUM or summary.sum_squares > _LARGEST_SUM_SQUARES:
        raise Undefined("The sums are too large for this engine.", code="sums_too_large")
