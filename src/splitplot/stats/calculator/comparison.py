"""What a comparison is asked to do: two variants, and the settings of a method."""

from dataclasses import dataclass
from enum import StrEnum

from splitplot.errors import Undefined
from splitplot.stats.bayesian import NormalPrior, check_counts
from splitplot.stats.calculator.documents import Fields
from splitplot.stats.calculator.summaries import read_covariate_summary, read_summary
from splitplot.stats.covariates import CovariateSummary
from splitplot.stats.effects import Contrast, Scale
from splitplot.stats.sequential import DEFAULT_TUNING
from splitplot.stats.summaries import RatioSummary, Summary


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
class Settings:
    """How to compare.

    Attributes:
        method: How certainty is stated.
        scale: Of effect and interval.
        alpha: Error rate of the frequentist methods, in (0, 1).
        level: Of the credible interval, in (0, 1).
        tuning: Units at which the sequential method is tightest, 1 or more.
        prior: On the scale of the effect; None is flat.
    """

    method: Method
    scale: Scale
    alpha: float
    level: float
    tuning: float
    prior: NormalPrior | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two variants of one metric, with their covariates if both have some."""

    treatment: Summary
    control: Summary
    covariates: tuple[CovariateSummary, CovariateSummary] | None


def read_settings(fields: Fields) -> Settings:
    """The settings; what is missing has the default that the wire has.

    Raises:
        InvalidInput: A field is wrong.

    Examples:
        >>> settings = read_settings(Fields({"alpha": 0.1, "prior": {"proper": False}}))
        >>> settings.method.value, settings.scale.value, settings.alpha, settings.prior
        ('bayesian', 'relative', 0.1, None)
    """
    tuning = fields.number("tuning_parameter", DEFAULT_TUNING)
    if tuning < 1:
        raise fields.refused("tuning_parameter", "must be 1 or more")
    return Settings(
        method=fields.choice("method", Method.BAYESIAN),
        scale=fields.choice("difference_type", Scale.RELATIVE),
        alpha=fields.share("alpha", 0.05),
        level=fields.share("ci_level", 0.95),
        tuning=tuning,
        prior=_prior(fields),
    )


def read_pair(fields: Fields, engine: Engine) -> Pair:
    """The two variants.

    Raises:
        InvalidInput: A field is missing or wrong, or the variants do not match.
    """
    sides = [fields.inner("treatment"), fields.inner("control")]
    treatment, control = (read_summary(side) for side in sides)
    if type(treatment) is not type(control):
        raise fields.refused("control", "must be of the treatment's kind")
    if engine is Engine.POSTHOG and isinstance(treatment, RatioSummary):
        # There, covariates of ratios are quietly left aside.
        return Pair(treatment=treatment, control=control, covariates=None)
    one = read_covariate_summary(sides[0], treatment)
    other = read_covariate_summary(sides[1], control)
    if (one is None) != (other is None):
        raise fields.refused("covariate_sum", "must be there for both variants or for neither")
    both = None if one is None or other is None else (one, other)
    return Pair(treatment=treatment, control=control, covariates=both)


def check_pair_counts(pair: Pair) -> None:
    """Refuse proportions too skewed for the normal approximation.

    Raises:
        Undefined: A variant has fewer than 5 successes or 5 failures.
    """
    for summary in (pair.treatment, pair.control):
        check_counts(summary)


def check_base(contrast: Contrast) -> None:
    """Refuse a share of something not above 0.

    Raises:
        Undefined: The control's value is 0 or below.
    """
    if contrast.base <= 0:
        raise Undefined("The control's value is not above zero.", code="baseline_not_positive")


def _prior(fields: Fields) -> NormalPrior | None:
    if not fields.has("prior"):
        return None
    prior = fields.inner("prior")
    if not prior.flag("proper", default=True):
        return None
    return NormalPrior(mean=prior.number("mean"), variance=prior.positive("variance"))
