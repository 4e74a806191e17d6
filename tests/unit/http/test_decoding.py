import base64
import gzip
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.errors import TooLarge, Undecodable
from splitplot.filters.model import JsonValue
from splitplot.http.decoding import MAX_PAYLOAD_BYTES, Dialect, decode_payload
from splitplot.http.lz_string import MAX_COMPRESSED_BYTES, decompress_base64

LZ_STRING = json.loads(Path("tests/cases/capture/lz_string.json").read_text(encoding="utf-8"))
FORM = {"content-type": "application/x-www-form-urlencoded"}
# Its base64 has both letters that forms and queries change: `+` and `/`.
VALUE: JsonValue = {"event": "purchase", "note": "?>~ ÿþ>>>???"}
TEXT = json.dumps(VALUE, ensure_ascii=False).encode()
BASE64 = base64.b64encode(TEXT)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def decoded(
    body: bytes,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    dialect: Dialect = Dialect.CAPTURE,
    limit: int = MAX_PAYLOAD_BYTES,
) -> JsonValue:
    return decode_payload(
        body, query=query or {}, headers=headers or {}, dialect=dialect, limit=limit
    )


both_dialects = pytest.mark.parametrize("dialect", list(Dialect))


@both_dialects
@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "text/plain", "text/plain;v=1", None],
)
def test_json_is_read_whatever_the_known_content_type(
    dialect: Dialect, content_type: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert decoded(TEXT, headers=headers, dialect=dialect) == VALUE


@both_dialects
def test_white_space_and_a_byte_order_mark_may_surround_json(dialect: Dialect) -> None:
    assert decoded(b"\xef\xbb\xbf \n" + TEXT + b"\n", dialect=dialect) == VALUE


@both_dialects
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({}, {"content-type": "text/plain"}),
        ({"compression": "gzip-js"}, {"content-type": "text/plain"}),
        ({"compression": "gzip"}, {}),
        ({}, {"content-type": "application/json", "content-encoding": "gzip"}),
        ({"compression": "base64"}, {}),
    ],
)
def test_gzip_is_known_by_its_first_bytes_not_by_hints(
    dialect: Dialect, query: Mapping[str, str], headers: Mapping[str, str]
) -> None:
    assert decoded(gzip.compress(TEXT), query=query, headers=headers, dialect=dialect) == VALUE


@both_dialects
def test_a_body_that_a_proxy_inflated_is_read_although_hints_say_gzip(dialect: Dialect) -> None:
    hints = {"content-encoding": "gzip"}
    assert decoded(TEXT, query={"compression": "gzip"}, headers=hints, dialect=dialect) == VALUE


def test_gzip_in_several_members_is_one_payload() -> None:
    assert decoded(gzip.compress(TEXT[:10]) + gzip.compress(TEXT[10:])) == VALUE


@both_dialects
@pytest.mark.parametrize("text", [BASE64, BASE64.rstrip(b"="), quote(BASE64, safe="").encode()])
def test_base64_may_lack_padding_or_be_percent_encoded(dialect: Dialect, text: bytes) -> None:
    assert decoded(text, dialect=dialect) == VALUE


@both_dialects
def test_percent_encoding_is_taken_off_once(dialect: Dialect) -> None:
    twice = quote(quote(BASE64, safe=""), safe="").encode()
    with pytest.raises(Undecodable):
        decoded(twice, dialect=dialect)


@both_dialects
def test_a_form_carries_base64_in_data(dialect: Dialect) -> None:
    body = b"data=" + quote_plus(BASE64).encode() + b"&compression=base64&ver=1.2"
    assert decoded(body, headers=FORM, dialect=dialect) == VALUE


@both_dialects
def test_spaces_of_base64_in_a_form_were_plus_signs(dialect: Dialect) -> None:
    assert b"+" in BASE64
    assert decoded(b"ip=1&data=" + BASE64, headers=FORM, dialect=dialect) == VALUE


@both_dialects
def test_a_form_carries_json_in_data(dialect: Dialect) -> None:
    body = b"data=" + quote_plus(TEXT).encode()
    assert decoded(body, headers=FORM, dialect=dialect) == VALUE


@both_dialects
@pytest.mark.parametrize("body", [TEXT, BASE64])
def test_what_calls_itself_a_form_may_be_bare(dialect: Dialect, body: bytes) -> None:
    assert decoded(body, headers=FORM, dialect=dialect) == VALUE


