"""Instants as filters and properties write them, relative ones included."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from splitplot.filters.model import JsonValue
from splitplot.filters.numbers import number_of

_RELATIVE = re.compile(r"-?([0-9]{1,4})([hdwmy])")
_ABSOLUTE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?([Zz]|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_FIXED_SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def is_relative(text: str) -> bool:
    """Whether the text is a count of hours, days, weeks, months or years, like `-7d`."""
    return _RELATIVE.fullmatch(text) is not None


def relative_instant(text: str, *, now: datetime) -> datetime | None:
    """The instant that lies `text` before `now`; the sign in the text means nothing.

    Months and years go back one at a time, and each step clamps the day to the length
    of the month it lands in: two months before 31 March is 28 January in most years.

    Args:
        text: `-?N[hdwmy]` with N below 10000.
        now: Aware.

    Returns:
        None when the text has another form, or the instant lies before year 1.
    """
    match = _RELATIVE.fullmatch(text)
    if match is None:
        return None
    count, unit = int(match[1]), match[2]
    try:
        if unit in _FIXED_SPANS:
            return now - count * _FIXED_SPANS[unit]
        return _calendar_steps_before(now, count, months=1 if unit == "m" else 12)
    except (OverflowError, ValueError):
        return None


def _calendar_steps_before(now: datetime, count: int, *, months: int) -> datetime:
    year, month, day = now.year, now.month, now.day
    for _ in range(count):
        year, month0 = divmod(year * 12 + month - 1 - months, 12)
        month = month0 + 1
        day = min(day, monthrange(year, month)[1])
    return now.replace(year=year, month=month, day=day)


def absolute_instant(text: str, *, zone: tzinfo) -> datetime | None:
    """The instant of an RFC 3339 text, a date, or a date with a time of day.

    Seconds may be missing and a blank may stand for the `T`. A text without an offset
    is a wall clock in `zone`; a date is its midnight. Digits past the microsecond
    are cut.

    Returns:
        None for every other text, and for days and hours that do not exist.
    """
    match = _ABSOLUTE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        clock = time(hour, minute, second, _microseconds(match[7]), _fixed_zone(match[8]) or zone)
        return datetime.combine(date(year, month, day), clock).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _fixed_zone(offset: str | None) -> tzinfo | None:
    if offset is None:
        return None
    if offset in "Zz":
        return UTC
    span = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    return timezone(span if offset[0] == "+" else -span)


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0").ljust(6, "0")[:6])


def instant_of(value: JsonValue, *, zone: tzinfo) -> datetime | None:
    """The instant that a property's value stands for.

    A number, or a text that is one, counts seconds since 1970; any other text is read
    by `absolute_instant`.

    Returns:
        None when the value is no instant.
    """
    seconds = number_of(value)
    if seconds is None:
        return absolute_instant(value, zone=zone) if isinstance(value, str) else None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
