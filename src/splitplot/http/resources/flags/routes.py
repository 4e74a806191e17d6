"""`/flags/` and `/decide/`: what SDKs ask for on every page and in every backend.

These two speak ASGI themselves. They are asked far more often than anything else, and
the comfort of a request object would cost as much as evaluating the flags.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import getrandbits  # ids have to differ, not to be secret
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from splitplot.errors import SplitplotError, TooLarge, Unauthenticated
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags import EvaluationContext, Evaluations, Runtime, Selection, compile_flags
from splitplot.flags.scope import runtime_of
from splitplot.http.decoding import MAX_PAYLOAD_BYTES, Dialect, decode_payload, json_value
from splitplot.http.inflating import too_large
from splitplot.http.layers.rate_limits import TAKE_FOR_TOKEN, Take
from splitplot.http.plain_errors import plain_error
from splitplot.http.resources.flags.answers import (
    NO_FLAGS,
    Answering,
    answer_body,
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
from splitplot.http.sdk.documents import JSON, TEXT, send_bytes
from splitplot.http.sdk.receiving import MAX_BYTES_IN_LOOP, received
from splitplot.http.sdk.remote_config import config_of_nobody, remote_config
from splitplot.services.flags import FlagService, ProjectFlags

# What needs no decoder, since it is the JSON that it looks like.
_PLAIN_TYPES = (b"application/json", b"application/json; charset=utf-8", b"text/plain")
_ALLOW = (b"allow", b"GET, POST, OPTIONS, HEAD")


@dataclass(slots=True)
class _Incoming:
    """A request without its body; header names are in lower case."""

    service: FlagService
    query: Query
    headers: Mapping[bytes, bytes]
    now: datetime
    take: Take | None = None

    def text(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")


class _Endpoint:
    """An ASGI app for one path, whose methods and errors are those of the SDK protocol."""

    def __init__(self, query_of: Callable[[bytes], Query]) -> None:
        self._query_of = query_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service: FlagService = scope["app"].state.platform.flags
        query = self._query_of(scope["query_string"])
        headers, take = dict(scope["headers"]), scope.get(TAKE_FOR_TOKEN)
        incoming = _Incoming(service, query, headers, service.now(), take)
        match scope["method"]:
            case "POST":
                try:
                    body = await _evaluate(incoming, receive)
                except SplitplotError as error:
                    await plain_error(error)(scope, receive, send)
                else:
                    await send_bytes(send, 200, body, JSON)
            case "GET":
                await send_bytes(send, 200, _body(incoming, None, NO_FLAGS), JSON)
            case "HEAD":
                await send_bytes(send, 200, b"", JSON)
            case "OPTIONS":
                await send_bytes(send, 204, b"", TEXT, _ALLOW)
            case _:
                await send_bytes(send, 405, b"Method not allowed.", TEXT, _ALLOW)


# What a request that names no project is answered for.
_EMPTY = compile_flags(())


async def _evaluate(incoming: _Incoming, receive: Receive) -> bytes:
    payload, is_long = await _payload(incoming, await received(receive))
    fields = request_object(payload)
    token = token_of(fields)
    project = incoming.service.find_ready(token)
    if project is None:
        project = await run_in_threadpool(incoming.service.find, token)
    if project is None:
        raise Unauthenticated("The project token is not known.")
    if incoming.take is not None:
        incoming.take(token)
    if wants_no_flags(fields):
        return _body(incoming, project, NO_FLAGS)
    evaluations = await _ask(incoming, fields, project, is_long=is_long)
    return _body(incoming, project, evaluations)


async def _payload(incoming: _Incoming, body: bytes) -> tuple[JsonValue, bool]:
    """What the body holds, and whether that is so much that the loop should not go through it."""
    try:
        return _decoded(incoming, body, limit=MAX_BYTES_IN_LOOP), False
    except TooLarge:  # as it is, or once it is inflated
        return await run_in_threadpool(_decoded, incoming, body, limit=MAX_PAYLOAD_BYTES), True


def _decoded(incoming: _Incoming, body: bytes, *, limit: int) -> JsonValue:
    if len(body) > limit:
        raise too_large(limit)
    content_type, hints = incoming.headers.get(b"content-type", b""), incoming.query.hints
    if body.startswith(b"{") and content_type in _PLAIN_TYPES and not hints["compression"]:
        return json_value(body)
    headers = {"content-type": content_type.decode("latin-1")}
    return decode_payload(body, query=hints, headers=headers, dialect=Dialect.FLAGS, limit=limit)


async def _ask(
    incoming: _Incoming, fields: Properties, project: ProjectFlags, *, is_long: bool
) -> Evaluations:
    if is_long:
        selection, context = await run_in_threadpool(_question, incoming, fields, project)
    else:
        selection, context = _question(incoming, fields, project)
    if is_long or selection.depends_on_stored(context):
        evaluate = incoming.service.evaluate
        return await run_in_threadpool(evaluate, project.project, selection, context)
    return selection.evaluate(context)


def _question(
    incoming: _Incoming, fields: Properties, project: ProjectFlags
) -> tuple[Selection, EvaluationContext]:
    context = context_of(fields, now=incoming.now)
    runtime = _runtime(incoming, fields) if project.flags.cares_for_runtime else None
    return project.flags.select(scope_of(fields, incoming.query, runtime=runtime)), context


def _runtime(incoming: _Incoming, fields: Properties) -> Runtime | None:
    headers = {name.decode("latin-1"): incoming.text(name) for name in incoming.headers}
    return runtime_of(fields.get("evaluation_runtime"), headers)


def _body(incoming: _Incoming, project: ProjectFlags | None, evaluations: Evaluations) -> bytes:
    answering = Answering(
        request_id=_request_id(incoming.text(b"x-request-id")),
        evaluated_at=incoming.now,
        config=_config(incoming.query, project),
    )
    flags = _EMPTY if project is None else project.flags
    return answer_body(incoming.query.shape, flags, evaluations, answering)


def _config(query: Query, project: ProjectFlags | None) -> Properties | None:
    if project is None:
        return config_of_nobody()
    if not query.with_config:
        return None
    flags = project.flags
    has_flags = bool(flags.flags or flags.cyclic)
    return remote_config(has_flags=has_flags, token=project.project.api_token)


def _request_id(given: str) -> str:
    """The client's own id when it is a UUID, else a new one."""
    if given:
        try:
            return str(UUID(given))
        except ValueError:
            pass
    return _new_uuid()


def _new_uuid() -> str:
    """A random UUID. The library's takes as long as five flags."""
    digits = f"{getrandbits(128):032x}"
    version, variant = "4", "89ab"[getrandbits(2)]
    return (
        f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}"
        f"-{digits[20:]}"
    )


routes = [
    Route("/flags/", _Endpoint(flags_query)),
    Route("/decide/", _Endpoint(decide_query)),
]
