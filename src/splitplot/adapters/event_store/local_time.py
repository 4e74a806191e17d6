"""Days and hours of a time zone, by Python's own rules, so that every engine has the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import ibis
from ibis.expr import types as ir

_SECOND = 1_000_000  # microseconds
_HOUR = 60 * 60 * _SECOND
_DAY = 24 * _HOUR
# In seconds. No zone changes its offset and takes the change back within a day.
_STEP = 24 * 60 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A first instant, in microseconds since 1970, and the offset from UTC from then on.
Offset = tuple[int, int]


def beginning_of_day(moment: ir.IntegerValue, offsets: Sequence[Offset]) -> ir.IntegerValue:
    """The day of an instant on the local calendar: days are a multiple of 24 hours apart."""
    local = moment + _offset_at(moment, offsets)
    return local - _into(local, _DAY)


def beginning_of_hour(moment: ir.IntegerValue, offsets: Sequence[Offset]) -> ir.IntegerValue:
    """The instant at which the local clock last showed a full hour."""
    local = moment + _offset_at(moment, offsets)
    return moment - _into(local, _HOUR)


def offsets_of(zone: tzinfo, *, since: datetime, until: datetime) -> list[Offset]:
    """The offset of a zone at `since`, and each other that it has until `until`."""
    here, last = ((moment - _EPOCH) // timedelta(seconds=1) for moment in (since, until))
    known = _offset(here, zone)
    found = [(here * _SECOND, known)]
    while here < last:
        there = min(here + _STEP, last)
        if _offset(there, zone) != known:
            change = _change(here, there, zone)
            known = _offset(change, zone)
            found.append((change * _SECOND, known))
            there = change
        here = there
    return found


def _change(before: int, after: int, zone: tzinfo) -> int:
    """The first second with another offset than `before` has."""
    old = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(second: int, zone: tzinfo) -> int:
    local = (_EPOCH + timedelta(seconds=second)).astimezone(zone)
    return (local.utcoffset() or timedelta()) // timedelta(microseconds=1)


def _offset_at(moment: ir.IntegerValue, offsets: Sequence[Offset]) -> ir.IntegerValue:
    """As few comparisons as a search needs, however many offsets there are."""
    if len(offsets) == 1:
        return ibis.literal(offsets[0][1], type="int64")
    middle = len(offsets) // 2
    return ibis.ifelse(
        moment < offsets[middle][0],
        _offset_at(moment, offsets[:middle]),
        _offset_at(moment, offsets[middle:]),
    )


def _into(moment: ir.IntegerValue, length: int) -> ir.IntegerValue:
    # Remainders are negative before 1970 in some engines.
    return (moment % length + length) % length
