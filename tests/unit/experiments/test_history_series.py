"""What is known of a metric's days, and of the requests to compute them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from splitplot.accounts.model import ProjectId
from splitplot.experiments.history.days import days_of
from splitplot.experiments.history.requests import (
    MetricOutcome,
    MetricsRun,
    RequestStatus,
    metrics_of,
)
from splitplot.experiments.history.series import (
    DailyResult,
    Series,
    SeriesStatus,
    missing_days,
    series_of,
)
from splitplot.experiments.model import (
    ExperimentId,
    MetricLink,
    MetricLinkId,
    SavedMetric,
    SavedMetricId,
)
from tests.factories import NOON, PROJECT_ID, an_experiment

START = datetime(2025, 3, 1, 9, tzinfo=UTC)
NOW = datetime(2025, 3, 3, 12, tzinfo=UTC)
DAYS = days_of(START, None, now=NOW, timezone=UTC)
FIRST, SECOND, TODAY = DAYS


def result(
    until: datetime, *, error: str | None = None, day: date | None = None, hour: int = 0
) -> DailyResult:
    """A day's result, or its failure; recorded and computed at that hour of 4 March."""
    moment = datetime(2025, 3, 4, hour, tzinfo=UTC)
    return DailyResult(
        day=day or (until - timedelta(microseconds=1)).date(),
        query_from=START,
        query_to=until,
        key="k",
        document=None if error else {"until": until.isoformat()},
        error=error,
        recorded_at=moment,
        computed_at=moment,
    )


def known(*results: DailyResult, zone: str = "UTC") -> Series:
    timezone = ZoneInfo(zone)
    days = days_of(START, None, now=NOW, timezone=timezone)
    return series_of(days, results, timezone=timezone)


EVERY = tuple(result(day.as_of) for day in DAYS)


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ((), SeriesStatus.PENDING),
        ((result(FIRST.as_of, error="no"),), SeriesStatus.FAILED),
        (EVERY[:1], SeriesStatus.PARTIAL),
        ((*EVERY[:2], result(TODAY.as_of, error="no")), SeriesStatus.PARTIAL),
        (EVERY, SeriesStatus.COMPLETED),
    ],
)
def test_the_status_follows_from_the_days(
    results: tuple[DailyResult, ...], status: SeriesStatus
) -> None:
    assert known(*results).status is status


def test_days_are_laid_out_with_what_is_known_of_them() -> None:
    failed = result(SECOND.as_of, error="no", hour=5)
    assert known(failed, replace(EVERY[0], computed_at=NOON)) == Series(
        status=SeriesStatus.PARTIAL,
        results={
            FIRST.day: replace(EVERY[0], computed_at=NOON),
            SECOND.day: None,
            TODAY.day: None,
        },
        errors={SECOND.day: "no"},
        computed_at=NOON,
        created_at=EVERY[0].recorded_at,
        updated_at=failed.computed_at,
    )


def test_nothing_known_has_no_times() -> None:
    series = known()
    assert (series.computed_at, series.created_at, series.updated_at) == (None, None, None)
    assert series.errors == {}


def test_an_earlier_part_of_today_stands_until_it_is_renewed() -> None:
    part = result(NOW - timedelta(hours=3))
    assert known(part).results[TODAY.day] == part


def test_in_another_time_zone_results_belong_to_its_days() -> None:
    # 15:00 in UTC is midnight in Tokyo.
    early, late = result(NOW - timedelta(hours=22)), result(NOW - timedelta(hours=21))
    series = known(early, late, zone="Asia/Tokyo")
    assert series.results[date(2025, 3, 2)] == late
    assert series.results[date(2025, 3, 3)] is None


def test_what_is_stored_of_exactly_the_moment_is_not_computed_again() -> None:
    assert missing_days(DAYS, ()) == DAYS
    assert missing_days(DAYS, EVERY[:2]) == (TODAY,)
    assert missing_days(DAYS, EVERY) == ()
    part = result(NOW - timedelta(hours=3))
    assert missing_days(DAYS, (*EVERY[:2], part)) == (TODAY,)
    failed = result(SECOND.as_of, error="no")
    assert missing_days(DAYS, (EVERY[0], failed, EVERY[2])) == (SECOND,)


# Requests


@pytest.mark.parametrize(
    ("status", "is_active"),
    [
        (RequestStatus.PENDING, True),
        (RequestStatus.IN_PROGRESS, True),
        (RequestStatus.COMPLETED, False),
        (RequestStatus.FAILED, False),
    ],
)
def test_requests_are_active_until_they_end(
    status: RequestStatus,
    is_active: bool,  # noqa: FBT001 - a case
) -> None:
    assert status.is_active is is_active


def a_run() -> MetricsRun:
    return MetricsRun(
        id=UUID(int=1),
        project_id=ProjectId(1),
        experiment_id=ExperimentId(1),
        trigger="button",
        as_of=NOON,
        total=2,
        status=RequestStatus.IN_PROGRESS,
        created_at=NOON,
        updated_at=NOON,
        results={},
    )


def test_a_run_collects_outcomes_and_ends() -> None:
    well = MetricOutcome(fingerprint="f", document={"kind": "ExperimentQuery"})
    badly = MetricOutcome(fingerprint="g", error="no")
    run = a_run().with_outcome("a", well, now=NOW).with_outcome("b", badly, now=NOW)
    assert run.results == {"a": well, "b": badly}
    assert (run.failed, run.updated_at) == (1, NOW)
    ended = run.ended(now=NOW)
    assert (ended.status, ended.completed_at, ended.error) == (RequestStatus.COMPLETED, NOW, None)
    assert run.ended(now=NOW, error="gone").status is RequestStatus.FAILED


def test_an_experiments_metrics_are_its_own_and_the_shared_ones() -> None:
    shared = SavedMetric(
        id=SavedMetricId(1),
        project_id=PROJECT_ID,
        name="Revenue",
        query={"uuid": "c"},
        created_at=NOON,
        updated_at=NOON,
    )
    link = MetricLink(id=MetricLinkId(1), metric=shared, metadata={}, created_at=NOON)
    experiment = replace(
        an_experiment(metrics=({"uuid": "a"}, {"goal": "increase"})),
        metrics_secondary=({"uuid": "b"}, {"uuid": 5}),
        saved_metrics=(link,),
    )
    assert dict(metrics_of(experiment)) == {
        "a": {"uuid": "a"},
        "b": {"uuid": "b"},
        "c": {"uuid": "c"},
    }
