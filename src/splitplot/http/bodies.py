"""Reading what clients send: size limit, decoding, and one form for all: a JSON object."""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias
from urllib.parse import parse_qsl

import orjson
from fastapi import Depends
from starlette.requests import ClientDisconnect, Request

from splitplot.errors import InvalidInput, TooLarge, Undecodable, UnsupportedMediaType
from splitplot.filters.model import JsonValue

MANAGEMENT_BODY_BYTES = 8 * 1024 * 1024
MAX_NESTING = 64
_MAX_FORM_FIELDS = 1000
_FORM = "application/x-www-form-urlencoded"

Object: TypeAlias = dict[str, JsonValue]


async def raw_body(request: Request, *, limit: int = MANAGEMENT_BODY_BYTES) -> bytes:
    """The body's bytes; read once, however often it is asked for.

    Args:
        request: Whose body.
        limit: Most bytes that are taken.

    Raises:
        TooLarge: The body has, or says it has, more bytes than that.
        Undecodable: The client went away before it had sent the whole of it.
    """
    known: bytes | None = getattr(request.state, "raw_body", None)
    if known is not None:
        return known
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    body = await _read(request, limit)
    request.state.raw_body = body
    return body


async def json_object(request: Request) -> Object:
    """The body as an object, sent as JSON or as a form; an empty body is an empty object.

    Raises:
        Undecodable: It is not what its content type claims, or nested too deeply.
        InvalidInput: It is JSON, but no object, or holds NUL characters.
        UnsupportedMediaType: It claims to be neither JSON nor a form.
        TooLarge: See `raw_body`.
    """
    known: Object | None = getattr(request.state, "json_object", None)
    if known is None:
        known = object_of(await raw_body(request), request.headers.get("content-type", ""))
        request.state.json_object = known
    return known


Body: TypeAlias = Annotated[dict[str, JsonValue], Depends(json_object)]


def object_of(raw: bytes, content_type: str) -> Object:
    """The object that these bytes of this content type are; see `json_object`."""
    if not raw.strip():
        return {}
    media_type = content_type.partition(";")[0].strip().lower()
    # curl calls every body a form; one that starts like a JSON object is meant as one.
    if media_type == _FORM and not raw.lstrip().startswith(b"{"):
        return _form_fields(raw)
    if media_type and media_type != _FORM and not _is_json(media_type):
        raise UnsupportedMediaType(f'Unsupported media type "{media_type}" in request.')
    try:
        value: JsonValue = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Undecodable(f"JSON parse error - {error}") from error
    _check_contents(raw, value)
    if not isinstance(value, dict):
        kind = type(value).__name__
        raise InvalidInput(f"Invalid data. Expected a dictionary, but got {kind}.")
    return value


async def _read(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise Undecodable("The request's body ended too early.") from error
    return b"".join(chunks)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The request's body is larger than {limit} bytes.")


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def _form_fields(raw: bytes) -> Object:
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FORM_FIELDS
        )
    except ValueError as error:
        raise Undecodable("The form cannot be read.") from error
    if any("\0" in text for pair in pairs for text in pair):
        raise _null_characters()
    return dict(pairs)


def _check_contents(raw: bytes, value: JsonValue) -> None:
    """Refuse what no store can keep and no walk should have to survive."""
    suspicious = b"\\u0000" in raw or raw.count(b"[") + raw.count(b"{") > MAX_NESTING
    if not suspicious:
        return
    waiting: list[tuple[JsonValue, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            if "\0" in item:
                raise _null_characters()
            continue
        if isinstance(item, Mapping):
            waiting.extend((key, depth) for key in item)
        children = _children(item)
        if children and depth > MAX_NESTING:
            raise Undecodable(f"The JSON is nested more than {MAX_NESTING} levels deep.")
        waiting.extend((child, depth + 1) for child in children)


def _children(item: JsonValue) -> Sequence[JsonValue]:
    if isinstance(item, Mapping):
        return list(item.values())
    return item if isinstance(item, list) else ()


def _null_characters() -> InvalidInput:
    return InvalidInput("Null characters are not allowed.", code="null_characters_not_allowed")
