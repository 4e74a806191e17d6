"""Documents that SDKs ask for again and again: written once, answered from memory.

These paths speak ASGI themselves; most of their answers say that nothing has changed, and
a response object would cost more than finding that out.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from splitplot.accounts.model import ProjectId
from splitplot.errors import SplitplotError
from splitplot.filters.model import JsonValue
from splitplot.ports.flag_source import FlagSnapshot

JSON, JAVASCRIPT = b"application/json", b"application/javascript; charset=utf-8"
TEXT = b"text/plain; charset=utf-8"

Header: TypeAlias = tuple[bytes, bytes]
Headers: TypeAlias = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Document:
    """A body, what is said of it, and what is said in its place to those who have it."""

    body: bytes
    headers: tuple[Header, ...]
    tag: bytes
    kept_headers: tuple[Header, ...]


def document(
    body: bytes, *, content_type: bytes = JSON, cache: bytes, others: tuple[Header, ...] = ()
) -> Document:
    """The document with this body, tagged by its contents.

    Args:
        body: As it is sent.
        content_type: What it is.
        cache: How long it may be kept, as `Cache-Control` says it.
        others: More headers, for who has it too.
    """
    tag = b'"%b"' % hashlib.sha256(body).hexdigest()[:32].encode()
    kept = ((b"etag", b"W/" + tag), (b"cache-control", cache), *others)
    length = str(len(body)).encode()
    headers = ((b"content-type", content_type), (b"content-length", length), *kept)
    return Document(body, headers, tag, kept)


def has_tag(given: bytes | None, tag: bytes) -> bool:
    """Whether `If-None-Match` names the tag: weak, strong, bare, among others, or as `*`."""
    if given is None:
        return False
    if given.endswith(tag):
        return True
    named = (one.strip().removeprefix(b"W/").strip(b'"') for one in given.split(b","))
    return any(one in (b"*", tag.strip(b'"')) for one in named)


class Precomputed:
    """One document for each project, written again when its snapshot is another one.

    Args:
        write: Makes the document; may take its time.
    """

    def __init__(self, write: Callable[[FlagSnapshot], Document]) -> None:
        self._write = write
        self._written: dict[ProjectId, tuple[FlagSnapshot, Document]] = {}

    async def of(self, snapshot: FlagSnapshot) -> Document:
        """The snapshot's document; a new one is written aside, in a thread."""
        known = self.at_hand(snapshot)
        if known is not None:
            return known
        written = await run_in_threadpool(self._write, snapshot)
        self._written[snapshot.project.id] = (snapshot, written)
        return written

    def at_hand(self, snapshot: FlagSnapshot) -> Document | None:
        """The snapshot's document, if it is written already."""
        known = self._written.get(snapshot.project.id)
        return known[1] if known is not None and known[0] is snapshot else None


Answer: TypeAlias = Callable[[Scope], Awaitable[Document]]
AtHand: TypeAlias = Callable[[Scope], Document | None]


class Reading:
    """An ASGI app for one path that can only be read.

    Args:
        answer: The document that is asked for.
        tell: The response that an error becomes.
        at_hand: The same document where it takes no waiting, else None.
    """

    def __init__(
        self,
        answer: Answer,
        *,
        tell: Callable[[SplitplotError], Response],
        at_hand: AtHand | None = None,
    ) -> None:
        self._answer = answer
        self._tell = tell
        self._at_hand = at_hand

    def unchanged(self, scope: Scope) -> tuple[Header, ...] | None:
        """What somebody is told who has the document; None when all must be looked at.

        That is the most frequent of all answers, so it can be had without the layers around
        the routes. Pages of other origins need these.
        """
        given = None
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                given = value
            elif name == b"origin":
                return None
        if given is None or self._at_hand is None:
            return None
        found = self._at_hand(scope)
        return found.kept_headers if found is not None and has_tag(given, found.tag) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["method"]:
            case "GET" | "HEAD":
                try:
                    found = await self._answer(scope)
                except SplitplotError as error:
                    await self._tell(error)(scope, receive, send)
                else:
                    await send_document(scope, send, found)
            case "OPTIONS":
                await send_bytes(send, 204, b"", TEXT, _ALLOW)
            case _:
                await send_bytes(send, 405, b"Method not allowed.", TEXT, _ALLOW)


_ALLOW = (b"allow", b"GET, OPTIONS, HEAD")


async def send_document(scope: Scope, send: Send, found: Document) -> None:
    """Send the document, or 304 to who has it already."""
    if has_tag(header(scope, b"if-none-match"), found.tag):
        status, headers, body = 304, found.kept_headers, b""
    else:
        status, headers = 200, found.headers
        body = b"" if scope["method"] == "HEAD" else found.body
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def send_bytes(
    send: Send, status: int, body: bytes, content_type: bytes, *headers: Header
) -> None:
    """Send a body that is not kept by anybody."""
    length = str(len(body)).encode()
    all_headers = [(b"content-type", content_type), (b"content-length", length), *headers]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body})


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of this name, which is in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None


def json_bytes(value: JsonValue) -> bytes:
    """The value as JSON; also one that holds lone surrogates, or is nested very deeply."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def bare_json(payload: JsonValue) -> bytes:
    """A payload as JSON; one that is JSON text already, as that."""
    if isinstance(payload, str):
        try:
            orjson.loads(payload)
        except orjson.JSONDecodeError:
            return json_bytes(payload)
        return payload.encode()
    return json_bytes(payload)
