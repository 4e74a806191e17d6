"""How an experiment wants its results computed: its `stats_config` document as values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from splitplot.filters.model import JsonValue, Properties
from splitplot.stats import Correction, Scale
from splitplot.stats.sequential import DEFAULT_TUNING

_DEFAULT_LEVEL = 0.95
_DEFAULT_ALPHA = 0.05
_LARGEST_TUNING = 1e9
# A share of ideas that work, as large programmes of experiments report it.
DEFAULT_SUCCESS_SHARE = 0.1
_DEFAULT_LOOKBACK_DAYS, _LONGEST_LOOKBACK_DAYS = 14, 30
_NO_CORRECTION = "none"
_CONTROL = "control"


class Method(StrEnum):
    """The two ways to compute a result; the words are the wire's."""

    BAYESIAN = "bayesian"
    FREQUENTIST = "frequentist"


class Engine(StrEnum):
    """Whether our own judgement stands beside the compatible figures."""

    SPLITPLOT = "splitplot"
    POSTHOG = "posthog"


@dataclass(frozen=True, slots=True, kw_only=True)
class BayesianSettings:
    """Settings of the Bayesian method.

    Attributes:
        level: Probability between the bounds, in (0, 1); also the threshold of the
            compatible significance rule.
        scale: In which terms the compatible figures state the effect.
    """

    level: float = _DEFAULT_LEVEL
    scale: Scale = Scale.RELATIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequentistSettings:
    """Settings of the frequentist method for results read once, at the planned size.

    Attributes:
        alpha: Error rate allowed, in (0, 1).
        scale: In which terms the compatible figures state the effect.
    """

    alpha: float = _DEFAULT_ALPHA
    scale: Scale = Scale.RELATIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialSettings:
    """Settings of the frequentist method for results read at any time.

    Attributes:
        alpha: Error rate allowed over all looks, in (0, 1).
        scale: In which terms the compatible figures state the effect.
        tuning: Units at which the interval is to be tightest, 1 to 1e9.
    """

    alpha: float = _DEFAULT_ALPHA
    scale: Scale = Scale.RELATIVE
    tuning: float = DEFAULT_TUNING


StatsSettings = BayesianSettings | FrequentistSettings | SequentialSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsConfig:
    """A method with its settings, and which variant the others are compared with.

    Attributes:
        settings: The settings of the chosen method.
        baseline_key: The variant asked for as baseline; None when none is.
        engine: Whether results are judged by us beside the compatible figures.
        correction: How the p-values of a family are adjusted; None: not at all. Families
            of secondary metrics have their own way unless it is None.
        success_share: Share of ideas that do what they are meant to, in (0, 1).
        lookback: How long before a unit's exposure its covariate reaches back (CUPED);
            None: results are not adjusted.
    """

    settings: StatsSettings
    baseline_key: str | None = None
    engine: Engine = Engine.SPLITPLOT
    correction: Correction | None = Correction.HOLM
    success_share: float = DEFAULT_SUCCESS_SHARE
    lookback: timedelta | None = None

    @property
    def method(self) -> Method:
        """The chosen method."""
        is_bayesian = isinstance(self.settings, BayesianSettings)
        return Method.BAYESIAN if is_bayesian else Method.FREQUENTIST

    def baseline_of(self, variants: Sequence[str]) -> str:
        """The baseline's key: the one asked for, else `control`, else the first.

        Args:
            variants: The flag's variants, in flag order; at least one.
        """
        if self.baseline_key is not None:
            return self.baseline_key
        return _CONTROL if _CONTROL in variants else variants[0]


def read_stats_config(document: Properties) -> StatsConfig:
    """The settings a `stats_config` document asks for.

    What is missing, unknown or out of range falls back to its default without an error,
    so every stored document can be read.

    Args:
        document: As stored with the experiment.

    Examples:
        >>> config = read_stats_config({"method": "frequentist", "frequentist": {"alpha": 0.1}})
        >>> config.method.value, config.settings.alpha
        ('frequentist', 0.1)
        >>> read_stats_config({"method": "?", "bayesian": {"ci_level": 7}}).settings.level
        0.95
    """
    baseline = document.get("baseline_variant_key")
    return StatsConfig(
        settings=_settings(document),
        baseline_key=baseline if isinstance(baseline, str) and baseline else None,
        engine=Engine.POSTHOG if document.get("engine") == Engine.POSTHOG else Engine.SPLITPLOT,
        correction=_correction(document.get("correction")),
        success_share=_probability(document.get("success_share"), default=DEFAULT_SUCCESS_SHARE),
        lookback=_lookback(_part(document, "cuped")),
    )


def _settings(document: Properties) -> StatsSettings:
    if document.get("method") != Method.FREQUENTIST:
        part = _part(document, Method.BAYESIAN)
        return BayesianSettings(
            level=_probability(part.get("ci_level"), default=_DEFAULT_LEVEL), scale=_scale(part)
        )
    part = _part(document, Method.FREQUENTIST)
    alpha = _probability(part.get("alpha"), default=_DEFAULT_ALPHA)
    if part.get("sequential_testing_enabled") is not True:
        return FrequentistSettings(alpha=alpha, scale=_scale(part))
    return SequentialSettings(alpha=alpha, scale=_scale(part), tuning=_tuning(part))


def _correction(word: JsonValue) -> Correction | None:
    if word == _NO_CORRECTION:
        return None
    words = {correction.value: correction for correction in Correction}
    return words.get(word, Correction.HOLM) if isinstance(word, str) else Correction.HOLM


def _lookback(part: Properties) -> timedelta | None:
    if part.get("enabled") is not True:
        return None
    days = _number(part.get("lookback_days"))
    if math.isnan(days):
        return timedelta(days=_DEFAULT_LOOKBACK_DAYS)
    return timedelta(days=min(max(round(days), 1), _LONGEST_LOOKBACK_DAYS))


def _part(document: Properties, key: str) -> Properties:
    part = document.get(key)
    return part if isinstance(part, Mapping) else {}


def _scale(part: Properties) -> Scale:
    word = part.get("difference_type")
    is_absolute = isinstance(word, str) and word.lower() == Scale.ABSOLUTE
    return Scale.ABSOLUTE if is_absolute else Scale.RELATIVE


def _tuning(part: Properties) -> float:
    tuning = _number(part.get("sequential_tuning_parameter"))
    return tuning if 1 <= tuning <= _LARGEST_TUNING else DEFAULT_TUNING


def _probability(value: JsonValue, *, default: float) -> float:
    number = _number(value)
    return number if 0 < number < 1 else default


def _number(value: JsonValue) -> float:
    # What is no number compares as false with everything, as NaN does. JSON's true is not
    # a number although Python's is one, and a whole number can be too long for a float.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if abs(value) <= _LARGEST_TUNING else math.nan
