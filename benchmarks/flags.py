"""How fast flags are evaluated: in process against an SDK, over HTTP against a bare route.

What they are measured against stands in `benchmarks/serving.py`.
"""

import asyncio
import gc
import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import orjson
import uvloop
from posthog import Posthog

from benchmarks.measuring import Measurement, alternating
from benchmarks.serving import (
    AB,
    AT,
    App,
    Connection,
    Message,
    Server,
    bare_app,
    connect,
    make_flag,
    measured_server,
    rate_of,
    serving,
)
from splitplot.flags import EvaluationContext, Flag, compile_flags, evaluate

P99_BOUND_SECONDS = 0.010
P99_RATE = 1000
_PERSON = {"plan": "pro", "email": "ada@corp.example"}


def run() -> list[Measurement]:
    return [
        *(in_process(count) for count in (1, 100)),
        *(through_asgi(count) for count in (10, 100)),
        *over_sockets(10),
        *over_sockets(100),
        latency(100),
    ]


# in process


def in_process(count: int) -> Measurement:
    """Evaluations a second of one person against all flags: ours and the SDK's."""
    flags = compile_flags(_targeted_flag(number) for number in range(count))
    client = Posthog("phc_bench", send=False, enable_local_evaluation=False, sync_mode=True)
    client.feature_flags = [_definition(_targeted_flag(number)) for number in range(count)]
    client.group_type_mapping, client.cohorts = {}, {}

    def ours(user: int) -> object:
        context = EvaluationContext(distinct_id=f"user-{user}", now=AT, person_properties=_PERSON)
        return evaluate(flags, context).values()

    def sdk(user: int) -> object:
        return client.get_all_flags(
            f"user-{user}", person_properties=_PERSON, only_evaluate_locally=True
        )

    for user in range(20):
        assert ours(user) == sdk(user)
    rounds = max(100, 4000 // count)
    ours_rate, sdk_rate = alternating(lambda: _rate(ours, rounds), lambda: _rate(sdk, rounds))
    return Measurement(
        claim=f"{count} flags in process, against the SDK's local evaluation",
        ours=ours_rate,
        reference=sdk_rate,
        unit="evaluations/s",
        # A single flag costs hardly more than its context, which the SDK makes too.
        goal=">= 5" if count > 1 else ">= 1",
    )


def _targeted_flag(number: int) -> Flag:
    """Four kinds in turn: rollout, split, list filter, filter with split."""
    kind = number % 4
    plan = {"key": "plan", "value": ["pro", "team"], "operator": "exact", "type": "person"}
    email = {"key": "email", "value": "@corp.", "operator": "icontains", "type": "person"}
    properties = {2: [plan], 3: [email]}.get(kind, [])
    group = {"properties": properties, "rollout_percentage": 100 if kind == 1 else 50}
    return make_flag(number, {"groups": [group], "multivariate": AB if kind % 2 else None})


def _definition(flag: Flag) -> dict[str, Any]:
    return {
        "id": flag.id,
        "key": flag.key,
        "active": True,
        "filters": flag.filters,
        "ensure_experience_continuity": False,
    }


def _rate(work: Callable[[int], object], rounds: int) -> float:
    started = time.perf_counter()
    for user in range(rounds):
        work(user)
    return rounds / (time.perf_counter() - started)


def _body(token: str, user: int) -> bytes:
    return orjson.dumps(
        {
            "api_key": token,
            "distinct_id": f"user-{user}",
            "groups": {},
            "person_properties": {},
            "group_properties": {},
            "geoip_disable": True,
            "device_id": None,
        }
    )


def through_asgi(count: int) -> Measurement:
    """Requests a second without a socket: the application's own cost."""
    with serving(count) as (app, token, _):
        ours, bare = app, bare_app(count)
        assert asyncio.run(_flags_of(ours, token)) == asyncio.run(_flags_of(bare, token))
        rounds = 3000 // count + 300
        ours_rate, bare_rate = alternating(
            lambda: asyncio.run(_asgi_rate(ours, token, rounds)),
            lambda: asyncio.run(_asgi_rate(bare, token, rounds)),
        )
    return Measurement(
        claim=f"{count} flags through ASGI, against a bare route",
        ours=ours_rate,
        reference=bare_rate,
        unit="requests/s",
        goal=">= 0.7",
    )


async def _flags_of(app: App, token: str) -> object:
    return orjson.loads(await _ask(app, _body(token, 7)))["flags"]


async def _asgi_rate(app: App, token: str, rounds: int) -> float:
    bodies = [_body(token, user) for user in range(rounds)]
    started = time.perf_counter()
    for body in bodies:
        await _ask(app, body)
    return rounds / (time.perf_counter() - started)


async def _ask(app: App, body: bytes) -> bytes:
    scope: Message = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/flags/",
        "raw_path": b"/flags/",
        "root_path": "",
        "query_string": b"v=2",
        "headers": [(b"host", b"bench"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert sent[0]["status"] == 200
    return bytes(sent[1]["body"])


def over_sockets(count: int) -> list[Measurement]:
    """Requests a second over eight kept-alive connections, each server in its process."""
    with ExitStack() as stack:
        ours, bare, empty = (
            stack.enter_context(measured_server(kind, count)) for kind in ("ours", "bare", "empty")
        )
        ours_rate, bare_rate, empty_rate = alternating(
            *(partial(_socket_rate, server) for server in (ours, bare, empty))
        )
    return [
        Measurement(
            claim=f"{count} flags over HTTP, against {name}",
            ours=ours_rate,
            reference=rate,
            unit="requests/s",
            goal=goal,
        )
        for name, rate, goal in (
            ("a bare route", bare_rate, ">= 0.7"),
            ("the server alone", empty_rate, ">= 0"),
        )
    ]


def latency(count: int) -> Measurement:
    """The 99th percentile while requests arrive at a fixed rate, whatever the answers do."""
    with measured_server("ours", count) as server:
        _socket_rate(server, requests=500)
        seconds = uvloop.run(_arrivals(server, seconds=3))
    return Measurement(
        claim=f"p99 at {P99_RATE} requests/s with {count} flags, against the bound",
        ours=sorted(seconds)[math.ceil(len(seconds) * 0.99) - 1],
        reference=P99_BOUND_SECONDS,
        unit="s",
        goal="<= 1",
    )


def _request(token: str, user: int) -> bytes:
    body = _body(token, user)
    head = (
        "POST /flags/?v=2 HTTP/1.1\r\nHost: bench\r\nUser-Agent: posthog-python/7.91.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _socket_rate(server: Server, *, requests: int = 2000) -> float:
    texts = [_request(server.token, user) for user in range(100)]
    return uvloop.run(rate_of(server.port, texts, requests=requests))


async def _arrivals(server: Server, *, seconds: float) -> list[float]:
    """Seconds from each request's due time to its answer."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    connections = await connect(server.port, 32)
    for connection in connections:
        free.put_nowait(connection)
    texts = [_request(server.token, user) for user in range(100)]

    async def one(number: int, due: float) -> float:
        await asyncio.sleep(due - time.perf_counter())
        connection = await free.get()
        await connection.ask(texts[number % len(texts)])
        free.put_nowait(connection)
        return time.perf_counter() - due

    # The client's own pauses are not the server's.
    gc.collect()
    gc.freeze()
    start = time.perf_counter() + 0.1
    waits = (one(number, start + number / P99_RATE) for number in range(int(seconds * P99_RATE)))
    answered = await asyncio.gather(*waits)
    for connection in connections:
        connection.close()
    return answered
