"""A value's text, which most operators compare."""

import json

from splitplot.filters.model import JsonValue

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_UPPER_TO_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def text_of(value: JsonValue) -> str:
    """A string as it is; anything else as compact JSON with sorted keys.

    So `5` and `5.0` have different texts, and the text of null is `null`.
    """
    if isinstance(value, str):
        return value
    return _COMPACT.encode(value)


def ascii_lower(text: str) -> str:
    """The text with A to Z in lower case and every other letter left alone."""
    return text.lower() if text.isascii() else text.translate(_UPPER_TO_LOWER)


def folded_text(value: JsonValue) -> str:
    """The value's text, with A to Z in lower case."""
    return ascii_lower(value if isinstance(value, str) else text_of(value))
