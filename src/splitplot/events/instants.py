"""When an event happened, from what its sender's clock says."""

import re
from datetime import UTC, datetime, timedelta

from splitplot.filters.model import JsonValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FURTHEST_AHEAD = timedelta(hours=23)
# What a request takes to arrive looks like a slow clock. Correcting for it would move the
# batches of one sender against each other by the network's jitter, and a purchase could
# come to stand before the exposure that it followed.
CLOCKS_AGREE_WITHIN = timedelta(seconds=1)

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
# Shorter numbers are years, and eight digits are a date without hyphens.
_UNIX_TIME = re.compile(r"-?\d{9,}(\.\d+)?")
_BEYOND_CALENDAR = re.compile(r"([+-])\d{4,}-\d\d")
# As seconds this is the year 5138, as milliseconds 1973.
_FIRST_MILLISECONDS = 1e11
# A query's clock below this is not in milliseconds, or wrong.
_QUERY_CLOCK_FROM = 1_577_836_800_000


def parse_instant(value: JsonValue) -> datetime | None:
    """The instant that a text or number names, or None.

    ISO 8601 with any offset (naive means UTC), or Unix time in seconds or milliseconds.
    Years that no calendar here has become the first or the last instant there is.
    """
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return _parse_unusual(value.strip())
        return instant if instant.tzinfo is UTC else _in_utc(instant)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_unix_time(value)
    return None


def parse_query_clock(text: str) -> datetime | None:
    """The `_` query parameter: milliseconds after 2020 began, else None."""
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    milliseconds = int(text)
    return _from_unix_time(milliseconds) if milliseconds > _QUERY_CLOCK_FROM else None


def event_time(
    *, timestamp: datetime | None, sent_at: datetime | None, offset: JsonValue, now: datetime
) -> datetime:
    """When the event happened, by our clock.

    Args:
        timestamp: By the sender's clock; None means now.
        sent_at: The sender's clock when the request was sent; None when it is unknown or
            not to be used.
        offset: Milliseconds that the event had to wait; overrides the timestamp.
        now: Our clock when the request arrived.

    Returns:
        At most `FURTHEST_AHEAD` ahead of now: what claims to be later happened now. The
        epoch stands for everything before the second year of the calendar.
    """
    if isinstance(offset, int | float) and not isinstance(offset, bool):
        instant = _shifted(now, _milliseconds(-offset))
    elif timestamp is None:
        return now
    elif sent_at is None or abs(now - sent_at) <= CLOCKS_AGREE_WITHIN:
        instant = timestamp
    else:
        instant = _shifted(timestamp, now - sent_at)
    if instant > now + FURTHEST_AHEAD:
        return now
    return instant if instant.year > 1 else EPOCH


def _parse_unusual(text: str) -> datetime | None:
    if _UNIX_TIME.fullmatch(text):
        return _from_unix_time(float(text))
    if beyond := _BEYOND_CALENDAR.match(text):
        return _LAST if beyond[1] == "+" else _FIRST
    if text.startswith("0000-"):
        return _FIRST
    try:
        # The standard allows `t` and `z` too.
        return _in_utc(datetime.fromisoformat(text.upper()))
    except ValueError:
        return None


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return _FIRST if instant.year == 1 else _LAST


def _from_unix_time(number: float) -> datetime:
    seconds = number / 1000 if abs(number) >= _FIRST_MILLISECONDS else number
    return _shifted(EPOCH, _milliseconds(seconds * 1000))


def _milliseconds(number: float) -> timedelta:
    try:
        return timedelta(milliseconds=number)
    except OverflowError:
        return timedelta.max if number > 0 else timedelta.min


def _shifted(instant: datetime, span: timedelta) -> datetime:
    try:
        return instant + span
    except OverflowError:
        return _LAST if span > timedelta() else _FIRST
