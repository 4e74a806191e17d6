"""`/batch/`, `/e/` and the other paths that SDKs have sent events to over the years."""

from collections.abc import Mapping
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from splitplot.errors import TooLarge
from splitplot.filters.model import JsonValue
from splitplot.http.auth import platform_of
from splitplot.http.bodies import raw_body
from splitplot.http.decoding import MAX_PAYLOAD_BYTES, decode_payload
from splitplot.http.plain_errors import with_plain_errors

_PATHS = ("/batch/", "/e/", "/i/v0/e/", "/i/v0/ai/batch/", "/capture/", "/track/", "/engage/")
_ENGAGE = "/engage/"
_ALLOWED = "GET, POST, OPTIONS, HEAD"
# Decoding less takes about a millisecond; more would keep other requests waiting.
_MAX_BYTES_IN_LOOP = 128 * 1024


@with_plain_errors
async def capture(request: Request) -> Response:
    """Store the request's events; answers once they are."""
    match request.method:
        case "OPTIONS":
            return Response(status_code=204, headers={"Allow": _ALLOWED})
        case "HEAD":  # asks whether there is something here, and means no event
            return Response(media_type="application/json")
    body = await raw_body(request, limit=MAX_PAYLOAD_BYTES)
    await platform_of(request).capture.take(
        await _decoded(body, request.query_params, request.headers),
        query=request.query_params,
        is_engage=request.scope["path"] == _ENGAGE,
    )
    if request.query_params.get("beacon") == "1":
        return Response(status_code=204)
    return Response(b'{"status":"Ok"}', media_type="application/json")


async def _decoded(body: bytes, query: Mapping[str, str], headers: Mapping[str, str]) -> JsonValue:
    if len(body) <= _MAX_BYTES_IN_LOOP and not query.get("compression", "").startswith("lz"):
        with suppress(TooLarge):  # once it is inflated
            return decode_payload(body, query=query, headers=headers, limit=_MAX_BYTES_IN_LOOP)
    return await run_in_threadpool(decode_payload, body, query=query, headers=headers)


routes = [Route(path, capture, methods=["GET", "POST", "OPTIONS"]) for path in _PATHS]
