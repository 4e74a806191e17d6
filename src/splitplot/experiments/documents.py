"""A metric's result as a document: the words of the wire, kept as they are sent."""

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from splitplot.errors import Undefined
from splitplot.experiments.adjustment import covariates_of
from splitplot.experiments.judgement import AlwaysValid, Effect, Family, Judgement, Reason
from splitplot.experiments.metric_plans import Limitation
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import (
    BayesianStatistics,
    FrequentistStatistics,
    MetricKind,
    MetricResult,
    PartResult,
    VariantResult,
    stats_summary,
)
from splitplot.filters.model import JsonValue, Properties
from splitplot.stats import cuped

Document: TypeAlias = dict[str, JsonValue]

# What old clients look for in the same type; answers of today leave it empty.
_LEGACY = (
    "insight",
    "variants",
    "probability",
    "significant",
    "significance_code",
    "stats_version",
    "p_value",
    "credible_intervals",
)


def metric_document(
    metric: Properties,
    result: MetricResult,
    *,
    kind: MetricKind,
    sql: str,
    limitations: Sequence[Limitation] = (),
    is_precomputed: bool = False,
) -> Document:
    """What is answered to an `ExperimentQuery`, but for where and when it was computed.

    Args:
        metric: The document of what was asked for.
        result: What came out.
        kind: Of the metric.
        sql: What the event store ran; for people to read.
        limitations: What was asked for and is not in the result.
        is_precomputed: It was made from state that was stored before.
    """
    return {
        "kind": "ExperimentQuery",
        "metric": metric,
        "baseline": _baseline(result, kind),
        "variant_results": [_variant(variant, result, kind) for variant in result.variants],
        "breakdown_results": [_part(part, kind) for part in result.parts] or None,
        "clickhouse_sql": sql,
        "hogql": None,
        "is_precomputed": is_precomputed,
        "warnings": [_warning(limitation) for limitation in limitations],
        **dict.fromkeys(_LEGACY),
    }


def finite(number: float | None) -> float | None:
    """What JSON can say: sums beyond the largest double are no number on the wire."""
    return number if number is not None and math.isfinite(number) else None


def _baseline(result: MetricResult, kind: MetricKind) -> Document:
    baseline = result.baseline
    return {
        **_sums(baseline.summary, kind),
        "method": result.method.value,
        "validation_failures": [failure.value for failure in baseline.validation_failures],
        "splitplot": {
            "value": _value(baseline.summary, kind),
            "steps": _steps(baseline.summary),
        },
    }


def _part(part: PartResult, kind: MetricKind) -> Document:
    return {
        "breakdown_value": list(part.values),
        "baseline": _baseline(part.result, kind),
        "variants": [_variant(variant, part.result, kind) for variant in part.result.variants],
    }


def _variant(variant: VariantResult, result: MetricResult, kind: MetricKind) -> Document:
    return {
        **_sums(variant.summary, kind),
        "method": result.method.value,
        "validation_failures": [failure.value for failure in variant.validation_failures],
        **_statistics(variant, result),
        "splitplot": _own(variant, kind, baseline=result.baseline.summary),
    }


def _own(variant: VariantResult, kind: MetricKind, *, baseline: VariantSummary) -> Document:
    """What we say ourselves, under names that no client of the compatible figures reads."""
    return {
        "value": _value(variant.summary, kind),
        "steps": _steps(variant.summary),
        "adjustment": _adjustment(variant.summary, baseline, kind),
        **_judgement(variant.judgement),
        "failure_reason": reason_document(variant.failure_reason),
    }


def _steps(summary: VariantSummary) -> list[JsonValue] | None:
    """A funnel's steps, the exposure first; None of other metrics."""
    if summary.step_counts is None:
        return None
    counts = (summary.count, *summary.step_counts)
    return [
        {
            "count": count,
            "share_of_first": count / counts[0] if counts[0] else None,
            "share_of_previous": count / before if before else None,
        }
        for count, before in zip(counts, (counts[0], *counts), strict=False)
    ]


