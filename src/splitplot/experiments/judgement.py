"""What a result says in one word, with figures that cannot contradict it.

The compatible figures of a result follow the conventions its clients know. A judgement
stands beside them: one absolute test, one p-value, intervals for the absolute and the
relative effect that exclude 0 together or not at all, and a verdict read off them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from splitplot.errors import Undefined
from splitplot.experiments.stats_config import (
    DEFAULT_SUCCESS_SHARE,
    BayesianSettings,
    FrequentistSettings,
    SequentialSettings,
    StatsSettings,
)
from splitplot.stats import (
    ConfidenceInterval,
    Contrast,
    Correction,
    CredibleInterval,
    ProportionSummary,
    Scale,
    Summary,
    adjusted_p_values,
    always_valid_critical_value,
    always_valid_test,
    combine,
    contrast_of,
    false_positive_risk,
    fisher_p_value,
    newcombe_interval,
    t_critical_value,
    t_test,
)
from splitplot.stats.bayesian import check_counts, normal_critical_value
from splitplot.stats.frequentist import check_units
from splitplot.stats.legacy import Conversions, legacy_result
from splitplot.stats.sequential import DEFAULT_TUNING


class Goal(StrEnum):
    """Which way a metric should move."""

    INCREASE = "increase"
    DECREASE = "decrease"


class Verdict(StrEnum):
    """What the interval says about the treatment, given the goal."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no difference shown"


class Direction(StrEnum):
    """Where the estimate lies, given the goal; says nothing about certainty."""

    IMPROVED = "improved"
    WORSENED = "worsened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something could not be computed: a stable code and a plain sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An estimate between its bounds, in the metric's unit or as a share of control."""

    value: float
    lower: float
    upper: float


class Approach(StrEnum):
    """Where a judgement's intervals come from."""

    POSTERIOR = "posterior"
    WELCH = "welch"
    ALWAYS_VALID = "always_valid"
    EXACT = "exact"


class FamilyScope(StrEnum):
    """Which comparisons had their chance to look good together."""

    METRIC = "metric"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    BREAKDOWN = "breakdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The comparisons that a p-value was adjusted for.

    Attributes:
        comparisons: How many, those without a p-value included.
    """

    scope: FamilyScope
    correction: Correction
    comparisons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysValid:
    """What holds at every look, however often one looks.

    Attributes:
        absolute: This look's interval; the intersection over all looks holds as well.
        relative: None when the effect has no relative form.
        p_value: Of this look; the smallest one over all looks is valid as well.
    """

    absolute: Effect
    relative: Effect | None
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One treatment against the control.

    Attributes:
        level: Coverage or posterior probability of both intervals, in (0, 1).
        approach: Where the intervals come from; None when `reason` is set.
        absolute: Effect in the metric's unit; None when `reason` is set.
        relative: Effect as a share of the control's value; None when `reason` or
            `relative_reason` is set.
        p_value: Two-sided, of the absolute test; always-valid when the settings ask for
            sequential testing.
        adjusted_p_value: The same for one comparison of several; None outside a family.
        family: Which several.
        always_valid: For who looks often; None where counts are too small for it.
        chance_better: Posterior probability, with a flat prior, that the treatment moves
            the metric the way its goal asks, in [0, 1].
        false_positive_risk: Of a verdict of better: the share of such verdicts that are
            wrong, in (0, 1).
        direction: Which way the estimate points; None when it is exactly 0.
        verdict: Better or worse only when the intervals exclude 0.
        reason: Why there is nothing to judge by.
        relative_reason: Why the effect has no relative form although it has an absolute one.
        contrast: What was judged; None when `reason` is set, and for exact methods.
    """

    level: float
    approach: Approach | None = None
    absolute: Effect | None = None
    relative: Effect | None = None
    p_value: float | None = None
    adjusted_p_value: float | None = None
    family: Family | None = None
    always_valid: AlwaysValid | None = None
    chance_better: float | None = None
    false_positive_risk: float | None = None
    direction: Direction | None = None
    verdict: Verdict | None = None
    reason: Reason | None = None
    relative_reason: Reason | None = None
    contrast: Contrast | None = None


