"""Reading an object of a document strictly: everything that is wrong with it, at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from splitplot.filters.model import JsonValue, Properties

E = TypeVar("E", bound=StrEnum)
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a document.

    Attributes:
        kind: Stable word for what is wrong.
        place: Members and positions on the way there.
        message: A plain sentence.
    """

    kind: str
    place: Place
    message: str

    def __str__(self) -> str:
        return str({"type": self.kind, "loc": self.place, "msg": self.message})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One object of a document, and where it stands in it.

    Each method reads one member. What is wrong goes to `problems`, and the answer is then
    a value of the right type, so that reading can go on; null counts as absent where a
    member is optional.

    Attributes:
        document: The object.
        place: Where it stands.
        problems: Shared by all objects of the document.
    """

    document: Properties
    place: Place = ()
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, key: str, message: str, *, kind: str = "value_error") -> None:
        """Note that something is wrong with a member."""
        self.problems.append(Problem(kind=kind, place=(*self.place, key), message=message))

    def only(self, known: frozenset[str]) -> None:
        """Refuse every member that is not known."""
        for key in self.document:
            if key not in known:
                self.refuse(key, "Extra inputs are not permitted", kind="extra_forbidden")

    def find_text(self, key: str) -> str | None:
        """A text, or None."""
        value = self.document.get(key)
        if value is not None and not isinstance(value, str):
            self.refuse(key, "Input should be a valid string", kind="string_type")
            return None
        return value

    def text(self, key: str) -> str:
        """A text that has to be there."""
        if self._is_missing(key):
            return ""
        value = self.document[key]
        if not isinstance(value, str) or not value:
            self.refuse(key, "Input should be a valid string", kind="string_type")
            return ""
        return value

    def find_whole(self, key: str, *, at_least: int, at_most: int) -> int | None:
        """A whole number within the bounds, or None."""
        value = self.document.get(key)
        if value is None:
            return None
        # JSON knows one kind of number: 7.0 is as whole as 7.
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(key, "Input should be a valid integer", kind="int_type")
            return None
        if not at_least <= value <= at_most:
            self.refuse(key, f"Input should be from {at_least} to {at_most}", kind="out_of_range")
            return None
        return value

    def whole(self, key: str, *, at_least: int, at_most: int) -> int:
        """The same, where it has to be there."""
        if self._is_missing(key):
            return at_least
        value = self.find_whole(key, at_least=at_least, at_most=at_most)
        if self.document[key] is None:
            self.refuse(key, "Input should be a valid integer", kind="int_type")
        return at_least if value is None else value

    def find_number(self, key: str, *, above: float, at_most: float) -> float | None:
        """A number with `above < number <= at_most`, or None."""
        value = self.document.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(key, "Input should be a valid number", kind="float_type")
            return None
        if not above < value <= at_most:
            message = f"Input should be greater than {above:g} and at most {at_most:g}"
            self.refuse(key, message, kind="out_of_range")
            return None
        return float(value)

    def find_share(self, key: str) -> float | None:
        """A number in [0, 1], or None."""
        value = self.document.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.refuse(key, "Input should be a number from 0 to 1", kind="out_of_range")
            return None
        return float(value)

    def boolean(self, key: str) -> bool:
        """True or false; false when it is absent."""
        value = self.document.get(key)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, "Input should be a valid boolean", kind="bool_type")
        return value is True

    def find_choice(self, key: str, words: type[E]) -> E | None:
        """One of the words, or None."""
        value = self.document.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value in list(words):
            return words(value)
        self._refuse_word(key, words)
        return None

    def choice(self, key: str, words: type[E]) -> E:
        """One of the words, which has to be there."""
        first = next(iter(words))
        if self._is_missing(key):
            return first
        if self.document[key] is None:
            self._refuse_word(key, words)
        return self.find_choice(key, words) or first

    def child(self, key: str) -> "Reading":
        """An object that has to be there; an empty one, not to be read, when it is not."""
        if self._is_missing(key):
            return self._unreadable()
        return self._object(self.document[key], (*self.place, key))

    def find_child(self, key: str) -> "Reading | None":
        """An object, or None."""
        return None if self.document.get(key) is None else self.child(key)

    def children(self, key: str) -> "list[Reading]":
        """The objects of an array; none when it is absent."""
        value = self.document.get(key)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.refuse(key, "Input should be a valid list", kind="list_type")
            return []
        return [self._object(item, (*self.place, key, at)) for at, item in enumerate(value)]

    def _is_missing(self, key: str) -> bool:
        if key in self.document:
            return False
        self.refuse(key, "Field required", kind="missing")
        return True

    def _object(self, value: JsonValue, place: Place) -> "Reading":
        if isinstance(value, Mapping):
            return Reading(document=value, place=place, problems=self.problems)
        message = "Input should be a valid dictionary"
        self.problems.append(Problem(kind="dict_type", place=place, message=message))
        return self._unreadable()

    def _unreadable(self) -> "Reading":
        # Its problems go nowhere: what is missing has been said.
        return Reading(document={})

    def _refuse_word(self, key: str, words: type[E]) -> None:
        *others, last = (f"'{word}'" for word in words)
        self.refuse(key, f"Input should be {', '.join(others)} or {last}", kind="enum")
