"""The offsets of a time zone, as queries look them up."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.adapters.event_store.local_time import offsets_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = (
    "UTC",
    "America/New_York",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    since=st.timedeltas(timedelta(0), timedelta(days=60 * 365)).map(lambda age: EPOCH + age),
    length=st.timedeltas(timedelta(0), timedelta(days=800)),
    share=st.floats(0, 1),
)
def test_an_instant_has_the_offset_of_its_zone(
    zone: ZoneInfo, since: datetime, length: timedelta, share: float
) -> None:
    moment = since + share * length
    offsets = offsets_of(zone, since=since, until=since + length)

    microseconds = (moment - EPOCH) // timedelta(microseconds=1)
    firsts = [first for first, _ in offsets]
    found = offsets[bisect_right(firsts, microseconds) - 1][1]

    assert timedelta(microseconds=found) == moment.astimezone(zone).utcoffset()


@pytest.mark.parametrize(
    ("until", "offsets"),
    [
        (datetime(2025, 3, 9, 6, 59, 59, 999_999, tzinfo=UTC), [-5]),
        (datetime(2025, 3, 9, 7, tzinfo=UTC), [-5, -4]),
        (datetime(2026, 3, 1, tzinfo=UTC), [-5, -4, -5]),
    ],
)
def test_there_are_as_many_offsets_as_the_time_has(until: datetime, offsets: list[int]) -> None:
    since = datetime(2025, 3, 1, tzinfo=UTC)
    found = offsets_of(ZoneInfo("America/New_York"), since=since, until=until)
    assert [timedelta(microseconds=offset) for _, offset in found] == [
        timedelta(hours=offset) for offset in offsets
    ]
    assert found[0][0] == (since - EPOCH) // timedelta(microseconds=1)
