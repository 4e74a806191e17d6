"""The words of a formula, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from splitplot.errors import InvalidInput

MOST_CHARACTERS = 1_000
# Each of a chain of operators is one level deeper in the query.
MOST_WORDS = 120
_SHOWN = 30


class Kind(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    SIGN = "sign"
    END = "end"


_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<text>'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
    | (?P<sign><=|>=|!=|<>|==|[-+*/(),.\[\]=<>])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"''|\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word.

    Attributes:
        text: As it was written; of a text in quotes, what it stands for.
        at: Where it begins, counted from 1.
    """

    kind: Kind
    text: str
    at: int

    @property
    def shown(self) -> str:
        """The word in a message."""
        return "the end" if self.kind is Kind.END else repr(self.text[:_SHOWN])


def refused(what: str, *, at: int) -> InvalidInput:
    """The refusal of a formula, with the place of what is wrong."""
    return InvalidInput(
        f"math_hogql cannot be read: {what} at character {at}.",
        code="unsupported_expression",
        attr="math_hogql",
    )


def tokens_of(text: str) -> tuple[Token, ...]:
    """The words of a formula, and behind them its end.

    Raises:
        InvalidInput: There is a character that begins no word, or there are too many.
    """
    if len(text) > MOST_CHARACTERS:
        raise refused(f"it is longer than {MOST_CHARACTERS} characters", at=MOST_CHARACTERS + 1)
    tokens = tuple(_tokens(text))
    if len(tokens) > MOST_WORDS:
        raise refused(f"it has more than {MOST_WORDS} words", at=tokens[MOST_WORDS].at)
    return tokens


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise refused(f"unexpected {text[place]!r}", at=place + 1)
        kind, word = found.lastgroup, found[0]
        if kind != "blank":
            word = _unquoted(word) if kind == Kind.TEXT else word
            yield Token(kind=Kind(str(kind)), text=word, at=place + 1)
        place = found.end()
    yield Token(kind=Kind.END, text="", at=len(text) + 1)


def _unquoted(word: str) -> str:
    inside = word[1:-1]
    if word[0] == '"':
        inside = inside.replace("''", "\\'\\'")
    return _ESCAPED.sub(lambda found: found[1] or "'", inside)
