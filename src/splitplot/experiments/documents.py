"""A metric's result as a document: the words of the wire, kept as they are sent."""

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from splitplot.errors import Undefined
from splitplot.experiments.judgement import Effect, Judgement, Reason
from splitplot.experiments.metric_plans import Limitation
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import (
    BayesianStatistics,
    FrequentistStatistics,
    MetricKind,
    MetricResult,
    VariantResult,
    stats_summary,
)
from splitplot.filters.model import JsonValue, Properties

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
) -> Document:
    """What is answered to an `ExperimentQuery`, but for where and when it was computed.

    Args:
        metric: The document of what was asked for.
        result: What came out.
        kind: Of the metric.
        sql: What the event store ran; for people to read.
        limitations: What was asked for and is not in the result.
    """
    baseline = result.baseline
    return {
        "kind": "ExperimentQuery",
        "metric": metric,
        "baseline": {
            **_sums(baseline.summary, kind),
            "method": result.method.value,
            "validation_failures": [failure.value for failure in baseline.validation_failures],
            "splitplot": {"value": _value(baseline.summary, kind)},
        },
        "variant_results": [_variant(variant, result, kind) for variant in result.variants],
        "breakdown_results": None,
        "clickhouse_sql": sql,
        "hogql": None,
        "is_precomputed": False,
        "warnings": [_warning(limitation) for limitation in limitations],
        **dict.fromkeys(_LEGACY),
    }


def finite(number: float | None) -> float | None:
    """What JSON can say: sums beyond the largest double are no number on the wire."""
    return number if number is not None and math.isfinite(number) else None


def _variant(variant: VariantResult, result: MetricResult, kind: MetricKind) -> Document:
    return {
        **_sums(variant.summary, kind),
        "method": result.method.value,
        "validation_failures": [failure.value for failure in variant.validation_failures],
        **_statistics(variant, result),
        "splitplot": {
            "value": _value(variant.summary, kind),
            **_judgement(variant.judgement),
            "failure_reason": _reason(variant.failure_reason),
        },
    }


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
        "absolute": _effect(judgement.absolute),
        "relative": _effect(judgement.relative),
        "p_value": finite(judgement.p_value),
        "chance_better": finite(judgement.chance_better),
        "direction": judgement.direction,
        "verdict": judgement.verdict,
        "reason": _reason(judgement.reason),
        "relative_reason": _reason(judgement.relative_reason),
    }


def _effect(effect: Effect | None) -> Document | None:
    if effect is None:
        return None
    return {
        "effect": finite(effect.value),
        "interval": _bounds(effect.lower, effect.upper),
    }


def _reason(reason: Reason | None) -> Document | None:
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
