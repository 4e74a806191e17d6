"""Cross-origin access to what browser SDKs call, from any page."""

from collections.abc import Iterable
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Where SDKs and OFREP clients go. Nothing there looks at cookies.
SDK_PREFIXES = (
    "/batch/",
    "/capture/",
    "/track/",
    "/engage/",
    "/e/",
    "/i/",
    "/s/",
    "/flags/",
    "/decide/",
    "/array/",
    "/static/",
    "/ofrep/",
    "/api/feature_flag/local_evaluation/",
    "/api/web_experiments/",
    "/api/early_access_features/",
    "/api/surveys/",
)

_PREFLIGHT_SECONDS = b"7200"
_EXPOSED = b"ETag, Retry-After, X-PostHog-Rate-Limit-Warning"

# What answers to those say who name no origin.
WITHOUT_ORIGIN = (b"vary", b"Origin")

_Headers: TypeAlias = list[tuple[bytes, bytes]]


class Cors:
    """ASGI middleware that lets every origin in, by name: credentials forbid the wildcard.

    Args:
        app: What is called for everything but a browser's question beforehand.
        prefixes: Paths, with slashes around them, that this holds for.
    """

    def __init__(self, app: ASGIApp, *, prefixes: Iterable[str] = SDK_PREFIXES) -> None:
        self._app = app
        self._prefixes = tuple(prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        origin = _header(scope, b"origin")
        if origin is not None and scope["method"] == "OPTIONS":
            headers = _grant(origin) + _preflight_grant(scope)
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        # Without an origin too, lest a cache shows that answer to those who have one.
        granted = [WITHOUT_ORIGIN] if origin is None else _grant(origin)

        async def send_granted(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *granted]
            await send(message)

        await self._app(scope, receive, send_granted)

    def _is_open(self, path: str) -> bool:
        return f"/{path.strip('/')}/".startswith(self._prefixes)


def _grant(origin: bytes) -> _Headers:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"Origin"),
    ]


def _preflight_grant(scope: Scope) -> _Headers:
    headers = [
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-max-age", _PREFLIGHT_SECONDS),
    ]
    if wanted := _header(scope, b"access-control-request-headers"):
        headers += [
            (b"access-control-allow-headers", wanted),
            (b"vary", b"Access-Control-Request-Headers"),
        ]
    return headers


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)
