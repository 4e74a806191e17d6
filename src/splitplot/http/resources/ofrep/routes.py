"""`/ofrep/v1/evaluate/flags/`, for one flag or for all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from splitplot.errors import InvalidInput, SplitplotError, Unauthenticated, Unavailable
from splitplot.filters.model import JsonValue
from splitplot.flags import Evaluation, EvaluationContext, Evaluations, FlagSet
from splitplot.flags import Scope as FlagScope
from splitplot.flags.scope import Runtime, runtime_of
from splitplot.http.errors import error_response
from splitplot.http.layers.rate_limits import TAKE_FOR_TOKEN
from splitplot.http.resources.ofrep.schemas import (
    context_of,
    failed_flag_body,
    failure_body,
    resolution_body,
)
from splitplot.http.sdk.documents import (
    JSON,
    TEXT,
    document,
    json_bytes,
    send_bytes,
    send_document,
)
from splitplot.http.sdk.receiving import MAX_BYTES_IN_LOOP, received
from splitplot.services.definitions import DefinitionService
from splitplot.services.definitions import Request as SecretRequest
from splitplot.services.flags import FlagService
from splitplot.services.openfeature import OpenFeatureService, OpenFlags

_ALLOW = (b"allow", b"POST, OPTIONS")
_CYCLE = "The flag depends on itself."


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request: the flags that it sees, and for whom.

    Attributes:
        opened: Of the project.
        scope: Which of its flags are seen.
        context: For whom.
    """

    service: FlagService
    opened: OpenFlags
    scope: FlagScope
    context: EvaluationContext

    async def evaluations(self, keys: frozenset[str] | None = None) -> Evaluations:
        """What the flags answer; those that others depend on among them."""
        project = self.opened.project
        scope = FlagScope(runtime=self.scope.runtime, flag_keys=keys)
        selection = project.flags.select(scope)
        if selection.depends_on_stored(self.context):
            return await run_in_threadpool(
                self.service.evaluate, project.project, selection, self.context
            )
        return selection.evaluate(self.context)


_Answer: TypeAlias = Callable[[Scope, Send, _Asked], Awaitable[None]]


class _Posting:
    """An ASGI app for one path that evaluates, whose errors are those of OFREP."""

    def __init__(self, answer: _Answer) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["method"]:
            case "POST":
                try:
                    await self._answer(scope, send, await _asked(scope, receive))
                except SplitplotError as error:
                    await _refusal(error, scope)(scope, receive, send)
            case "OPTIONS":
                await send_bytes(send, 204, b"", TEXT, _ALLOW)
            case _:
                await send_bytes(send, 405, b"Method not allowed.", TEXT, _ALLOW)


async def _asked(scope: Scope, receive: Receive) -> _Asked:
    platform = scope["app"].state.platform
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    key = _key_of(headers)
    opened = await _found(platform.openfeature, key)
    runtime = runtime_of(None, headers)
    if opened is None:
        opened = await _opened_by_secret(platform.openfeature, platform.definitions, key)
        runtime = runtime or Runtime.SERVER  # nobody gives a browser a secret
    if (take := scope.get(TAKE_FOR_TOKEN)) is not None:
        take(opened.project.project.api_token)
    context = await _context(await received(receive), now=platform.flags.now())
    return _Asked(platform.flags, opened, FlagScope(runtime=runtime), context)


async def _context(body: bytes, *, now: datetime) -> EvaluationContext:
    if len(body) > MAX_BYTES_IN_LOOP:
        return await run_in_threadpool(context_of, body, now=now)
    return context_of(body, now=now)


def _key_of(headers: dict[str, str]) -> str:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    key = bearer.strip() if scheme.lower() == "bearer" else ""
    key = key or headers.get("x-api-key", "").strip()
    if not key:
        raise Unauthenticated("No key was given: `Authorization` or `X-API-Key` is missing.")
    return key


async def _found(openfeature: OpenFeatureService, token: str) -> OpenFlags | None:
    ready = openfeature.find_ready(token)
    return ready if ready is not None else await run_in_threadpool(openfeature.find, token)


async def _opened_by_secret(
    openfeature: OpenFeatureService, definitions: DefinitionService, secret: str
) -> OpenFlags:
    request = SecretRequest(secret)
    snapshot = definitions.find(request)
    if snapshot is None:
        snapshot = await run_in_threadpool(definitions.get, request)
    opened = await _found(openfeature, snapshot.project.api_token)
    if opened is None:
        raise Unavailable("The project's flags are not available yet.")
    return opened


async def _one(scope: Scope, send: Send, asked: _Asked) -> None:
    key = scope["path_params"]["key"]
    resolver = asked.opened.seen_in(asked.scope).get(key)
    if resolver is None:
        body = failure_body(key, code="FLAG_NOT_FOUND", details="There is no such flag.")
        await send_bytes(send, 404, json_bytes(body), JSON)
        return
    if not resolver.flag.active:
        await send_bytes(send, 200, json_bytes(resolution_body(resolver.disabled())), JSON)
        return
    evaluations = await asked.evaluations(frozenset({key}))
    found = next((item for item in evaluations if item.flag_key == key), None)
    if found is None:
        raise InvalidInput(_CYCLE, code="GENERAL")
    if found.failed:
        await send_bytes(send, 400, json_bytes(failed_flag_body(found)), JSON)
        return
    await send_bytes(send, 200, _written(asked.opened, found), JSON)


async def _all(scope: Scope, send: Send, asked: _Asked) -> None:
    answered = {item.flag_key: item for item in await asked.evaluations()}
    entries = []
    for key, resolver in asked.opened.seen_in(asked.scope).items():
        evaluation = answered.get(key)
        if not resolver.flag.active:
            entries.append(json_bytes(resolution_body(resolver.disabled())))
        elif evaluation is None:
            entries.append(json_bytes(failure_body(key, code="GENERAL", details=_CYCLE)))
        elif evaluation.failed:
            entries.append(json_bytes(failed_flag_body(evaluation)))
        else:
            entries.append(_written(asked.opened, evaluation))
    body = b'{"flags":[%b]}' % b",".join(entries)
    await send_document(scope, send, document(body, cache=b"private, no-cache"))


# A flag has few answers, and each is written once.
_WRITTEN: WeakKeyDictionary[FlagSet, dict[Evaluation, bytes]] = WeakKeyDictionary()


def _written(opened: OpenFlags, evaluation: Evaluation) -> bytes:
    known = _WRITTEN.setdefault(opened.project.flags, {})
    written = known.get(evaluation)
    if written is None:
        resolution = opened.resolvers[evaluation.flag_key].resolution(evaluation)
        written = known[evaluation] = json_bytes(resolution_body(resolution))
    return written


def _refusal(error: SplitplotError, scope: Scope) -> Response:
    usual = error_response(error)
    body: dict[str, JsonValue] = {"errorDetails": error.message}
    if usual.status_code == 400:
        code = "PARSE_ERROR" if error.code == "parse_error" else error.code
        key = scope.get("path_params", {}).get("key")
        body = failure_body(key, code=code, details=error.message)
    names = ("retry-after", "www-authenticate")
    headers = {name: usual.headers[name] for name in names if name in usual.headers}
    return Response(
        json_bytes(body), usual.status_code, headers=headers, media_type="application/json"
    )


routes = [
    Route("/ofrep/v1/evaluate/flags/", _Posting(_all)),
    Route("/ofrep/v1/evaluate/flags/{key:path}/", _Posting(_one)),
]
