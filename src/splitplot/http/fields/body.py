"""Reading the fields of a body one by one, in the words and codes that clients know.

A reader takes a value and the field's name, and answers the value as it is used inside.
What was sent in a form arrives as text; readers of scalars take it.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Reader: TypeAlias = Callable[[JsonValue, str], T]
# The field's name on the wire: its name inside, and how it is read.
Fields: TypeAlias = Mapping[str, tuple[str, Reader[object]]]

_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})
_DIGITS = re.compile(r"-?[0-9]{1,10}")
_MAX_WHOLE = 2**31 - 1
_WRONG_DATE = (
    "Datetime has wrong format. Use one of these formats instead: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)


def read_fields(
    body: Properties, fields: Fields, *, required: Collection[str] = ()
) -> dict[str, object]:
    """What the body says, under the names inside; fields it does not mention are left out.

    Args:
        body: The request's body; members that are no fields are ignored.
        fields: In the order in which the first wrong one is reported.
        required: Those that must be there.

    Raises:
        InvalidInput: About the first field that is missing or wrong.
    """
    read: dict[str, object] = {}
    for name, (inside, reader) in fields.items():
        if name in body:
            read[inside] = reader(body[name], name)
        elif name in required:
            raise InvalidInput("This field is required.", code="required", attr=name)
    return read


def or_null(reader: Reader[T]) -> Reader[T | None]:
    """The same, where null is a value too."""
    return lambda value, field: None if value is None else reader(value, field)


def text(*, max_length: int | None = None, or_blank: bool = False) -> Reader[str]:
    """A text, without the white space around it; a number counts as its text."""

    def read(value: JsonValue, field: str) -> str:
        _refuse_null(value, field)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InvalidInput("Not a valid string.", attr=field)
        words = str(value).strip()
        if not words and not or_blank:
            raise InvalidInput("This field may not be blank.", code="blank", attr=field)
        if max_length is not None and len(words) > max_length:
            message = f"Ensure this field has no more than {max_length} characters."
            raise InvalidInput(message, code="max_length", attr=field)
        return words

    return read


def boolean(value: JsonValue, field: str) -> bool:
    """True or false."""
    _refuse_null(value, field)
    if isinstance(value, bool | int | str):
        word = str(value).strip().lower()
        if word in _TRUE | _FALSE:
            return word in _TRUE
    raise InvalidInput("Must be a valid boolean.", attr=field)


def whole(value: JsonValue, field: str) -> int:
    """A whole number that every database can keep."""
    _refuse_null(value, field)
    number: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        number = int(value)
    if number is None or abs(number) > _MAX_WHOLE:
        raise InvalidInput("A valid integer is required.", attr=field)
    return number


def instant(value: JsonValue, field: str) -> datetime:
    """Any ISO 8601 form, as aware UTC; without a zone it is UTC."""
    _refuse_null(value, field)
    try:
        moment = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(_WRONG_DATE, attr=field) from error


def choice(words: type[E]) -> Reader[E]:
    """One of the words."""

    def read(value: JsonValue, field: str) -> E:
        _refuse_null(value, field)
        if isinstance(value, str) and value in list(words):
            return words(value)
        message = f'"{value}" is not a valid choice.'
        raise InvalidInput(message, code="invalid_choice", attr=field)

    return read


def document(value: JsonValue, field: str) -> Properties:
    """An object, whatever is in it."""
    _refuse_null(value, field)
    if not isinstance(value, Mapping):
        kind = type(value).__name__
        message = f'Expected a dictionary of items but got type "{kind}".'
        raise InvalidInput(message, code="not_a_dict", attr=field)
    return value


def items(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list whose items are all read alike; an item's place is part of its name."""

    def read(value: JsonValue, field: str) -> tuple[T, ...]:
        _refuse_null(value, field)
        if not isinstance(value, list):
            kind = type(value).__name__
            message = f'Expected a list of items but got type "{kind}".'
            raise InvalidInput(message, code="not_a_list", attr=field)
        return tuple(reader(item, f"{field}__{at}") for at, item in enumerate(value))

    return read


def _refuse_null(value: JsonValue, field: str) -> None:
    if value is None:
        raise InvalidInput("This field may not be null.", code="null", attr=field)
