"""The bodies that SDKs send, decoded by what they contain, not by what headers claim.

A payload is JSON inside any of these, in any sensible order: gzip, a form's `data` field,
base64, percent-encoding, lz-string. Layers are taken off until what is left looks like
JSON.
"""

import binascii
import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from urllib.parse import unquote_to_bytes

import orjson

from splitplot.errors import Undecodable
from splitplot.filters.model import JsonValue
from splitplot.http.inflating import GZIP_START, gunzip, too_large
from splitplot.http.lz_string import decompress_base64

MAX_PAYLOAD_BYTES = 20 * 1024 * 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FORM = "application/x-www-form-urlencoded"
_FLAGS_TYPES = ("", "application/json", "text/plain", _FORM)
_FLAGS_COMPRESSIONS = ("", "gzip", "gzip-js", "base64")
_LZ_STRING = ("lz64", "lz-string")
_IS_FORM = re.compile(rb"(?:[\w.$-]+=[^&]*&)*data=")
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_IS_BASE64 = re.compile(rb"[A-Za-z0-9+/ \r\n]+={0,3}\s*")
_MAX_FORM_FIELDS = 100
# gzip, form, percent, base64, gzip: nobody wraps deeper, and each layer costs time.
_MOST_LAYERS = 5
# Nothing writes more than 254 levels. What is kept is also shown inside of answers, so
# some of them have to be left for what will be around it.
_SPARE_LEVELS = 16
_MOST_LEVELS = 254 - _SPARE_LEVELS


class Dialect(StrEnum):
    """Whose rules a request is read by.

    Capture takes anything that can be made sense of, also from the query (`data`). Flags
    refuses content types and compressions that it does not know, and gzip in a form.
    """

    CAPTURE = "capture"
    FLAGS = "flags"


def decode_payload(
    body: bytes,
    *,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    dialect: Dialect = Dialect.CAPTURE,
    limit: int = MAX_PAYLOAD_BYTES,
) -> JsonValue:
    """The JSON value that a request carries.

    `NaN` and infinities become null, bytes that are not UTF-8, lone surrogates and NUL
    characters become U+FFFD.

    Args:
        body: As received.
        query: Query parameters; `compression` is a hint, `data` is capture's payload.
        headers: With lower-case names, or ignoring case.
        dialect: Whose rules hold.
        limit: Most bytes of the payload after inflating, which stops there.

    Raises:
        Undecodable: There is nothing, or nothing that can be read by the rules.
        TooLarge: The payload would inflate to more than `limit` bytes.
    """
    compression = query.get("compression", "").lower()
    if dialect is Dialect.FLAGS:
        _check_flags_request(body, headers, compression)
    elif data := query.get("data"):
        body = data.encode("utf-8", "replace")
    reader = _Reader(dialect=dialect, compression=compression, limit=limit)
    payload = reader.unwrapped(body)
    if not payload:
        raise Undecodable("The request's body is empty.")
    return json_value(payload)


def json_value(payload: bytes) -> JsonValue:
    """The value of JSON text, with the tolerance of `decode_payload`."""
    try:
        value: JsonValue = orjson.loads(payload)
        is_clean = b"\\u0000" not in payload
    except orjson.JSONDecodeError as error:
        value, is_clean = _tolerantly(payload, error), False
    if is_clean and payload.count(b"[") + payload.count(b"{") <= _MOST_LEVELS:
        return value
    try:
        written = orjson.dumps(_surrounded(value))[_SPARE_LEVELS:-_SPARE_LEVELS]
    except TypeError as error:
        raise Undecodable("The JSON is nested too deeply.") from error
    return value if is_clean else orjson.loads(_NUL.sub(_replaced, written))


def _surrounded(value: JsonValue) -> JsonValue:
    for _ in range(_SPARE_LEVELS):
        value = [value]
    return value


