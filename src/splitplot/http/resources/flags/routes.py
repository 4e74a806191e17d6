"""`/flags/` and `/decide/`: what SDKs ask for on every page and in every backend.

These two speak ASGI themselves. They are asked far more often than anything else, and
the comfort of a request object would cost as much as evaluating the flags.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID, uuid4

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from splitplot.errors import SplitplotError, TooLarge, Unauthenticated, Undecodable
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags import Evaluations, FlagSet, Runtime, compile_flags
from splitplot.flags.scope import runtime_of
from splitplot.http.decoding import MAX_PAYLOAD_BYTES, Dialect, decode_payload, json_value
from splitplot.http.plain_errors import plain_error
from splitplot.http.resources.flags.answers import (
    NO_FLAGS,
    Answering,
    answer_body,
    remote_config,
)
from splitplot.http.resources.flags.schemas import (
    Query,
    context_of,
    decide_query,
    flags_query,
    request_object,
    scope_of,
    token_of,
    wants_no_flags,
)
from splitplot.services.flags import FlagService, ProjectFlags

_JSON, _TEXT = b"application/json", b"text/plain; charset=utf-8"
# What needs no decoder, since it is the JSON that it looks like.
_PLAIN_TYPES = (b"application/json", b"application/json; charset=utf-8", b"text/plain")
# Reading more takes longer than other requests should wait.
_MAX_BYTES_IN_LOOP = 128 * 1024
_ALLOW = (b"allow", b"GET, POST, OPTIONS, HEAD")


@dataclass(slots=True)
class _Incoming:
    """A request without its body; header names are in lower case."""

    service: FlagService
    query: Query
    headers: Mapping[bytes, bytes]
    now: datetime

    def text(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")


class _Endpoint:
    """An ASGI app for one path, whose methods and errors are those of the SDK protocol."""

    def __init__(self, query_of: Callable[[bytes], Query]) -> None:
        self._query_of = query_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service: FlagService = scope["app"].state.platform.flags
        query = self._query_of(scope["query_string"])
        incoming = _Incoming(service, query, dict(scope["headers"]), service.now())
        match scope["method"]:
            case "POST":
                try:
                    body = await _evaluate(incoming, receive)
                except SplitplotError as error:
                    await plain_error(error)(scope, receive, send)
                else:
                    await _send(send, 200, body, _JSON)
            case "GET":
                await _send(send, 200, _body(incoming, _EMPTY, NO_FLAGS), _JSON)
            case "HEAD":
                await _send(send, 200, b"", _JSON)
            case "OPTIONS":
                await _send(send, 204, b"", _TEXT, _ALLOW)
            case _:
                await _send(send, 405, b"Method not allowed.", _TEXT, _ALLOW)


# What a request without a body is answered for.
_EMPTY = compile_flags(())


async def _evaluate(incoming: _Incoming, receive: Receive) -> bytes:
    fields = request_object(await _payload(incoming, await _received(receive)))
    project = incoming.service.find(token_of(fields))
    if project is None:
        raise Unauthenticated("The project token is not known.")
    evaluations = NO_FLAGS if wants_no_flags(fields) else await _ask(incoming, fields, project)
    return _body(incoming, project.flags, evaluations)


async def _payload(incoming: _Incoming, body: bytes) -> JsonValue:
    if len(body) > _MAX_BYTES_IN_LOOP:
        return await run_in_threadpool(_decoded, incoming, body)
    return _decoded(incoming, body)


def _decoded(incoming: _Incoming, body: bytes) -> JsonValue:
    content_type, hints = incoming.headers.get(b"content-type", b""), incoming.query.hints
    if body.startswith(b"{") and content_type in _PLAIN_TYPES and not hints["compression"]:
        return json_value(body)
    headers = {"content-type": content_type.decode("latin-1")}
    return decode_payload(body, query=hints, headers=headers, dialect=Dialect.FLAGS)


async def _received(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Undecodable("The request's body ended too early.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_PAYLOAD_BYTES:
            raise TooLarge(f"The request's body is larger than {MAX_PAYLOAD_BYTES} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _ask(incoming: _Incoming, fields: Properties, project: ProjectFlags) -> Evaluations:
    context = context_of(fields, now=incoming.now)
    runtime = _runtime(incoming, fields) if project.flags.cares_for_runtime else None
    selection = project.flags.select(scope_of(fields, incoming.query, runtime=runtime))
    if selection.depends_on_stored(context):
        evaluate = incoming.service.evaluate
        return await run_in_threadpool(evaluate, project.project, selection, context)
    return selection.evaluate(context)


def _runtime(incoming: _Incoming, fields: Properties) -> Runtime | None:
    headers = {name.decode("latin-1"): incoming.text(name) for name in incoming.headers}
    return runtime_of(fields.get("evaluation_runtime"), headers)


def _body(incoming: _Incoming, flags: FlagSet, evaluations: Evaluations) -> bytes:
    query = incoming.query
    answering = Answering(
        request_id=_request_id(incoming.text(b"x-request-id")),
        evaluated_at=incoming.now,
        config=remote_config(flags) if query.with_config else None,
    )
    return answer_body(query.shape, flags, evaluations, answering)


def _request_id(given: str) -> str:
    """The client's own id when it is a UUID, else a new one."""
    if given:
        try:
            return str(UUID(given))
        except ValueError:
            pass
    return str(uuid4())


_Header: TypeAlias = tuple[bytes, bytes]


async def _send(
    send: Send, status: int, body: bytes, content_type: bytes, *headers: _Header
) -> None:
    length = str(len(body)).encode()
    all_headers = [(b"content-type", content_type), (b"content-length", length), *headers]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body})


routes = [
    Route("/flags/", _Endpoint(flags_query)),
    Route("/decide/", _Endpoint(decide_query)),
]
