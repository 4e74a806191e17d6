"""The addresses of the pages: their files, and every address that nothing else answers."""

import secrets
from collections.abc import Collection

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from splitplot.http.pages.built import BUILT
from splitplot.http.pages.missing import missing_page
from splitplot.http.plain_errors import plain_error
from splitplot.http.sdk.documents import Document, Reading, header

# Only what comes from here. The component library writes two small style elements of its
# own; they carry the nonce, which it reads from the page.
_POLICY = (
    "default-src 'self'; style-src 'self' 'nonce-{nonce}'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_NONCE_IN_PAGE = "nonce-of-this-answer"


async def _page(_: Request) -> Response:
    if not BUILT.is_there():
        return missing_page()
    index = await run_in_threadpool(BUILT.index)
    nonce = secrets.token_urlsafe(16)
    return HTMLResponse(
        index.replace(_NONCE_IN_PAGE, nonce),
        headers={
            "Content-Security-Policy": _POLICY.format(nonce=nonce),
            "Cache-Control": "no-cache",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _file(scope: Scope) -> Document:
    folder, _, name = scope["path"].strip("/").rpartition("/")
    name = f"{folder}/{name}" if folder else name
    accepted = header(scope, b"accept-encoding")
    return await run_in_threadpool(BUILT.file, name, accepted)


_files = Reading(_file, tell=plain_error)

routes = [
    Route("/", _page),
    Route("/assets/{name}/", _files),
    Route("/favicon.svg/", _files),
    Route("/theme.js/", _files),
]


class Pages:
    """An ASGI app for what no route matches: the pages have addresses of their own.

    Args:
        taken: First parts of paths that belong to other routes.
        otherwise: Answers all that is no page.
    """

    def __init__(self, *, taken: Collection[str], otherwise: ASGIApp) -> None:
        self._taken = frozenset(taken)
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_page(scope):
            response = await _page(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await self._otherwise(scope, receive, send)

    def _is_page(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return False
        first_part = scope["path"].split("/")[1]
        return first_part not in self._taken and b"text/html" in (header(scope, b"accept") or b"")