class _Reader:
    def __init__(self, *, dialect: Dialect, compression: str, limit: int) -> None:
        self._dialect = dialect
        self._compression = compression
        self._limit = limit
        self._is_in_form = False
        self._is_unquoted = False

    def unwrapped(self, payload: bytes) -> bytes:
        for _ in range(_MOST_LAYERS):
            if payload.startswith(GZIP_START):
                if self._is_in_form and self._dialect is Dialect.FLAGS:
                    raise Undecodable("A form with gzip inside is not supported.")
                payload = gunzip(payload, self._limit)
                continue
            # Not before: the last byte of gzip may look like white space.
            payload = payload.removeprefix(_BYTE_ORDER_MARK).strip()
            step = self._step(payload)
            if step is None:
                break
            payload = step(payload)
            if len(payload) > self._limit:
                raise too_large(self._limit)
        return payload

    def _step(self, payload: bytes) -> Callable[[bytes], bytes] | None:
        if payload[:1] in (b"{", b"[", b""):
            return None
        if _IS_FORM.match(payload):
            return self._form_data
        if b"%" in payload and not self._is_unquoted:
            return self._unquoted
        if not _IS_BASE64.fullmatch(payload):
            return None
        is_lz_string = self._compression in _LZ_STRING and self._dialect is Dialect.CAPTURE
        return self._lz_string if is_lz_string else _base64

    def _unquoted(self, payload: bytes) -> bytes:
        # Once: nobody does it twice, and each escape takes its time.
        self._is_unquoted = True
        return unquote_to_bytes(payload)

    def _form_data(self, payload: bytes) -> bytes:
        self._is_in_form = True
        pairs = (field.partition(b"=") for field in payload.split(b"&", _MAX_FORM_FIELDS))
        fields = {name: unquote_to_bytes(value.replace(b"+", b" ")) for name, _, value in pairs}
        hint = fields.get(b"compression", b"").decode("ascii", "replace").lower()
        self._compression = hint or self._compression
        return fields.get(b"data", b"")

    def _lz_string(self, payload: bytes) -> bytes:
        return decompress_base64(payload.replace(b" ", b"+"), limit=self._limit).encode()


def _check_flags_request(body: bytes, headers: Mapping[str, str], compression: str) -> None:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _FLAGS_TYPES:
        raise Undecodable(f'Unsupported content type "{media_type}".')
    if compression not in _FLAGS_COMPRESSIONS:
        raise Undecodable(f'Unsupported compression "{compression}".')
    if media_type == _FORM and (body.startswith(GZIP_START) or compression.startswith("gzip")):
        raise Undecodable("A form with gzip is not supported.")


def _base64(payload: bytes) -> bytes:
    # A form or query reader made spaces of the alphabet's plus signs.
    text = payload.replace(b" ", b"+").translate(None, b"\r\n").rstrip(b"=")
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except binascii.Error as error:
        raise Undecodable("The base64 text is broken.") from error


def _tolerantly(payload: bytes, refusal: orjson.JSONDecodeError) -> JsonValue:
    """What the strict parser refused but can be made sense of."""
    text = payload.decode("utf-8", "replace")
    try:
        value = json.loads(
            text, parse_constant=_nothing, parse_float=_finite_float, parse_int=_whole_number
        )
        # Through UTF-16, halves of one character find each other and lone ones show.
        plain = json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
        result: JsonValue = orjson.loads(plain.decode("utf-16-le", "replace"))
    except (ValueError, RecursionError):
        place = f"line {refusal.lineno}, column {refusal.colno}"
        raise Undecodable(f"The request's body is not JSON ({place}).") from refusal
    return result


def _replaced(nul: re.Match[bytes]) -> bytes:
    return nul[1] + b"\xef\xbf\xbd"


def _nothing(_constant: str) -> None:
    return None


def _finite_float(text: str) -> float | None:
    number = float(text)
    return number if abs(number) != float("inf") else None


def _whole_number(text: str) -> int | float | None:
    return int(text) if len(text) < 19 else _finite_float(text)
