"""How often is too often: 429 before anything else is done for a request."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import TypeAlias
from urllib.parse import parse_qs

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from splitplot.accounts.rates import Buckets, Rate, RateLimits, too_many
from splitplot.http.errors import error_body, error_response
from splitplot.http.layers.cookies import SESSION_COOKIE
from splitplot.http.layers.cors import SDK_PREFIXES

_FLAGS = ("/flags/", "/decide/", "/ofrep/")
# Below one of those, but whoever reads them evaluates by itself.
_DEFINITIONS = "/flags/definitions/"
_CAPTURE = ("/batch/", "/capture/", "/track/", "/engage/", "/e/", "/i/", "/s/")
_API = "/api/"
_OPEN_API = tuple(prefix for prefix in SDK_PREFIXES if prefix.startswith(_API))
# Longer ones are no keys of ours, and only fill the memory.
_LONGEST_NAME = 128
_WARNING = (b"x-posthog-rate-limit-warning", b"true")

Take: TypeAlias = Callable[[str], None]
# Where an endpoint that has read the project's token finds its bucket.
TAKE_FOR_TOKEN = "splitplot.take_for_token"  # noqa: S105 a name


class TooManyForToken(Exception):
    """A flag request too many for its project; for the layer, not for the error table."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class RateLimiting:
    """ASGI middleware that refuses who asks too often.

    Args:
        app: What is called for the others.
        limits: How often is too often; where there is no limit nothing is counted.
        now: Seconds of a clock that goes forward.
    """

    def __init__(
        self, app: ASGIApp, *, limits: RateLimits, now: Callable[[], float] = monotonic
    ) -> None:
        self._app = app
        self._now = now
        self._management = _buckets(limits.management)
        self._by_address = _buckets(limits.flags_by_address)
        self._by_token = _buckets(limits.flags_by_token)
        self._capture = _buckets(limits.capture_by_address)
        self._limits_flags = self._by_address is not None or self._by_token is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path.startswith(_API):
            refusal = None if path.startswith(_OPEN_API) else self._managed(scope)
        elif self._limits_flags and _evaluates(_with_slash(path)):
            await self._flags(scope, receive, send)
            return
        else:
            refusal = None if self._capture is None else self._captured(scope, path)
        await (refusal or self._app)(scope, receive, send)

    def _managed(self, scope: Scope) -> Response | None:
        if self._management is None:
            return None
        wait = self._management.take(_name(scope), now=self._now())
        return error_response(too_many(wait)) if wait > 0 else None

    def _captured(self, scope: Scope, path: str) -> Response | None:
        if self._capture is None or not _with_slash(path).startswith(_CAPTURE):
            return None
        wait = self._capture.take(_address(scope), now=self._now())
        if wait == 0:
            return None
        refused = too_many(wait)
        retry = {"Retry-After": str(refused.retry_after)}
        return PlainTextResponse(refused.message, 429, headers=retry)

    async def _flags(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked: list[tuple[Buckets, str]] = []
        if self._by_address is not None:
            asked.append((self._by_address, _address(scope)))
            wait = self._by_address.take(_address(scope), now=self._now())
            if wait > 0:
                await _flags_refusal(wait)(scope, receive, send)
                return
        buckets = self._by_token

        def take(token: str) -> None:
            if buckets is not None:
                asked.append((buckets, token))
                wait = buckets.take(token, now=self._now())
                if wait > 0:
                    raise TooManyForToken(wait)

        async def send_with_warning(message: Message) -> None:
            if message["type"] == "http.response.start" and any(
                one.is_nearly_empty(name) for one, name in asked
            ):
                message["headers"] = [*message.get("headers", ()), _WARNING]
            await send(message)

        scope[TAKE_FOR_TOKEN] = take
        try:
            await self._app(scope, receive, send_with_warning)
        except TooManyForToken as refused:
            await _flags_refusal(refused.seconds)(scope, receive, send_with_warning)


def _buckets(rate: Rate | None) -> Buckets | None:
    return None if rate is None else Buckets(rate)


def _flags_refusal(seconds: float) -> Response:
    refused = too_many(seconds)
    return error_body(
        429,
        kind="validation_error",
        code="rate_limit_exceeded",
        detail="Rate limit exceeded.",
        headers={"Retry-After": str(refused.retry_after)},
    )


def _name(scope: Scope) -> str:
    """Whose bucket it is: that of the key or the session, else of the address."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    if bearer := headers.get(b"authorization"):
        return bearer.decode("latin-1")[:_LONGEST_NAME]
    query = scope.get("query_string", b"")
    if b"personal_api_key=" in query:
        keys = parse_qs(query.decode("latin-1")).get("personal_api_key", [""])
        return f"Bearer {keys[0]}"[:_LONGEST_NAME]
    if cookie := headers.get(b"cookie"):
        token = cookie_parser(cookie.decode("latin-1")).get(SESSION_COOKIE)
        if token:
            return f"session {token}"[:_LONGEST_NAME]
    return _address(scope)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _evaluates(path: str) -> bool:
    return path.startswith(_FLAGS) and not path.startswith(_DEFINITIONS)


def _with_slash(path: str) -> str:
    return path if path.endswith("/") else path + "/"
