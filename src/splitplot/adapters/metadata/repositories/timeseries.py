"""Results by day, and requests to compute them."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    and_,
    delete,
    insert,
    select,
    update,
)

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import statements, tables
from splitplot.experiments.history.requests import (
    ACTIVE,
    MetricOutcome,
    MetricsRun,
    RequestStatus,
    SeriesRequest,
)
from splitplot.experiments.history.series import DailyResult, SeriesKey
from splitplot.experiments.model import ExperimentId

_d = tables.daily_results.c
_q = tables.series_requests.c
_r = tables.metrics_runs.c
_RENEWED = ("query_from", "query_to", "key", "document", "error", "computed_at")


class SqlTimeseries:
    """Implements `ports.timeseries.TimeseriesRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def days(self, key: SeriesKey) -> tuple[DailyResult, ...]:
        found = self._connection.execute(
            select(tables.daily_results).where(_is_of(key)).order_by(_d.day)
        )
        return tuple(_daily_result_of(row) for row in found.mappings())

    def save_day(self, key: SeriesKey, result: DailyResult) -> None:
        adding = statements.insert(self._connection, tables.daily_results).values(
            experiment_id=key.experiment_id,
            metric_uuid=key.metric_uuid,
            fingerprint=key.fingerprint,
            day=result.day,
            query_from=result.query_from,
            query_to=result.query_to,
            key=result.key,
            document=result.document,
            error=result.error,
            recorded_at=result.recorded_at,
            computed_at=result.computed_at,
        )
        self._connection.execute(
            adding.on_conflict_do_update(
                index_elements=[_d.experiment_id, _d.metric_uuid, _d.fingerprint, _d.day],
                set_={name: adding.excluded[name] for name in _RENEWED},
            )
        )

    def delete_days(self, key: SeriesKey) -> None:
        self._connection.execute(delete(tables.daily_results).where(_is_of(key)))

    def add_request(self, request: SeriesRequest) -> None:
        row = {"id": request.id, **_request_row(request)}
        self._connection.execute(insert(tables.series_requests), row)

    def save_request(self, request: SeriesRequest) -> None:
        self._save(tables.series_requests, request.id, _request_row(request))

    def find_request(self, request_id: UUID) -> SeriesRequest | None:
        found = self._requests(_q.id == request_id)
        return found[0] if found else None

    def active_request(self, experiment_id: ExperimentId, fingerprint: str) -> SeriesRequest | None:
        found = self._requests(
            and_(
                _q.experiment_id == experiment_id,
                _q.fingerprint == fingerprint,
                _q.status.in_(ACTIVE),
            )
        )
        return found[0] if found else None

    def active_requests(self) -> tuple[SeriesRequest, ...]:
        return self._requests(_q.status.in_(ACTIVE))

    def add_run(self, run: MetricsRun) -> None:
        self._connection.execute(insert(tables.metrics_runs), {"id": run.id, **_run_row(run)})

    def save_run(self, run: MetricsRun) -> None:
        self._save(tables.metrics_runs, run.id, _run_row(run))

    def find_run(
        self, project_id: ProjectId, experiment_id: ExperimentId, run_id: UUID
    ) -> MetricsRun | None:
        found = self._runs(
            and_(_r.project_id == project_id, _r.experiment_id == experiment_id, _r.id == run_id)
        )
        return found[0] if found else None

    def active_run(self, experiment_id: ExperimentId) -> MetricsRun | None:
        found = self._runs(and_(_r.experiment_id == experiment_id, _r.status.in_(ACTIVE)))
        return found[0] if found else None

    def active_runs(self) -> tuple[MetricsRun, ...]:
        return self._runs(_r.status.in_(ACTIVE))

    def latest_run(self, project_id: ProjectId, experiment_id: ExperimentId) -> MetricsRun | None:
        found = self._connection.execute(
            select(tables.metrics_runs)
            .where(
                _r.project_id == project_id,
                _r.experiment_id == experiment_id,
                _r.status == RequestStatus.COMPLETED,
            )
            .order_by(_r.completed_at.desc(), _r.id.desc())
            .limit(1)
        )
        row = found.mappings().one_or_none()
        return None if row is None else _run_of(row)

    def _save(self, table: Table, row_id: UUID, row: dict[str, Any]) -> None:
        self._connection.execute(update(table).where(table.c.id == row_id).values(row))

    def _requests(self, condition: ColumnElement[bool]) -> tuple[SeriesRequest, ...]:
        found = self._connection.execute(
            select(tables.series_requests).where(condition).order_by(_q.created_at, _q.id)
        )
        return tuple(_request_of(row) for row in found.mappings())

    def _runs(self, condition: ColumnElement[bool]) -> tuple[MetricsRun, ...]:
        found = self._connection.execute(
            select(tables.metrics_runs).where(condition).order_by(_r.created_at, _r.id)
        )
        return tuple(_run_of(row) for row in found.mappings())


def _is_of(key: SeriesKey) -> ColumnElement[bool]:
    return and_(
        _d.experiment_id == key.experiment_id,
        _d.metric_uuid == key.metric_uuid,
        _d.fingerprint == key.fingerprint,
    )


def _daily_result_of(row: RowMapping) -> DailyResult:
    return DailyResult(
        day=row["day"],
        query_from=row["query_from"],
        query_to=row["query_to"],
        key=row["key"],
        document=row["document"],
        error=row["error"],
        recorded_at=row["recorded_at"],
        computed_at=row["computed_at"],
    )


def _request_of(row: RowMapping) -> SeriesRequest:
    return SeriesRequest(
        id=row["id"],
        project_id=ProjectId(row["project_id"]),
        key=SeriesKey(
            experiment_id=ExperimentId(row["experiment_id"]),
            metric_uuid=row["metric_uuid"],
            fingerprint=row["fingerprint"],
        ),
        metric=row["metric"],
        context=row["context"],
        status=RequestStatus(row["status"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        error=row["error"],
    )


def _request_row(request: SeriesRequest) -> dict[str, Any]:
    """All but the id."""
    return {
        "project_id": request.project_id,
        "experiment_id": request.key.experiment_id,
        "metric_uuid": request.key.metric_uuid,
        "fingerprint": request.key.fingerprint,
        "metric": request.metric,
        "context": request.context,
        "status": request.status.value,
        "created_at": request.created_at,
        "updated_at": request.updated_at,
        "error": request.error,
    }


def _run_of(row: RowMapping) -> MetricsRun:
    return MetricsRun(
        id=row["id"],
        project_id=ProjectId(row["project_id"]),
        experiment_id=ExperimentId(row["experiment_id"]),
        trigger=row["trigger"],
        as_of=row["as_of"],
        total=row["total"],
        status=RequestStatus(row["status"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        completed_at=row["completed_at"],
        results={uuid: MetricOutcome(**outcome) for uuid, outcome in row["results"].items()},
        error=row["error"],
    )


def _run_row(run: MetricsRun) -> dict[str, Any]:
    """All but the id."""
    return {
        "project_id": run.project_id,
        "experiment_id": run.experiment_id,
        "trigger": run.trigger,
        "as_of": run.as_of,
        "total": run.total,
        "status": run.status.value,
        "created_at": run.created_at,
        "updated_at": run.updated_at,
        "completed_at": run.completed_at,
        "results": {
            uuid: {
                "fingerprint": outcome.fingerprint,
                "document": outcome.document,
                "error": outcome.error,
            }
            for uuid, outcome in run.results.items()
        },
        "error": run.error,
    }
