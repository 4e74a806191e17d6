"""Pages of a long list of experiments, over HTTP from a real server process."""

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.measuring import Measurement

COUNT = 10_000
PROMISED_MILLISECONDS = 100.0
PAGES = {
    "the first page": {},
    "a page far back": {"offset": "9800"},
    "by name": {"order": "name"},
    "drafts by duration": {"status": "draft", "order": "-duration"},
    "a search": {"search": "number 99"},
}
METRICS = [
    {
        "kind": "ExperimentMetric",
        "metric_type": "mean",
        "name": f"Metric {number}",
        "source": {"kind": "EventsNode", "event": "purchase"},
    }
    for number in range(4)
]


def run(*, repeats: int = 15) -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder, _client(Path(folder)) as client:
        url = "/api/projects/@current/experiments/"
        return [
            Measurement(
                claim=f"{name} of {COUNT:,} experiments, 100 to a page",
                ours=_milliseconds(client, url, query, repeats),
                reference=PROMISED_MILLISECONDS,
                unit="ms",
                goal="<= 1",
            )
            for name, query in PAGES.items()
        ]


def _milliseconds(client: httpx.Client, url: str, query: dict[str, str], repeats: int) -> float:
    seconds = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        answer = client.get(url, params=query)
        seconds.append(time.perf_counter() - started)
        assert answer.status_code == 200, answer.text
        assert answer.json()["results"], "an empty page is no measure"
    return statistics.median(seconds[1:]) * 1000


@contextmanager
def _client(folder: Path) -> Iterator[httpx.Client]:
    """Asks a server that has one real experiment and copies of it."""
    setup = [sys.executable, "-m", "splitplot", "setup", "--data-dir", str(folder), "--json"]
    keys = json.loads(subprocess.run(setup, capture_output=True, check=True).stdout)  # noqa: S603 - our own command
    serve = [sys.executable, "-m", "splitplot", "serve", "--data-dir", str(folder), "--port", "0"]
    server = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)  # noqa: S603 likewise
    try:
        line = server.stdout.readline() if server.stdout else ""
        address = next(word for word in line.split() if word.startswith("http://"))
        headers = {"Authorization": f"Bearer {keys['personal_api_key']}"}
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            body = {"name": "number 1", "feature_flag_key": "flag-1", "metrics": METRICS}
            made = client.post("/api/projects/@current/experiments/", json=body)
            assert made.status_code == 201, made.text
            _multiply(folder / "splitplot.db")
            yield client
    finally:
        server.terminate()
        server.wait(30)


def _multiply(database: Path) -> None:
    """Copy the one experiment and its flag under other names."""
    with sqlite3.connect(database) as connection:
        for table, own in (("flags", ("id", "key")), ("experiments", ("id", "flag_id", "name"))):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            copied = ", ".join(f'"{name}"' for name in columns if name not in own)
            new = {
                "flags": ("key", "'flag-' || n"),
                "experiments": (
                    "flag_id, name",
                    "(SELECT id FROM flags WHERE key = 'flag-' || n), 'number ' || n",
                ),
            }[table]
            connection.execute(
                f"WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers"  # noqa: S608 - our own names
                f" WHERE n < {COUNT}) INSERT INTO {table} ({new[0]}, {copied})"
                f" SELECT {new[1]}, {copied} FROM {table}, numbers WHERE {table}.id = 1"
            )
