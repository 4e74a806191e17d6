"""Queries on the wire: what is answered."""

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from splitplot.accounts.model import Project
from splitplot.errors import Undefined
from splitplot.experiments.exposures import ExposureSummary
from splitplot.experiments.judgement import Effect, Judgement, Reason
from splitplot.experiments.metric_plans import Limitation
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import (
    BayesianStatistics,
    FrequentistStatistics,
    MetricKind,
    VariantResult,
    stats_summary,
)
from splitplot.http.resources.query.schemas import ExperimentQuery
from splitplot.http.wire import instant, instant_or_none
from splitplot.services.answers import Answer, NoAnswer
from splitplot.services.results import MetricReport

Wire: TypeAlias = dict[str, object]
T = TypeVar("T")

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


def metric_body(
    answer: Answer[MetricReport] | NoAnswer, *, query: ExperimentQuery, project: Project
) -> Wire:
    """The answer to an `ExperimentQuery`."""
    if isinstance(answer, NoAnswer):
        return _no_answer(answer)
    report = answer.value
    result = report.result
    baseline = result.baseline
    return {
        "kind": "ExperimentQuery",
        "metric": query.metric,
        "baseline": {
            **_sums(baseline.summary, report.kind),
            "method": result.method.value,
            "validation_failures": [failure.value for failure in baseline.validation_failures],
            "splitplot": {"value": _value(baseline.summary, report.kind)},
        },
        "variant_results": [_variant(variant, report) for variant in result.variants],
        "breakdown_results": None,
        "clickhouse_sql": report.sql,
        "hogql": None,
        "is_precomputed": False,
        "warnings": [_warning(limitation) for limitation in report.limitations],
        **dict.fromkeys(_LEGACY),
        **_provenance(answer, project),
    }


def exposure_body(answer: Answer[ExposureSummary] | NoAnswer, *, project: Project) -> Wire:
    """The answer to an `ExperimentExposureQuery`."""
    if isinstance(answer, NoAnswer):
        return _no_answer(answer)
    summary = answer.value
    days = [day.isoformat() for day in summary.days]
    return {
        "kind": "ExperimentExposureQuery",
        "timeseries": [
            {"variant": series.variant, "days": days, "exposure_counts": list(series.counts)}
            for series in summary.series
        ],
        "total_exposures": {series.variant: series.total for series in summary.series},
        "date_range": {
            "date_from": instant_or_none(summary.start),
            "date_to": instant_or_none(summary.end),
        },
        "sample_ratio_mismatch": _sample_ratio(summary),
        "bias_risk": _bias_risk(summary),
        "exposure_coverage": None,
        "warnings": [],
        **_provenance(answer, project),
    }


def _variant(variant: VariantResult, report: MetricReport) -> Wire:
    return {
        **_sums(variant.summary, report.kind),
        "method": report.result.method.value,
        "validation_failures": [failure.value for failure in variant.validation_failures],
        **_statistics(variant, report),
        "splitplot": {
            "value": _value(variant.summary, report.kind),
            **_judgement(variant.judgement),
            "failure_reason": _reason(variant.failure_reason),
        },
    }


def _sums(summary: VariantSummary, kind: MetricKind) -> Wire:
    sums: Wire = {
        "key": summary.variant,
        "number_of_samples": summary.count,
        "sum": _number(summary.sum),
        "sum_squares": _number(summary.sum_squares),
    }
    if kind is MetricKind.FUNNEL:
        sums["step_counts"] = list(summary.step_counts or ())
        sums["step_sessions"] = None
    return sums


def _statistics(variant: VariantResult, report: MetricReport) -> Wire:
    """The figures of the method; all of them null where there are none."""
    match variant.statistics:
        case BayesianStatistics() as figures:
            return {
                "chance_to_win": _number(figures.chance_to_win),
                "credible_interval": _bounds(figures.interval.lower, figures.interval.upper),
                "significant": figures.is_significant,
            }
        case FrequentistStatistics() as figures:
            return {
                "p_value": _number(figures.p_value),
                "confidence_interval": _bounds(figures.interval.lower, figures.interval.upper),
                "significant": figures.is_significant,
            }
        case None:
            return dict.fromkeys(_FIGURES[report.result.method.value])


_FIGURES: dict[str, tuple[str, ...]] = {
    "bayesian": ("chance_to_win", "credible_interval", "significant"),
    "frequentist": ("p_value", "confidence_interval", "significant"),
}


def _judgement(judgement: Judgement) -> Wire:
    return {
        "level": judgement.level,
        "absolute": _effect(judgement.absolute),
        "relative": _effect(judgement.relative),
        "p_value": _number(judgement.p_value),
        "chance_better": _number(judgement.chance_better),
        "direction": judgement.direction,
        "verdict": judgement.verdict,
        "reason": _reason(judgement.reason),
        "relative_reason": _reason(judgement.relative_reason),
    }


def _effect(effect: Effect | None) -> Wire | None:
    if effect is None:
        return None
    return {
        "effect": _number(effect.value),
        "interval": _bounds(effect.lower, effect.upper),
    }


def _reason(reason: Reason | None) -> Wire | None:
    return None if reason is None else {"code": reason.code, "message": reason.message}


def _warning(limitation: Limitation) -> Wire:
    return {"code": limitation.code, "message": limitation.message}


def _value(summary: VariantSummary, kind: MetricKind) -> float | None:
    return _or_none(lambda: stats_summary(summary, kind).value)


def _sample_ratio(summary: ExposureSummary) -> Wire | None:
    ratio = summary.sample_ratio
    if ratio is None:
        return None
    return {
        "expected": dict(ratio.expected),
        "p_value": _number(ratio.p_value),
        "splitplot": {
            "is_mismatch": ratio.is_mismatch,
            "sequential_p_value": _number(ratio.sequential_p_value),
        },
    }


def _bias_risk(summary: ExposureSummary) -> Mapping[str, float] | None:
    risk = summary.bias_risk
    return None if risk is None else {"multiple_variant_percentage": risk.multiple_share * 100}


def _provenance(answer: Answer[T], project: Project) -> Wire:
    """Where and when the answer was made; the same for every kind of query."""
    return {
        "cache_key": answer.key,
        "is_cached": answer.is_cached,
        "last_refresh": instant(answer.computed_at),
        "next_allowed_client_refresh": instant(answer.computed_at),
        "cache_target_age": instant_or_none(answer.valid_until),
        "timezone": project.timezone,
        "calculation_trigger": None,
        "query_status": None,
    }


def _no_answer(answer: NoAnswer) -> Wire:
    return {"cache_key": answer.key, "query_status": None}


def _bounds(lower: float, upper: float) -> list[float | None]:
    return [_number(lower), _number(upper)]


def _number(number: float | None) -> float | None:
    """What JSON can say: sums beyond the largest double are no number on the wire."""
    return number if number is not None and math.isfinite(number) else None


def _or_none(compute: Callable[[], float]) -> float | None:
    try:
        return compute()
    except Undefined:
        return None
