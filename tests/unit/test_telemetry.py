import json
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from splitplot.telemetry import REQUEST_ID, Metrics, configure_logs


@pytest.fixture(autouse=True)
def _logs_of_others_stay_as_they_are() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def lines_of(level: str = "info", form: str = "json") -> StringIO:
    lines = StringIO()
    configure_logs(level=level, form=form, stream=lines)
    return lines


def test_a_log_line_is_an_event_with_fields() -> None:
    lines = lines_of()

    structlog.get_logger().info("events.flushed", count=3)

    line = json.loads(lines.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "events.flushed", "count": 3, "level": "info"}


def test_a_log_line_names_the_request_it_belongs_to() -> None:
    lines = lines_of()
    token = REQUEST_ID.set("r1")

    structlog.get_logger().warning("request.failed")
    REQUEST_ID.reset(token)

    assert json.loads(lines.getvalue())["request_id"] == "r1"


def test_lines_below_the_level_are_not_written() -> None:
    lines = lines_of(level="warning")

    structlog.get_logger().info("events.flushed")

    assert lines.getvalue() == ""


def test_text_is_for_people() -> None:
    lines = lines_of(form="text")

    structlog.get_logger().info("events.flushed", count=3)

    assert "events.flushed" in lines.getvalue()
    assert not lines.getvalue().startswith("{")


def test_what_is_no_terminal_gets_json() -> None:
    lines = lines_of(form="auto")

    structlog.get_logger().info("events.flushed")

    assert json.loads(lines.getvalue())["event"] == "events.flushed"


def test_requests_are_counted_in_buckets_that_hold_the_faster_ones() -> None:
    metrics = Metrics(version="1.2.3")
    for seconds in (0.0005, 0.001, 0.004, 99.0):
        metrics.record_request(method="GET", route="/x/", status=200, seconds=seconds)

    lines = metrics.exposition().decode().splitlines()

    labels = 'method="GET",route="/x/",status="200"'
    bucket = "splitplot_http_request_seconds_bucket"
    assert f'{bucket}{{le="0.001",{labels}}} 2.0' in lines
    assert f'{bucket}{{le="0.0025",{labels}}} 2.0' in lines
    assert f'{bucket}{{le="0.005",{labels}}} 3.0' in lines
    assert f'{bucket}{{le="10.0",{labels}}} 3.0' in lines
    assert f'{bucket}{{le="+Inf",{labels}}} 4.0' in lines
    assert f"splitplot_http_request_seconds_count{{{labels}}} 4.0" in lines
    assert f"splitplot_http_request_seconds_sum{{{labels}}} 99.0055" in lines
    assert 'splitplot_info{version="1.2.3"} 1.0' in lines


def test_two_servers_of_one_process_count_apart() -> None:
    first, second = Metrics(version="1"), Metrics(version="1")
    first.record_request(method="GET", route="/x/", status=200, seconds=1.0)
    assert b"/x/" not in second.exposition()


def test_a_crash_in_text_form_does_not_tell_what_local_variables_held() -> None:
    stream = StringIO()
    configure_logs(level="info", form="text", stream=stream)
    secret = "phx_" + "x" * 8
    try:
        int("not a number of " + secret[:0])
    except ValueError:
        structlog.get_logger().exception("request.crashed")
    written = stream.getvalue()
    assert "ValueError" in written
    assert secret not in written
