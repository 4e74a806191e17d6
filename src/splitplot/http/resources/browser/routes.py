"""`/array/…`, `/static/…`, and what browsers ask for that there is none of."""

import gzip
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from splitplot.errors import NotFound
from splitplot.http.plain_errors import plain_error
from splitplot.http.resources.browser import bundle
from splitplot.http.sdk.documents import (
    JAVASCRIPT,
    JSON,
    TEXT,
    Document,
    Header,
    Precomputed,
    Reading,
    document,
    header,
    json_bytes,
    send_bytes,
)
from splitplot.http.sdk.encodings import takes
from splitplot.http.sdk.remote_config import remote_config
from splitplot.ports.flag_source import FlagSnapshot, FlagSource

# A change to flags shows soon enough: browsers ask for flags themselves anyway.
_CACHE = b"public, max-age=60"
# Except that they do not while there are none, and whoever makes the first one looks at once.
_CACHE_WITHOUT_FLAGS = b"public, no-cache"
_GZIPPED: tuple[Header, ...] = ((b"vary", b"Accept-Encoding"), (b"content-encoding", b"gzip"))
_PLAIN: tuple[Header, ...] = _GZIPPED[:1]


def _has_flags(snapshot: FlagSnapshot) -> bool:
    return any(flag.active for flag in snapshot.flags)


def _config(snapshot: FlagSnapshot) -> bytes:
    token = snapshot.project.api_token
    return json_bytes(remote_config(has_flags=_has_flags(snapshot), token=token))


def _cache(snapshot: FlagSnapshot) -> bytes:
    return _CACHE if _has_flags(snapshot) else _CACHE_WITHOUT_FLAGS


def _config_script(snapshot: FlagSnapshot) -> bytes:
    token = json_bytes(snapshot.project.api_token)[1:-1].replace(b"'", b"\\'")
    return (
        b"(function () {\n"
        b"  window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {};\n"
        b"  window._POSTHOG_REMOTE_CONFIG['%b'] = {config: %b, siteApps: []};\n"
        b"})();\n" % (token, _config(snapshot))
    )


def _written_config(snapshot: FlagSnapshot) -> Document:
    return document(_config(snapshot), cache=_cache(snapshot))


def _written_script(snapshot: FlagSnapshot) -> Document:
    return document(_config_script(snapshot), content_type=JAVASCRIPT, cache=_cache(snapshot))


def _written_array(snapshot: FlagSnapshot) -> Document:
    body = _config_script(snapshot) + bundle.BUNDLE.text("array.js")
    return document(body, content_type=JAVASCRIPT, cache=_cache(snapshot), others=_PLAIN)


def _written_gzipped_array(snapshot: FlagSnapshot) -> Document:
    body = gzip.compress(_written_array(snapshot).body, compresslevel=6, mtime=0)
    return document(body, content_type=JAVASCRIPT, cache=_cache(snapshot), others=_GZIPPED)


class _Booting:
    """Answers with a document of the project whose token stands in the path."""

    def __init__(self, write: Callable[[FlagSnapshot], Document]) -> None:
        self._precomputed = Precomputed(write)

    async def __call__(self, scope: Scope) -> Document:
        snapshot = _snapshot(scope)
        if snapshot is None:
            raise NotFound("There is no project with this token.")
        return await self._precomputed.of(snapshot)

    def at_hand(self, scope: Scope) -> Document | None:
        """The document, if it is written already."""
        snapshot = _snapshot(scope)
        return None if snapshot is None else self._precomputed.at_hand(snapshot)


def _snapshot(scope: Scope) -> FlagSnapshot | None:
    source: FlagSource = scope["app"].state.platform.stores.flag_source
    return source.find(scope["path_params"]["token"])


def _reading(write: Callable[[FlagSnapshot], Document]) -> Reading:
    booting = _Booting(write)
    return Reading(booting, tell=plain_error, at_hand=booting.at_hand)


_array, _gzipped_array = _Booting(_written_array), _Booting(_written_gzipped_array)


async def _bundle_with_config(scope: Scope) -> Document:
    return await (_gzipped_array if _wants_gzip(scope) else _array)(scope)


async def _script(scope: Scope) -> Document:
    named = scope["path_params"]
    version = named.get("version")
    return await run_in_threadpool(
        lambda: bundle.BUNDLE.script(named["name"], version=version, gzipped=_wants_gzip(scope))
    )


def _wants_gzip(scope: Scope) -> bool:
    return takes(header(scope, b"accept-encoding"), b"gzip")


def _always(body: bytes) -> Reading:
    found = document(body, cache=_CACHE)

    async def answer(_: Scope) -> Document:
        return found

    return Reading(answer, tell=plain_error)


class _Discarding:
    """Takes recordings of sessions, which browsers are told not to make, and drops them."""

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        match scope["method"]:
            case "POST" | "GET":
                await send_bytes(send, 200, b'{"status":"Ok"}', JSON)
            case "HEAD":
                await send_bytes(send, 200, b"", JSON)
            case "OPTIONS":
                await send_bytes(send, 204, b"", TEXT, _ALLOW)
            case _:
                await send_bytes(send, 405, b"Method not allowed.", TEXT, _ALLOW)


_ALLOW = (b"allow", b"GET, POST, OPTIONS, HEAD")


direct_routes = [
    Route("/array/{token}/config/", _reading(_written_config)),
    Route("/array/{token}/config.js/", _reading(_written_script)),
]
routes = [
    Route("/array/{token}/array.js/", Reading(_bundle_with_config, tell=plain_error)),
    Route("/static/{name}/", Reading(_script, tell=plain_error)),
    Route("/static/{version}/{name}/", Reading(_script, tell=plain_error)),
    Route("/api/early_access_features/", _always(b'{"earlyAccessFeatures":[]}')),
    Route("/api/surveys/", _always(b'{"surveys":[]}')),
    Route("/s/", _Discarding()),
]
