"""Work in the background of a real server, through its sudden death."""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from splitplot.bootstrap import bootstrap
from splitplot.experiments.documents import metric_document
from splitplot.experiments.history.days import days_of
from splitplot.experiments.model import ExperimentId
from splitplot.filters.model import Properties
from splitplot.settings import Settings
from tests.e2e.client import Client
from tests.e2e.server_process import END_WITHIN_SECONDS, environment, run, serving, set_up

DAYS = 30
UNITS_A_DAY = 12
METRIC_UUID = "4f1d2b1e-6d0c-4a53-9d3e-0c5d4e8f7a11"
METRIC: Properties = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "uuid": METRIC_UUID,
    "goal": "increase",
    "source": {"kind": "EventsNode", "event": "purchase", "math": "sum", "math_property": "amount"},
    "conversion_window": 72,
    "conversion_window_unit": "hour",
}
FINGERPRINT = "0" * 64
KNOWN = {"metric_uuid": METRIC_UUID, "fingerprint": FINGERPRINT}


def start_of_it() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS, hours=3)


def events_of(start: datetime) -> list[dict[str, Any]]:
    """Each day new units, half of which buy a day later."""
    events = []
    for day in range(DAYS):
        for number in range(UNITS_A_DAY):
            unit = f"unit-{day}-{number}"
            variant = ("control", "test")[number % 2]
            shown_at = start + timedelta(days=day, minutes=number)
            shown = {"$feature_flag": "checkout", "$feature_flag_response": variant}
            events.append(an_event("$feature_flag_called", unit, shown_at, shown))
            if number % 4 < 2:
                paid = {"amount": day + number}
                events.append(an_event("purchase", unit, shown_at + timedelta(days=1), paid))
    return events


def an_event(name: str, unit: str, moment: datetime, properties: dict[str, Any]) -> dict[str, Any]:
    number = hash((name, unit)) & (2**128 - 1)
    return {
        "uuid": str(UUID(int=number, version=4)),
        "event": name,
        "distinct_id": unit,
        "timestamp": moment.isoformat(),
        "properties": properties,
    }


def launched(client: Client, start: datetime) -> int:
    body = {
        "name": "Checkout",
        "feature_flag_key": "checkout",
        "metrics": [METRIC],
        "allow_unknown_events": True,
    }
    number: int = client.post("experiments/", body)["id"]
    client.post(f"experiments/{number}/launch/")
    client.patch(f"experiments/{number}/", {"start_date": start.isoformat()})
    return number


def read(client: Client, number: int) -> dict[str, Any]:
    answer = client.http.get(
        f"{client.project}experiments/{number}/timeseries_results/", params=KNOWN
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def done(series: dict[str, Any]) -> dict[str, Any]:
    return {day: point for day, point in series["timeseries"].items() if point is not None}


def wait_for(client: Client, number: int, *, days: int, seconds: float = 60) -> dict[str, Any]:
    """The series, once at least so many days are there."""
    deadline = time.monotonic() + seconds
    while len(done(series := read(client, number))) < days:
        assert time.monotonic() < deadline, series["recalculation_status"]
        time.sleep(0.02)
    return series


def figures(point: dict[str, Any]) -> list[tuple[str, int, float]]:
    rows = [point["baseline"], *point["variant_results"]]
    return [(row["key"], row["number_of_samples"], row["sum"]) for row in rows]


def test_a_recalculation_survives_the_servers_death(tmp_path: Path) -> None:
    keys = set_up(tmp_path)
    start = start_of_it()
    with serving(tmp_path, keys=keys) as server, Client(server) as client:
        number = launched(client, start)
        client.capture(events_of(start))
        asked = client.post(
            f"experiments/{number}/recalculate_timeseries/",
            {"metric": METRIC, "fingerprint": FINGERPRINT},
        )
        before = wait_for(client, number, days=3)
        assert before["recalculation_status"] == "in_progress"
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    assert len(done(before)) < DAYS, "the server was killed too late to show anything"

    with serving(tmp_path, keys=keys) as server, Client(server) as client:
        stored = read(client, number)
        assert stored["status"] == "partial"
        assert done(stored).items() >= done(before).items()
        after = finished(client, number)
        again = client.post(
            f"experiments/{number}/recalculate_timeseries/",
            {"metric": METRIC, "fingerprint": "another"},
        )
        assert again["id"] != asked["id"]
        direct = client.query(kind="ExperimentQuery", experiment_id=number, metric=METRIC)
    # What was computed before is still what it was.
    assert done(after).items() >= done(before).items()
    assert figures(list(done(after).values())[-1]) == figures(direct)
    assert_equal_to_direct_answers(tmp_path, keys, number, after)


def finished(client: Client, number: int) -> dict[str, Any]:
    """The series, once nothing is under way any more."""
    deadline = time.monotonic() + 90
    while (series := read(client, number))["recalculation_status"] is not None:
        assert time.monotonic() < deadline, series["recalculation_status"]
        time.sleep(0.2)
    assert series["status"] == "completed", series["errors"]
    return series


def assert_equal_to_direct_answers(
    folder: Path, keys: dict[str, Any], number: int, series: dict[str, Any]
) -> None:
    """Each day but today's part, asked for directly as of its end, says the same."""
    with bootstrap(Settings(data_dir=folder)) as platform:
        project = platform.accounts.find_project(keys["project_id"])
        assert project is not None
        experiment = platform.experiments.get(project.id, ExperimentId(number)).experiment
        assert experiment.start_date is not None
        days = days_of(experiment.start_date, None, now=datetime.now(UTC), timezone=UTC)
        for day in days[:-1]:
            report = platform.results.result_as_of(project, experiment, METRIC, day.as_of).value
            expected = metric_document(
                METRIC, report.result, kind=report.kind, sql=report.sql, limitations=()
            )
            point = series["timeseries"][day.day.isoformat()]
            assert figures(point) == figures(httpx.Response(200, json=expected).json())


def test_the_work_can_be_a_process_of_its_own(tmp_path: Path) -> None:
    env = environment(SPLITPLOT_EVENTS_URL="memory://")
    command = [sys.executable, "-m", "splitplot", "worker", "--data-dir", str(tmp_path)]
    with subprocess.Popen(  # noqa: S603 our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "splitplot worker is ready\n"
        process.terminate()
        _, errors = process.communicate(timeout=END_WITHIN_SECONDS)
    assert (process.returncode, errors) == (0, "")


def test_the_embedded_event_store_has_no_second_process(tmp_path: Path) -> None:
    done = run("worker", "--data-dir", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