def _adjustment(
    summary: VariantSummary, baseline: VariantSummary, kind: MetricKind
) -> Document | None:
    """What the covariate took out (CUPED); None where there is none."""
    summaries = (stats_summary(summary, kind), stats_summary(baseline, kind))
    covariates = covariates_of(summary, baseline, summaries=summaries)
    if covariates is None:
        return None
    try:
        found = cuped(*covariates)
        return {
            "theta": finite(found.theta),
            "variance_reduction": finite(found.treatment.reduction),
            "baseline_variance_reduction": finite(found.control.reduction),
        }
    except Undefined:
        return None


def _sums(summary: VariantSummary, kind: MetricKind) -> Document:
    sums: Document = {
        "key": summary.variant,
        "number_of_samples": summary.count,
        "sum": finite(summary.sum),
        "sum_squares": finite(summary.sum_squares),
    }
    if kind is MetricKind.FUNNEL:
        sums["step_counts"] = list(summary.step_counts or ())
        sums["step_sessions"] = None
    if kind in (MetricKind.RATIO, MetricKind.RETENTION):
        sums["denominator_sum"] = finite(summary.denominator_sum)
        sums["denominator_sum_squares"] = finite(summary.denominator_sum_squares)
        sums["numerator_denominator_sum_product"] = finite(summary.product_sum)
    if summary.covariate_sum is not None:
        sums["covariate_sum"] = finite(summary.covariate_sum)
        sums["covariate_sum_squares"] = finite(summary.covariate_sum_squares)
        sums["covariate_sum_product"] = finite(summary.covariate_sum_product)
    return sums


def _statistics(variant: VariantResult, result: MetricResult) -> Document:
    """The figures of the method; all of them null where there are none."""
    match variant.statistics:
        case BayesianStatistics() as figures:
            return {
                "chance_to_win": finite(figures.chance_to_win),
                "credible_interval": _bounds(figures.interval.lower, figures.interval.upper),
                "significant": figures.is_significant,
            }
        case FrequentistStatistics() as figures:
            return {
                "p_value": finite(figures.p_value),
                "confidence_interval": _bounds(figures.interval.lower, figures.interval.upper),
                "significant": figures.is_significant,
            }
        case _:
            return dict.fromkeys(_FIGURES[result.method.value])


_FIGURES: dict[str, tuple[str, ...]] = {
    "bayesian": ("chance_to_win", "credible_interval", "significant"),
    "frequentist": ("p_value", "confidence_interval", "significant"),
}


def _judgement(judgement: Judgement) -> Document:
    return {
        "level": judgement.level,
        "approach": judgement.approach,
        "absolute": effect_document(judgement.absolute),
        "relative": effect_document(judgement.relative),
        "p_value": finite(judgement.p_value),
        "adjusted_p_value": finite(judgement.adjusted_p_value),
        "family": _family(judgement.family),
        "always_valid": _always_valid(judgement.always_valid),
        "chance_better": finite(judgement.chance_better),
        "false_positive_risk": finite(judgement.false_positive_risk),
        "direction": judgement.direction,
        "verdict": judgement.verdict,
        "reason": reason_document(judgement.reason),
        "relative_reason": reason_document(judgement.relative_reason),
    }


def effect_document(effect: Effect | None) -> Document | None:
    """An estimate between its bounds; what is beyond the largest double is null."""
    if effect is None:
        return None
    return {
        "effect": finite(effect.value),
        "interval": _bounds(effect.lower, effect.upper),
    }


def _family(family: Family | None) -> Document | None:
    if family is None:
        return None
    return {
        "scope": family.scope,
        "correction": family.correction,
        "comparisons": family.comparisons,
    }


def _always_valid(look: AlwaysValid | None) -> Document | None:
    if look is None:
        return None
    return {
        "absolute": effect_document(look.absolute),
        "relative": effect_document(look.relative),
        "p_value": finite(look.p_value),
    }


def reason_document(reason: Reason | None) -> Document | None:
    """Why something is not there; null where nothing is missing."""
    return None if reason is None else {"code": reason.code, "message": reason.message}


def _warning(limitation: Limitation) -> Document:
    return {"code": limitation.code, "message": limitation.message}


def _value(summary: VariantSummary, kind: MetricKind) -> float | None:
    return _or_none(lambda: stats_summary(summary, kind).value)


def _bounds(lower: float, upper: float) -> list[float | None]:
    return [finite(lower), finite(upper)]


def _or_none(compute: Callable[[], float]) -> float | None:
    try:
        return compute()
    except Undefined:
        return None