def test_capture_reads_gzip_in_base64_in_a_form() -> None:
    body = b"data=" + quote_plus(base64.b64encode(gzip.compress(TEXT))).encode()
    assert decoded(body, headers=FORM) == VALUE


@pytest.mark.parametrize("hint", ["gzip", "gzip-js"])
def test_flags_refuses_gzip_around_or_inside_a_form(hint: str) -> None:
    inside = b"data=" + quote_plus(base64.b64encode(gzip.compress(TEXT))).encode()
    around = gzip.compress(b"data=" + quote_plus(BASE64).encode())
    for body, query in ((inside, {}), (around, {}), (b"data=" + BASE64, {"compression": hint})):
        with pytest.raises(Undecodable, match="form"):
            decoded(body, query=query, headers=FORM, dialect=Dialect.FLAGS)


def test_capture_takes_data_from_the_query_before_the_body() -> None:
    # As a query reader hands it over: plus signs have become spaces.
    data = BASE64.decode().replace("+", " ")
    assert decoded(b"", query={"data": data}) == VALUE
    assert decoded(b"[1]", query={"data": data}) == VALUE


def test_an_empty_data_in_the_query_counts_as_absent() -> None:
    assert decoded(TEXT, query={"data": ""}) == VALUE


def test_flags_does_not_look_at_data_in_the_query() -> None:
    assert decoded(TEXT, query={"data": "[]"}, dialect=Dialect.FLAGS) == VALUE


@pytest.mark.parametrize("hint", ["lz64", "lz-string"])
def test_capture_reads_lz_string_when_it_is_told_to(hint: str) -> None:
    case = next(case for case in LZ_STRING["cases"] if case["text"].startswith('{"event"'))
    expected = json.loads(case["text"])
    compressed = case["compressed"].encode()
    assert decoded(compressed, query={"compression": hint}) == expected
    form = b"compression=" + hint.encode() + b"&data=" + quote_plus(compressed).encode()
    assert decoded(form, headers=FORM) == expected


def test_flags_refuses_what_it_does_not_know() -> None:
    for query, headers in (
        ({"compression": "lz64"}, {}),
        ({"compression": "zstd"}, {}),
        ({}, {"content-type": "application/xml"}),
    ):
        with pytest.raises(Undecodable, match="Unsupported"):
            decoded(TEXT, query=query, headers=headers, dialect=Dialect.FLAGS)


def test_capture_does_not_care_about_the_content_type() -> None:
    assert decoded(TEXT, headers={"content-type": "application/xml"}) == VALUE


@both_dialects
def test_numbers_that_json_has_not_become_null(dialect: Dialect) -> None:
    body = b'{"a": NaN, "b": [Infinity, -Infinity, 1e999, -1e999], "c": 1.5}'
    expected = {"a": None, "b": [None] * 4, "c": 1.5}
    assert decoded(body, dialect=dialect) == expected


def test_whole_numbers_of_any_size_are_read() -> None:
    exact, rounded = 2**64 - 1, 10**30
    assert decoded(b"[%d, %d, NaN]" % (exact, rounded)) == [float(exact), 1e30, None]
    assert decoded(b"[%d, %d]" % (exact, rounded)) == [exact, 1e30]
    assert decoded(b"[%s]" % (b"9" * 400)) == [None]


@both_dialects
def test_bytes_that_are_not_utf8_are_replaced(dialect: Dialect) -> None:
    assert decoded(b'{"name": "caf\xe9"}', dialect=dialect) == {"name": "caf\ufffd"}


def test_halves_of_characters_are_joined_or_replaced() -> None:
    body = rb'{"pair": "\ud83c\udf89", "lone": "\ud83c!", "\udf89": 1}'
    assert decoded(body) == {"pair": "🎉", "lone": "\ufffd!", "\ufffd": 1}


def test_nul_characters_are_replaced_and_their_spelling_is_not() -> None:
    body = rb'{"nul": "a\u0000b", "spelt": "a\\u0000b", "\u0000": ["\\\u0000"]}'
    replaced = {"nul": "a\ufffdb", "spelt": "a\\u0000b", "\ufffd": ["\\\ufffd"]}
    assert decoded(body) == replaced


