"""The API's description: what the framework finds out, made exact.

The framework knows every path, parameter and successful answer. Which refusals an
operation can make follows from what it reads, so it is worked out here once for all.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import orjson
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from splitplot.http.errors import ErrorBody
from splitplot.http.layers.cookies import SESSION_COOKIE

Json: TypeAlias = dict[str, Any]

_ERROR = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ErrorBody.__name__}"}}}
_SESSION = {
    "type": "apiKey",
    "in": "cookie",
    "name": SESSION_COOKIE,
    "description": "What signing in sets; scopes do not apply to it, access levels do.",
}
# What every route is declared with; `description_of` says which statuses that can be.
REFUSALS: dict[int | str, Json] = {
    "4XX": {"model": ErrorBody, "description": "Refused; the body says why."}
}
_MEANING = {
    400: "What was sent breaks a rule.",
    401: "No key, or one that nobody has.",
    403: "The key or its user may not do this.",
    404: "There is no such thing in this project.",
    405: "The path exists, the method does not.",
    409: "The state has moved on, or the change awaits approval.",
    413: "The body is too large.",
    415: "The body is of a kind that is not read.",
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "A store cannot be reached now; `Retry-After` says when to come back.",
}


def operation_name(route: APIRoute) -> str:
    """The operation's id: the name of the function that answers it."""
    return route.name


def description_of(app: FastAPI) -> Json:
    """The application's OpenAPI document."""
    return _exact(app.openapi())


async def _schema(request: Request) -> Response:
    state = request.app.state
    if not hasattr(state, "description"):
        state.description = orjson.dumps(description_of(request.app))
    return Response(state.description, media_type="application/json")


routes = (Route("/api/schema/", _schema),)


def _exact(description: Json) -> Json:
    """Each operation's refusals one by one, and both ways to say who asks.

    Doing it again changes nothing.
    """
    description["components"]["securitySchemes"]["Session"] = _SESSION
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            refusals = operation["responses"]
            general = refusals.pop("4XX", None)
            refusals.pop("422", None)
            if general is None:
                continue
            if keys := operation.get("security"):
                operation["security"] = [*keys, {"Session": []}]
            for status in _refused_with(path, method, operation):
                refusals.setdefault(
                    str(status), {"description": _MEANING[status], "content": _ERROR}
                )
    return description


def _refused_with(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[int]:
    writes = method not in ("get", "head")
    yield 400
    if operation.get("security"):
        yield from (401, 403)
    if "{" in path:
        yield 404
    if writes:
        yield from (409, 413, 415)
    yield from (429, 503)
