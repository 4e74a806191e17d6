"""Tables loaded from the command line, and a simulation, through the server's sudden death."""

import json
import signal
import time
from pathlib import Path
from typing import Any

from tests.e2e.client import Client
from tests.e2e.server_process import Server, run, serving, set_up

DESIGN: dict[str, Any] = {
    "difference": 0.05,
    "variance": 1,
    "units": 6000,
    "looks": 200,
    "experiments": 300_000,
}


def warehouse(server: Server, *words: str) -> Any:  # noqa: ANN401 - JSON
    """What the command prints as JSON, or as text when it is not asked for JSON."""
    key = server.keys["personal_api_key"]
    done = run("warehouse", *words, "--url", server.url, "--api-key", key)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in words else done.stdout


def read(client: Client, simulation: str) -> dict[str, Any]:
    answer = client.http.get(f"{client.project}power_simulations/{simulation}/")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def wait_for(client: Client, simulation: str, *, experiments: int) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while (found := read(client, simulation))["completed_experiments"] < experiments:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def test_tables_and_simulations_outlive_the_servers_death(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("customer,at,amount\nann,2025-03-01 12:00:00,5\n", encoding="utf-8")
    folder = tmp_path / "data"
    keys = set_up(folder)
    with serving(folder, keys=keys) as server, Client(server) as client:
        said = warehouse(server, "add", "orders", str(file))
        assert said == "orders: 1 rows of customer (text), at (time), amount (integer)\n"
        simulation = client.post("power_simulations/", DESIGN)["id"]
        before = wait_for(client, simulation, experiments=10_000)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    assert before["status"] == "in_progress", "the server was killed too late to show anything"

    with serving(folder, keys=keys) as server, Client(server) as client:
        stored = read(client, simulation)["completed_experiments"]
        assert stored >= before["completed_experiments"]
        done = wait_for(client, simulation, experiments=DESIGN["experiments"])
        assert done["status"] == "completed"
        (table,) = warehouse(server, "list", "--json")
        assert (table["name"], table["row_count"]) == ("orders", 1)
        assert warehouse(server, "remove", "orders") == "orders is forgotten.\n"
        assert client.http.get(f"{client.project}warehouse_tables/").json()["count"] == 0
