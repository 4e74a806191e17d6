"""Spans of time as clients write them: `14 00:00:00`, `P14D`, or seconds."""

import re
from datetime import timedelta

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue

_CLOCK = re.compile(
    r"(?:(?P<days>\d{1,5})(?: days?,)? )?"
    r"(?:(?:(?P<hours>\d{1,6}):)?(?P<minutes>\d{1,6}):)?(?P<seconds>\d{1,9})(?:\.\d{1,6})?"
)
_ISO = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)
_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(days=3650)


def duration(value: JsonValue, field: str) -> timedelta:
    """A span from one second to ten years.

    Raises:
        InvalidInput: It is none.
    """
    text = str(value).strip() if isinstance(value, str | int) else ""
    found = _CLOCK.fullmatch(text) or (_ISO.fullmatch(text) if text[-1:] not in "PT" else None)
    if isinstance(value, bool) or found is None:
        raise InvalidInput(
            "Duration has wrong format. Use one of these formats instead: "
            "[DD] [HH:[MM:]]ss[.uuuuuu].",
            attr=field,
        )
    span = timedelta(**{unit: int(count) for unit, count in found.groupdict("0").items()})
    if not _SHORTEST <= span <= _LONGEST:
        raise InvalidInput("Must be between one second and ten years.", attr=field)
    return span


def duration_text(span: timedelta) -> str:
    """Days when there are some, then hours, minutes and seconds."""
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{span.days} " if span.days else ""
    return f"{days}{hours:02}:{minutes:02}:{seconds:02}"
