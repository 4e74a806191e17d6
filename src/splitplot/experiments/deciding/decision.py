"""Whether to ship a treatment: a table of checks over all metrics, each with a sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from splitplot.errors import Undefined
from splitplot.experiments.deciding.outcomes import Outcome
from splitplot.experiments.deciding.roles import Role
from splitplot.experiments.exposures import BiasRisk, SampleRatio
from splitplot.experiments.judgement import Goal, Judgement, level_of
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import MetricResult
from splitplot.experiments.stats_config import StatsSettings
from splitplot.stats import (
    Check,
    CheckKind,
    Decision,
    Estimate,
    MetricGain,
    Scale,
    decide,
    gain_of,
    relative_margin_gain,
)
from splitplot.stats.bayesian import normal_critical_value

SAMPLE_RATIO = "sample_ratio"
EXPOSURE_BIAS = "exposure_bias"
PRIMARY_METRIC = "primary_metric"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One check of the table.

    Attributes:
        metric: Key of the metric that it is about; None for the check of an experiment.
        message: What it found, as a plain sentence.
    """

    check: Check
    metric: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentDecision:
    """Whether to ship one treatment, and why.

    Attributes:
        lines: Success of the primary metrics, guardrails, deterioration of every metric,
            quality; what could not be judged but has to be is a check that failed.
    """

    variant: str
    should_ship: bool
    lines: tuple[Line, ...]
    blocking: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is known about the data as a whole."""

    sample_ratio: SampleRatio | None
    bias_risk: BiasRisk | None

    def checks(self) -> Iterator[tuple[str, bool]]:
        """Name of each check, and whether the data are fine."""
        yield SAMPLE_RATIO, self.sample_ratio is None or not self.sample_ratio.is_mismatch
        yield EXPOSURE_BIAS, self.bias_risk is None


def decisions(
    outcomes: Sequence[Outcome],
    *,
    treatments: Sequence[str],
    settings: StatsSettings,
    quality: Quality,
) -> tuple[TreatmentDecision, ...]:
    """For every treatment, whether to ship it.

    Every check takes the error that its metric's interval was made with, so at the level
    of the experiment a check and a verdict agree, and at the stricter levels of several
    comparisons a check is never less cautious than the method.

    Args:
        outcomes: Of every metric of the experiment.
        treatments: Keys of the variants compared with the baseline.
        settings: Whose level all checks share; each is one-sided.
        quality: What is known about the data as a whole.
    """
    return tuple(
        _decision(outcomes, variant, treatments=len(treatments), settings=settings, quality=quality)
        for variant in treatments
    )


def _decision(
    outcomes: Sequence[Outcome],
    variant: str,
    *,
    treatments: int,
    settings: StatsSettings,
    quality: Quality,
) -> TreatmentDecision:
    gains = {outcome.metric.key: _metric_gain(outcome, variant) for outcome in outcomes}

    def known(role: Role) -> list[MetricGain]:
        found = (gains[one.metric.key] for one in outcomes if one.metric.role is role)
        return [gain for gain in found if gain is not None]

    success = known(Role.PRIMARY)
    unjudged = [
        (outcome.metric.key, False)
        for outcome in outcomes
        if outcome.metric.role is Role.GUARDRAIL and gains[outcome.metric.key] is None
    ]
    if not success:
        unjudged.append((PRIMARY_METRIC, False))
    successes = sum(outcome.metric.role is Role.PRIMARY for outcome in outcomes)
    alone = (1 - level_of(settings)) / 2
    decision = decide(
        success=success,
        guardrails=known(Role.GUARDRAIL),
        others=known(Role.SECONDARY),
        quality=[*quality.checks(), *unjudged],
        alpha=alone,
        comparisons=max(1, successes * treatments),
    )
    return _explained(decision, variant, outcomes, alone=alone)


def _metric_gain(outcome: Outcome, variant: str) -> MetricGain | None:
    """What a metric says about a variant, if it says enough for its role."""
    if outcome.result is None:
        return None
    found = _judgement_of(outcome.result, variant)
    effect = _effect(found)
    if effect is None:
        return None
    is_up_good = outcome.result.goal is Goal.INCREASE
    gain = gain_of(effect, is_increase_good=is_up_good)
    margin = outcome.metric.margin
    if margin is None:
        return MetricGain(name=outcome.metric.key, gain=gain)
    over_worst = _over_worst(
        found, gain, margin, base=outcome.result.baseline.summary, is_up_good=is_up_good
    )
    if over_worst is None:
        return None
    return MetricGain(name=outcome.metric.key, gain=gain, over_worst=over_worst)


def _judgement_of(result: MetricResult, variant: str) -> Judgement:
    return next(one.judgement for one in result.variants if one.summary.variant == variant)


def _effect(judgement: Judgement) -> Estimate | None:
    """The effect with the error that its interval was made with."""
    absolute = judgement.absolute
    if absolute is None:
        return None
    reach = max(absolute.value - absolute.lower, absolute.upper - absolute.value)
    error = reach / normal_critical_value(judgement.level)
    return Estimate(effect=absolute.value, variance=error * error) if error * error > 0 else None


def _over_worst(
    judgement: Judgement, gain: Estimate, margin: float, *, base: VariantSummary, is_up_good: bool
) -> Estimate | None:
    """The gain over the worst acceptable value; None without a baseline to lose a share of."""
    contrast = judgement.contrast
    if contrast is None:
        # Small counts of a share: its units are few successes, so its base is known badly
        # and taken as it is.
        loss = margin * base.sum / base.count
        return Estimate(effect=gain.effect + loss, variance=gain.variance) if loss > 0 else None
    if contrast.base <= 0:
        return None
    try:
        exact = relative_margin_gain(contrast, margin=margin, is_increase_good=is_up_good)
    except Undefined:
        return None
    wider = gain.variance / contrast.estimate(Scale.ABSOLUTE).variance
    return Estimate(effect=exact.effect, variance=exact.variance * wider)


# What is said about it


def _explained(
    decision: Decision, variant: str, outcomes: Sequence[Outcome], *, alone: float
) -> TreatmentDecision:
    names = {one.metric.key: one.metric.name or one.metric.key for one in outcomes}
    lines = {check: _line(check, names, alone=alone) for check in decision.checks}
    return TreatmentDecision(
        variant=variant,
        should_ship=decision.should_ship,
        lines=tuple(lines[check] for check in decision.checks),
        blocking=tuple(lines[check] for check in decision.blocking),
    )


def _line(check: Check, names: dict[str, str], *, alone: float) -> Line:
    metric = check.name if check.name in names else None
    name = names.get(check.name, check.name)
    level, p_value = check.alpha, check.p_value
    # What its own verdict calls better or worse must not be called the contrary here.
    if level is not None and p_value is not None and level <= p_value < alone:
        message = f"{name!r} {_BY_ITSELF[check.kind]}."
    else:
        message = _sentence(check, name, is_metric=bool(metric))
    return Line(check=check, metric=metric, message=message)


_BY_ITSELF = {
    CheckKind.SUCCESS: "is better by itself, but not beyond chance among all that is compared",
    CheckKind.DETERIORATION: "is worse by itself, but too little to speak against shipping",
}


def _sentence(check: Check, name: str, *, is_metric: bool) -> str:
    match check.kind:
        case CheckKind.SUCCESS:
            words = ("is better", "is not shown to be better")
        case CheckKind.NON_INFERIORITY:
            words = ("loses less than its margin", "may lose its margin or more")
        case CheckKind.DETERIORATION:
            words = ("is not shown to be worse", "is worse")
        case _ if is_metric:
            return f"The guardrail {name!r} cannot be judged yet."
        case _:
            return _QUALITY[name][0 if check.is_passed else 1]
    return f"{name!r} {words[0 if check.is_passed else 1]}."


_QUALITY = {
    SAMPLE_RATIO: (
        "Units are split as the flag says.",
        "Units are not split as the flag says; results may be biased.",
    ),
    EXPOSURE_BIAS: (
        "Leaving out units that saw several variants does no harm.",
        "Units that saw several variants are left out of an uneven split.",
    ),
    PRIMARY_METRIC: (
        "A primary metric can be judged.",
        "No primary metric can be judged yet.",
    ),
}
