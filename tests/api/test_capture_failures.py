"""What capture says and does when a store cannot be written."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from splitplot.errors import Unavailable
from splitplot.ports.event_store import AppendBatch
from tests.api.stack import Stack


def send(stack: Stack, *distinct_ids: str, uuid: str | None = None) -> httpx.Response:
    batch = [
        {"event": "visit", "distinct_id": name, "uuid": uuid or str(uuid4())}
        for name in distinct_ids
    ]
    sent = {"api_key": stack.project.api_token, "batch": batch}
    return stack.anonymous.post("/batch/", json=sent)


def count(stack: Stack) -> int:
    return len(stack.client.get(stack.url("events/?limit=1000")).json()["results"])


def test_a_full_disk_refuses_in_plain_text_and_takes_again_when_there_is_room(
    duckdb_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: AppendBatch) -> None:
        raise Unavailable("The disk is full.")

    uuid = str(uuid4())
    with monkeypatch.context() as patch:
        patch.setattr(duckdb_stack.platform.stores.events, "append", full)
        response = send(duckdb_stack, "a", uuid=uuid)
    assert (response.status_code, response.text) == (503, "The disk is full.")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert int(response.headers["retry-after"]) > 0
    assert count(duckdb_stack) == 0
    assert send(duckdb_stack, "a", uuid=uuid).status_code == 200
    assert count(duckdb_stack) == 1


def test_a_locked_database_keeps_out_strangers_but_not_those_who_are_known(
    duckdb_stack: Stack, tmp_path: Path
) -> None:
    assert send(duckdb_stack, "known").status_code == 200
    other = sqlite3.connect(tmp_path / "splitplot.db", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        assert send(duckdb_stack, "known").status_code == 200
        response = send(duckdb_stack, "stranger")
        assert (response.status_code, response.headers["content-type"]) == (
            503,
            "text/plain; charset=utf-8",
        )
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert count(duckdb_stack) == 2
    assert send(duckdb_stack, "stranger").status_code == 200
    assert count(duckdb_stack) == 3


def test_requests_of_many_senders_are_each_stored_once(duckdb_stack: Stack) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: send(duckdb_stack, f"a{n}", f"b{n}", f"a{n}"), range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert count(duckdb_stack) == 120
    persons = duckdb_stack.client.get(duckdb_stack.url("persons/?limit=1")).json()
    assert persons["count"] == 80
