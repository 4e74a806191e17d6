"""Results by day, and requests to compute them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from splitplot.accounts.model import Project, ProjectId
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.errors import Conflict
from splitplot.experiments.history.requests import (
    MetricOutcome,
    MetricsRun,
    RequestStatus,
    SeriesRequest,
)
from splitplot.experiments.history.series import DailyResult, SeriesKey
from splitplot.experiments.model import ExperimentId
from tests.factories import NOON, a_flag, an_experiment

DAY = timedelta(days=1)
LATER = NOON + DAY


@pytest.fixture
def experiment_id(metadata: SqlMetadata, project: Project) -> ExperimentId:
    return add_experiment(metadata, project, "checkout-button")


def add_experiment(metadata: SqlMetadata, project: Project, key: str) -> ExperimentId:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag(key=key))
        experiment = an_experiment(flag=flag, start_date=NOON)
        return repositories.experiments.add(replace(experiment, project_id=project.id)).id


def key_of(experiment_id: ExperimentId, **changes: str) -> SeriesKey:
    names = {"metric_uuid": "0b3c", "fingerprint": "f" * 64, **changes}
    return SeriesKey(experiment_id=experiment_id, **names)


def a_result(day: int = 1, **changes: object) -> DailyResult:
    until = datetime(2025, 3, day + 1, tzinfo=UTC)
    result = DailyResult(
        day=date(2025, 3, day),
        query_from=NOON,
        query_to=until,
        key="k",
        document={"sum": 0.1, "rows": [1, None, {"a": "ü"}]},
        error=None,
        recorded_at=NOON,
        computed_at=NOON + timedelta(microseconds=1),
    )
    return replace(result, **changes)  # type: ignore[arg-type]


def a_request(project_id: ProjectId, key: SeriesKey, number: int = 1) -> SeriesRequest:
    return SeriesRequest(
        id=UUID(int=number),
        project_id=project_id,
        key=key,
        metric={"uuid": key.metric_uuid, "goal": "increase"},
        context="c",
        status=RequestStatus.PENDING,
        created_at=NOON,
        updated_at=NOON,
    )


def a_run(project_id: ProjectId, experiment_id: ExperimentId, number: int = 1) -> MetricsRun:
    return MetricsRun(
        id=UUID(int=number),
        project_id=project_id,
        experiment_id=experiment_id,
        trigger="button",
        as_of=NOON,
        total=2,
        status=RequestStatus.PENDING,
        created_at=NOON + number * DAY,
        updated_at=NOON,
        results={},
    )


def test_days_come_back_as_they_were_stored(
    metadata: SqlMetadata, experiment_id: ExperimentId
) -> None:
    key = key_of(experiment_id)
    failed = a_result(2, document=None, error="no")
    others = [key_of(experiment_id, metric_uuid="x"), key_of(experiment_id, fingerprint="x")]
    with metadata.transaction() as repositories:
        repositories.timeseries.save_day(key, failed)
        repositories.timeseries.save_day(key, a_result(1))
        for other in others:
            repositories.timeseries.save_day(other, a_result(3))
    with metadata.reading() as repositories:
        assert repositories.timeseries.days(key) == (a_result(1), failed)


def test_a_day_is_stored_in_place_of_its_earlier_result(
    metadata: SqlMetadata, experiment_id: ExperimentId
) -> None:
    key = key_of(experiment_id)
    first = a_result(document=None, error="no")
    second = a_result(key="l", recorded_at=LATER, computed_at=LATER, query_to=LATER)
    with metadata.transaction() as repositories:
        repositories.timeseries.save_day(key, first)
        repositories.timeseries.save_day(key, second)
        assert repositories.timeseries.days(key) == (replace(second, recorded_at=NOON),)
        other = key_of(experiment_id, fingerprint="x")
        repositories.timeseries.save_day(other, first)
        repositories.timeseries.delete_days(key)
        assert repositories.timeseries.days(key) == ()
        assert repositories.timeseries.days(other) == (first,)


def test_a_request_is_active_until_it_ends(
    metadata: SqlMetadata, project: Project, experiment_id: ExperimentId
) -> None:
    key = key_of(experiment_id)
    request = a_request(project.id, key)
    with metadata.transaction() as repositories:
        series = repositories.timeseries
        assert series.find_request(request.id) is None
        assert series.active_request(experiment_id, key.fingerprint) is None
        series.add_request(request)
        assert series.active_request(experiment_id, key.fingerprint) == request
        assert series.active_request(experiment_id, "x") is None
        going = replace(request, status=RequestStatus.IN_PROGRESS, updated_at=LATER)
        series.save_request(going)
        assert series.active_requests() == (going,)
        failed = replace(going, status=RequestStatus.FAILED, error="no")
        series.save_request(failed)
        assert series.active_requests() == ()
        assert series.active_request(experiment_id, key.fingerprint) is None
        assert series.find_request(request.id) == failed
        series.add_request(a_request(project.id, key, 2))


def test_there_is_one_active_request_for_a_fingerprint(
    metadata: SqlMetadata, project: Project, experiment_id: ExperimentId
) -> None:
    key = key_of(experiment_id)
    with metadata.transaction() as repositories:
        repositories.timeseries.add_request(a_request(project.id, key))
        other = key_of(experiment_id, fingerprint="x")
        repositories.timeseries.add_request(a_request(project.id, other, 2))
    with pytest.raises(Conflict), metadata.transaction() as repositories:
        repositories.timeseries.add_request(a_request(project.id, key, 3))


def test_runs_are_found_by_what_became_of_them(
    metadata: SqlMetadata, project: Project, experiment_id: ExperimentId
) -> None:
    other = add_experiment(metadata, project, "other")
    run = a_run(project.id, experiment_id)
    outcome = MetricOutcome(fingerprint="f", document={"sum": 0.1})
    with metadata.transaction() as repositories:
        series = repositories.timeseries
        series.add_run(run)
        series.add_run(a_run(project.id, other, 9))
        assert series.active_run(experiment_id) == run
        assert [each.id.int for each in series.active_runs()] == [1, 9]
        assert series.latest_run(project.id, experiment_id) is None
        ended = run.with_outcome("0b3c", outcome, now=LATER).ended(now=LATER)
        series.save_run(ended)
        assert series.active_run(experiment_id) is None
        second = a_run(project.id, experiment_id, 2)
        series.add_run(second)
        series.save_run(second.ended(now=LATER + DAY, error="no"))
        third = a_run(project.id, experiment_id, 3)
        series.add_run(third)
        assert series.latest_run(project.id, experiment_id) == ended
        series.save_run(third.ended(now=LATER + 2 * DAY))
        assert series.latest_run(project.id, experiment_id) == third.ended(now=LATER + 2 * DAY)
        assert series.find_run(project.id, experiment_id, run.id) == ended
        assert series.find_run(project.id, other, run.id) is None
        assert series.find_run(ProjectId(99), experiment_id, run.id) is None


def test_what_belongs_to_an_experiment_goes_with_it(
    metadata: SqlMetadata, project: Project, experiment_id: ExperimentId
) -> None:
    key = key_of(experiment_id)
    with metadata.transaction() as repositories:
        repositories.timeseries.save_day(key, a_result())
        repositories.timeseries.add_request(a_request(project.id, key))
        repositories.timeseries.add_run(a_run(project.id, experiment_id))
        repositories.experiments.remove(project.id, experiment_id)
        assert repositories.timeseries.days(key) == ()
        assert repositories.timeseries.active_requests() == ()
        assert repositories.timeseries.active_runs() == ()