def judge(
    treatment: Summary,
    control: Summary,
    *,
    settings: StatsSettings,
    goal: Goal,
    success_share: float = DEFAULT_SUCCESS_SHARE,
) -> Judgement:
    """Judge a treatment by the settings' method.

    Bayesian settings give credible intervals under flat priors, frequentist ones Welch's
    confidence intervals, and always-valid ones with sequential testing. Shares with fewer
    than 5 successes or failures are judged by exact methods, which may be read once: with
    sequential testing they are not judged. What cannot be computed is left out with its
    reason; this never raises `Undefined`.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units.
        settings: Method, level or alpha.
        goal: Which way the metric should move.
        success_share: Share of ideas that do what they are meant to, in (0, 1).

    Examples:
        >>> from splitplot.stats import ProportionSummary
        >>> control = ProportionSummary(count=55000, successes=5500)
        >>> treatment = ProportionSummary(count=55000, successes=6050)
        >>> judgement = judge(
        ...     treatment, control, settings=FrequentistSettings(), goal=Goal.INCREASE
        ... )
        >>> judgement.verdict.value, round(judgement.relative.lower, 3)
        ('better', 0.063)
    """
    try:
        for summary in (treatment, control):
            check_counts(summary)
    except Undefined as undefined:
        return _judge_small(
            treatment, control, undefined, settings=settings, goal=goal, success_share=success_share
        )
    try:
        check_units(treatment.count, control.count)
        contrast = contrast_of(treatment, control)
    except Undefined as undefined:
        return unjudged(reason_of(undefined), settings=settings)
    return judge_contrast(contrast, settings=settings, goal=goal, success_share=success_share)


def judge_contrast(
    contrast: Contrast,
    *,
    settings: StatsSettings,
    goal: Goal,
    success_share: float = DEFAULT_SUCCESS_SHARE,
) -> Judgement:
    """As `judge`, for a contrast however it was made: an adjusted one, for example."""
    try:
        judgement = _estimated(contrast, settings)
    except Undefined as undefined:
        return unjudged(reason_of(undefined), settings=settings)
    posterior = combine(contrast.estimate(Scale.ABSOLUTE), None)
    is_up_good = goal is Goal.INCREASE
    chance = posterior.chance_above_zero if is_up_good else posterior.chance_below_zero
    return _concluded(
        replace(judgement, chance_better=chance), goal=goal, success_share=success_share
    )


def unjudged(reason: Reason, *, settings: StatsSettings) -> Judgement:
    """The judgement where there is nothing to judge by."""
    return Judgement(level=level_of(settings), reason=reason)


def adjusted(
    judgements: Sequence[Judgement], *, scope: FamilyScope, correction: Correction | None
) -> tuple[Judgement, ...]:
    """The judgements of one family, each with its adjusted p-value beside the raw one.

    A comparison without a p-value counts as one that shows nothing, so that the others do
    not gain by it.

    Args:
        judgements: All of the family.
        scope: What makes it one.
        correction: None leaves p-values as they are.
    """
    if correction is None:
        return tuple(judgements)
    raw = [1.0 if one.p_value is None else one.p_value for one in judgements]
    family = Family(scope=scope, correction=correction, comparisons=len(raw))
    return tuple(
        one
        if one.p_value is None
        else replace(one, adjusted_p_value=min(1.0, max(value, one.p_value)), family=family)
        for one, value in zip(judgements, adjusted_p_values(raw, correction), strict=True)
    )


def level_of(settings: StatsSettings) -> float:
    """Coverage or posterior probability of the settings' intervals, in (0, 1)."""
    return settings.level if isinstance(settings, BayesianSettings) else 1 - settings.alpha


def reason_of(undefined: Undefined) -> Reason:
    """The error as a value."""
    return Reason(code=undefined.code, message=undefined.message)


# Many units: an estimate that is close to normal


def _estimated(contrast: Contrast, settings: StatsSettings) -> Judgement:
    """Everything but what depends on the goal."""
    estimate = contrast.estimate(Scale.ABSOLUTE)
    bounds: ConfidenceInterval | CredibleInterval
    match settings:
        case BayesianSettings(level=level):
            approach, critical_value = Approach.POSTERIOR, normal_critical_value(level)
            bounds = combine(estimate, None).interval(level)
            p_value = t_test(estimate, df=contrast.df).p_value
        case FrequentistSettings(alpha=alpha):
            approach = Approach.WELCH
            critical_value = t_critical_value(contrast.df, alpha=alpha)
            test = t_test(estimate, df=contrast.df, alpha=alpha)
            bounds, p_value = test.interval, test.p_value
        case _:
            approach = Approach.ALWAYS_VALID
            critical_value = always_valid_critical_value(
                contrast.units, alpha=settings.alpha, tuning=settings.tuning
            )
            look = always_valid_test(
                estimate, units=contrast.units, alpha=settings.alpha, tuning=settings.tuning
            )
            bounds, p_value = look.interval, look.p_value
    relative, relative_reason = _relative(contrast, critical_value)
    return Judgement(
        level=level_of(settings),
        approach=approach,
        absolute=_effect(contrast.difference, bounds.lower, bounds.upper),
        relative=relative,
        p_value=p_value,
        always_valid=_always_valid(contrast, settings),
        relative_reason=relative_reason,
        contrast=contrast,
    )


