"""A server that is killed at random moments under load loses and doubles nothing.

Senders behave as SDKs do: a batch that was not acknowledged is sent again, with the same
uuids, until it is.
"""

import random
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

import httpx

from tests.e2e.client import Client
from tests.e2e.server_process import environment, serving, set_up

KILLS = 20
# After every so many of them, the next server is killed while it starts, as it recovers.
KILLS_AT_START = 5
SENDERS = 3
SEED = 20250301
FLAG = "resilience"
EXPERIMENT: dict[str, Any] = {
    "name": "Resilience",
    "feature_flag_key": FLAG,
    "start_date": "2025-01-01T00:00:00Z",
    "end_date": "2025-12-31T00:00:00Z",
    "parameters": {
        "feature_flag_variants": [
            {"key": "control", "rollout_percentage": 50},
            {"key": "test", "rollout_percentage": 50},
        ]
    },
}
PURCHASES: dict[str, Any] = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "source": {"kind": "EventsNode", "event": "purchase", "math": "total"},
}


@dataclass
class Target:
    """Where the server is now; None between two lives of it."""

    url: str | None = None
    is_over: bool = False


@dataclass
class Sender:
    """One SDK: makes users, and sends what they do until it is acknowledged."""

    number: int
    target: Target
    token: str
    acknowledged: list[str] = field(default_factory=list)
    users: int = 0
    retries: int = 0
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        draw = random.Random(SEED + self.number)  # noqa: S311 - a reproducible load
        with httpx.Client(timeout=10) as http:
            while not self.target.is_over:
                batch = [
                    event for _ in range(draw.randint(1, 8)) for event in self._next_user(draw)
                ]
                while not self._is_taken(http, batch):
                    self.retries += 1
                self.acknowledged.extend(event["uuid"] for event in batch)

    def _is_taken(self, http: httpx.Client, batch: list[dict[str, Any]]) -> bool:
        url = self.target.url
        if url is None:
            sleep(0.01)
            return False
        try:
            answer = http.post(f"{url}/batch/", json={"api_key": self.token, "batch": batch})
        except httpx.TransportError:
            sleep(0.01)
            return False
        if answer.status_code not in (200, 503):
            self.refused.append(answer.text)
        return answer.status_code == 200

    def _next_user(self, draw: random.Random) -> list[dict[str, Any]]:
        """Seen anonymously, then known by name, then buying under that name."""
        who = f"{self.number}-{self.users}"
        variant = "control" if self.users % 2 else "test"
        self.users += 1
        shown = {"$feature_flag": FLAG, "$feature_flag_response": variant}
        known = {"$anon_distinct_id": f"anon-{who}"}
        steps: list[tuple[str, str, dict[str, str]]] = [
            ("$feature_flag_called", f"anon-{who}", shown),
            ("$identify", f"user-{who}", known),
            ("purchase", f"user-{who}", {}),
        ]
        return [
            {
                "event": name,
                "distinct_id": distinct_id,
                "uuid": str(UUID(int=draw.getrandbits(128), version=4)),
                "timestamp": f"2025-03-0{day}T12:00:00Z",
                "properties": properties,
            }
            for day, (name, distinct_id, properties) in enumerate(steps, start=1)
        ]


def test_every_acknowledged_event_is_stored_exactly_once_over_many_kills(tmp_path: Path) -> None:
    keys = set_up(tmp_path)
    target = Target()
    senders = [Sender(number, target, keys["project_token"]) for number in range(SENDERS)]
    threads = [threading.Thread(target=sender.run) for sender in senders]
    moments = random.Random(SEED)  # noqa: S311 - reproducible moments
    for thread in threads:
        thread.start()
    try:
        for number in range(KILLS):
            if number % KILLS_AT_START == 0:
                kill_while_starting(tmp_path, after_seconds=moments.uniform(0.2, 1.5))
            with serving(tmp_path, keys=keys) as server:
                target.url = server.url
                sleep(moments.uniform(0.02, 0.6))
                server.process.kill()
                target.url = None
                server.process.communicate(timeout=10)
        with serving(tmp_path, keys=keys) as server, Client(server) as client:
            target.url = server.url
            sleep(0.3)
            target.is_over = True
            for thread in threads:
                thread.join(30)
            check(client, senders)
    finally:
        target.is_over = True
        target.url = None


def kill_while_starting(folder: Path, *, after_seconds: float) -> None:
    command = [sys.executable, "-m", "splitplot", "serve", "--data-dir", str(folder), "--port", "0"]
    with subprocess.Popen(  # noqa: S603 our own command
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    ) as process:
        sleep(after_seconds)
        assert process.poll() is None, "the server ended by itself"
        process.kill()


def check(client: Client, senders: list[Sender]) -> None:
    acknowledged = [uuid for sender in senders for uuid in sender.acknowledged]
    assert [sender.refused for sender in senders] == [[]] * SENDERS
    assert len(acknowledged) > 20 * KILLS, "the load was too light to say anything"
    assert sum(sender.retries for sender in senders) > KILLS

    stored = Counter(event["id"] for event in client.events())
    assert [uuid for uuid, times in stored.items() if times > 1] == []
    # Every sender went on until its last batch was taken, so both sets are the same.
    assert stored.keys() == set(acknowledged)

    # And who is who survived as well: every unit is one person, seen and buying.
    users = [sender.users for sender in senders]
    experiment = client.post("experiments/", EXPERIMENT)
    answer = client.query(kind="ExperimentQuery", experiment_id=experiment["id"], metric=PURCHASES)
    arms = (answer["baseline"], *answer["variant_results"])
    expected = {
        "control": sum(count // 2 for count in users),
        "test": sum(count - count // 2 for count in users),
    }
    assert {arm["key"]: arm["number_of_samples"] for arm in arms} == expected
    assert {arm["key"]: arm["sum"] for arm in arms} == expected
