import signal
import socket
import sqlite3
from pathlib import Path

import httpx
import pytest

from tests.e2e.server_process import Server, environment, run, serving, set_up


def wait_until_refused(url: str) -> None:
    """Returns once the server takes no new requests."""
    while True:
        try:
            httpx.get(f"{url}/_health")
        except httpx.TransportError:
            return


def test_a_server_says_in_one_line_where_it_is_ready(server: Server) -> None:
    assert server.ready_line == f"splitplot is ready at {server.url}\n"
    assert httpx.get(f"{server.url}/_health").status_code == 200
    assert httpx.get(f"{server.url}/_ready").json() == {"status": "ready"}


def test_the_keys_of_setup_open_the_server(server: Server) -> None:
    project = httpx.get(f"{server.url}/api/projects/@current/", headers=server.authorization).json()
    assert project["id"] == server.keys["project_id"]
    assert project["api_token"] == server.keys["project_token"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_ends_well(server: Server, number: signal.Signals) -> None:
    httpx.get(f"{server.url}/_health")

    status, errors = server.end(number)

    assert status == 0
    assert "Traceback" not in errors


def test_a_request_under_way_is_answered_before_the_end(server: Server) -> None:
    body = b'{"name": "Renamed at the last moment"}'
    head = (
        "PATCH /api/projects/@current/ HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: {server.authorization['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(head.encode() + body[:10])
        httpx.get(f"{server.url}/_ready")  # by now the server has begun with the request
        server.process.send_signal(signal.SIGTERM)
        wait_until_refused(server.url)
        client.sendall(body[10:])
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 200")
    assert server.process.wait(20) == 0


def test_a_server_without_users_says_what_to_do(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        assert httpx.get(f"{running.url}/_ready").status_code == 200
        status, errors = running.end()
    assert status == 0
    assert "splitplot setup" in errors


def test_an_installation_can_be_set_up_while_the_server_runs(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        keys = set_up(tmp_path)
        response = httpx.get(
            f"{running.url}/api/users/@me/",
            headers={"Authorization": f"Bearer {keys['personal_api_key']}"},
        )
    assert response.json()["email"] == keys["email"]


def test_a_port_in_use_is_one_line(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]

    second = run("serve", "--data-dir", str(tmp_path / "second"), "--port", port)

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"splitplot: cannot listen on 127.0.0.1 port {port}: Address already in use\n"
    )


def test_a_host_that_is_not_ours_is_one_line(tmp_path: Path) -> None:
    done = run("serve", "--data-dir", str(tmp_path), "--host", "nowhere.invalid")
    assert done.returncode == 1
    assert done.stderr.startswith("splitplot: cannot listen on nowhere.invalid: ")
    assert done.stderr.count("\n") == 1


def test_events_that_another_server_holds_are_one_line(server: Server) -> None:
    second = run("serve", "--data-dir", str(server.data_dir), "--port", "0")

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.count("\n") == 1, second.stderr
    assert "events.duckdb" in second.stderr
    assert httpx.get(f"{server.url}/_ready").status_code == 200


def test_a_damaged_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "splitplot.db").write_bytes(b"this was never a database" * 100)

    done = run("serve", "--data-dir", str(tmp_path), "--port", "0")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1, done.stderr


@pytest.mark.parametrize("name", ["SPLITPLOT_DATABASE_URL", "SPLITPLOT_EVENTS_URL"])
def test_a_store_of_no_known_kind_is_misuse(tmp_path: Path, name: str) -> None:
    done = run(
        "serve", "--data-dir", str(tmp_path), "--port", "0", env=environment(**{name: "csv:///x"})
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr


def test_what_was_changed_is_there_after_a_restart(tmp_path: Path) -> None:
    keys = set_up(tmp_path)
    with serving(tmp_path, keys=keys) as first:
        httpx.patch(
            f"{first.url}/api/projects/@current/",
            headers=first.authorization,
            json={"name": "Kept"},
        )
        first.process.kill()
        first.process.communicate()
    with serving(tmp_path, keys=keys) as second:
        project = httpx.get(f"{second.url}/api/projects/@current/", headers=second.authorization)
    assert project.json()["name"] == "Kept"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_events_that_were_acknowledged_are_there_after_a_restart(
    tmp_path: Path, number: signal.Signals
) -> None:
    keys = set_up(tmp_path)
    names = [f"event {index}" for index in range(5)]
    batch = [{"event": name, "distinct_id": "ada"} for name in names]
    with serving(tmp_path, keys=keys) as first:
        sent = httpx.post(
            f"{first.url}/batch/", json={"api_key": keys["project_token"], "batch": batch}
        )
        first.end(number)
    with serving(tmp_path, keys=keys) as second:
        stored = httpx.get(
            f"{second.url}/api/projects/@current/events/", headers=second.authorization
        )

    assert sent.status_code == 200, sent.text
    assert sorted(event["event"] for event in stored.json()["results"]) == names


def test_the_metadata_database_can_be_read_while_the_server_runs(server: Server) -> None:
    database = sqlite3.connect(f"file:{server.data_dir / 'splitplot.db'}?mode=ro", uri=True)
    try:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    finally:
        database.close()
