from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.events.instants import (
    CLOCKS_AGREE_WITHIN,
    EPOCH,
    FURTHEST_AHEAD,
    event_time,
    parse_instant,
    parse_query_clock,
)
from splitplot.filters.model import JsonValue

NOW = datetime(2026, 11, 21, 9, 24, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
instants = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T09:24:15.782744+00:00", NOW + timedelta(microseconds=782744)),
        ("2026-11-21T09:24:15Z", NOW),
        ("2026-11-21t09:24:15z", NOW),
        ("2026-11-21T12:24:15+03", NOW),
        ("2026-11-21T12:24:15+03:00", NOW),
        ("2026-11-21T04:54:15-0430", NOW),
        ("2026-11-21 09:24:15", NOW),
        ("2026-11-21T09:24:15.123456789Z", NOW + timedelta(microseconds=123456)),
        (" 2026-11-21T09:24:15Z ", NOW),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("20261121", datetime(2026, 11, 21, tzinfo=UTC)),
        ("1795253055", NOW),
        ("1795253055000", NOW),
        ("1795253055.5", NOW + timedelta(seconds=0.5)),
        ("-1000000000", EPOCH - timedelta(seconds=10**9)),
        (1795253055, NOW),
        (1795253055000, NOW),
        (1795253055.5, NOW + timedelta(seconds=0.5)),
    ],
)
def test_every_accepted_form_names_its_instant(text: JsonValue, expected: datetime) -> None:
    parsed = parse_instant(text)
    assert parsed == expected
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    "value", [None, "", "yesterday", "2026", "12345678", "2026-13-01", True, [], {}]
)
def test_what_names_no_instant_is_none(value: JsonValue) -> None:
    assert parse_instant(value) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+12026-11-21T09:24:15Z", NOW),
        ("9999-12-31T23:59:59-05:00", NOW),
        ("99999999999999999999", NOW),
        (1e300, NOW),
        ("-0044-03-15T12:00:00Z", EPOCH),
        ("-004400-03-15T12:00:00Z", EPOCH),
        ("0000-01-01T00:00:00Z", EPOCH),
        ("0001-01-01T00:00:00Z", EPOCH),
        ("0001-01-01T00:00:00+05:00", EPOCH),
        (-1e300, EPOCH),
        ("0002-01-01T00:00:00Z", datetime(2, 1, 1, tzinfo=UTC)),
    ],
)
def test_beyond_the_calendar_lies_now_or_the_epoch(text: JsonValue, expected: datetime) -> None:
    timestamp = parse_instant(text)
    assert timestamp is not None
    assert event_time(timestamp=timestamp, sent_at=None, offset=None, now=NOW) == expected


def test_an_event_without_timestamp_happened_now() -> None:
    assert event_time(timestamp=None, sent_at=NOW - HOUR, offset=None, now=NOW) == NOW


def test_a_timestamp_without_sent_at_is_taken_as_it_is() -> None:
    at = NOW - 3 * HOUR
    assert event_time(timestamp=at, sent_at=None, offset=None, now=NOW) == at


def test_a_clock_that_runs_ahead_is_set_back_and_one_behind_is_set_forward() -> None:
    for skew in (2 * HOUR, -2 * HOUR):
        happened = event_time(timestamp=NOW - HOUR + skew, sent_at=NOW + skew, offset=None, now=NOW)
        assert happened == NOW - HOUR


@pytest.mark.parametrize("travel", [timedelta(), timedelta(milliseconds=80), CLOCKS_AGREE_WITHIN])
def test_the_time_a_request_travels_does_not_move_its_events(travel: timedelta) -> None:
    at = NOW - HOUR
    assert event_time(timestamp=at, sent_at=NOW - travel, offset=None, now=NOW) == at
    assert event_time(timestamp=at, sent_at=NOW + travel, offset=None, now=NOW) == at


def test_a_clock_that_is_wrong_by_more_than_a_second_is_corrected_by_all_of_it() -> None:
    skew = CLOCKS_AGREE_WITHIN + timedelta(milliseconds=1)
    happened = event_time(timestamp=NOW - HOUR, sent_at=NOW - skew, offset=None, now=NOW)
    assert happened == NOW - HOUR + skew


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(90_000, NOW - timedelta(seconds=90)), (0.5, NOW - timedelta(microseconds=500)), (0, NOW)],
)
def test_an_offset_overrides_the_timestamp(offset: JsonValue, expected: datetime) -> None:
    assert event_time(timestamp=NOW - HOUR, sent_at=NOW, offset=offset, now=NOW) == expected


@pytest.mark.parametrize("offset", [None, "90000", True, [1]])
def test_what_is_no_number_is_no_offset(offset: JsonValue) -> None:
    at = NOW - HOUR
    assert event_time(timestamp=at, sent_at=None, offset=offset, now=NOW) == at


def test_an_absurd_offset_ends_at_the_epoch_or_now() -> None:
    assert event_time(timestamp=None, sent_at=None, offset=1e30, now=NOW) == EPOCH
    assert event_time(timestamp=None, sent_at=None, offset=-1e30, now=NOW) == NOW


def test_what_claims_to_be_far_ahead_happened_now() -> None:
    edge = NOW + FURTHEST_AHEAD
    assert event_time(timestamp=edge, sent_at=None, offset=None, now=NOW) == edge
    beyond = edge + timedelta(microseconds=1)
    assert event_time(timestamp=beyond, sent_at=None, offset=None, now=NOW) == NOW


@given(
    timestamp=instants, sent_at=instants | st.none(), offset=st.none() | st.floats(), now=instants
)
def test_no_clock_is_wrong_enough_to_break_the_calendar(
    timestamp: datetime, sent_at: datetime | None, offset: float | None, now: datetime
) -> None:
    if offset is not None and offset != offset:  # noqa: PLR0124 - NaN, which JSON has not
        offset = 0.0
    now = now.replace(year=2024)  # which has a 29 February, too
    happened = event_time(timestamp=timestamp, sent_at=sent_at, offset=offset, now=now)
    assert happened <= now + FURTHEST_AHEAD
    assert happened.year > 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1795253055000", NOW),
        ("1577836800001", datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1)),
        ("1577836800000", None),
        ("1795253055", None),
        ("-1795253055000", None),
        ("1795253055000.5", None),
        ("", None),
        ("soon", None),
        ("9" * 30, None),
    ],
)
def test_the_query_clock_is_in_milliseconds_after_2020(
    text: str, expected: datetime | None
) -> None:
    assert parse_query_clock(text) == expected
