"""Errors become responses: one table, class to status, nearest ancestor wins."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from splitplot.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Overloaded,
    SplitplotError,
    Throttled,
    TooCostly,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Undecodable,
    Undefined,
    UnsupportedMediaType,
)

log = structlog.get_logger(__name__)

# Class: status, the wire's `type`, headers.
_TABLE: dict[type[SplitplotError], tuple[int, str, dict[str, str]]] = {
    SplitplotError: (500, "server_error", {}),
    InvalidInput: (400, "validation_error", {}),
    Undecodable: (400, "invalid_request", {}),
    Undefined: (400, "validation_error", {}),
    TooCostly: (400, "validation_error", {}),
    TooLarge: (413, "invalid_request", {}),
    UnsupportedMediaType: (415, "invalid_request", {}),
    Unauthenticated: (401, "authentication_error", {"WWW-Authenticate": "Bearer"}),
    Forbidden: (403, "authentication_error", {}),
    NotFound: (404, "invalid_request", {}),
    MethodNotAllowed: (405, "invalid_request", {}),
    Conflict: (409, "server_error", {}),
    Throttled: (429, "throttled_error", {}),
    Unavailable: (503, "server_error", {"Retry-After": "5"}),
    Overloaded: (503, "server_error", {"Retry-After": "1"}),
}

# Pydantic's kinds of failure: the code and the sentence that clients know.
_FIELD_ERRORS: dict[str, tuple[str, str]] = {
    "missing": ("required", "This field is required."),
    "null": ("null", "This field may not be null."),
    "int_type": ("invalid_input", "A valid integer is required."),
    "int_parsing": ("invalid_input", "A valid integer is required."),
    "int_from_float": ("invalid_input", "A valid integer is required."),
    "float_type": ("invalid_input", "A valid number is required."),
    "float_parsing": ("invalid_input", "A valid number is required."),
    "bool_type": ("invalid_input", "Must be a valid boolean."),
    "bool_parsing": ("invalid_input", "Must be a valid boolean."),
    "string_type": ("invalid_input", "Not a valid string."),
    "string_blank": ("blank", "This field may not be blank."),
    "string_too_long": (
        "max_length",
        "Ensure this field has no more than {max_length} characters.",
    ),
    "enum": ("invalid_choice", '"{given}" is not a valid choice.'),
    "invalid_choice": ("invalid_choice", '"{given}" is not a valid choice.'),
    "literal_error": ("invalid_choice", '"{given}" is not a valid choice.'),
    "list_type": ("not_a_list", 'Expected a list of items but got type "{kind_given}".'),
    "tuple_type": ("not_a_list", 'Expected a list of items but got type "{kind_given}".'),
    "dict_type": (
        "not_a_dict",
        'Expected a dictionary of items but got type "{kind_given}".',
    ),
    "model_type": (
        "not_a_dict",
        'Expected a dictionary of items but got type "{kind_given}".',
    ),
}
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_OTHER = ("invalid_input", "{message}")

FieldError: TypeAlias = Mapping[str, Any]


class ErrorBody(BaseModel):
    """The one shape of all errors.

    Attributes:
        type: The kind of error: `validation_error`, `authentication_error`, …
        code: Stable, for programs.
        detail: One sentence, for people.
        attr: The field that breaks a rule, parts of its path joined by two underscores.
    """

    type: str
    code: str
    detail: str
    attr: str | None


def error_response(error: SplitplotError) -> Response:
    """The response that an error becomes."""
    status, kind, headers = _TABLE[_nearest(type(error))]
    if isinstance(error, Throttled):
        headers = {"Retry-After": str(error.retry_after)}
    return error_body(
        status,
        kind=kind,
        code="invalid_input" if error.code == "invalid" else error.code,
        detail=error.message,
        attr=error.attr,
        headers=headers,
    )


def status_of(kind: type[SplitplotError]) -> int:
    """The status of an error's response."""
    return _TABLE[_nearest(kind)][0]


def _nearest(kind: type[SplitplotError]) -> type[SplitplotError]:
    return next(parent for parent in kind.__mro__ if parent in _TABLE)


def error_body(
    status: int,
    *,
    kind: str,
    code: str,
    detail: str,
    attr: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A response in the one shape of all errors."""
    body = {"type": kind, "code": code, "detail": detail, "attr": attr}
    return Response(
        orjson.dumps(body), status, media_type="application/json", headers=dict(headers or {})
    )


def unexpected_response() -> Response:
    """What a failure that nobody foresaw looks like from outside: nothing of its inside."""
    return error_body(500, kind="server_error", code="error", detail="A server error occurred.")


def input_error(failures: Sequence[FieldError]) -> SplitplotError:
    """The first of pydantic's failures, in the words and codes of the API."""
    failure = failures[0]
    place = [str(part) for part in failure["loc"]]
    if place[:1] == ["path"]:
        return NotFound("Not found.")
    if place[:1] in (["body"], ["query"], ["header"]):
        place = place[1:]
    code, detail = _code_and_detail(failure)
    return InvalidInput(detail, code=code, attr="__".join(place) or None)


def install_error_table(app: FastAPI) -> None:
    """Make every error of the app's routes a response of this module."""
    app.add_exception_handler(SplitplotError, _on_known_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(ValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


def _code_and_detail(failure: FieldError) -> tuple[str, str]:
    kind, given = str(failure["type"]), failure.get("input")
    if given is None and kind != "missing":
        kind = "null"
    elif kind == "string_too_short" and not str(given).strip():
        kind = "string_blank"
    code, sentence = _FIELD_ERRORS.get(kind, _OTHER)
    return code, sentence.format(
        given=given,
        kind_given=type(given).__name__,
        max_length=failure.get("ctx", {}).get("max_length"),
        message=failure["msg"],
    )


async def _on_known_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, SplitplotError)  # noqa: S101 registered for this class alone
    response = error_response(error)
    if response.status_code >= 500 and not isinstance(error, Overloaded):
        log.warning("request.failed", error=type(error).__name__, detail=error.message)
    return response


async def _on_invalid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError | ValidationError)  # noqa: S101 likewise
    return error_response(input_error(error.errors()))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown paths, wrong methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 likewise
    if error.status_code == 404:
        return error_response(NotFound("Endpoint not found."))
    if error.status_code == 405:
        response = error_response(MethodNotAllowed(f'Method "{request.method}" not allowed.'))
        response.headers["Allow"] = ", ".join(_allowed_methods(request))
        return response
    if error.status_code == 413:
        return error_response(TooLarge("The request's body is too large."))
    return error_body(
        error.status_code, kind="invalid_request", code="error", detail=str(error.detail)
    )


def _allowed_methods(request: Request) -> list[str]:
    """Methods of every route at this path, not only of the first one that was found."""
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]
