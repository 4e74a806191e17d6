"""The health of an experiment on the wire."""

from splitplot.experiments.documents import finite, reason_document
from splitplot.experiments.exposures import ExposureSummary, SampleRatio
from splitplot.experiments.health import Finding, FindingCode, Severity
from splitplot.experiments.model import Status
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.provenance import Wire
from splitplot.http.results.bodies import ReasonBody
from splitplot.http.wire import instant, instant_or_none
from splitplot.services.experiment_results.health import ExperimentHealth


class FindingBody(ExactBody):
    """One thing that is wrong; `facts` are the figures that it rests on."""

    code: FindingCode
    severity: Severity
    detail: str | None
    message: str
    facts: Document


class SampleRatioCheck(ExactBody):
    """The check of the split: for one look, and for reading it every day."""

    expected: dict[str, float]
    p_value: float | None
    sequential_p_value: float | None
    is_mismatch: bool


class BiasRiskCheck(ExactBody):
    """Units left out of an uneven split, as a share of all."""

    multiple_share: float


class ExposureTotals(ExactBody):
    """Who was exposed so far; the window is empty for a draft."""

    date_from: Instant | None
    date_to: Instant | None
    total: int
    by_variant: dict[str, int]
    sample_ratio: SampleRatioCheck | None
    bias_risk: BiasRiskCheck | None


class HealthBody(ExactBody):
    """What is wrong with an experiment; without exposures, `exposures_reason` says why."""

    experiment_id: int
    status: Status
    findings: list[FindingBody]
    exposures: ExposureTotals | None
    exposures_reason: ReasonBody | None
    checked_at: Instant


def health_body(health: ExperimentHealth) -> Wire:
    """A `HealthBody`."""
    return {
        "experiment_id": health.experiment.id,
        "status": health.experiment.status,
        "findings": [_finding(finding) for finding in health.findings],
        "exposures": None if health.exposures is None else _totals(health.exposures),
        "exposures_reason": reason_document(health.reason),
        "checked_at": instant(health.checked_at),
    }


def _finding(finding: Finding) -> Wire:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "detail": finding.detail,
        "message": finding.message,
        "facts": finding.facts,
    }


def _totals(summary: ExposureSummary) -> Wire:
    risk = summary.bias_risk
    return {
        "date_from": instant_or_none(summary.start),
        "date_to": instant_or_none(summary.end),
        "total": summary.total,
        "by_variant": {series.variant: series.total for series in summary.series},
        "sample_ratio": None if summary.sample_ratio is None else _split(summary.sample_ratio),
        "bias_risk": None if risk is None else {"multiple_share": risk.multiple_share},
    }


def _split(ratio: SampleRatio) -> Wire:
    return {
        "expected": dict(ratio.expected),
        "p_value": finite(ratio.p_value),
        "sequential_p_value": finite(ratio.sequential_p_value),
        "is_mismatch": ratio.is_mismatch,
    }
