"""How fast flags are evaluated: in process against an SDK, over HTTP against a bare route.

The bare route decodes the JSON, computes the hashes with the protocol's own arithmetic and
encodes the same answer; it knows no projects, no conditions and no errors.

`python -m benchmarks.flags serve ours|bare COUNT PORT` is one of the measured servers.
"""

import asyncio
import hashlib
import math
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, TypeAlias
from uuid import uuid4

import orjson
import uvicorn
import uvloop
from fastapi import FastAPI
from posthog import Posthog

from benchmarks.measuring import Measurement
from splitplot.bootstrap import bootstrap
from splitplot.flags import EvaluationContext, Flag, FlagId, compile_flags, evaluate
from splitplot.http.app import create_app
from splitplot.ports.repositories import Repositories
from splitplot.services.accounts import FirstUser
from splitplot.settings import Settings

REPEATS = 5
P99_BOUND_SECONDS = 0.010
P99_RATE = 1000
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_LARGEST = 0xFFFFFFFFFFFFFFF
_AB = {
    "variants": [
        {"key": "control", "rollout_percentage": 50},
        {"key": "test", "rollout_percentage": 50},
    ]
}
_PERSON = {"plan": "pro", "email": "ada@corp.example"}

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


def run() -> list[Measurement]:
    return [
        *(in_process(count) for count in (1, 100)),
        *(through_asgi(count) for count in (10, 100)),
        *(over_sockets(count) for count in (10, 100)),
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
        context = EvaluationContext(distinct_id=f"user-{user}", now=_AT, person_properties=_PERSON)
        return evaluate(flags, context).values()

    def sdk(user: int) -> object:
        return client.get_all_flags(
            f"user-{user}", person_properties=_PERSON, only_evaluate_locally=True
        )

    for user in range(20):
        assert ours(user) == sdk(user)
    rounds = max(100, 4000 // count)
    ours_rate, sdk_rate = _alternating(lambda: _rate(ours, rounds), lambda: _rate(sdk, rounds))
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
    return _flag(number, {"groups": [group], "multivariate": _AB if kind % 2 else None})


def _flag(number: int, filters: dict[str, Any]) -> Flag:
    return Flag(
        id=FlagId(number + 1),
        key=f"flag-{number:03d}",
        name="",
        filters=filters,
        active=True,
        created_at=_AT,
        updated_at=_AT,
    )


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


def _alternating(*sides: Callable[[], float]) -> list[float]:
    """Medians of what each side measures; in turn, so that a busy moment hits all."""
    seen = [[side() for side in sides] for _ in range(REPEATS)]
    return [statistics.median(column) for column in zip(*seen, strict=True)]


# over HTTP


def _served_filters(number: int) -> dict[str, Any]:
    group = {"properties": [], "rollout_percentage": 50}
    return {"groups": [group]} | ({"multivariate": _AB} if number % 2 else {})


@contextmanager
def serving(count: int) -> Iterator[tuple[FastAPI, str]]:
    """The whole application with `count` flags, and its project's token."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), events_url="memory://")
        with bootstrap(settings) as platform:
            owner = FirstUser(email="b@example.com", password=token_urlsafe())
            made = platform.accounts.set_up(owner)
            assert made is not None
            with platform.metadata.transaction() as repositories:
                _add_flags(repositories, made.project.id, count)
            platform.flag_source.refresh()
            yield create_app(platform), made.project.api_token


def _add_flags(repositories: Repositories, project_id: Any, count: int) -> None:  # noqa: ANN401 - a ProjectId
    for number in range(count):
        repositories.flags.add(project_id, _flag(number, _served_filters(number)))


def bare_app(count: int) -> App:
    """JSON and the hashes, and nothing else."""
    flags = [(f"flag-{number:03d}", number % 2 == 1) for number in range(count)]

    async def app(
        _scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        unit = orjson.loads((await receive())["body"])["distinct_id"]
        body = orjson.dumps(
            {
                "errorsWhileComputingFlags": False,
                "flags": {
                    key: _bare_record(number, key, unit, has_variants=has_variants)
                    for number, (key, has_variants) in enumerate(flags, start=1)
                },
                "requestId": str(uuid4()),
                "evaluatedAt": int(time.time() * 1000),
            }
        )
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _bare_record(flag_id: int, key: str, unit: str, *, has_variants: bool) -> dict[str, Any]:
    is_on = _point(f"{key}.{unit}") <= 0.5
    variant = None
    if is_on and has_variants:
        variant = "control" if _point(f"{key}.{unit}variant") < 0.5 else "test"
    return {
        "key": key,
        "enabled": is_on,
        "variant": variant,
        "reason": {
            "code": "condition_match" if is_on else "out_of_rollout_bound",
            "condition_index": 0,
            "description": "Matched condition set 1" if is_on else "Out of rollout bound",
        },
        "metadata": {
            "id": flag_id,
            "version": 1,
            "description": None,
            "payload": None,
            "has_experiment": False,
        },
    }


def _point(text: str) -> float:
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:15], 16) / _LARGEST


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
    with serving(count) as (app, token):
        ours, bare = app, bare_app(count)
        assert asyncio.run(_flags_of(ours, token)) == asyncio.run(_flags_of(bare, token))
        rounds = 3000 // count + 300
        ours_rate, bare_rate = _alternating(
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


def over_sockets(count: int) -> Measurement:
    """Requests a second over eight kept-alive connections, each server in its process."""
    with ExitStack() as stack:
        ours, bare = (stack.enter_context(_server(kind, count)) for kind in ("ours", "bare"))
        ours_rate, bare_rate = _alternating(
            lambda: uvloop.run(_socket_rate(*ours)), lambda: uvloop.run(_socket_rate(*bare))
        )
    return Measurement(
        claim=f"{count} flags over HTTP, against a bare route",
        ours=ours_rate,
        reference=bare_rate,
        unit="requests/s",
        goal=">= 0.7",
    )


def latency(count: int) -> Measurement:
    """The 99th percentile while requests arrive at a fixed rate, whatever the answers do."""
    with _server("ours", count) as (port, token):
        uvloop.run(_socket_rate(port, token, requests=500))
        seconds = uvloop.run(_arrivals(port, token, seconds=3))
    return Measurement(
        claim=f"p99 at {P99_RATE} requests/s with {count} flags, against the bound",
        ours=sorted(seconds)[math.ceil(len(seconds) * 0.99) - 1],
        reference=P99_BOUND_SECONDS,
        unit="s",
        goal="<= 1",
    )


@contextmanager
def _server(kind: str, count: int) -> Iterator[tuple[int, str]]:
    """A server in a process of its own: its port and token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.flags", "serve", kind, str(count), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    try:
        token = process.stdout.readline().strip() if process.stdout else ""
        _wait_for(port)
        yield port, token
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port}")


def _request(token: str, user: int) -> bytes:
    body = _body(token, user)
    head = (
        "POST /flags/?v=2 HTTP/1.1\r\nHost: bench\r\nUser-Agent: posthog-python/7.91.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, request: bytes) -> None:
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200"), head
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        await self._reader.readexactly(int(length))

    def close(self) -> None:
        self._writer.close()


async def _connect(port: int, count: int) -> list[_Connection]:
    return [_Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]


async def _socket_rate(port: int, token: str, *, requests: int = 2000) -> float:
    connections = await _connect(port, 8)
    texts = [_request(token, user) for user in range(100)]

    async def keep_asking(connection: _Connection) -> None:
        for number in range(requests // len(connections)):
            await connection.ask(texts[number % len(texts)])

    started = time.perf_counter()
    await asyncio.gather(*(keep_asking(connection) for connection in connections))
    rate = requests / (time.perf_counter() - started)
    for connection in connections:
        connection.close()
    return rate


async def _arrivals(port: int, token: str, *, seconds: float) -> list[float]:
    """Seconds from each request's due time to its answer."""
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    connections = await _connect(port, 32)
    for connection in connections:
        free.put_nowait(connection)
    texts = [_request(token, user) for user in range(100)]

    async def one(number: int, due: float) -> float:
        await asyncio.sleep(due - time.perf_counter())
        connection = await free.get()
        await connection.ask(texts[number % len(texts)])
        free.put_nowait(connection)
        return time.perf_counter() - due

    start = time.perf_counter() + 0.1
    waits = (one(number, start + number / P99_RATE) for number in range(int(seconds * P99_RATE)))
    answered = await asyncio.gather(*waits)
    for connection in connections:
        connection.close()
    return answered


def serve(kind: str, count: int, port: int) -> None:
    """Run one of the measured servers until it is told to stop."""
    with ExitStack() as stack:
        app: App
        app, token = (
            stack.enter_context(serving(count)) if kind == "ours" else (bare_app(count), "bare")
        )
        print(token, flush=True)
        uvicorn.run(
            app,
            host="127.0.0.1",
            port=port,
            loop="uvloop",
            http="httptools",
            lifespan="off",
            access_log=False,
            log_level="error",
        )


if __name__ == "__main__":
    serve(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
