"""Numbers as filters and properties write them."""

import math
import re

from splitplot.filters.model import JsonValue

_NUMERIC = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)", re.ASCII | re.IGNORECASE
)


def number_of(value: JsonValue) -> float | None:
    """The value as a double, or None when it is neither a number nor the text of one.

    Texts may use an exponent and may say `inf`; surrounding blanks are refused.
    Booleans are not numbers.
    """
    if isinstance(value, str):
        return float(value) if _NUMERIC.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
