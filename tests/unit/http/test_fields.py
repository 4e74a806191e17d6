from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

import pytest

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue
from splitplot.http.fields import (
    Reader,
    boolean,
    choice,
    document,
    instant,
    is_yes,
    items,
    listed,
    number_of,
    or_null,
    read_fields,
    text,
    truth_of,
    user_ids,
    whole,
)

BLANK = "This field may not be blank."
NULL = "This field may not be null."
NOT_TRUE = "Must be a valid boolean."
NO_NUMBER = "A valid integer is required."


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("reader", "sent", "read"),
    [
        (text(), " a ", "a"),
        (text(), 5, "5"),
        (text(), 1.5, "1.5"),
        (text(or_blank=True), "  ", ""),
        (text(max_length=2), "ab", "ab"),
        (or_null(text()), None, None),
        (or_null(text()), "a", "a"),
        (boolean, True, True),
        (boolean, 0, False),
        (boolean, "True", True),
        (boolean, " off ", False),
        (whole, 5, 5),
        (whole, "-7", -7),
        (choice(Colour), "red", Colour.RED),
        (document, {"a": None}, {"a": None}),
        (items(text()), ["a", "b"], ("a", "b")),
        (instant, "2021-12-01T10:23", datetime(2021, 12, 1, 10, 23, tzinfo=UTC)),
        (instant, "2021-12-01", datetime(2021, 12, 1, tzinfo=UTC)),
        (instant, "2021-12-01T10:23:45.5+02:00", datetime(2021, 12, 1, 8, 23, 45, 500000, UTC)),
        (instant, " 20211201T102300Z ", datetime(2021, 12, 1, 10, 23, tzinfo=UTC)),
    ],
)
def test_a_value_is_read(reader: Reader[object], sent: JsonValue, read: object) -> None:
    assert reader(sent, "f") == read


@pytest.mark.parametrize(
    ("reader", "sent", "code", "detail"),
    [
        (text(), None, "null", NULL),
        (text(), " ", "blank", BLANK),
        (text(), True, "invalid_input", "Not a valid string."),
        (text(), [], "invalid_input", "Not a valid string."),
        (
            text(max_length=3),
            "abcd",
            "max_length",
            "Ensure this field has no more than 3 characters.",
        ),
        (boolean, None, "null", NULL),
        (boolean, "maybe", "invalid_input", NOT_TRUE),
        (boolean, 2, "invalid_input", NOT_TRUE),
        (boolean, 1.0, "invalid_input", NOT_TRUE),
        (whole, None, "null", NULL),
        (whole, "x", "invalid_input", NO_NUMBER),
        (whole, True, "invalid_input", NO_NUMBER),
        (whole, 1.5, "invalid_input", NO_NUMBER),
        (whole, 2**31, "invalid_input", NO_NUMBER),
        (whole, "--1", "invalid_input", NO_NUMBER),
        (choice(Colour), "green", "invalid_choice", '"green" is not a valid choice.'),
        (choice(Colour), 5, "invalid_choice", '"5" is not a valid choice.'),
        (choice(Colour), None, "null", NULL),
        (
            document,
            [],
            "not_a_dict",
            'Expected a dictionary of items but got type "list".',
        ),
        (items(text()), {}, "not_a_list", 'Expected a list of items but got type "dict".'),
        (items(text()), None, "null", NULL),
        (instant, None, "null", NULL),
    ],
)
def test_what_is_no_such_value_is_refused(
    reader: Callable[[JsonValue, str], object], sent: JsonValue, *, code: str, detail: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        reader(sent, "f")
    assert (refused.value.code, refused.value.message, refused.value.attr) == (code, detail, "f")


@pytest.mark.parametrize(
    "sent", ["", "yesterday", 5, "2021-13-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-01:00"]
)
def test_what_is_no_date_is_refused(sent: JsonValue) -> None:
    with pytest.raises(InvalidInput, match="Datetime has wrong format") as refused:
        instant(sent, "start_date")
    assert (refused.value.code, refused.value.attr) == ("invalid_input", "start_date")


def test_the_place_of_an_item_is_part_of_its_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        items(text())(["a", ""], "uuids")
    assert refused.value.attr == "uuids__1"


FIELDS = {"name": ("name", text()), "_on": ("is_on", boolean), "age": ("age", or_null(whole))}


def test_fields_are_read_under_their_names_inside() -> None:
    read = read_fields({"_on": "yes", "age": None, "other": 1}, FIELDS)
    assert read == {"is_on": True, "age": None}


def test_the_first_wrong_field_is_reported() -> None:
    wrong: list[tuple[dict[str, JsonValue], str]] = [
        ({"_on": "?", "age": "?"}, "_on"),
        ({"_on": 1, "age": "?"}, "age"),
    ]
    for body, attr in wrong:
        with pytest.raises(InvalidInput) as refused:
            read_fields(body, FIELDS)
        assert refused.value.attr == attr
    with pytest.raises(InvalidInput) as refused:
        read_fields({"_on": "?"}, FIELDS, required=("name",))
    assert (refused.value.code, refused.value.attr) == ("required", "name")


def test_query_parameters_are_read() -> None:
    assert [is_yes(sent) for sent in ("true", "1", "YES", "no", "", None)] == [True] * 3 + [
        False
    ] * 3
    assert [truth_of(sent) for sent in ("True", "false", "STALE", None)] == [
        True,
        False,
        None,
        None,
    ]
    assert [listed(sent) for sent in (None, "", "a,b", '["a"]', "5", '{"a":1}')] == [
        (),
        (),
        ("a", "b"),
        ("a",),
        (5,),
        ({"a": 1},),
    ]
    assert [user_ids(sent) for sent in (None, "", "1, 2", "[3]", "-4")] == [
        None,
        None,
        (1, 2),
        (3,),
        (-4,),
    ]


@pytest.mark.parametrize("sent", ["a", "", "1.5", "9" * 10, "٣", True])
def test_what_is_no_number_is_refused(sent: object) -> None:
    with pytest.raises(InvalidInput, match=r"^flag must be an integer$"):
        number_of(sent, "flag")
