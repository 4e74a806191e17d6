"""Queries on the wire: what is answered."""

from collections.abc import Mapping
from typing import TypeVar

from splitplot.accounts.model import Project
from splitplot.experiments.documents import finite, metric_document
from splitplot.experiments.exposures import ExposureSummary
from splitplot.http.provenance import Wire, provenance
from splitplot.http.resources.query.schemas import ExperimentQuery
from splitplot.http.wire import instant_or_none
from splitplot.services.answers import Answer, NoAnswer
from splitplot.services.results import MetricReport

T = TypeVar("T")


def metric_body(
    answer: Answer[MetricReport] | NoAnswer, *, query: ExperimentQuery, project: Project
) -> Wire:
    """The answer to an `ExperimentQuery`."""
    if isinstance(answer, NoAnswer):
        return _no_answer(answer)
    report = answer.value
    document = metric_document(
        query.metric,
        report.result,
        kind=report.kind,
        sql=report.sql,
        limitations=report.limitations,
        is_precomputed=report.is_precomputed,
    )
    return {**document, **_provenance(answer, project)}


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


def _sample_ratio(summary: ExposureSummary) -> Wire | None:
    ratio = summary.sample_ratio
    if ratio is None:
        return None
    return {
        "expected": dict(ratio.expected),
        "p_value": finite(ratio.p_value),
        "splitplot": {
            "is_mismatch": ratio.is_mismatch,
            "sequential_p_value": finite(ratio.sequential_p_value),
        },
    }


def _bias_risk(summary: ExposureSummary) -> Mapping[str, float] | None:
    risk = summary.bias_risk
    return None if risk is None else {"multiple_variant_percentage": risk.multiple_share * 100}


def _provenance(answer: Answer[T], project: Project) -> Wire:
    return provenance(
        key=answer.key,
        computed_at=answer.computed_at,
        valid_until=answer.valid_until,
        is_cached=answer.is_cached,
        project=project,
    )


def _no_answer(answer: NoAnswer) -> Wire:
    return {"cache_key": answer.key, "query_status": None}
