from datetime import timedelta

import pytest

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue
from splitplot.http.resources.approval_policies.durations import duration, duration_text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("3 04:05:06", "3 04:05:06"),
        ("3 days, 04:05:06", "3 04:05:06"),
        ("1 day, 00:00:00", "1 00:00:00"),
        ("02:00:00", "02:00:00"),
        ("90", "00:01:30"),
        ("05:00.5", "00:05:00"),
        (90, "00:01:30"),
        ("P2W", "14 00:00:00"),
        ("P1DT2H3M4S", "1 02:03:04"),
        ("PT36H", "1 12:00:00"),
        ("3650 00:00:00", "3650 00:00:00"),
    ],
)
def test_a_span_may_be_written_in_many_ways(sent: JsonValue, shown: str) -> None:
    assert duration_text(duration(sent, "f")) == shown


@pytest.mark.parametrize("odd", [None, True, "", "P", "PT", "P1DT", "tomorrow", {}, "-5", 1.5])
def test_what_is_no_span_is_refused(odd: JsonValue) -> None:
    with pytest.raises(InvalidInput, match="wrong format"):
        duration(odd, "f")


@pytest.mark.parametrize("odd", ["0", "00:00:00.5", "3650 00:00:01", "99999 00:00:00"])
def test_a_span_lasts_from_a_second_to_ten_years(odd: str) -> None:
    with pytest.raises(InvalidInput, match="between one second and ten years"):
        duration(odd, "f")


def test_days_are_shown_when_there_are_some() -> None:
    assert duration_text(timedelta(seconds=59)) == "00:00:59"
    assert duration_text(timedelta(days=2, hours=1)) == "2 01:00:00"
