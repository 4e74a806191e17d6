"""Guardrails by non-inferiority, and the table of checks behind a decision to ship.

A gain is an effect with its sign turned so that above 0 is better, whatever the metric's
goal: `gain_of` makes it. Guardrails ask whether a loss beyond a margin can be ruled out,
which "no significant difference" does not answer.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import ndtr, ndtri

from splitplot.errors import InvalidInput
from splitplot.stats.effects import Contrast, Estimate, check_probability, checked_estimate


class CheckKind(StrEnum):
    """What a check of the decision table asks."""

    SUCCESS = "success"
    NON_INFERIORITY = "non_inferiority"
    DETERIORATION = "deterioration"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferiorityTest:
    """Outcome of a one-sided test that the loss is smaller than a margin.

    Attributes:
        statistic: Gain plus margin, in standard errors.
        p_value: One-sided, in [0, 1].
        lower_bound: One-sided bound for the gain at level 1 - alpha.
        is_non_inferior: Whether `p_value` is below alpha, which is exactly when
            `lower_bound` is above minus the margin.
    """

    statistic: float
    p_value: float
    lower_bound: float
    is_non_inferior: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricGain:
    """What one metric says, with above 0 as better.

    Attributes:
        name: To be found again in the table.
        gain: Estimate with its variance.
        margin: Largest loss that is acceptable, above 0; for guardrails.
        over_worst: For guardrails whose margin is a share of the control, in place of
            `margin`: the gain over the worst acceptable value, by `relative_margin_gain`.
    """

    name: str
    gain: Estimate
    margin: float | None = None
    over_worst: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the decision table.

    Attributes:
        kind: What is asked.
        name: Of the metric, or of the quality check.
        p_value: One-sided; None for quality checks.
        alpha: What it was compared with; None for quality checks.
        is_passed: Success shown, loss ruled out, no deterioration shown, or quality fine.
    """

    kind: CheckKind
    name: str
    p_value: float | None
    alpha: float | None
    is_passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The table of checks and what it adds up to.

    Attributes:
        checks: Success metrics, guardrails, deterioration of every metric, quality.
        should_ship: At least one success, and every other check passed.
    """

    checks: tuple[Check, ...]
    should_ship: bool

    @property
    def blocking(self) -> tuple[Check, ...]:
        """Checks that stand in the way; empty when it should ship.

        Without any success, all success checks are listed.
        """
        successes = [check for check in self.checks if check.kind is CheckKind.SUCCESS]
        has_success = any(check.is_passed for check in successes)
        return tuple(
            check
            for check in self.checks
            if not check.is_passed and not (has_success and check.kind is CheckKind.SUCCESS)
        )


def gain_of(estimate: Estimate, *, is_increase_good: bool) -> Estimate:
    """The estimate with above 0 as better.

    Examples:
        >>> gain_of(Estimate(effect=0.8, variance=0.25), is_increase_good=False).effect
        -0.8
    """
    sign = 1 if is_increase_good else -1
    return Estimate(effect=sign * estimate.effect, variance=estimate.variance)


def non_inferiority_test(
    gain: Estimate, *, margin: float, alpha: float = 0.05
) -> NonInferiorityTest:
    """One-sided test of a loss of `margin` or more.

    Args:
        gain: Effect with above 0 as better; see `gain_of`.
        margin: Largest loss that is acceptable, on the scale of the gain, above 0.
        alpha: Chance of calling an unacceptable loss acceptable, in (0, 1).

    Raises:
        InvalidInput: `margin` or `alpha` is out of range.

    References:
        Schultzberg, Ankargren and Frånberg (2024), arXiv:2402.11609.

    Examples:
        >>> test = non_inferiority_test(Estimate(effect=-0.004, variance=4.9e-5), margin=0.02)
        >>> round(test.p_value, 4), round(test.lower_bound, 4), test.is_non_inferior
        (0.0111, -0.0155, True)
    """
    check_probability(alpha, name="alpha")
    _check_margin(margin)
    error = math.sqrt(gain.variance)
    statistic = (gain.effect + margin) / error
    p_value = float(ndtr(-statistic))
    return NonInferiorityTest(
        statistic=statistic,
        p_value=p_value,
        lower_bound=gain.effect + float(ndtri(alpha)) * error,
        is_non_inferior=p_value < alpha,
    )


def relative_margin_gain(
    contrast: Contrast, *, margin: float, is_increase_good: bool = True
) -> Estimate:
    """Gain over the worst acceptable value, when the margin is a share of the control.

    That value moves with the control, which a margin in the metric's unit would ignore.
    Test the result for being above 0: `p = ndtr(-effect / sqrt(variance))`.

    Args:
        contrast: Treatment against control.
        margin: Largest acceptable loss as a share of the control's value, above 0.
        is_increase_good: Whether the metric should rise.

    Returns:
        Treatment minus (1 - margin) times control, or (1 + margin) times control minus
        treatment when the metric should fall; in the metric's unit.

    Raises:
        InvalidInput: `margin` is not above 0.
        Undefined: The result has no variance or is not finite.

    Examples:
        >>> from splitplot.stats import ProportionSummary
        >>> from splitplot.stats.effects import contrast_of
        >>> contrast = contrast_of(
        ...     ProportionSummary(count=10_000, successes=4960),
        ...     ProportionSummary(count=10_000, successes=5000),
        ... )
        >>> gain = relative_margin_gain(contrast, margin=0.02)
        >>> round(gain.effect, 4), round(float(ndtr(-gain.effect / gain.variance**0.5)), 4)
        (0.006, 0.1957)
    """
    _check_margin(margin)
    sign = 1 if is_increase_good else -1
    # Minus margin times the base more: its error adds to the slope's part.
    lever = sign * contrast.slope + margin
    return checked_estimate(
        sign * contrast.difference + margin * contrast.base,
        contrast.rest_variance + lever * lever * contrast.base_variance,
    )


def decide(
    *,
    success: Sequence[MetricGain],
    guardrails: Sequence[MetricGain] = (),
    others: Sequence[MetricGain] = (),
    quality: Iterable[tuple[str, bool]] = (),
    alpha: float = 0.05,
    deterioration_alpha: float = 0.005,
    comparisons: int | None = None,
) -> Decision:
    """Whether to ship, as a table of checks.

    Ship when at least one success metric is better, every guardrail's loss is ruled out,
    no metric has deteriorated, and every quality check (sample ratio, exposure bias) is
    fine. Any success suffices, so alpha is divided among the success metrics; all
    guardrails must hold, so theirs is not.

    Args:
        success: Metrics that are hoped to improve.
        guardrails: Metrics that must not get worse by their margin.
        others: Metrics only watched for deterioration.
        quality: Name of each quality check, and whether it is fine.
        alpha: Chance of shipping something useless, in (0, 1).
        deterioration_alpha: Level of each test for deterioration, in (0, 1). These can
            only block, so they cost power and no false alarms.
        comparisons: Successes, any of which would do, that alpha is divided among, 1 or
            more: also those of other treatments, and those that have no figures yet. None
            takes the success metrics given.

    Raises:
        InvalidInput: A guardrail has no margin or one not above 0, or a level is out of
            range.

    References:
        Schultzberg, Ankargren and Frånberg (2024), arXiv:2402.11609.

    Examples:
        >>> decision = decide(
        ...     success=[MetricGain(name="orders", gain=Estimate(effect=0.021, variance=6.4e-5))],
        ...     guardrails=[MetricGain(
        ...         name="latency", gain=Estimate(effect=-0.003, variance=3.6e-5), margin=0.02)],
        ...     quality=[("sample ratio", True)],
        ... )
        >>> decision.should_ship, [check.kind.value for check in decision.checks]
        (True, ['success', 'non_inferiority', 'deterioration', 'deterioration', 'quality'])
    """
    check_probability(alpha, name="alpha")
    check_probability(deterioration_alpha, name="deterioration_alpha")
    share = alpha / (comparisons or max(1, len(success)))
    successes = [_success(metric, share) for metric in success]
    blockers = [
        *(_guardrail(metric, alpha) for metric in guardrails),
        *(_deterioration(m, deterioration_alpha) for m in (*success, *guardrails, *others)),
        *(_quality(name, is_fine=is_fine) for name, is_fine in quality),
    ]
    return Decision(
        checks=(*successes, *blockers),
        should_ship=any(check.is_passed for check in successes)
        and all(check.is_passed for check in blockers),
    )


def power_per_metric(power: float, *, guardrails: int, blocking: float = 0.0) -> float:
    """Power that each test needs so that all that must pass do so together.

    Args:
        power: Wanted for the whole decision, in (0, 1).
        guardrails: How many must hold beside the success metric, 0 or more.
        blocking: Bound on the chance that tests for deterioration and quality block by
            mistake: their number times their level.

    Raises:
        InvalidInput: `power` is out of range, `guardrails` is below 0, or `blocking`
            leaves nothing to divide.

    Examples:
        >>> round(power_per_metric(0.8, guardrails=2), 4)
        0.9333
    """
    check_probability(power, name="power")
    if guardrails < 0:
        raise InvalidInput("There cannot be fewer than no guardrails.", attr="guardrails")
    missed = 1 - power - blocking
    if missed <= 0 or blocking < 0:
        raise InvalidInput("blocking must lie between 0 and one minus power.", attr="blocking")
    return 1 - missed / (guardrails + 1)


def _check_margin(margin: float) -> None:
    if not 0 < margin < math.inf:
        raise InvalidInput("margin must be above 0.", attr="margin")


def _chance_of_loss(gain: Estimate) -> float:
    # One-sided p-value of a gain of 0 or less.
    return float(ndtr(-gain.effect / math.sqrt(gain.variance)))


def _success(metric: MetricGain, alpha: float) -> Check:
    p_value = _chance_of_loss(metric.gain)
    return Check(
        kind=CheckKind.SUCCESS,
        name=metric.name,
        p_value=p_value,
        alpha=alpha,
        is_passed=p_value < alpha,
    )


def _guardrail(metric: MetricGain, alpha: float) -> Check:
    if metric.over_worst is not None:
        p_value = _chance_of_loss(metric.over_worst)
        return Check(
            kind=CheckKind.NON_INFERIORITY,
            name=metric.name,
            p_value=p_value,
            alpha=alpha,
            is_passed=p_value < alpha,
        )
    if metric.margin is None:
        raise InvalidInput(f"The guardrail {metric.name!r} has no margin.", attr="margin")
    test = non_inferiority_test(metric.gain, margin=metric.margin, alpha=alpha)
    return Check(
        kind=CheckKind.NON_INFERIORITY,
        name=metric.name,
        p_value=test.p_value,
        alpha=alpha,
        is_passed=test.is_non_inferior,
    )


def _deterioration(metric: MetricGain, alpha: float) -> Check:
    p_value = float(ndtr(metric.gain.effect / math.sqrt(metric.gain.variance)))
    return Check(
        kind=CheckKind.DETERIORATION,
        name=metric.name,
        p_value=p_value,
        alpha=alpha,
        is_passed=p_value >= alpha,
    )


def _quality(name: str, *, is_fine: bool) -> Check:
    return Check(kind=CheckKind.QUALITY, name=name, p_value=None, alpha=None, is_passed=is_fine)
