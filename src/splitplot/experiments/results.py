"""From the sums per variant to a metric's result."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from splitplot.errors import InvalidInput, Undefined
from splitplot.experiments.judgement import Goal, Judgement, Reason, judge, level_of, reason_of
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.stats_config import (
    BayesianSettings,
    FrequentistSettings,
    Method,
    StatsConfig,
    StatsSettings,
)
from splitplot.stats import (
    ConfidenceInterval,
    CredibleInterval,
    MeanSummary,
    ProportionSummary,
    RatioSummary,
    Summary,
    posterior_effect,
    sequential_test,
    welch_test,
)

MINIMUM_EXPOSURES = 50
MINIMUM_EVENTS = 5
STATISTICS_FAILED = "statistics-failed"


class MetricKind(StrEnum):
    """How a variant's sums are to be read; the words are the wire's."""

    MEAN = "mean"
    FUNNEL = "funnel"
    RETENTION = "retention"


class ValidationFailure(StrEnum):
    """What a variant's data lack for any statistic; the words are the wire's."""

    NOT_ENOUGH_EXPOSURES = "not-enough-exposures"
    NOT_ENOUGH_METRIC_DATA = "not-enough-metric-data"
    BASELINE_MEAN_IS_ZERO = "baseline-mean-is-zero"


@dataclass(frozen=True, slots=True, kw_only=True)
class BayesianStatistics:
    """The compatible Bayesian figures.

    Attributes:
        chance_to_win: Probability that the treatment is higher, whatever the goal.
        interval: For the effect on the scale of the settings.
        is_significant: The chance is above the level or below one minus it; this can be
            so while the interval contains 0.
    """

    chance_to_win: float
    interval: CredibleInterval
    is_significant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequentistStatistics:
    """The compatible frequentist figures, on the scale of the settings."""

    p_value: float
    interval: ConfidenceInterval
    is_significant: bool


Statistics = BayesianStatistics | FrequentistStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineResult:
    """The baseline's sums, and why nothing can be compared with it, if so."""

    summary: VariantSummary
    validation_failures: tuple[ValidationFailure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantResult:
    """A treatment's sums and what they say against the baseline.

    Attributes:
        summary: The sums.
        validation_failures: The variant's own, in a fixed order.
        statistics: None when the variant or the baseline has a failure, or the compatible
            figures are undefined.
        failure_reason: What was undefined in the last case, which the wire calls
            `statistics-failed`. It is no validation failure: clients know three of those.
        judgement: Always there; its `reason` says why it is empty when it is.
    """

    summary: VariantSummary
    validation_failures: tuple[ValidationFailure, ...]
    statistics: Statistics | None
    failure_reason: Reason | None
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricResult:
    """One metric's result: every treatment against the baseline.

    Attributes:
        variants: The treatments, in the order of the summaries.
    """

    method: Method
    baseline: BaselineResult
    variants: tuple[VariantResult, ...]


def metric_result(
    summaries: Sequence[VariantSummary],
    *,
    kind: MetricKind,
    goal: Goal,
    config: StatsConfig,
    baseline_key: str,
) -> MetricResult:
    """Compare every treatment with the baseline.

    Args:
        summaries: One for each analysed variant, in flag order.
        kind: How the sums are to be read.
        goal: Which way the metric should move; the compatible figures ignore it.
        config: Method and its settings.
        baseline_key: See `StatsConfig.baseline_of`.

    Returns:
        Sums, failures, compatible figures and judgements; what cannot be computed is
        absent, with its reason.

    Raises:
        InvalidInput: The baseline is not among the analysed variants.
    """
    baseline = _baseline(summaries, baseline_key)
    failures = validation_failures(baseline, kind=kind, is_baseline=True)
    return MetricResult(
        method=config.method,
        baseline=BaselineResult(summary=baseline, validation_failures=failures),
        variants=tuple(
            _variant_result(summary, baseline, kind=kind, goal=goal, settings=config.settings)
            for summary in summaries
            if summary.variant != baseline_key
        ),
    )


def validation_failures(
    summary: VariantSummary, *, kind: MetricKind, is_baseline: bool
) -> tuple[ValidationFailure, ...]:
    """Why a variant's data are too few for any statistic, in a fixed order.

    Args:
        summary: The variant's sums.
        kind: How the sums are to be read.
        is_baseline: Whether the others are compared with it.
    """
    counts_units = kind is not MetricKind.MEAN
    checks = (
        (ValidationFailure.NOT_ENOUGH_EXPOSURES, summary.count < MINIMUM_EXPOSURES),
        (ValidationFailure.NOT_ENOUGH_METRIC_DATA, counts_units and summary.sum < MINIMUM_EVENTS),
        (ValidationFailure.BASELINE_MEAN_IS_ZERO, is_baseline and summary.sum == 0),
    )
    return tuple(failure for failure, applies in checks if applies)


def stats_summary(summary: VariantSummary, kind: MetricKind) -> Summary:
    """The variant's sums in the terms of the statistics engine."""
    match kind:
        case MetricKind.MEAN:
            return MeanSummary(
                count=summary.count, sum=summary.sum, sum_squares=summary.sum_squares
            )
        case MetricKind.FUNNEL:
            return ProportionSummary(count=summary.count, successes=round(summary.sum))
        case _:
            # Starters are the denominator: 1 for each unit.
            return RatioSummary(
                count=summary.count,
                sum=summary.sum,
                sum_squares=summary.sum_squares,
                denominator_sum=summary.count,
                denominator_sum_squares=summary.count,
                product_sum=summary.sum,
            )


def _baseline(summaries: Sequence[VariantSummary], key: str) -> VariantSummary:
    for summary in summaries:
        if summary.variant == key:
            return summary
    raise InvalidInput(
        f"The baseline variant {key!r} is not among the analysed variants.",
        code="no_control_variant",
    )


def _variant_result(
    summary: VariantSummary,
    baseline: VariantSummary,
    *,
    kind: MetricKind,
    goal: Goal,
    settings: StatsSettings,
) -> VariantResult:
    own = validation_failures(summary, kind=kind, is_baseline=False)
    blocking = own or validation_failures(baseline, kind=kind, is_baseline=True)
    if blocking:
        reason = _blocked(blocking[0], variant=(summary if own else baseline).variant)
        return VariantResult(
            summary=summary,
            validation_failures=own,
            statistics=None,
            failure_reason=None,
            judgement=Judgement(level=level_of(settings), reason=reason),
        )
    treatment, control = stats_summary(summary, kind), stats_summary(baseline, kind)
    statistics, failure_reason = _try_statistics(treatment, control, settings)
    return VariantResult(
        summary=summary,
        validation_failures=(),
        statistics=statistics,
        failure_reason=failure_reason,
        judgement=judge(treatment, control, settings=settings, goal=goal),
    )


def _blocked(failure: ValidationFailure, *, variant: str) -> Reason:
    match failure:
        case ValidationFailure.NOT_ENOUGH_EXPOSURES:
            what = f"has fewer than {MINIMUM_EXPOSURES} exposed units"
        case ValidationFailure.NOT_ENOUGH_METRIC_DATA:
            what = f"has fewer than {MINIMUM_EVENTS} units that did it"
        case _:
            what = "is zero, and nothing can be compared with it"
    return Reason(code=failure.value, message=f"The variant {variant!r} {what}.")


def _try_statistics(
    treatment: Summary, control: Summary, settings: StatsSettings
) -> tuple[Statistics | None, Reason | None]:
    try:
        return _statistics(treatment, control, settings), None
    except Undefined as undefined:
        return None, reason_of(undefined)


def _statistics(treatment: Summary, control: Summary, settings: StatsSettings) -> Statistics:
    match settings:
        case BayesianSettings(level=level, scale=scale):
            posterior = posterior_effect(treatment, control, scale=scale)
            return BayesianStatistics(
                chance_to_win=posterior.chance_above_zero,
                interval=posterior.interval(level),
                is_significant=posterior.is_decided(level),
            )
        case FrequentistSettings(alpha=alpha, scale=scale):
            test = welch_test(treatment, control, scale=scale, alpha=alpha)
            return FrequentistStatistics(
                p_value=test.p_value, interval=test.interval, is_significant=test.is_significant
            )
        case _:
            look = sequential_test(
                treatment,
                control,
                scale=settings.scale,
                alpha=settings.alpha,
                tuning=settings.tuning,
            )
            return FrequentistStatistics(
                p_value=look.p_value, interval=look.interval, is_significant=look.is_significant
            )
