"""Which days an experiment has, in every calendar."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.experiments.history.days import ExperimentDay, day_of, days_of
from splitplot.experiments.history.schedule import due_experiments, last_due
from splitplot.experiments.model import Experiment
from tests.factories import an_experiment

START = datetime(2025, 3, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = datetime(2005, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]


def names(days: tuple[ExperimentDay, ...]) -> list[str]:
    return [each.day.isoformat() for each in days]


def test_a_running_experiment_has_the_days_up_to_now() -> None:
    now = START + DAY + HOUR
    assert days_of(START, None, now=now, timezone=UTC) == (
        ExperimentDay(day=date(2025, 3, 1), as_of=datetime(2025, 3, 2, tzinfo=UTC), is_final=True),
        ExperimentDay(day=date(2025, 3, 2), as_of=now, is_final=False),
    )


def test_the_last_day_ends_with_the_experiment() -> None:
    end = START + DAY + HOUR
    days = days_of(START, end, now=START + 9 * DAY, timezone=UTC)
    assert names(days) == ["2025-03-01", "2025-03-02"]
    assert (days[-1].as_of, days[-1].is_final) == (end, True)


@pytest.mark.parametrize("end", [None, datetime(2025, 3, 3, tzinfo=UTC)])
def test_midnight_ends_a_day_and_begins_none(end: datetime | None) -> None:
    midnight = datetime(2025, 3, 3, tzinfo=UTC)
    days = days_of(START, end, now=midnight, timezone=UTC)
    assert names(days) == ["2025-03-01", "2025-03-02"]
    assert (days[-1].as_of, days[-1].is_final) == (midnight, True)


def test_an_end_that_is_planned_does_not_bring_days_forward() -> None:
    days = days_of(START, START + 9 * DAY, now=START + HOUR, timezone=UTC)
    assert names(days) == ["2025-03-01"]
    assert not days[0].is_final


def test_before_its_start_an_experiment_has_no_days() -> None:
    assert days_of(START, None, now=START - HOUR, timezone=UTC) == ()


@pytest.mark.parametrize("start", [START, datetime(2025, 3, 2, tzinfo=UTC)])
def test_an_experiment_that_starts_this_moment_has_one_day(start: datetime) -> None:
    days = days_of(start, None, now=start, timezone=UTC)
    assert [(each.day, each.as_of) for each in days] == [(start.date(), start)]


def test_days_are_shorter_and_longer_as_clocks_change() -> None:
    for start, hours in (
        (datetime(2025, 3, 29, 12, tzinfo=BERLIN), 23),
        (datetime(2025, 10, 25, 12, tzinfo=BERLIN), 25),
    ):
        first, second, _ = days_of(start, None, now=start + 2 * DAY, timezone=BERLIN)
        assert second.as_of - first.as_of == hours * HOUR


def test_a_midnight_that_clocks_skip_is_when_they_do() -> None:
    # In Beirut the day began at one o'clock: midnight did not happen.
    beirut = ZoneInfo("Asia/Beirut")
    start = datetime(2022, 3, 26, 12, tzinfo=beirut)
    first, second = days_of(start, None, now=start + DAY, timezone=beirut)
    assert first.as_of == datetime(2022, 3, 26, 22, tzinfo=UTC)
    assert second.day == date(2022, 3, 27)


def test_a_day_that_the_calendar_left_out_is_no_day() -> None:
    # Samoa went from 29 December to 31 December 2011.
    apia = ZoneInfo("Pacific/Apia")
    start = datetime(2011, 12, 29, 12, tzinfo=apia)
    days = days_of(start, None, now=start + 2 * DAY, timezone=apia)
    assert names(days) == ["2011-12-29", "2011-12-31"]


def test_a_result_of_midnight_belongs_to_the_day_that_ended() -> None:
    midnight = datetime(2025, 3, 2, tzinfo=BERLIN)
    assert day_of(midnight, BERLIN) == date(2025, 3, 1)
    assert day_of(midnight + timedelta(microseconds=1), BERLIN) == date(2025, 3, 2)
    assert day_of(midnight, UTC) == date(2025, 3, 1)


@given(
    start=st.integers(0, 20 * 365 * 24 * 3600).map(
        lambda second: EPOCH + timedelta(seconds=second)
    ),
    length=st.timedeltas(timedelta(), 40 * DAY),
    zone=st.sampled_from(ZONES),
    is_ended=st.booleans(),
)
def test_days_follow_each_other_and_own_their_moments(
    start: datetime,
    length: timedelta,
    zone: str,
    is_ended: bool,  # noqa: FBT001 - drawn
) -> None:
    timezone, last = ZoneInfo(zone), start + length
    days = days_of(start, last if is_ended else None, now=last, timezone=timezone)
    assert days[-1].as_of == last
    assert [each.day for each in days] == sorted({each.day for each in days})
    moments = [each.as_of for each in days]
    assert moments == sorted(set(moments))
    assert all(each.is_final for each in days[:-1])
    assert all(day_of(each.as_of, timezone) == each.day for each in days if each.as_of > start)


# When experiments are refreshed


@pytest.mark.parametrize(
    ("now", "at", "expected"),
    [
        (datetime(2025, 3, 2, 2, tzinfo=UTC), time(2), datetime(2025, 3, 2, 2, tzinfo=UTC)),
        (datetime(2025, 3, 2, 1, 59, tzinfo=UTC), time(2), datetime(2025, 3, 1, 2, tzinfo=UTC)),
        (datetime(2025, 3, 2, 23, tzinfo=UTC), time(), datetime(2025, 3, 2, tzinfo=UTC)),
        # One o'clock in Berlin is midnight in UTC.
        (datetime(2025, 3, 2, 1, tzinfo=BERLIN), time(), datetime(2025, 3, 2, tzinfo=UTC)),
    ],
)
def test_a_run_is_due_at_its_hour_in_utc(now: datetime, at: time, expected: datetime) -> None:
    assert last_due(now, at) == expected


DUE = datetime(2025, 3, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("experiment", "is_due"),
    [
        (an_experiment(start_date=DUE - DAY), True),
        (an_experiment(start_date=DUE - 60 * DAY), True),
        (an_experiment(start_date=DUE - 60 * DAY - HOUR), False),
        (an_experiment(start_date=DUE + HOUR), False),
        (an_experiment(start_date=None), False),
        (an_experiment(start_date=DUE - 9 * DAY, end_date=DUE - HOUR), True),
        (an_experiment(start_date=DUE - 9 * DAY, end_date=DUE - DAY), False),
        (an_experiment(start_date=DUE - DAY, deleted=True), False),
        (an_experiment(start_date=DUE - DAY, archived=True), False),
    ],
)
def test_young_and_open_experiments_are_refreshed(
    experiment: Experiment,
    is_due: bool,  # noqa: FBT001 - a case
) -> None:
    assert (due_experiments([experiment], due=DUE) == (experiment,)) is is_due
