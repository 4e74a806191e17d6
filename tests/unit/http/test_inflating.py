import gzip
import struct
import time
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest

from splitplot.errors import TooLarge, Undecodable, UnsupportedMediaType
from splitplot.http.inflating import decoded, zstd

BODY = b'{"batch": []}' * 1000
LIMIT = len(BODY)
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
    "br": brotli.compress,
}
every_encoding = pytest.mark.parametrize("name", ENCODERS)


@every_encoding
def test_a_body_is_what_it_was_before_it_was_encoded(name: str) -> None:
    encoded = ENCODERS[name](BODY)
    assert decoded(encoded, name, limit=LIMIT) == BODY
    assert decoded(encoded, f" {name.upper()} ", limit=LIMIT) == BODY


@every_encoding
def test_inflating_stops_at_the_limit(name: str) -> None:
    with pytest.raises(TooLarge, match=f"inflates to more than {LIMIT - 1} bytes"):
        decoded(ENCODERS[name](BODY), name, limit=LIMIT - 1)


@every_encoding
def test_a_bomb_costs_no_more_than_the_limit(name: str) -> None:
    bomb = ENCODERS[name](bytes(20_000_000))
    assert len(bomb) < 200_000
    started_at = time.process_time()
    with pytest.raises(TooLarge):
        decoded(bomb, name, limit=100_000)
    assert time.process_time() - started_at < 0.5


@every_encoding
def test_what_ends_too_early_is_refused(name: str) -> None:
    encoded = ENCODERS[name](BODY)
    for end in (len(encoded) - 1, len(encoded) // 2):
        with pytest.raises(Undecodable, match=name):
            decoded(encoded[:end], name, limit=LIMIT)


@every_encoding
def test_what_is_broken_is_refused(name: str) -> None:
    encoded = bytearray(ENCODERS[name](BODY))
    encoded[5 : len(encoded) - 5] = bytes(255 - byte for byte in encoded[5 : len(encoded) - 5])
    with pytest.raises(Undecodable, match=name):
        decoded(bytes(encoded), name, limit=LIMIT)


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "deflate", "zstd"])
def test_what_somebody_inflated_on_the_way_is_taken_as_it_is(encoding: str) -> None:
    assert decoded(BODY, encoding, limit=LIMIT) == BODY


def test_gzip_is_known_by_its_first_bytes() -> None:
    for encoding in ("", "deflate", "zstd", "br", "identity"):
        assert decoded(gzip.compress(BODY), encoding, limit=LIMIT) == BODY


@pytest.mark.parametrize("encoding", ["compress", "gzip, br", "x" * 1000])
def test_an_encoding_that_nobody_reads_is_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedMediaType) as refusal:
        decoded(BODY, encoding, limit=LIMIT)
    assert refusal.value.code == "unsupported_content_encoding"
    assert len(refusal.value.message) < 100


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_parts_are_joined_but_not_without_end(name: str) -> None:
    part = ENCODERS[name](BODY)
    assert decoded(part * 3, name, limit=3 * LIMIT) == BODY * 3
    with pytest.raises(TooLarge):
        decoded(part * 3, name, limit=3 * LIMIT - 1)
    empty = ENCODERS[name](b"")
    assert decoded(empty * 64, name, limit=LIMIT) == b""
    started_at = time.process_time()
    with pytest.raises(Undecodable):
        decoded(empty * (20_000_000 // len(empty)), name, limit=LIMIT)
    assert time.process_time() - started_at < 2


def test_a_zstd_frame_that_wants_a_huge_window_is_refused() -> None:
    window_of_a_gigabyte = struct.pack("<IBB", 0xFD2FB528, 0x00, (30 - 10) << 3)
    raw_block_last = (1 << 0 | 0 << 1 | 1 << 3).to_bytes(3, "little") + b"x"
    with pytest.raises(Undecodable, match="zstd"):
        decoded(window_of_a_gigabyte + raw_block_last, "zstd", limit=LIMIT)
