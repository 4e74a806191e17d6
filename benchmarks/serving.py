"""The servers that are measured, each in a process of its own, and asking them.

The bare route decodes the JSON, computes the hashes with the protocol's own arithmetic and
encodes the same answer; it knows no projects, no conditions and no errors. The server
alone answers every request with an empty body: what no application can beat.

`python -m benchmarks.serving ours|bare|empty COUNT PORT` is one of them.
"""

import asyncio
import hashlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, TypeAlias
from uuid import uuid4

import orjson
import uvicorn
from fastapi import FastAPI

from splitplot.bootstrap import bootstrap
from splitplot.cli.serve import leave_out_of_collections
from splitplot.flags import Flag, FlagId
from splitplot.http.app import create_app
from splitplot.ports.repositories import Repositories
from splitplot.services.accounts import FirstUser
from splitplot.settings import Settings

AT = datetime(2026, 1, 1, tzinfo=UTC)
_LARGEST = 0xFFFFFFFFFFFFFFF
AB = {
    "variants": [
        {"key": "control", "rollout_percentage": 50},
        {"key": "test", "rollout_percentage": 50},
    ]
}

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


@dataclass(frozen=True, slots=True)
class Server:
    """A measured server. The two keys are of its project, if it has one."""

    port: int
    token: str
    secret: str


def make_flag(number: int, filters: dict[str, Any]) -> Flag:
    return Flag(
        id=FlagId(number + 1),
        key=f"flag-{number:03d}",
        name="",
        filters=filters,
        active=True,
        created_at=AT,
        updated_at=AT,
    )


def _served_filters(number: int) -> dict[str, Any]:
    group = {"properties": [], "rollout_percentage": 50}
    return {"groups": [group]} | ({"multivariate": AB} if number % 2 else {})


@contextmanager
def serving(count: int) -> Iterator[tuple[FastAPI, str, str]]:
    """The whole application with `count` flags, and its project's token and secret."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), events_url="memory://")
        with bootstrap(settings) as platform:
            owner = FirstUser(email="b@example.com", password=token_urlsafe())
            made = platform.accounts.set_up(owner)
            assert made is not None
            with platform.stores.metadata.transaction() as repositories:
                _add_flags(repositories, made.project.id, count)
            platform.stores.flag_source.refresh()
            yield create_app(platform), made.project.api_token, made.project_secret_key


def _add_flags(repositories: Repositories, project_id: Any, count: int) -> None:  # noqa: ANN401 - a ProjectId
    for number in range(count):
        repositories.flags.add(project_id, make_flag(number, _served_filters(number)))


async def empty_app(
    _scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Nothing, to whatever is asked."""
    while (await receive()).get("more_body", False):
        pass
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


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


@contextmanager
def measured_server(kind: str, count: int) -> Iterator[Server]:
    """A server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.serving", kind, str(count), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    try:
        token, secret = process.stdout.readline().split() if process.stdout else ("", "")
        _wait_for(port)
        yield Server(port, token, secret)
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


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, request: bytes, *, status: bytes = b"200") -> bytes:
        """The answer's head, once all of the answer is there."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        assert head.split(b" ", 2)[1] == status, head
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        await self._reader.readexactly(int(length or 0))
        return head

    def close(self) -> None:
        self._writer.close()


async def head_of(port: int, request: bytes, *, status: bytes = b"200") -> bytes:
    """The head of the answer to one request, in lower case."""
    (connection,) = await connect(port, 1)
    try:
        return await connection.ask(request, status=status)
    finally:
        connection.close()


async def connect(port: int, count: int) -> list[Connection]:
    return [Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]


async def rate_of(
    port: int, texts: list[bytes], *, requests: int = 2000, status: bytes = b"200"
) -> float:
    """Requests a second over eight connections, each asking these in turn."""
    connections = await connect(port, 8)

    async def keep_asking(connection: Connection) -> None:
        for number in range(requests // len(connections)):
            await connection.ask(texts[number % len(texts)], status=status)

    started = time.perf_counter()
    await asyncio.gather(*(keep_asking(connection) for connection in connections))
    rate = requests / (time.perf_counter() - started)
    for connection in connections:
        connection.close()
    return rate


def serve(kind: str, count: int, port: int) -> None:
    """Run one of the measured servers until it is told to stop."""
    with ExitStack() as stack:
        app: App = empty_app if kind == "empty" else bare_app(count)
        tokens = [kind, kind]
        if kind == "ours":
            app, *tokens = stack.enter_context(serving(count))
        print(*tokens, flush=True)
        leave_out_of_collections()
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
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
