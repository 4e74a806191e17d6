from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.filters.dates import absolute_instant, is_relative, relative_instant

NOW = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3h", datetime(2026, 3, 31, 9, 30, tzinfo=UTC)),
        ("-7d", datetime(2026, 3, 24, 12, 30, tzinfo=UTC)),
        ("2w", datetime(2026, 3, 17, 12, 30, tzinfo=UTC)),
        ("-1m", datetime(2026, 2, 28, 12, 30, tzinfo=UTC)),
        ("-2m", datetime(2026, 1, 28, 12, 30, tzinfo=UTC)),
        ("-15m", datetime(2024, 12, 28, 12, 30, tzinfo=UTC)),
        ("-2y", datetime(2024, 3, 31, 12, 30, tzinfo=UTC)),
        ("0d", NOW),
    ],
)
def test_relative_dates_go_back_from_now(text: str, expected: datetime) -> None:
    assert is_relative(text)
    assert relative_instant(text, now=NOW) == expected


def test_years_before_a_leap_day_clamp_to_the_28th_and_stay_there() -> None:
    leap_day = datetime(2024, 2, 29, tzinfo=UTC)
    assert relative_instant("4y", now=leap_day) == datetime(2020, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize("text", ["-3x", "7", "d", "10000d", "--1d", "+1d", "1 d", ""])
def test_other_texts_are_not_relative(text: str) -> None:
    assert not is_relative(text)
    assert relative_instant(text, now=NOW) is None


@pytest.mark.parametrize("text", ["9999w", "9999y", "9999m"])
def test_the_calendar_is_never_left(text: str) -> None:
    instant = relative_instant(text, now=NOW)
    assert instant is None or instant.year >= 1


def test_before_year_one_there_is_no_instant() -> None:
    assert relative_instant("2027y", now=NOW) is None
    assert relative_instant("9999w", now=datetime(100, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-05-01", datetime(2022, 5, 1, tzinfo=UTC)),
        ("2022-05-01T10:20", datetime(2022, 5, 1, 10, 20, tzinfo=UTC)),
        ("2022-05-01 10:20:30", datetime(2022, 5, 1, 10, 20, 30, tzinfo=UTC)),
        ("2022-05-01t10:20:30.5z", datetime(2022, 5, 1, 10, 20, 30, 500000, tzinfo=UTC)),
        ("2022-05-01T10:20:30.123456789Z", datetime(2022, 5, 1, 10, 20, 30, 123456, tzinfo=UTC)),
        ("2022-05-01T10:20:30+02:30", datetime(2022, 5, 1, 7, 50, 30, tzinfo=UTC)),
        ("2022-05-01T10:20:30-0230", datetime(2022, 5, 1, 12, 50, 30, tzinfo=UTC)),
    ],
)
def test_absolute_dates(text: str, expected: datetime) -> None:
    assert absolute_instant(text, zone=UTC) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2022-13-01",
        "2022-02-30",
        "2022-05-01T25:00",
        "2022-05-01T10:61",
        "2022-05-01T10:20:61",
        "2022-05-01T10:20:30+24:00",
        "0001-01-01T00:00:00+10:00",
        "0000-01-01",
        "2022-05-01T",
        "2022-05-01Z",
        " 2022-05-01",
        "2022-5-1",
        "٢٠٢٢-05-01",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert absolute_instant(text, zone=UTC) is None


def test_a_wall_clock_belongs_to_the_given_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert absolute_instant("2022-07-01", zone=berlin) == datetime(2022, 6, 30, 22, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001
def test_what_isoformat_writes_is_read_back(naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    assert absolute_instant(instant.isoformat(), zone=UTC) == instant
