from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.errors import InvalidInput
from splitplot.events.identifiers import parse_uuid, uuid7
from splitplot.events.instants import EPOCH
from splitplot.filters.model import JsonValue

PLAIN = UUID("0192f3a4-1234-7abc-8def-0123456789ab")


@pytest.mark.parametrize(
    "text",
    [str(PLAIN), str(PLAIN).upper(), PLAIN.hex, f"{{{PLAIN}}}", f"urn:uuid:{PLAIN}"],
)
def test_every_usual_spelling_is_read(text: str) -> None:
    assert parse_uuid(text) == PLAIN


@pytest.mark.parametrize("value", [None, ""])
def test_none_and_empty_count_as_absent(value: JsonValue) -> None:
    assert parse_uuid(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "x",
        " ",
        str(PLAIN)[:-1],
        str(PLAIN) + "0",
        str(PLAIN).replace("a", "g"),
        f" {PLAIN}",
        "0x" + "1" * 30,
        "1_" * 16,
        7,
        True,
        [],
        {},
    ],
)
def test_anything_else_is_malformed(value: JsonValue) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_uuid(value)
    assert (refusal.value.code, refusal.value.attr) == ("invalid_uuid", "uuid")


@given(
    since_epoch=st.timedeltas(timedelta(), timedelta(days=2_900_000)),
    random=st.binary(min_size=10, max_size=10),
)
def test_a_made_uuid_is_of_version_7_and_tells_its_millisecond(
    since_epoch: timedelta, random: bytes
) -> None:
    uuid = uuid7(EPOCH + since_epoch, lambda size: random[:size])
    assert (uuid.version, uuid.variant) == (7, RFC_4122)
    assert uuid.int >> 80 == since_epoch // timedelta(milliseconds=1)


def test_all_74_random_bits_are_used() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    every, no = uuid7(now, lambda size: b"\xff" * size), uuid7(now, bytes)
    assert (every.int ^ no.int).bit_count() == 74
