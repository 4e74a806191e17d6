"""Query parameters that several lists share."""

import json

from splitplot.errors import InvalidInput

_YES = frozenset({"true", "1", "yes"})
_TRUTH = {"true": True, "false": False}


def is_yes(sent: str | None) -> bool:
    """Whether the parameter says yes; anything else is no."""
    return (sent or "").lower() in _YES


def truth_of(sent: str | None) -> bool | None:
    """True or false; None for anything else, which asks nothing."""
    return _TRUTH.get((sent or "").lower())


def listed(sent: str | None) -> tuple[object, ...]:
    """The items of a JSON list, or of a list with commas; none when it is absent or empty."""
    if not sent:
        return ()
    try:
        items = json.loads(sent)
    except (ValueError, RecursionError):
        items = sent.split(",")
    return tuple(items) if isinstance(items, list) else (items,)


def number_of(sent: object, name: str) -> int:
    """A whole number that fits every database.

    Raises:
        InvalidInput: It is none.
    """
    text = str(sent).strip()
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise InvalidInput(f"{name} must be an integer")
    return int(text)


def user_ids(sent: str | None) -> tuple[int, ...] | None:
    """Ids of users; None when the parameter is absent.

    Raises:
        InvalidInput: One of them is no number.
    """
    if not sent:
        return None
    return tuple(number_of(item, "created_by_id") for item in listed(sent))
