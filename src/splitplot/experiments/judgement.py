"""What a result says in one word, with figures that cannot contradict it.

The compatible figures of a result follow the conventions its clients know. A judgement
stands beside them: one absolute test, one p-value, intervals for the absolute and the
relative effect that exclude 0 together or not at all, and a verdict read off them.
"""

from dataclasses import dataclass
from enum import StrEnum

from splitplot.errors import Undefined
from splitplot.experiments.stats_config import (
    BayesianSettings,
    FrequentistSettings,
    StatsSettings,
)
from splitplot.stats import (
    ConfidenceInterval,
    CredibleInterval,
    Summary,
    posterior_effect,
    relative_credible_interval,
    relative_interval,
    sequential_relative_interval,
    sequential_test,
    welch_test,
)

_Interval = ConfidenceInterval | CredibleInterval


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One treatment against the control.

    Attributes:
        level: Coverage or posterior probability of both intervals, in (0, 1).
        absolute: Effect in the metric's unit; None when `reason` is set.
        relative: Effect as a share of the control's value; None when `reason` or
            `relative_reason` is set.
        p_value: Two-sided, of the absolute test; always-valid when the settings ask for
            sequential testing.
        chance_better: Posterior probability, with a flat prior, that the treatment moves
            the metric the way its goal asks, in [0, 1].
        direction: Which way the estimate points; None when it is exactly 0.
        verdict: Better or worse only when the intervals exclude 0.
        reason: Why there is nothing to judge by.
        relative_reason: Why the effect has no relative form although it has an absolute one.
    """

    level: float
    absolute: Effect | None = None
    relative: Effect | None = None
    p_value: float | None = None
    chance_better: float | None = None
    direction: Direction | None = None
    verdict: Verdict | None = None
    reason: Reason | None = None
    relative_reason: Reason | None = None


def judge(
    treatment: Summary, control: Summary, *, settings: StatsSettings, goal: Goal
) -> Judgement:
    """Judge a treatment by the settings' method.

    Bayesian settings give credible intervals under flat priors, frequentist ones Welch's
    confidence intervals, and always-valid ones with sequential testing. What cannot be
    computed is left out with its reason; this never raises `Undefined`.

    Args:
        treatment: Summary over the treatment units.
        control: The same over the control units.
        settings: Method, level or alpha.
        goal: Which way the metric should move.

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
        absolute, p_value = _absolute(treatment, control, settings)
        posterior = posterior_effect(treatment, control)
    except Undefined as undefined:
        return Judgement(level=level_of(settings), reason=reason_of(undefined))
    relative, relative_reason = _relative(treatment, control, settings)
    is_up_good = goal is Goal.INCREASE
    return Judgement(
        level=level_of(settings),
        absolute=absolute,
        relative=relative,
        p_value=p_value,
        chance_better=posterior.chance_above_zero if is_up_good else posterior.chance_below_zero,
        direction=_direction(absolute.value if is_up_good else -absolute.value),
        verdict=_verdict(absolute, is_up_good=is_up_good),
        relative_reason=relative_reason,
    )


def level_of(settings: StatsSettings) -> float:
    """Coverage or posterior probability of the settings' intervals, in (0, 1)."""
    return settings.level if isinstance(settings, BayesianSettings) else 1 - settings.alpha


def reason_of(undefined: Undefined) -> Reason:
    """The error as a value."""
    return Reason(code=undefined.code, message=undefined.message)


def _absolute(
    treatment: Summary, control: Summary, settings: StatsSettings
) -> tuple[Effect, float]:
    match settings:
        case BayesianSettings(level=level):
            posterior = posterior_effect(treatment, control)
            p_value = welch_test(treatment, control).p_value
            return _effect(posterior.mean, posterior.interval(level)), p_value
        case FrequentistSettings(alpha=alpha):
            test = welch_test(treatment, control, alpha=alpha)
            return _effect(test.effect, test.interval), test.p_value
        case _:
            look = sequential_test(treatment, control, alpha=settings.alpha, tuning=settings.tuning)
            return _effect(look.effect, look.interval), look.p_value


def _relative(
    treatment: Summary, control: Summary, settings: StatsSettings
) -> tuple[Effect | None, Reason | None]:
    try:
        bounds = _relative_bounds(treatment, control, settings)
    except Undefined as undefined:
        return None, reason_of(undefined)
    return _effect(treatment.value / control.value - 1, bounds), None


def _relative_bounds(treatment: Summary, control: Summary, settings: StatsSettings) -> _Interval:
    match settings:
        case BayesianSettings(level=level):
            return relative_credible_interval(treatment, control, level=level)
        case FrequentistSettings(alpha=alpha):
            return relative_interval(treatment, control, alpha=alpha)
        case _:
            return sequential_relative_interval(
                treatment, control, alpha=settings.alpha, tuning=settings.tuning
            )


def _effect(value: float, bounds: _Interval) -> Effect:
    return Effect(value=value, lower=bounds.lower, upper=bounds.upper)


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