def _relative(contrast: Contrast, critical_value: float) -> tuple[Effect | None, Reason | None]:
    try:
        lower, upper = contrast.relative_bounds(critical_value)
        return _effect(contrast.difference / contrast.base, lower, upper), None
    except Undefined as undefined:
        return None, reason_of(undefined)


def _always_valid(contrast: Contrast, settings: StatsSettings) -> AlwaysValid:
    alpha = settings.alpha if isinstance(settings, SequentialSettings) else 1 - level_of(settings)
    tuning = settings.tuning if isinstance(settings, SequentialSettings) else DEFAULT_TUNING
    look = always_valid_test(
        contrast.estimate(Scale.ABSOLUTE), units=contrast.units, alpha=alpha, tuning=tuning
    )
    critical_value = always_valid_critical_value(contrast.units, alpha=alpha, tuning=tuning)
    return AlwaysValid(
        absolute=_effect(look.effect, look.interval.lower, look.interval.upper),
        relative=_relative(contrast, critical_value)[0],
        p_value=look.p_value,
    )


# Few successes or failures


def _judge_small(
    treatment: Summary,
    control: Summary,
    undefined: Undefined,
    *,
    settings: StatsSettings,
    goal: Goal,
    success_share: float,
) -> Judgement:
    is_readable_once = not isinstance(settings, SequentialSettings)
    if not (
        is_readable_once
        and isinstance(treatment, ProportionSummary)
        and isinstance(control, ProportionSummary)
    ):
        return unjudged(reason_of(undefined), settings=settings)
    try:
        absolute, p_value = _exact(treatment, control, level_of(settings))
    except Undefined as without_units:
        return unjudged(reason_of(without_units), settings=settings)
    judgement = Judgement(
        level=level_of(settings),
        approach=Approach.EXACT,
        absolute=absolute,
        p_value=p_value,
        chance_better=_exact_chance(treatment, control, goal),
        relative_reason=Reason(
            code=undefined.code,
            message=f"{undefined.message} Shown is the difference, by methods for small counts.",
        ),
    )
    return _concluded(judgement, goal=goal, success_share=success_share)


def _exact(
    treatment: ProportionSummary, control: ProportionSummary, level: float
) -> tuple[Effect, float]:
    bounds = newcombe_interval(treatment, control, level=level)
    p_value = fisher_p_value(treatment, control)
    lower, upper = bounds.lower, bounds.upper
    # Made apart, the two can disagree at the edge. Then the more cautious one is right: an
    # interval may always be wider, and a p-value larger.
    if p_value >= 1 - level:
        lower, upper = min(lower, 0.0), max(upper, 0.0)
    elif lower <= 0 <= upper:
        p_value = 1 - level
    return _effect(treatment.value - control.value, lower, upper), p_value


def _exact_chance(treatment: ProportionSummary, control: ProportionSummary, goal: Goal) -> float:
    one, other = (
        Conversions(successes=summary.successes, failures=summary.failures)
        for summary in (treatment, control)
    )
    if goal is Goal.DECREASE:
        one, other = other, one
    # Under flat priors for both shares.
    return legacy_result(other, [one]).probabilities[1]


# What it comes to


def _effect(value: float, lower: float, upper: float) -> Effect:
    return Effect(value=value, lower=lower, upper=upper)


def _concluded(judgement: Judgement, *, goal: Goal, success_share: float) -> Judgement:
    """The judgement with its words."""
    absolute = judgement.absolute
    assert absolute is not None  # noqa: S101 both callers have set it
    is_up_good = goal is Goal.INCREASE
    verdict = _verdict(absolute, is_up_good=is_up_good)
    risk = None
    if verdict is Verdict.BETTER:
        risk = false_positive_risk(success_share=success_share, alpha=1 - judgement.level)
    return replace(
        judgement,
        direction=_direction(absolute.value if is_up_good else -absolute.value),
        verdict=verdict,
        false_positive_risk=risk,
    )


def _direction(gain: float) -> Direction | None:
    if gain == 0:
        return None
    return Direction.IMPROVED if gain > 0 else Direction.WORSENED


def _verdict(absolute: Effect, *, is_up_good: bool) -> Verdict:
    if absolute.lower > 0:
        return Verdict.BETTER if is_up_good else Verdict.WORSE
    if absolute.upper < 0:
        return Verdict.WORSE if is_up_good else Verdict.BETTER
    return Verdict.NO_DIFFERENCE
