"""Regular expressions that people wrote, run in bounded time.

RE2 takes time linear in the text. It has no look-around and no back-references, which
the protocol allows; a pattern that RE2 refuses runs on a backtracking engine under a
time limit instead.
"""

from collections.abc import Callable
from functools import lru_cache

import re2
import regex

from splitplot.filters.model import JsonValue
from splitplot.filters.text import text_of

# Long enough for any honest look-around on a property, short enough for a server that
# answers from its event loop.
BACKTRACKING_LIMIT_SECONDS = 0.02

Search = Callable[[JsonValue], bool | None]


@lru_cache(maxsize=4096)
def search_of(pattern: str) -> Search | None:
    """A function that says whether the pattern occurs in a value's text, or None.

    The search is unanchored and case-sensitive, and `$` is the very end of the text. The
    function answers None when it ran out of time or the text is not valid Unicode.

    Returns:
        None when the pattern is invalid.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern.encode(), options)
    except UnicodeEncodeError:
        return None
    except re2.error:
        return _backtracking_search(pattern)
    find = compiled.search

    def search(value: JsonValue) -> bool | None:
        try:
            return find(text_of(value).encode()) is not None
        except UnicodeEncodeError:
            return None

    return search


def _backtracking_search(pattern: str) -> Search | None:
    try:
        find = regex.compile(_with_strict_end(pattern)).search
    except (regex.error, RecursionError, OverflowError):
        return None

    def search(value: JsonValue) -> bool | None:
        try:
            return find(text_of(value), timeout=BACKTRACKING_LIMIT_SECONDS) is not None
        except TimeoutError:
            return None

    return search


def _with_strict_end(pattern: str) -> str:
    r"""The pattern with `$` as `\Z`: this engine's `$` also holds before a last newline."""
    parts: list[str] = []
    in_class = escaped = False
    for letter in pattern:
        if letter == "$" and not escaped and not in_class:
            parts.append(r"\Z")
            continue
        parts.append(letter)
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter in "[]":
            in_class = letter == "["
    return "".join(parts)
