"""Long bodies are gone through beside the event loop, where they keep nobody else waiting."""

import gzip
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from threading import current_thread
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest

from splitplot.http import decoding
from splitplot.http.inflating import gunzip
from tests.api.stack import Stack, running_stack, settings_in

LOOP = "asgi"
# More than may be read in the loop, less than anybody refuses.
MANY = 20_000
V1 = {
    "PostHog-Sdk-Info": "posthog-python/7",
    "PostHog-Attempt": "1",
    "PostHog-Request-Id": "1",
    "PostHog-Request-Timestamp": "2026-11-21T09:00:00Z",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One server for all."""
    with running_stack(settings_in(tmp_path_factory.mktemp("long"))) as stack:
        yield stack


def flags_body(stack: Stack, size: int) -> object:
    groups = {f"group type {number}": number for number in range(size)}
    return {"token": stack.project.api_token, "distinct_id": "u", "groups": groups}


def context_body(_: Stack, size: int) -> object:
    return {"context": {"targetingKey": "u", "seen": [f"page {n}" for n in range(size)]}}


def batch_body(stack: Stack, size: int) -> object:
    return {"api_key": stack.project.api_token, "batch": [event() for _ in range(size)]}


def array_body(stack: Stack, size: int) -> object:
    return [{**event(), "token": stack.project.api_token} for _ in range(size)]


def event() -> dict[str, str]:
    return {"event": "visit", "distinct_id": "u", "uuid": str(uuid4())}


class Reading(NamedTuple):
    """A path, and the function that goes through what was sent there.

    Attributes:
        body: Of a size.
        size: One that is too much for the loop.
    """

    path: str
    module: str
    function: str
    body: Callable[[Stack, int], object]
    size: int
    is_compressed: bool = False


_FLAGS = "splitplot.http.resources.flags.routes", "context_of"
_OFREP = "splitplot.http.resources.ofrep.routes", "context_of"
_CAPTURE = "splitplot.services.capture", "read_envelope"
_VERDICTS = "splitplot.services.capture", "read_batch"
READINGS = [
    Reading("/flags/?v=2", *_FLAGS, flags_body, MANY),
    Reading("/flags/?v=2", *_FLAGS, flags_body, MANY, is_compressed=True),
    Reading("/ofrep/v1/evaluate/flags", *_OFREP, context_body, MANY),
    Reading("/batch/", *_CAPTURE, batch_body, 2000),
    Reading("/e/", *_CAPTURE, array_body, 2000, is_compressed=True),
    Reading("/i/v1/analytics/events", *_VERDICTS, batch_body, 2000),
    Reading("/i/v1/analytics/events", *_VERDICTS, batch_body, 2000, is_compressed=True),
]


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.path)
def test_only_short_bodies_are_gone_through_in_the_loop(
    server: Stack, monkeypatch: pytest.MonkeyPatch, reading: Reading
) -> None:
    seen: list[str] = []
    # Packages show their routes under the name of the module.
    module = import_module(reading.module)
    inner = getattr(module, reading.function)

    def watched(*args: object, **kwargs: object) -> object:
        seen.append(current_thread().name)
        return inner(*args, **kwargs)

    monkeypatch.setattr(module, reading.function, watched)
    for length in (1, reading.size):
        content = json.dumps(reading.body(server, length)).encode()
        answer = send(
            server, reading.path, gzip.compress(content) if reading.is_compressed else content
        )
        assert answer.status_code == 200, answer.text
    short, long = seen
    assert (short, long != LOOP) == (LOOP, True)


@pytest.mark.parametrize("path", ["/flags/?v=2", "/e/"])
def test_what_inflates_to_much_is_inflated_beside_the_loop(
    server: Stack, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    limits: list[tuple[str, int]] = []

    def watched(payload: bytes, limit: int) -> bytes:
        limits.append((current_thread().name, limit))
        return gunzip(payload, limit)

    monkeypatch.setattr(decoding, "gunzip", watched)
    token = server.project.api_token
    padding = {"padding": "x" * 1_000_000}
    asked = {"token": token, "distinct_id": "u", "event": "visit", "properties": padding}
    content = gzip.compress(json.dumps(asked).encode())
    assert len(content) < 10_000
    assert send(server, path, content).status_code == 200
    (in_loop, at_first), (elsewhere, at_last) = limits
    assert (in_loop, elsewhere != LOOP) == (LOOP, True)
    assert at_first < 1_000_000 < at_last


def send(server: Stack, path: str, content: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server.project.api_token}"} | V1
    if content.startswith(b"\x1f\x8b"):
        headers["Content-Encoding"] = "gzip"
    else:
        headers["Content-Type"] = "application/json"
    return server.anonymous.post(path, content=content, headers=headers)
