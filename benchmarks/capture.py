"""How fast events are taken in, against decoding their JSON and inserting it in bulk.

The reference knows no tokens, no duplicates, no persons and no rules: it decodes each
batch, makes typed Arrow columns of it and commits them to a DuckDB file, one batch after
the other. Ours is the whole application without a socket, on its usual stores; several
senders wait for their answers at a time, as behind a load balancer. Either way a batch is
durable before the next one of its sender starts.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import duckdb
import orjson
import pyarrow as pa
from fastapi import FastAPI

from benchmarks.measuring import Measurement
from splitplot.bootstrap import bootstrap
from splitplot.http.app import create_app
from splitplot.services.accounts import FirstUser
from splitplot.settings import Settings

BATCH = 100
BATCHES = 150
SENDERS = 8
REPEATS = 3
VISITORS = 2_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)

Message: TypeAlias = MutableMapping[str, Any]

_uuids = count(1)


def run() -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        return _measure(Path(folder))


def _measure(folder: Path) -> list[Measurement]:
    draw = random.Random(1)
    settings = Settings(data_dir=folder)
    reference = duckdb.connect(str(folder / "reference.duckdb"))
    reference.execute(
        "CREATE TABLE events (uuid UUID, name VARCHAR, distinct_id VARCHAR, "
        "timestamp TIMESTAMPTZ, amount DOUBLE, flag_response VARCHAR, properties VARCHAR)"
    )
    with bootstrap(settings) as platform:
        made = platform.accounts.set_up(FirstUser(email="ada@example.com", password="x" * 12))
        assert made is not None
        platform.stores.flag_source.refresh()
        app, token = create_app(platform), made.project.api_token
        known = [f"visitor-{number}" for number in range(VISITORS)]
        _send_all(app, _bodies(token, known, draw, in_order=True), senders=SENDERS)
        rates: dict[str, list[float]] = {"reference": [], "one": [], "known": [], "new": []}
        for repeat in range(REPEATS):
            bodies = _bodies(token, known, draw)
            rates["reference"].append(_rate(bodies, _insert_all(reference, bodies)))
            rates["known"].append(_rate(bodies, _send_all(app, bodies, senders=SENDERS)))
            bodies = _bodies(token, known, draw)
            rates["one"].append(_rate(bodies, _send_all(app, bodies, senders=1)))
            new = [f"visitor-{repeat}-{number}" for number in range(BATCH * BATCHES)]
            bodies = _bodies(token, new, draw)
            rates["new"].append(_rate(bodies, _send_all(app, bodies, senders=SENDERS)))
    reference.close()
    medians = {name: statistics.median(each) for name, each in rates.items()}
    return [
        _claim(f"capture, {SENDERS} senders, batches of {BATCH}", medians, "known", ">= 0.4"),
        _claim(f"capture, one sender, batches of {BATCH}", medians, "one", ">= 0.4"),
        _claim(f"capture, {SENDERS} senders, nearly every id new", medians, "new", ">= 0"),
    ]


def _claim(claim: str, medians: dict[str, float], name: str, goal: str) -> Measurement:
    return Measurement(
        claim=claim,
        ours=medians[name],
        reference=medians["reference"],
        unit="events/s",
        goal=goal,
    )


def _rate(bodies: Sequence[bytes], seconds: float) -> float:
    return len(bodies) * BATCH / seconds


def _bodies(
    token: str, visitors: Sequence[str], draw: random.Random, *, in_order: bool = False
) -> list[bytes]:
    """Batches as a server-side SDK sends them, some 450 bytes an event."""
    size = len(visitors) // BATCH if in_order else BATCHES
    names = iter(visitors if in_order else draw.choices(visitors, k=BATCH * BATCHES))
    return [
        orjson.dumps(
            {
                "api_key": token,
                "batch": [_event(next(names), draw) for _ in range(BATCH)],
                "sent_at": datetime.now(UTC).isoformat(),  # the sender's clock is right
            }
        )
        for _ in range(size)
    ]


def _event(distinct_id: str, draw: random.Random) -> dict[str, Any]:
    return {
        "event": draw.choice(["purchase", "$pageview", "$feature_flag_called"]),
        "distinct_id": distinct_id,
        "uuid": str(UUID(int=next(_uuids) << 64 | draw.getrandbits(60), version=4)),
        "timestamp": (NOW - timedelta(seconds=draw.randrange(10**6))).isoformat(),
        "properties": {
            "$lib": "posthog-python",
            "$lib_version": "7.91.1",
            "$geoip_disable": True,
            "$feature_flag": "checkout",
            "$feature_flag_response": draw.choice(["control", "test"]),
            "amount": round(draw.lognormvariate(3, 1), 2),
            "currency": "EUR",
            "items": draw.randrange(9),
            "path": "/checkout/basket",
            "$os": "Linux",
        },
    }


def _insert_all(connection: duckdb.DuckDBPyConnection, bodies: Sequence[bytes]) -> float:
    started = time.perf_counter()
    for body in bodies:
        rows = orjson.loads(body)["batch"]
        properties = [row["properties"] for row in rows]
        columns = pa.table(
            {
                "uuid": [row["uuid"] for row in rows],
                "name": [row["event"] for row in rows],
                "distinct_id": [row["distinct_id"] for row in rows],
                "timestamp": [datetime.fromisoformat(row["timestamp"]) for row in rows],
                "amount": pa.array([p.get("amount") for p in properties], pa.float64()),
                "flag_response": [p.get("$feature_flag_response") for p in properties],
                "properties": [orjson.dumps(p).decode() for p in properties],
            }
        )
        connection.register("batch", columns)
        connection.execute("INSERT INTO events SELECT * FROM batch")
        connection.unregister("batch")
    return time.perf_counter() - started


def _send_all(app: FastAPI, bodies: Sequence[bytes], *, senders: int) -> float:
    async def one(share: Sequence[bytes]) -> None:
        for body in share:
            status = await _post(app, body)
            assert status == 200, status

    async def everyone() -> float:
        started = time.perf_counter()
        await asyncio.gather(*(one(bodies[number::senders]) for number in range(senders)))
        return time.perf_counter() - started

    return asyncio.run(everyone())


async def _post(app: FastAPI, body: bytes) -> int:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/batch/",
        "raw_path": b"/batch/",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status
