"""What a screen may say of each treatment: a verdict, and the interval it was read off.

A reading holds both, so that no picture of the one contradicts the other. Every method's
reading is made here: of our own judgement, or where only the compatible figures are asked
for, of their interval, whatever their rule of significance says.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from splitplot.errors import Undefined
from splitplot.experiments.deciding.outcomes import Outcome
from splitplot.experiments.judgement import Approach, Effect, Goal, Judgement, Reason
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import NOT_ASKED_FOR, MetricResult, VariantResult
from splitplot.experiments.stats_config import StatsConfig
from splitplot.stats import Contrast, Scale, t_critical_value

_NO_FIGURES = Reason(
    code="no_figures", message="There are too few data for the compatible figures."
)


class Word(StrEnum):
    """A verdict in the words of a screen."""

    BETTER = "better"
    WORSE = "worse"
    NO_MEANINGFUL_DIFFERENCE = "no_meaningful_difference"
    NOT_YET = "not_yet"
    SAFE = "safe"
    NOT_YET_EXCLUDED = "not_yet_excluded"
    BREACHED = "breached"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One treatment of one metric.

    Attributes:
        verdict: Read off `relative`; off `absolute` where there is no relative form.
        relative: The interval that decides, as a share of the baseline.
        absolute: The same in the metric's unit.
        wings: What another method claims, which decides nothing: always-valid bounds
            beside bounds for one look, and the other way round. In the scale of each.
        limit: A guardrail's: the change that must not be passed, on the scale that the
            verdict was read on; negative where the metric should increase.
        reason: Why the verdict is withheld.
    """

    variant: str
    verdict: Word
    relative: Effect | None = None
    absolute: Effect | None = None
    relative_wings: Effect | None = None
    absolute_wings: Effect | None = None
    limit: float | None = None
    reason: Reason | None = None


def readings(
    outcome: Outcome,
    *,
    config: StatsConfig,
    smallest_effect: float | None = None,
    doubt: Reason | None = None,
) -> tuple[Reading, ...]:
    """A reading for each treatment; none without a result.

    Args:
        outcome: Of one metric.
        config: Whose method made it.
        smallest_effect: Share of the baseline below which a difference means nothing.
        doubt: Why nothing of the experiment is to be relied on. Intervals stay, verdicts go.
    """
    result = outcome.result
    if result is None:
        return ()
    found = (
        _reading(one, result, config, margin=outcome.metric.margin, smallest_effect=smallest_effect)
        for one in result.variants
    )
    return tuple(one if doubt is None else _doubted(one, doubt) for one in found)


def _doubted(reading: Reading, doubt: Reason) -> Reading:
    return replace(reading, verdict=Word.WITHHELD, reason=reading.reason or doubt)


def _reading(
    variant: VariantResult,
    result: MetricResult,
    config: StatsConfig,
    *,
    margin: float | None,
    smallest_effect: float | None,
) -> Reading:
    reading = _intervals(variant, config)
    if reading.reason is not None:
        return reading
    is_up_good = result.goal is Goal.INCREASE
    if margin is not None:
        base = result.baseline.summary
        return _guarded(reading, margin, variant.judgement, base=base, is_up_good=is_up_good)
    return replace(reading, verdict=_verdict(reading, smallest_effect, is_up_good=is_up_good))


def _intervals(variant: VariantResult, config: StatsConfig) -> Reading:
    """What decides, without its verdict."""
    key, judgement = variant.summary.variant, variant.judgement
    if judgement.reason == NOT_ASKED_FOR:
        return _compatible(variant, config)
    wings = _wings(judgement)
    return Reading(
        variant=key,
        verdict=Word.WITHHELD,
        relative=judgement.relative,
        absolute=judgement.absolute,
        relative_wings=wings.relative,
        absolute_wings=wings.absolute,
        reason=judgement.reason,
    )


def _compatible(variant: VariantResult, config: StatsConfig) -> Reading:
    key, statistics = variant.summary.variant, variant.statistics
    if statistics is None:
        reason = variant.failure_reason or _NO_FIGURES
        return Reading(variant=key, verdict=Word.WITHHELD, reason=reason)
    lower, upper = statistics.interval.lower, statistics.interval.upper
    # Every compatible interval lies evenly around its estimate.
    effect = Effect(value=lower + (upper - lower) / 2, lower=lower, upper=upper)
    is_relative = config.settings.scale is Scale.RELATIVE
    return Reading(
        variant=key,
        verdict=Word.WITHHELD,
        relative=effect if is_relative else None,
        absolute=None if is_relative else effect,
    )


@dataclass(frozen=True, slots=True)
class _Wings:
    relative: Effect | None = None
    absolute: Effect | None = None


def _wings(judgement: Judgement) -> _Wings:
    contrast, look = judgement.contrast, judgement.always_valid
    if contrast is None or look is None:
        return _Wings()
    if judgement.approach is not Approach.ALWAYS_VALID:
        return _Wings(look.relative, look.absolute)
    return _one_look(contrast, alpha=1 - judgement.level)


def _one_look(contrast: Contrast, *, alpha: float) -> _Wings:
    critical_value = t_critical_value(contrast.df, alpha=alpha)
    reach = critical_value * math.sqrt(contrast.estimate(Scale.ABSOLUTE).variance)
    difference = contrast.difference
    absolute = Effect(value=difference, lower=difference - reach, upper=difference + reach)
    try:
        lower, upper = contrast.relative_bounds(critical_value)
    except Undefined:
        return _Wings(absolute=absolute)
    return _Wings(Effect(value=difference / contrast.base, lower=lower, upper=upper), absolute)


def _verdict(reading: Reading, smallest_effect: float | None, *, is_up_good: bool) -> Word:
    effect = reading.relative or reading.absolute
    assert effect is not None  # noqa: S101 without one there is a reason
    if effect.lower > 0:
        return Word.BETTER if is_up_good else Word.WORSE
    if effect.upper < 0:
        return Word.WORSE if is_up_good else Word.BETTER
    relative = reading.relative
    is_small = (
        relative is not None
        and smallest_effect is not None
        and -smallest_effect < relative.lower
        and relative.upper < smallest_effect
    )
    return Word.NO_MEANINGFUL_DIFFERENCE if is_small else Word.NOT_YET


def _guarded(
    reading: Reading,
    margin: float,
    judgement: Judgement,
    *,
    base: VariantSummary,
    is_up_good: bool,
) -> Reading:
    """With a guardrail's verdict: on which side of the margin the interval lies."""
    effect, loss = reading.relative, margin
    if effect is None:
        if judgement.contrast is not None:
            return replace(reading, reason=judgement.relative_reason)
        # A share of few units: its base is known badly, and taken as it is.
        effect, loss = reading.absolute, margin * _share_of(base)
    assert effect is not None  # noqa: S101 without one there is a reason
    if not loss > 0:
        reason = Reason(
            code="no_margin", message="There is no baseline to lose a share of, so no margin."
        )
        return replace(reading, reason=reason)
    limit = -loss if is_up_good else loss
    safe, breached = effect.lower > limit, effect.upper < limit
    if not is_up_good:
        safe, breached = effect.upper < limit, effect.lower > limit
    word = Word.SAFE if safe else Word.BREACHED if breached else Word.NOT_YET_EXCLUDED
    return replace(reading, verdict=word, limit=limit)


def _share_of(base: VariantSummary) -> float:
    return base.sum / base.count if base.count else 0.0
