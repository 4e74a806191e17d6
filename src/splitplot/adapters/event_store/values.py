"""What a property is worth as a number or as a name; the same rule for every engine."""

import math
from datetime import UTC, datetime, timedelta

from splitplot.filters.model import JsonValue, Properties
from splitplot.filters.numbers import number_of
from splitplot.filters.text import text_of

GROUP_TYPES = range(5)

_FIRST_LETTERS = frozenset("+-.0123456789")


def value_of(value: JsonValue) -> float | None:
    """The finite number that a property is worth in a metric, or None.

    The text of a number is worth that number. Infinities are worth nothing: one of them
    would be the sum of every unit's values.
    """
    # Most texts are no numbers, and their first letter says so.
    if isinstance(value, str) and value[:1] not in _FIRST_LETTERS:
        return None
    number = number_of(value)
    return number if number is not None and math.isfinite(number) else None


def numbers_of(properties: Properties) -> dict[str, float]:
    """Every property that is worth a number."""
    numbers = {}
    for key, value in properties.items():
        number = value_of(value)
        if number is not None:
            numbers[valid_text(key)] = number
    return numbers


def valid_text(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot hold, replaced."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def string_of(properties: Properties, key: str) -> str | None:
    """The property if it is a string: `true` is no variant, the string may be one."""
    value = properties.get(key)
    return value if isinstance(value, str) else None


def name_of(properties: Properties, key: str) -> str | None:
    """A session's or group's name: a string or number that is not empty, else None."""
    value = properties.get(key)
    return (text_of(value) or None) if isinstance(value, int | float | str) else None


def later(moment: datetime, span: timedelta) -> datetime:
    """The instant `span` after `moment`, or the last one that a calendar knows."""
    try:
        return moment + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
