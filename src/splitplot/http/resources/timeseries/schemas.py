"""Results by day on the wire."""

from collections.abc import Mapping
from datetime import datetime

from splitplot.accounts.model import Project
from splitplot.experiments.history.looks import with_smallest_p_values
from splitplot.experiments.history.requests import (
    MetricOutcome,
    MetricsRun,
    RequestStatus,
    SeriesRequest,
)
from splitplot.experiments.history.series import DailyResult, SeriesStatus
from splitplot.filters.model import Properties
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.provenance import provenance
from splitplot.http.wire import instant, instant_or_none
from splitplot.services.timeseries.runs import RunRecord
from splitplot.services.timeseries.series import SeriesRecord


class SeriesRequestBody(ExactBody):
    """A request to compute a metric's days again."""

    id: str
    experiment_id: int
    metric_uuid: str
    fingerprint: str
    status: RequestStatus
    created_at: Instant


class TimeseriesBody(ExactBody):
    """A metric's days. A point is what the query would have answered at the day's end.

    Beside an always-valid p-value stands the smallest one so far, `smallest_p_value`.
    """

    experiment_id: int
    metric_uuid: str
    status: SeriesStatus
    timeseries: dict[str, Document | None]
    errors: dict[str, str] | None
    computed_at: Instant | None
    created_at: Instant
    updated_at: Instant
    recalculation_status: RequestStatus | None
    recalculation_created_at: Instant | None


class OutcomeBody(ExactBody):
    """What came out for one metric of a run."""

    fingerprint: str
    result: Document | None
    error: str | None


class RunBody(ExactBody):
    """A run over all metrics of an experiment, as far as it has come."""

    id: str
    experiment_id: int
    trigger: str
    status: RequestStatus
    as_of: Instant
    created_at: Instant
    completed_at: Instant | None
    total_metrics: int
    completed_metrics: int
    failed_metrics: int
    results: dict[str, OutcomeBody]
    error: str | None
    is_existing: bool


class NoRunBody(ExactBody):
    """That there is no run to show."""

    detail: str


def series_request_body(request: SeriesRequest) -> Mapping[str, object]:
    """A `SeriesRequestBody`."""
    return {
        "id": str(request.id),
        "experiment_id": request.key.experiment_id,
        "metric_uuid": request.key.metric_uuid,
        "fingerprint": request.key.fingerprint,
        "status": request.status,
        "created_at": instant(request.created_at),
    }


def series_body(
    record: SeriesRecord, metric_uuid: str, *, project: Project
) -> Mapping[str, object]:
    """A `TimeseriesBody`."""
    experiment, series, request = record.experiment, record.series, record.request
    results = series.results
    documents = with_smallest_p_values(
        [None if result is None else result.document for result in results.values()]
    )
    return {
        "experiment_id": experiment.id,
        "metric_uuid": metric_uuid,
        "status": series.status,
        "timeseries": {
            day.isoformat(): None if result is None else _point(result, document, project)
            for (day, result), document in zip(results.items(), documents, strict=True)
        },
        "errors": {day.isoformat(): error for day, error in series.errors.items()} or None,
        "computed_at": instant_or_none(series.computed_at),
        "created_at": instant(series.created_at or experiment.created_at),
        "updated_at": instant(series.updated_at or experiment.updated_at),
        "recalculation_status": None if request is None else request.status,
        "recalculation_created_at": None if request is None else instant(request.created_at),
    }


def run_body(record: RunRecord, *, project: Project) -> Mapping[str, object]:
    """A `RunBody`."""
    run = record.run
    return {
        "id": str(run.id),
        "experiment_id": run.experiment_id,
        "trigger": run.trigger,
        "status": run.status,
        "as_of": instant(run.as_of),
        "created_at": instant(run.created_at),
        "completed_at": instant_or_none(run.completed_at),
        "total_metrics": run.total,
        "completed_metrics": len(run.results) - run.failed,
        "failed_metrics": run.failed,
        "results": {uuid: _outcome(outcome, run, project) for uuid, outcome in run.results.items()},
        "error": run.error,
        "is_existing": record.is_existing,
    }


def existing_run_body(run: MetricsRun, *, project: Project) -> Mapping[str, object]:
    """The same, of a run that is only looked at."""
    return run_body(RunRecord(run=run, is_existing=True), project=project)


def _point(result: DailyResult, document: Properties | None, project: Project) -> Document:
    made = _provenance(result.key, result.computed_at, project)
    return {**(document or {}), **made}


def _outcome(outcome: MetricOutcome, run: MetricsRun, project: Project) -> Document:
    made = _provenance(outcome.fingerprint, run.updated_at, project)
    document = outcome.document
    return {
        "fingerprint": outcome.fingerprint,
        "result": None if document is None else {**document, **made},
        "error": outcome.error,
    }


def _provenance(key: str, computed_at: datetime, project: Project) -> Document:
    return provenance(
        key=key, computed_at=computed_at, valid_until=None, is_cached=True, project=project
    )
