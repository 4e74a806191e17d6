"""Reading fields from a document with a reason for each that is wrong, and answering it."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar

from splitplot.errors import InvalidInput, Undefined

Json: TypeAlias = "str | float | bool | Mapping[str, Json] | list[Json] | None"
Document: TypeAlias = Mapping[str, Json]
Answer: TypeAlias = dict[str, Json]

# Whole numbers up to here are exact as doubles too.
_COUNTABLE = 10**15

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of a document; its fields are read with their names in every complaint.

    A field that is null counts as missing. Fields that nobody asks for are ignored.

    Attributes:
        values: The object.
        path: Where it stands in the document, with a dot at the end; "" for the whole.

    Examples:
        >>> fields = Fields({"n": 12, "sum": "many"})
        >>> fields.count("n")
        12
        >>> fields.number("sum")
        Traceback (most recent call last):
        ...
        splitplot.errors.InvalidInput: sum must be a number.
    """

    values: Document
    path: str = ""

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.values.get(name) is not None

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number.

        Raises:
            InvalidInput: It is something else, or missing without a default.
        """
        value = self._value(name, default)
        # A whole number may be too long for a double.
        if isinstance(value, bool) or not isinstance(value, int | float) or not _fits(value):
            raise self.refused(name, "must be a number")
        return float(value)

    def positive(self, name: str, default: float | None = None) -> float:
        """A number above 0.

        Raises:
            InvalidInput: It is something else, or missing without a default.
        """
        value = self.number(name, default)
        if value <= 0:
            raise self.refused(name, "must be above 0")
        return value

    def share(self, name: str, default: float | None = None) -> float:
        """A number strictly between 0 and 1.

        Raises:
            InvalidInput: It is something else, or missing without a default.
        """
        value = self.number(name, default)
        if not 0 < value < 1:
            raise self.refused(name, "must lie between 0 and 1")
        return value

    def count(self, name: str, default: int | None = None, *, least: int = 0) -> int:
        """A whole number, `least` or more.

        Raises:
            InvalidInput: It is something else, or missing without a default.
        """
        value = self.number(name, default)
        if not (value.is_integer() and least <= value <= _COUNTABLE):
            raise self.refused(name, f"must be a whole number, {least} or more")
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false.

        Raises:
            InvalidInput: It is something else.
        """
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise self.refused(name, "must be true or false")
        return value

    def choice(self, name: str, default: _Choice) -> _Choice:
        """One of the words of the default's kind, in upper or lower case.

        Raises:
            InvalidInput: It is something else.
        """
        value = self._value(name, default.value)
        for option in type(default):
            if isinstance(value, str) and value.lower() == option.value:
                return option
        options = ", ".join(option.value for option in type(default))
        raise self.refused(name, f"must be one of: {options}", code="invalid_choice")

    def numbers(self, name: str) -> list[float]:
        """A list of finite numbers.

        Raises:
            InvalidInput: It is something else, or missing.
        """
        value = self._value(name, None)
        if not isinstance(value, list):
            raise self.refused(name, "must be a list of numbers")
        inner = Fields({str(position): item for position, item in enumerate(value)}, self._at(name))
        return [inner.number(position) for position in inner.values]

    def inner(self, name: str) -> "Fields":
        """An object.

        Raises:
            InvalidInput: It is something else, or missing.
        """
        value = self._value(name, None)
        if not isinstance(value, Mapping):
            raise self.refused(name, "must be an object")
        return Fields(value, self._at(name))

    def names(self) -> Iterator[str]:
        """The names of the fields, in their order."""
        return iter(self.values)

    def refused(self, name: str, rule: str, *, code: str = "invalid_input") -> InvalidInput:
        """The complaint that a field breaks a rule."""
        where = self.path + name
        return InvalidInput(f"{where} {rule}.", code=code, attr=where.replace(".", "__"))

    def _value(self, name: str, default: Json) -> Json:
        value = self.values.get(name)
        if value is not None:
            return value
        if default is None:
            raise self.refused(name, "is required", code="required")
        return default

    def _at(self, name: str) -> str:
        return f"{self.path}{name}."


Question: TypeAlias = Callable[[Fields], Answer]


def answer(document: Json, question: Question) -> Answer:
    """The answer to a document, whatever it holds.

    Args:
        document: A decoded line.
        question: What it asks.

    Returns:
        The question's answer after the document's `id`; or `undefined` with a code and a
        reason when the data cannot answer; or `error` with a code and a reason when the
        document breaks a rule. Every number in it is finite.

    Examples:
        >>> answer({"id": 7}, lambda fields: {"double": 2 * fields.number("n")})
        {'id': 7, 'error': 'required', 'reason': 'n is required.'}
        >>> answer({"id": 7, "n": 4}, lambda fields: {"double": 2 * fields.number("n")})
        {'id': 7, 'double': 8.0}
    """
    if not isinstance(document, Mapping):
        return {"id": None, "error": "invalid_input", "reason": "A line must be an object."}
    name = document.get("id")
    identity: Answer = {"id": name if _is_finite(name) else None}
    try:
        return identity | _checked(question(Fields(document)))
    except InvalidInput as refused:
        return identity | {"error": refused.code, "reason": refused.message}
    except Undefined as undefined:
        return identity | {"undefined": undefined.code, "reason": undefined.message}
    except ArithmeticError:
        # Numbers near the end of their range can leave it halfway to an answer.
        reason = "A number on the way to the answer is out of range."
        return identity | {"undefined": "not_finite", "reason": reason}


def _checked(found: Answer) -> Answer:
    if not _is_finite(found):
        raise Undefined("The answer is not a finite number.", code="not_finite")
    return found


def _fits(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _is_finite(value: Json) -> bool:
    match value:
        case float():
            return math.isfinite(value)
        case dict():
            return all(map(_is_finite, value.values()))
        case list():
            return all(map(_is_finite, value))
        case _:
            return True
