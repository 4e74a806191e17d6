"""The outermost layer of every request: one path for each thing, an id, a time, no leaks."""

import re
from collections.abc import Iterable
from random import getrandbits  # ids have to differ, not to be secret
from time import perf_counter
from typing import TypeAlias

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from splitplot.http.errors import unexpected_response
from splitplot.http.layers.cors import WITHOUT_ORIGIN
from splitplot.telemetry import REQUEST_ID, Metrics

log = structlog.get_logger(__name__)

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
Header: TypeAlias = tuple[bytes, bytes]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Edge:
    """ASGI middleware around all routes.

    Args:
        app: The routes and their error table.
        metrics: Where answered requests are counted.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at = perf_counter()
        request_id = _request_id(scope)
        REQUEST_ID.set(request_id.decode())
        scope["path"] = normal_path(scope["path"])
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            # The outermost loop of a request: the log gets all of it, the client none.
            log.exception("request.crashed", method=scope["method"], path=scope["path"])
            if status:
                raise  # half a response is out; only closing the connection tells
            await unexpected_response()(scope, receive, send_with_id)
        finally:
            self._metrics.record_request(
                method=scope["method"] if scope["method"] in _METHODS else "other",
                route=_route(scope),
                status=status,
                seconds=perf_counter() - started_at,
            )


async def answer_unchanged(
    scope: Scope, send: Send, headers: Iterable[Header], *, metrics: Metrics
) -> None:
    """Tell a client that it has the document already, past all other layers.

    Args:
        scope: Of a request without an origin.
        send: Where to.
        headers: What is said of the document.
        metrics: Where answered requests are counted.
    """
    started_at = perf_counter()
    all_headers = [*headers, WITHOUT_ORIGIN, (b"x-request-id", _request_id(scope))]
    await send({"type": "http.response.start", "status": 304, "headers": all_headers})
    await send({"type": "http.response.body", "body": b""})
    metrics.record_request(
        method="GET",
        route=scope["route"].path,
        status=304,
        seconds=perf_counter() - started_at,
    )


def normal_path(path: str) -> str:
    """The path that routes are declared with: one slash first and one last, projects by name.

    Some clients join a host that ends in a slash with a path that starts with one, and
    what was once called an environment is a project.
    """
    if path.startswith("//"):
        path = "/" + path.lstrip("/")
    if not path.endswith("/"):
        path += "/"
    if path.startswith("/api/environments/"):
        path = "/api/projects/" + path.removeprefix("/api/environments/")
    return path


def _request_id(scope: Scope) -> bytes:
    """The client's own id, if it is one that is safe to repeat, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return bytes(value)
    return b"%032x" % getrandbits(128)


def _route(scope: Scope) -> str:
    """The route's template, so that ids in paths do not multiply the metrics."""
    return getattr(scope.get("route"), "path", "") or "none"
