import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import Request
from starlette.types import Message

from splitplot.errors import InvalidInput, TooLarge, Undecodable, UnsupportedMediaType
from splitplot.http.bodies import MAX_NESTING, json_object, object_of, raw_body

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def request_of(chunks: Iterable[bytes | None], **headers: str) -> Request:
    """A POST whose body arrives in these chunks; None is a client that goes away."""
    waiting = iter(chunks)

    async def receive() -> Message:
        chunk = next(waiting, b"")
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": pairs}, receive)


def test_a_body_is_its_chunks_in_order() -> None:
    assert asyncio.run(raw_body(request_of([b"ab", b"cd"]), limit=4)) == b"abcd"


def test_a_body_can_be_asked_for_twice() -> None:
    async def twice() -> tuple[object, object]:
        request = request_of([b'{"a": 1}'])
        return await json_object(request), await json_object(request)

    assert asyncio.run(twice()) == ({"a": 1}, {"a": 1})


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    with pytest.raises(TooLarge):
        asyncio.run(raw_body(request_of([None], content_length="5"), limit=4))


def test_a_body_that_turns_out_too_large_is_refused() -> None:
    with pytest.raises(TooLarge):
        asyncio.run(raw_body(request_of([b"abc", b"de"], content_length="x"), limit=4))


def test_a_client_that_goes_away_has_sent_no_body() -> None:
    with pytest.raises(Undecodable):
        asyncio.run(raw_body(request_of([b"abc", None])))


@pytest.mark.parametrize("raw", [b"", b"  \n"])
@pytest.mark.parametrize("content_type", ["", JSON, FORM, "text/plain"])
def test_an_empty_body_is_an_empty_object(raw: bytes, content_type: str) -> None:
    assert object_of(raw, content_type) == {}


@pytest.mark.parametrize(
    "content_type", ["", JSON, "Application/JSON; charset=utf-8", "application/vnd.api+json"]
)
def test_json_is_read_whatever_its_type_is_called(content_type: str) -> None:
    assert object_of(b'{"a": [1, "\xc3\xa9", null]}', content_type) == {"a": [1, "é", None]}


def test_a_form_is_an_object_of_texts() -> None:
    assert object_of(b"name=Big+test&flag=a%26b&empty=", FORM) == {
        "name": "Big test",
        "flag": "a&b",
        "empty": "",
    }


def test_json_that_curl_calls_a_form_is_json() -> None:
    assert object_of(b' {"name": "x=y&z"}', FORM) == {"name": "x=y&z"}


@pytest.mark.parametrize(
    "raw", [b"{", b'{"a": NaN}', b'{"a": 1} x', b"\xff", b'{"a": "\\ud800"}', b"{'a': 1}"]
)
def test_what_is_no_json_is_a_parse_error(raw: bytes) -> None:
    with pytest.raises(Undecodable) as refused:
        object_of(raw, JSON)
    assert refused.value.code == "parse_error"


@pytest.mark.parametrize("raw", [b"name=%ff", b"\xff=1", b"&".join([b"a=1"] * 1001)])
def test_a_form_that_is_no_text_or_endless_is_a_parse_error(raw: bytes) -> None:
    with pytest.raises(Undecodable):
        object_of(raw, FORM)


@pytest.mark.parametrize(
    ("raw", "kind"), [(b"[]", "list"), (b'"a"', "str"), (b"1", "int"), (b"null", "NoneType")]
)
def test_json_that_is_no_object_is_refused(raw: bytes, kind: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        object_of(raw, JSON)
    assert refused.value.message == f"Invalid data. Expected a dictionary, but got {kind}."


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x"])
def test_other_kinds_of_body_are_not_read(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        object_of(b"{}", content_type)


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b'{"a": "\\u0000"}', JSON),
        (b'{"a": {"b": ["x\\u0000y"]}}', JSON),
        (b'{"a\\u0000": 1}', JSON),
        (b"a=%00", FORM),
        (b"%00=a", FORM),
    ],
)
def test_null_characters_are_refused(raw: bytes, content_type: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        object_of(raw, content_type)
    assert refused.value.code == "null_characters_not_allowed"


def test_a_backslash_before_u0000_is_only_text() -> None:
    assert object_of(rb'{"a": "\\u0000"}', JSON) == {"a": "\\u0000"}


def test_nesting_ends_somewhere() -> None:
    inner = MAX_NESTING - 1
    object_of(b'{"a":' + b"[" * inner + b"]" * inner + b"}", JSON)
    with pytest.raises(Undecodable):
        object_of(b'{"a":' + b"[" * MAX_NESTING + b"1" + b"]" * MAX_NESTING + b"}", JSON)


def test_many_shallow_objects_are_no_deep_nesting() -> None:
    many = b",".join([b"{}"] * 1000)
    assert object_of(b'{"a": [' + many + b"]}", JSON) == {"a": [{}] * 1000}
