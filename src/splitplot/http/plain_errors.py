"""Errors as plain text, which is what SDKs expect of the paths that only they call."""

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from splitplot.errors import SplitplotError
from splitplot.http.errors import error_response

Endpoint = Callable[[Request], Awaitable[Response]]


def with_plain_errors(endpoint: Endpoint) -> Endpoint:
    """The endpoint, its errors told in one sentence with the status of `http.errors`."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except SplitplotError as error:
            return plain_error(error)

    return guarded


def plain_error(error: SplitplotError) -> Response:
    """The response that an error becomes."""
    usual = error_response(error)
    retry_after = usual.headers.get("retry-after")
    return PlainTextResponse(
        error.message,
        usual.status_code,
        headers={} if retry_after is None else {"Retry-After": retry_after},
    )
