"""A full disk, a locked database, and both: the server says so, stays up and recovers.

One server goes through all of it.
"""

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from typing import Any, TypeAlias
from uuid import UUID

import httpx
import pytest

from tests.e2e.client import Client
from tests.e2e.server_process import Server, serving, set_up

BadDay: TypeAlias = Callable[[Server], AbstractContextManager[None]]

_numbers = count(1)


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """The server cannot make any file larger than a page while this lasts."""
    pid = server.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        if server.process.poll() is None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def locked_database(server: Server) -> Iterator[None]:
    """Another process holds the write lock of the metadata database."""
    with closing(sqlite3.connect(server.data_dir / "splitplot.db", timeout=10)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


@contextmanager
def both(server: Server) -> Iterator[None]:
    with full_disk(server), locked_database(server):
        yield


BAD_DAYS = pytest.mark.parametrize("bad_day", [full_disk, locked_database, both])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("bad_days")
    with serving(folder, keys=set_up(folder)) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server) as client:
        yield client


def new_batch(size: int = 3) -> list[dict[str, Any]]:
    """Events of persons that nobody has seen yet."""
    return [
        {
            "event": "purchase",
            "distinct_id": f"buyer-{number}",
            "uuid": str(UUID(int=number, version=4)),
            "properties": {"$set": {"plan": "pro"}},
        }
        for number in (next(_numbers) for _ in range(size))
    ]


def ids(events: list[dict[str, Any]]) -> set[str]:
    return {event["uuid"] for event in events}


def stored(client: Client, events: list[dict[str, Any]]) -> set[str]:
    """Which of these events the server has."""
    return {event["id"] for event in client.events()} & ids(events)


def experiment(key: str) -> dict[str, Any]:
    return {"name": f"Experiment on {key}", "feature_flag_key": key}


def assert_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) >= 1


@BAD_DAYS
def test_capture_says_that_it_cannot_store_and_recovers(
    server: Server, client: Client, bad_day: BadDay
) -> None:
    before, refused, after = new_batch(), new_batch(), new_batch()
    client.capture(before)

    with bad_day(server):
        for _ in range(2):
            assert_unavailable(client.try_capture(refused))
        assert client.http.get("/_health").status_code == 200

    # What was refused is not there; the SDK sends it again.
    assert stored(client, before + refused) == ids(before)
    client.capture(after)
    client.capture(refused)
    assert stored(client, before + refused + after) == ids(before + refused + after)


@BAD_DAYS
def test_changes_say_that_they_cannot_be_made_and_reading_goes_on(
    server: Server, client: Client, bad_day: BadDay
) -> None:
    known, refused = f"known-{bad_day.__name__}", f"refused-{bad_day.__name__}"
    launched = client.post("experiments/", experiment(known))
    client.post(f"experiments/{launched['id']}/launch/")
    path = f"{client.project}experiments/"

    with bad_day(server):
        answer = client.http.post(path, json=experiment(refused))
        assert_unavailable(answer)
        assert set(answer.json()) == {"type", "code", "detail", "attr"}
        assert (answer.json()["type"], answer.json()["code"]) == ("server_error", "unavailable")
        read = client.http.get(f"{path}{launched['id']}/")
        assert (read.status_code, read.json()["status"]) == (200, "running")
        asked = {"token": client.token, "distinct_id": "visitor"}
        served = client.http.post("/flags/?v=2", json=asked)
        assert served.status_code == 200
        assert served.json()["flags"][known]["enabled"] is True

    listed = client.http.get(path).json()["results"]
    assert refused not in {item["feature_flag_key"] for item in listed}
    assert client.post("experiments/", experiment(refused))["feature_flag_key"] == refused


@BAD_DAYS
def test_results_are_still_computed(server: Server, client: Client, bad_day: BadDay) -> None:
    key = f"results-{bad_day.__name__}"
    metric = {
        "kind": "ExperimentMetric",
        "metric_type": "mean",
        "source": {"kind": "EventsNode", "event": "purchase"},
    }
    launched = client.post(
        "experiments/", {**experiment(key), "start_date": "2025-01-01T00:00:00Z"}
    )
    shown = {"$feature_flag": key, "$feature_flag_response": "test"}
    client.capture(
        [{"event": "$feature_flag_called", "distinct_id": "visitor", "properties": shown}]
    )
    with bad_day(server):
        answer = client.query(kind="ExperimentQuery", experiment_id=launched["id"], metric=metric)
    assert [arm["number_of_samples"] for arm in answer["variant_results"]] == [1]


# The last one ends the server of all the others.
def test_what_was_taken_before_a_bad_day_survives_a_kill_on_it(
    server: Server, client: Client
) -> None:
    before, refused = new_batch(200), new_batch()
    client.capture(before)
    with both(server):
        assert_unavailable(client.try_capture(refused))
        assert server.process.poll() is None
        server.process.kill()
        server.process.communicate(timeout=10)
    with serving(server.data_dir, keys=server.keys) as again, Client(again) as other:
        assert stored(other, before + refused) == ids(before)
        other.capture(refused)
        assert stored(other, before + refused) == ids(before + refused)