@both_dialects
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"data=",
        b"token=phc_1&event=x",
        b"not json",
        b'{"event": ',
        b"{'event': 1}",
        b"\x1f\x8b",
        b"\x1f\x8b\x08\x00broken",
        gzip.compress(TEXT, mtime=0)[:-12],
        gzip.compress(b"", mtime=0),
        b"abcde",
        b"\x00\x01\x02",
        b"%7B",
        b'{"a":' * 2000,
    ],
)
def test_what_cannot_be_read_is_refused(dialect: Dialect, body: bytes) -> None:
    with pytest.raises(Undecodable):
        decoded(body, dialect=dialect)


@pytest.mark.parametrize("opening", [b"[", b"[NaN,"])
@pytest.mark.parametrize("depth", [255, 900, 5000])
def test_nesting_that_could_not_be_written_again_is_refused(opening: bytes, depth: int) -> None:
    with pytest.raises(Undecodable):
        decoded(opening * depth + b"1" + b"]" * depth)


def test_deep_but_sensible_nesting_is_read() -> None:
    assert decoded(b"[" * 200 + b"]" * 200) != []


def test_layers_upon_layers_are_not_followed_for_ever() -> None:
    body = TEXT
    for _ in range(6):
        body = gzip.compress(body)
    with pytest.raises(Undecodable):
        decoded(body)


@both_dialects
def test_inflating_stops_at_the_limit(dialect: Dialect) -> None:
    bomb = gzip.compress(b" " * 100_000 + TEXT)
    with pytest.raises(TooLarge):
        decoded(bomb, limit=1000, dialect=dialect)
    with pytest.raises(TooLarge):
        decoded(gzip.compress(b"[" + b"1," * 300) + gzip.compress(b"2," * 300 + b"3]"), limit=1000)
    with pytest.raises(TooLarge):
        decoded(base64.b64encode(b"[" + b"1," * 600 + b"1]"), limit=1000)


def test_a_payload_of_exactly_the_limit_is_read() -> None:
    body = b'["' + b"x" * 996 + b'"]'
    assert decoded(gzip.compress(body), limit=1000) == ["x" * 996]
    with pytest.raises(TooLarge):
        decoded(gzip.compress(body), limit=999)


@given(value=values, dialect=st.sampled_from(Dialect), wrap=st.sampled_from(["", "gzip", "base64"]))
def test_what_was_sent_is_what_is_read(value: JsonValue, dialect: Dialect, wrap: str) -> None:
    body = json.dumps({"value": value}).encode()
    wrapped = {"": body, "gzip": gzip.compress(body), "base64": base64.b64encode(body)}[wrap]
    assert decoded(wrapped, dialect=dialect) == {"value": value}


@given(
    body=st.binary(max_size=200),
    query=st.dictionaries(
        st.sampled_from(["data", "compression"]), st.text(max_size=30) | st.just("lz64")
    ),
)
def test_no_bytes_cause_anything_but_a_value_or_a_refusal(
    body: bytes, query: Mapping[str, str]
) -> None:
    for dialect in Dialect:
        with suppress(Undecodable, TooLarge):
            json.dumps(decoded(body, query=query, dialect=dialect), allow_nan=False).encode()


@pytest.mark.parametrize("case", LZ_STRING["cases"], ids=lambda case: case["text"][:12])
def test_lz_string_text_is_what_was_compressed(case: Mapping[str, str]) -> None:
    compressed = case["compressed"].encode()
    assert decompress_base64(compressed, limit=10_000) == case["text"]
    assert decompress_base64(compressed.rstrip(b"="), limit=10_000) == case["text"]


def test_an_empty_lz_string_is_empty() -> None:
    assert decompress_base64(b"Q===", limit=0) == ""


def test_lz_string_has_limits_of_its_own() -> None:
    case = max(LZ_STRING["cases"], key=lambda case: len(case["text"]) / len(case["compressed"]))
    with pytest.raises(TooLarge, match="inflates"):
        decompress_base64(case["compressed"].encode(), limit=len(case["text"]) - 1)
    with pytest.raises(TooLarge, match="larger"):
        decompress_base64(b"A" * (MAX_COMPRESSED_BYTES + 1), limit=10)


@pytest.mark.parametrize("text", [b"", b"Q!==", b"4A==", b"IY18", b"IY//"])
def test_a_broken_lz_string_is_refused(text: bytes) -> None:
    with pytest.raises(Undecodable):
        decompress_base64(text, limit=1000)
