"""A treatment against its control, by any engine, method and scale.

The engine "posthog" gives the compatible figures, digit by digit; "splitplot", the
default, one absolute test whose relative interval cannot contradict it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from splitplot.errors import Undefined
from splitplot.stats.bayesian import (
    NormalPrior,
    Posterior,
    check_counts,
    combine,
    normal_critical_value,
)
from splitplot.stats.calculator.documents import Answer, Fields
from splitplot.stats.calculator.summaries import read_covariate_summary, read_summary
from splitplot.stats.covariates import (
    CovariateSummary,
    CupedAdjustment,
    compatible_cuped,
    compatible_estimate,
    cuped,
)
from splitplot.stats.effects import Contrast, Estimate, Scale, contrast_of
from splitplot.stats.frequentist import WelchTest, check_units, t_critical_value, t_test
from splitplot.stats.sequential import (
    DEFAULT_TUNING,
    SequentialTest,
    always_valid_critical_value,
    always_valid_test,
)
from splitplot.stats.summaries import ProportionSummary, RatioSummary, Summary

# Sums beyond these the compatible engine does not touch.
_LARGEST_SUM = 1e15
_LARGEST_SUM_SQUARES = 1e30


class Engine(StrEnum):
    """Whose formulas."""

    SPLITPLOT = "splitplot"
    POSTHOG = "posthog"


class Method(StrEnum):
    """How certainty is stated."""

    BAYESIAN = "bayesian"
    FREQUENTIST = "frequentist"
    SEQUENTIAL = "sequential"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    scale: Scale
    alpha: float
    level: float
    tuning: float
    prior: NormalPrior | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    treatment: Summary
    control: Summary
    covariates: tuple[CovariateSummary, CovariateSummary] | None


def compare(fields: Fields) -> Answer:
    """Compare a treatment with its control.

    Args:
        fields: `treatment` and `control` are required; `engine`, `method`,
            `difference_type`, `alpha`, `ci_level`, `tuning_parameter` and `prior` have
            defaults.

    Returns:
        What the method defines, of: effect, variance, standard_error, statistic,
        degrees_of_freedom, p_value, interval, chance_to_win, risk, log_e_value,
        significant, theta.

    Raises:
        InvalidInput: A field is missing or wrong.
        Undefined: The data cannot answer.

    Examples:
        >>> answer = compare(Fields({
        ...     "method": "frequentist", "difference_type": "ABSOLUTE",
        ...     "treatment": {"kind": "proportion", "n": 1471, "sum": 62},
        ...     "control": {"kind": "proportion", "n": 1529, "sum": 87},
        ... }))
        >>> round(answer["p_value"], 4), answer["significant"]
        (0.0622, False)
    """
    engine = fields.choice("engine", Engine.SPLITPLOT)
    method = fields.choice("method", Method.BAYESIAN)
    settings = _Settings(
        scale=fields.choice("difference_type", Scale.RELATIVE),
        alpha=fields.share("alpha", 0.05),
        level=fields.share("ci_level", 0.95),
        tuning=_tuning(fields),
        prior=_prior(fields),
    )
    pair = _pair(fields, engine)
    if engine is Engine.POSTHOG:
        return _compatible(pair, method, settings)
    adjustment = cuped(*pair.covariates) if pair.covariates else None
    contrast = adjustment.contrast if adjustment else contrast_of(pair.treatment, pair.control)
    return _CONSISTENT[method](pair, contrast, settings) | _theta(adjustment)


def _tuning(fields: Fields) -> float:
    tuning = fields.number("tuning_parameter", DEFAULT_TUNING)
    if tuning < 1:
        raise fields.refused("tuning_parameter", "must be 1 or more")
    return tuning


def _prior(fields: Fields) -> NormalPrior | None:
    if not fields.has("prior"):
        return None
    prior = fields.inner("prior")
    if not prior.flag("proper", default=True):
        return None
    return NormalPrior(mean=prior.number("mean"), variance=prior.positive("variance"))


def _pair(fields: Fields, engine: Engine) -> _Pair:
    sides = [fields.inner("treatment"), fields.inner("control")]
    treatment, control = (read_summary(side) for side in sides)
    if type(treatment) is not type(control):
        raise fields.refused("control.kind", "must be that of the treatment")
    if engine is Engine.POSTHOG and isinstance(treatment, RatioSummary):
        # There, covariates of ratios are quietly left aside.
        return _Pair(treatment=treatment, control=control, covariates=None)
    one = read_covariate_summary(sides[0], treatment)
    other = read_covariate_summary(sides[1], control)
    if (one is None) != (other is None):
        raise fields.refused("covariate_sum", "must be there for both variants or for neither")
    both = None if one is None or other is None else (one, other)
    return _Pair(treatment=treatment, control=control, covariates=both)


def _theta(adjustment: CupedAdjustment | None) -> Answer:
    return {"theta": adjustment.theta} if adjustment else {}


def _compatible(pair: _Pair, method: Method, settings: _Settings) -> Answer:
    for summary in (pair.treatment, pair.control):
        _check_size(summary)
    adjustment = compatible_cuped(*pair.covariates) if pair.covariates else None
    if adjustment:
        contrast = adjustment.contrast
        estimate = compatible_estimate(adjustment, scale=settings.scale)
    else:
        contrast = contrast_of(pair.treatment, pair.control)
        estimate = contrast.estimate(settings.scale)
    match method:
        case Method.BAYESIAN:
            if adjustment is None:
                _check_counts(pair)
            if settings.scale is Scale.RELATIVE:
                _check_base(contrast)
            posterior = combine(estimate, settings.prior)
            found = _posterior(posterior, is_significant=posterior.is_decided(settings.level))
            found["interval"] = _bounds(posterior.interval(settings.level))
        case Method.FREQUENTIST:
            check_units(*contrast.counts)
            found = _welch(t_test(estimate, df=contrast.df, alpha=settings.alpha))
        case _:
            check_units(*contrast.counts)
            found = _sequential(_look(estimate, contrast, settings))
    return found | _theta(adjustment)


def _frequentist(_pair: _Pair, contrast: Contrast, settings: _Settings) -> Answer:
    check_units(*contrast.counts)
    test = t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df, alpha=settings.alpha)
    found = _welch(test)
    if settings.scale is Scale.RELATIVE:
        critical_value = t_critical_value(contrast.df, alpha=settings.alpha)
        found |= _relative(contrast, critical_value)
    return found


def _always_valid(_pair: _Pair, contrast: Contrast, settings: _Settings) -> Answer:
    check_units(*contrast.counts)
    found = _sequential(_look(contrast.estimate(Scale.ABSOLUTE), contrast, settings))
    if settings.scale is Scale.RELATIVE:
        critical_value = always_valid_critical_value(
            contrast.units, alpha=settings.alpha, tuning=settings.tuning
        )
        found |= _relative(contrast, critical_value)
    return found


def _bayesian(pair: _Pair, contrast: Contrast, settings: _Settings) -> Answer:
    _check_counts(pair)
    is_relative = settings.scale is Scale.RELATIVE
    if is_relative:
        _check_base(contrast)
    if settings.prior is not None or not is_relative:
        posterior = combine(contrast.estimate(settings.scale), settings.prior)
        interval = posterior.interval(settings.level)
        found = _posterior(posterior, is_significant=interval.lower > 0 or interval.upper < 0)
        return found | {"interval": _bounds(interval)}
    posterior = combine(contrast.estimate(Scale.ABSOLUTE), None)
    lower, upper = contrast.relative_bounds(normal_critical_value(settings.level))
    found = _posterior(posterior, is_significant=lower > 0 or upper < 0)
    found |= _relative(contrast, normal_critical_value(settings.level))
    # One posterior on both scales: losses in the metric's unit, as shares of the control.
    found["risk"] = {
        "ship": posterior.loss_if_shipped / contrast.base,
        "keep": posterior.loss_if_kept / contrast.base,
    }
    return found


_CONSISTENT: Mapping[Method, Callable[[_Pair, Contrast, _Settings], Answer]] = MappingProxyType(
    {
        Method.BAYESIAN: _bayesian,
        Method.FREQUENTIST: _frequentist,
        Method.SEQUENTIAL: _always_valid,
    }
)


def _look(estimate: Estimate, contrast: Contrast, settings: _Settings) -> SequentialTest:
    return always_valid_test(
        estimate, units=contrast.units, alpha=settings.alpha, tuning=settings.tuning
    )


def _estimate(estimate: Estimate | Posterior, effect: float) -> Answer:
    variance = estimate.variance
    return {"effect": effect, "variance": variance, "standard_error": math.sqrt(variance)}


def _relative(contrast: Contrast, critical_value: float) -> Answer:
    estimate = contrast.estimate(Scale.RELATIVE)
    lower, upper = contrast.relative_bounds(critical_value)
    return _estimate(estimate, estimate.effect) | {"interval": [lower, upper]}


def _welch(test: WelchTest) -> Answer:
    return {
        "effect": test.effect,
        "variance": test.variance,
        "standard_error": math.sqrt(test.variance),
        "statistic": test.statistic,
        "degrees_of_freedom": test.df,
        "p_value": test.p_value,
        "interval": [test.interval.lower, test.interval.upper],
        "significant": test.is_significant,
    }


def _sequential(look: SequentialTest) -> Answer:
    return {
        "effect": look.effect,
        "variance": look.variance,
        "standard_error": math.sqrt(look.variance),
        "p_value": look.p_value,
        "interval": [look.interval.lower, look.interval.upper],
        "log_e_value": look.log_e_value,
        "significant": look.is_significant,
    }


def _posterior(posterior: Posterior, *, is_significant: bool) -> Answer:
    return _estimate(posterior, posterior.mean) | {
        "chance_to_win": posterior.chance_above_zero,
        "risk": {"ship": posterior.loss_if_shipped, "keep": posterior.loss_if_kept},
        "significant": is_significant,
    }


def _check_size(summary: Summary) -> None:
    match summary:
        case ProportionSummary():
            return
        case _:
            is_large = abs(summary.sum) > _LARGEST_SUM or summary.sum_squares > _LARGEST_SUM_SQUARES
    if is_large:
        raise Undefined("The sums are too large for this engine.", code="sums_too_large")


def _check_counts(pair: _Pair) -> None:
    for summary in (pair.treatment, pair.control):
        check_counts(summary)


def _check_base(contrast: Contrast) -> None:
    if contrast.base <= 0:
        raise Undefined("The control's value is not above zero.", code="baseline_not_positive")
