"""Taking compression off a body without ever holding more than a limit of what comes out."""

import sys
import zlib

import brotli  # type: ignore[import-untyped]

from splitplot.errors import TooLarge, Undecodable, UnsupportedMediaType

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["GZIP_START", "decoded", "gunzip", "too_large", "zstd"]

GZIP_START = b"\x1f\x8b"

# An ordinary frame, and the sixteen that only carry notes.
_ZSTD_FRAMES = (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + n]) + b"\x2a\x4d\x18" for n in range(16)))
# Each is a copy of all that follows it; nobody joins more.
_MOST_PARTS = 64
# What RFC 9659 allows a content encoding: 8 MiB; the format itself allows terabytes.
_ZSTD_WINDOW = {int(zstd.DecompressionParameter.window_log_max): 23}


def gunzip(payload: bytes, limit: int) -> bytes:
    """All members of a gzip stream; what follows the last one means nothing.

    Raises:
        Undecodable: It is broken, or ends too early.
        TooLarge: More than `limit` bytes would come out.
    """
    parts: list[bytes] = []
    room = limit
    while payload.startswith(GZIP_START):
        if len(parts) == _MOST_PARTS:
            raise _broken("gzip")
        part, payload = _inflate(payload, room, wbits=zlib.MAX_WBITS | 16, name="gzip", limit=limit)
        room -= len(part)
        parts.append(part)
    return b"".join(parts)


def decoded(payload: bytes, encoding: str, *, limit: int) -> bytes:
    """The body that a `Content-Encoding` header stands for.

    Gzip shows by its first bytes, whatever the header says; and what does not start like
    the encoding it claims was inflated by somebody on the way.

    Args:
        payload: As received.
        encoding: The header's value, empty when there is none.
        limit: Most bytes that may come out.

    Raises:
        UnsupportedMediaType: It is none of gzip, deflate, zstd, br and identity.
        Undecodable: It is broken, or ends too early.
        TooLarge: More than `limit` bytes would come out.
    """
    name = encoding.strip().lower()
    if name not in ("", "identity", "gzip", "deflate", "zstd", "br"):
        raise UnsupportedMediaType(
            f'Unsupported content encoding "{name[:50]}".', code="unsupported_content_encoding"
        )
    if payload.startswith(GZIP_START):
        return gunzip(payload, limit)
    if name == "br":
        return _unbrotli(payload, limit)
    if name == "zstd" and payload.startswith(_ZSTD_FRAMES):
        return _unzstd(payload, limit)
    if name == "deflate" and payload.lstrip()[:1] != b"{":
        return _inflate(payload, limit, wbits=zlib.MAX_WBITS, name=name, limit=limit)[0]
    return payload


def _inflate(
    payload: bytes, room: int, *, wbits: int, name: str, limit: int
) -> tuple[bytes, bytes]:
    """What one zlib or gzip stream holds, and what follows it."""
    inflater = zlib.decompressobj(wbits=wbits)
    try:
        part = inflater.decompress(payload, room + 1)
    except zlib.error as error:
        raise _broken(name) from error
    if len(part) > room:
        raise too_large(limit)
    if not inflater.eof:
        raise _too_early(name)
    return part, inflater.unused_data


def _unzstd(payload: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit
    while payload:
        if len(parts) == _MOST_PARTS:
            raise _broken("zstd")
        inflater = zstd.ZstdDecompressor(options=_ZSTD_WINDOW)
        try:
            part = inflater.decompress(payload, max_length=room + 1)
        except zstd.ZstdError as error:
            raise _broken("zstd") from error
        room -= len(part)
        if room < 0:
            raise too_large(limit)
        if not inflater.eof:
            raise _too_early("zstd")
        parts.append(part)
        payload = inflater.unused_data
    return b"".join(parts)


def _unbrotli(payload: bytes, limit: int) -> bytes:
    inflater = brotli.Decompressor()
    parts: list[bytes] = []
    room = limit
    try:
        while not inflater.is_finished():
            part = inflater.process(payload, output_buffer_limit=room + 1)
            room -= len(part)
            if room < 0:
                raise too_large(limit)
            if not part and inflater.can_accept_more_data():
                raise _too_early("br")
            parts.append(part)
            payload = b""
    except brotli.error as error:
        raise _broken("br") from error
    return b"".join(parts)


def too_large(limit: int) -> TooLarge:
    """The refusal of a body that inflates to more than the limit."""
    return TooLarge(f"The request's body inflates to more than {limit} bytes.")


def _broken(name: str) -> Undecodable:
    return Undecodable(f"The {name} data is broken.")


def _too_early(name: str) -> Undecodable:
    return Undecodable(f"The {name} data ends too early.")
