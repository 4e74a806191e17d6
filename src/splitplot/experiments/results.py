"""From the sums per variant to a metric's result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from splitplot.errors import InvalidInput, Undefined
from splitplot.experiments.adjustment import (
    Covariates,
    compatible_figures,
    covariates_of,
    judge_adjusted,
)
from splitplot.experiments.judgement import (
    FamilyScope,
    Goal,
    Judgement,
    Reason,
    adjusted,
    judge,
    level_of,
    reason_of,
    unjudged,
)
from splitplot.experiments.metrics.breakdowns import parts_of, whole_of
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.stats_config import (
    BayesianSettings,
    Engine,
    FrequentistSettings,
    Method,
    SequentialSettings,
    StatsConfig,
    StatsSettings,
)
from splitplot.stats import (
    ConfidenceInterval,
    Correction,
    CredibleInterval,
    MeanSummary,
    Posterior,
    ProportionSummary,
    RatioSummary,
    SequentialTest,
    Summary,
    WelchTest,
    posterior_effect,
    sequential_test,
    welch_test,
)

Test = WelchTest | SequentialTest

MINIMUM_EXPOSURES = 50
MINIMUM_EVENTS = 5
STATISTICS_FAILED = "statistics-failed"
NOT_ASKED_FOR = Reason(
    code="engine_posthog",
    message="The experiment's engine is posthog: the compatible figures stand alone.",
)


class MetricKind(StrEnum):
    """How a variant's sums are to be read; the words are the wire's."""

    MEAN = "mean"
    FUNNEL = "funnel"
    RATIO = "ratio"
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
class PartResult:
    """The result among the units of one breakdown value.

    Attributes:
        values: One for each property of the breakdown.
    """

    values: tuple[str, ...]
    result: "MetricResult"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricResult:
    """One metric's result: every treatment against the baseline.

    Attributes:
        variants: The treatments, in the order of the summaries. Their p-values are
            adjusted for the treatments of this metric.
        goal: Which way the metric should move.
        parts: The result for each breakdown value: that with most units first, the values
            that were too many last. Empty without a breakdown, and without units.
    """

    method: Method
    baseline: BaselineResult
    variants: tuple[VariantResult, ...]
    goal: Goal = Goal.INCREASE
    parts: tuple[PartResult, ...] = ()

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """One for each treatment."""
        return tuple(variant.judgement for variant in self.variants)

    def with_judgements(self, judgements: Sequence[Judgement]) -> Self:
        """The same result with other judgements, in the order of the treatments."""
        pairs = zip(self.variants, judgements, strict=True)
        return replace(self, variants=tuple(replace(v, judgement=one) for v, one in pairs))


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
        summaries: One for each analysed variant, in flag order; with a breakdown, for each
            of its values. Then the result is that of the values' sums together, and each
            value has its own beside it.
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

    def compared(summaries: Sequence[VariantSummary]) -> MetricResult:
        return _compared(summaries, kind=kind, goal=goal, config=config, baseline_key=baseline_key)

    parts = [
        PartResult(values=values, result=compared(of_part))
        for values, of_part in parts_of(summaries).items()
    ]
    return replace(compared(whole_of(summaries)), parts=_explored(parts, config))


def _explored(parts: Sequence[PartResult], config: StatsConfig) -> tuple[PartResult, ...]:
    """The parts, with p-values adjusted for all of them: somebody looks for the best one."""
    raw = [judgement for part in parts for judgement in part.result.judgements]
    correction = None if config.correction is None else Correction.BENJAMINI_HOCHBERG
    found = iter(adjusted(raw, scope=FamilyScope.BREAKDOWN, correction=correction))
    return tuple(
        replace(
            part,
            result=part.result.with_judgements([next(found) for _ in part.result.variants]),
        )
        for part in parts
    )


def _compared(
    summaries: Sequence[VariantSummary],
    *,
    kind: MetricKind,
    goal: Goal,
    config: StatsConfig,
    baseline_key: str,
) -> MetricResult:
    baseline = _baseline(summaries, baseline_key)
    failures = validation_failures(baseline, kind=kind, is_baseline=True)
    result = MetricResult(
        method=config.method,
        baseline=BaselineResult(summary=baseline, validation_failures=failures),
        variants=tuple(
            _judged_by_us(
                _variant_result(summary, baseline, kind=kind, goal=goal, config=config), config
            )
            for summary in summaries
            if summary.variant != baseline_key
        ),
        goal=goal,
    )
    return result.with_judgements(
        adjusted(result.judgements, scope=FamilyScope.METRIC, correction=config.correction)
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
    counts_units = kind in (MetricKind.FUNNEL, MetricKind.RETENTION)
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
        case MetricKind.RATIO:
            return RatioSummary(
                count=summary.count,
                sum=summary.sum,
                sum_squares=summary.sum_squares,
                denominator_sum=summary.denominator_sum or 0.0,
                denominator_sum_squares=summary.denominator_sum_squares or 0.0,
                product_sum=summary.product_sum or 0.0,
            )
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
    config: StatsConfig,
) -> VariantResult:
    settings = config.settings
    own = validation_failures(summary, kind=kind, is_baseline=False)
    if own or validation_failures(baseline, kind=kind, is_baseline=True):
        return VariantResult(
            summary=summary,
            validation_failures=own,
            statistics=None,
            failure_reason=None,
            judgement=_judge_few(summary, baseline, kind=kind, goal=goal, config=config),
        )
    treatment, control = stats_summary(summary, kind), stats_summary(baseline, kind)
    covariates = covariates_of(summary, baseline, summaries=(treatment, control))
    statistics, failure_reason = _try_statistics(treatment, control, covariates, settings)
    return VariantResult(
        summary=summary,
        validation_failures=(),
        statistics=statistics,
        failure_reason=failure_reason,
        judgement=judge(
            treatment, control, settings=settings, goal=goal, success_share=config.success_share
        )
        if covariates is None
        else judge_adjusted(covariates, config=config, goal=goal),
    )


def _judged_by_us(variant: VariantResult, config: StatsConfig) -> VariantResult:
    """The result, without our judgement where the compatible figures alone are asked for."""
    if config.engine is Engine.SPLITPLOT:
        return variant
    return replace(variant, judgement=unjudged(NOT_ASKED_FOR, settings=config.settings))


def _judge_few(
    summary: VariantSummary,
    baseline: VariantSummary,
    *,
    kind: MetricKind,
    goal: Goal,
    config: StatsConfig,
) -> Judgement:
    """Units enough, but few that did it: shares are judged by exact methods all the same.

    These may be read once, which sequential testing does not do.
    """
    own = validation_failures(summary, kind=kind, is_baseline=False)
    failures = own or validation_failures(baseline, kind=kind, is_baseline=True)
    is_share = kind in (MetricKind.FUNNEL, MetricKind.RETENTION)
    is_read_once = not isinstance(config.settings, SequentialSettings)
    has_units = min(summary.count, baseline.count) >= MINIMUM_EXPOSURES
    if not (is_share and is_read_once and has_units):
        reason = _blocked(failures[0], variant=(summary if own else baseline).variant)
        return unjudged(reason, settings=config.settings)
    treatment, control = (
        ProportionSummary(count=one.count, successes=round(one.sum)) for one in (summary, baseline)
    )
    return judge(
        treatment, control, settings=config.settings, goal=goal, success_share=config.success_share
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
    treatment: Summary, control: Summary, covariates: Covariates | None, settings: StatsSettings
) -> tuple[Statistics | None, Reason | None]:
    try:
        if covariates is None:
            return _statistics(_figures(treatment, control, settings), settings), None
        return _statistics(compatible_figures(covariates, settings), settings), None
    except Undefined as undefined:
        return None, reason_of(undefined)


def _statistics(figures: Posterior | Test, settings: StatsSettings) -> Statistics:
    if isinstance(figures, Posterior):
        level = level_of(settings)
        return BayesianStatistics(
            chance_to_win=figures.chance_above_zero,
            interval=figures.interval(level),
            is_significant=figures.is_decided(level),
        )
    return FrequentistStatistics(
        p_value=figures.p_value, interval=figures.interval, is_significant=figures.is_significant
    )


def _figures(treatment: Summary, control: Summary, settings: StatsSettings) -> Posterior | Test:
    match settings:
        case BayesianSettings(scale=scale):
            return posterior_effect(treatment, control, scale=scale)
        case FrequentistSettings(alpha=alpha, scale=scale):
            return welch_test(treatment, control, scale=scale, alpha=alpha)
        case _:
            return sequential_test(
                treatment,
                control,
                scale=settings.scale,
                alpha=settings.alpha,
                tuning=settings.tuning,
            )
