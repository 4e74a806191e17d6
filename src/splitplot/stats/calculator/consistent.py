"""The engine of our own: one absolute test, whatever the scale shown.

The p-value, the chance and the verdict are the absolute test's; a relative effect comes
with Fieller's bounds, which exclude 0 exactly when the absolute ones do.
"""

from splitplot.stats.bayesian import combine, normal_critical_value
from splitplot.stats.calculator.comparison import (
    Method,
    Pair,
    Settings,
    check_base,
    check_pair_counts,
)
from splitplot.stats.calculator.documents import Answer
from splitplot.stats.calculator.results import (
    posterior_answer,
    relative_answer,
    sequential_answer,
    welch_answer,
)
from splitplot.stats.covariates import cuped
from splitplot.stats.effects import Contrast, CredibleInterval, Scale, contrast_of
from splitplot.stats.frequentist import check_units, t_critical_value, t_test
from splitplot.stats.sequential import always_valid_critical_value, always_valid_test


def consistent_answer(pair: Pair, settings: Settings) -> Answer:
    """Compare by one test on both scales.

    Raises:
        Undefined: The data cannot answer; on the relative scale, also when the control's
            value is not clearly above 0.

    Examples:
        >>> from splitplot.stats.calculator.comparison import Engine, read_pair, read_settings
        >>> from splitplot.stats.calculator.documents import Fields
        >>> sums = Fields({
        ...     "treatment": {"kind": "mean", "n": 2461, "sum": 1922.7, "sum_squares": 94698.29},
        ...     "control": {"kind": "mean", "n": 2507, "sum": 1196.87, "sum_squares": 37377.9767},
        ... })
        >>> found = consistent_answer(read_pair(sums, Engine.SPLITPLOT), read_settings(sums))
        >>> [round(bound, 3) for bound in found["interval"]], found["significant"]
        ([0.033, 1.599], True)
    """
    if settings.method is Method.BAYESIAN:
        # The counts decide, with a covariate as without.
        check_pair_counts(pair)
    if pair.covariates is None:
        return _answer(contrast_of(pair.treatment, pair.control), settings)
    adjustment = cuped(*pair.covariates)
    return {**_answer(adjustment.contrast, settings), "theta": adjustment.theta}


def _answer(contrast: Contrast, settings: Settings) -> Answer:
    match settings.method:
        case Method.BAYESIAN:
            return _bayesian(contrast, settings)
        case Method.FREQUENTIST:
            return _frequentist(contrast, settings)
        case _:
            return _sequential(contrast, settings)


def _frequentist(contrast: Contrast, settings: Settings) -> Answer:
    check_units(*contrast.counts)
    test = t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df, alpha=settings.alpha)
    if settings.scale is Scale.ABSOLUTE:
        return welch_answer(test)
    critical_value = t_critical_value(contrast.df, alpha=settings.alpha)
    return welch_answer(test) | _relative(contrast, critical_value)


def _sequential(contrast: Contrast, settings: Settings) -> Answer:
    check_units(*contrast.counts)
    alpha, tuning, units = settings.alpha, settings.tuning, contrast.units
    estimate = contrast.estimate(Scale.ABSOLUTE)
    look = always_valid_test(estimate, units=units, alpha=alpha, tuning=tuning)
    if settings.scale is Scale.ABSOLUTE:
        return sequential_answer(look)
    critical_value = always_valid_critical_value(units, alpha=alpha, tuning=tuning)
    return sequential_answer(look) | _relative(contrast, critical_value)


def _bayesian(contrast: Contrast, settings: Settings) -> Answer:
    if settings.scale is Scale.RELATIVE:
        check_base(contrast)
        if settings.prior is None:
            return _flat_relative(contrast, settings.level)
    posterior = combine(contrast.estimate(settings.scale), settings.prior)
    interval = posterior.interval(settings.level)
    return posterior_answer(posterior, interval, is_significant=_excludes_zero(interval))


def _flat_relative(contrast: Contrast, level: float) -> Answer:
    # One posterior serves both scales: losses in the metric's unit become shares of the
    # control's value, and the chance stays what it is.
    posterior = combine(contrast.estimate(Scale.ABSOLUTE), None)
    critical_value = normal_critical_value(level)
    lower, upper = contrast.relative_bounds(critical_value)
    interval = CredibleInterval(lower=lower, upper=upper, level=level)
    answer = posterior_answer(
        posterior, interval, is_significant=_excludes_zero(interval), base=contrast.base
    )
    return answer | relative_answer(contrast.estimate(Scale.RELATIVE), (lower, upper))


def _relative(contrast: Contrast, critical_value: float) -> Answer:
    bounds = contrast.relative_bounds(critical_value)
    return relative_answer(contrast.estimate(Scale.RELATIVE), bounds)


def _excludes_zero(interval: CredibleInterval) -> bool:
    return interval.lower > 0 or interval.upper < 0
