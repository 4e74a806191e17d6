import asyncio
from typing import Any

import pytest

from splitplot.filters.model import JsonValue
from splitplot.http.errors import error_response
from splitplot.http.sdk.documents import (
    Document,
    Precomputed,
    Reading,
    bare_json,
    document,
    has_tag,
    json_bytes,
)
from splitplot.ports.flag_source import FlagSnapshot
from tests.factories import a_project

TAG = b'"0123"'


@pytest.mark.parametrize(
    ("given", "has"),
    [
        (None, False),
        (b"", False),
        (b'"0123"', True),
        (b'W/"0123"', True),
        (b"0123", True),
        (b"*", True),
        (b'"a", W/"0123", "b"', True),
        (b'"a","b"', False),
        (b'"01234"', False),
        (b'W/"123"', False),
    ],
)
def test_a_tag_may_be_weak_strong_or_bare(given: bytes | None, *, has: bool) -> None:
    assert has_tag(given, TAG) is has


def test_the_tag_follows_from_the_contents() -> None:
    one, same, other = (document(body, cache=b"no-cache") for body in (b"1", b"1", b"2"))
    assert one.tag == same.tag != other.tag
    assert (b"etag", b"W/" + one.tag) in one.headers
    assert (b"content-length", b"1") in one.headers
    assert {name for name, _ in one.kept_headers} == {b"etag", b"cache-control"}


def snapshot(revision: int) -> FlagSnapshot:
    return FlagSnapshot(project=a_project(), flags=(), cohorts={}, revision=revision)


def test_a_document_is_written_once_for_each_snapshot() -> None:
    written = []

    def write(given: FlagSnapshot) -> Document:
        written.append(given.revision)
        return document(str(given.revision).encode(), cache=b"no-cache")

    precomputed = Precomputed(write)
    first, second = snapshot(1), snapshot(2)
    assert precomputed.at_hand(first) is None

    async def ask() -> list[bytes]:
        asked = (first, first, second, second)
        return [(await precomputed.of(one)).body for one in asked]

    assert asyncio.run(ask()) == [b"1", b"1", b"2", b"2"]
    assert written == [1, 2]
    known = precomputed.at_hand(second)
    assert known is not None
    assert known.body == b"2"
    assert precomputed.at_hand(first) is None


KNOWN = document(b"known", cache=b"no-cache")
ASKS = (b"if-none-match", b"W/" + KNOWN.tag)


async def _answer(_: object) -> Document:
    return KNOWN


def unchanged(*headers: tuple[bytes, bytes], at_hand: Document | None = KNOWN) -> Any:  # noqa: ANN401 - headers or None
    reading = Reading(_answer, tell=error_response, at_hand=lambda _: at_hand)
    return reading.unchanged({"headers": list(headers)})


def test_who_has_the_document_at_hand_is_told_at_once() -> None:
    assert unchanged(ASKS) == KNOWN.kept_headers
    assert unchanged((b"accept", b"*/*"), ASKS) == KNOWN.kept_headers


def test_everybody_else_is_answered_in_full() -> None:
    assert unchanged() is None
    assert unchanged((b"if-none-match", b'"other"')) is None
    assert unchanged(ASKS, (b"origin", b"https://shop.example")) is None
    assert unchanged(ASKS, at_hand=None) is None
    assert Reading(_answer, tell=error_response).unchanged({"headers": [ASKS]}) is None


@pytest.mark.parametrize(
    ("payload", "written"),
    [
        ('{"a":  1}', b'{"a":  1}'),
        ("1.0", b"1.0"),
        ("no JSON", b'"no JSON"'),
        ({"a": 1}, b'{"a":1}'),
        (None, b"null"),
    ],
)
def test_a_payload_that_is_json_text_is_that_json(payload: JsonValue, written: bytes) -> None:
    assert bare_json(payload) == written


def test_what_the_fast_writer_refuses_is_written_all_the_same() -> None:
    assert json_bytes("\ud800") == b'"\\ud800"'
    assert json_bytes(2**70) == str(2**70).encode()
