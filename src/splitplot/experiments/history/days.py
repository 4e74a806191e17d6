"""The calendar days of an experiment, and until when each of them is computed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentDay:
    """A day of an experiment.

    Attributes:
        day: In the project's calendar.
        as_of: The moment whose result is the day's: its end, the experiment's end if that
            comes first, or now while both are ahead.
        is_final: Nothing but the data will change the day's result.
    """

    day: date
    as_of: datetime
    is_final: bool


def days_of(
    start: datetime, end: datetime | None, *, now: datetime, timezone: tzinfo
) -> tuple[ExperimentDay, ...]:
    """The days from an experiment's start to its end, or to now, oldest first.

    A day that the calendar left out (an island that crossed the date line) is no day.

    Args:
        start: First instant, aware.
        end: Last instant, aware; None for an experiment that is not ended.
        now: Aware; days after it have not come yet.
        timezone: The project's: days are days there.

    Examples:
        >>> noon = datetime(2025, 3, 1, 12, tzinfo=UTC)
        >>> days = days_of(noon, None, now=noon + timedelta(days=1), timezone=UTC)
        >>> [(each.day.isoformat(), each.as_of.hour, each.is_final) for each in days]
        [('2025-03-01', 0, True), ('2025-03-02', 12, False)]
    """
    last = now if end is None else min(end, now)
    if last < start:
        return ()
    first_day = start.astimezone(timezone).date()
    count = (day_of(max(last, start + _MOMENT), timezone) - first_day).days + 1
    days = (first_day + number * _DAY for number in range(count))
    return tuple(
        ExperimentDay(
            day=day,
            as_of=min(_midnight_after(day, timezone), last),
            is_final=end == last or _midnight_after(day, timezone) <= last,
        )
        for day in days
        if _midnight_after(day, timezone) > _midnight_after(day - _DAY, timezone)
    )


def day_of(until: datetime, timezone: tzinfo) -> date:
    """The day that a result belongs to which was computed until this instant.

    Midnight belongs to the day that it ends.
    """
    return (until - _MOMENT).astimezone(timezone).date()


def _midnight_after(day: date, timezone: tzinfo) -> datetime:
    """When the day ends. Of two midnights on one day, as clocks go back, the first counts."""
    return datetime.combine(day + _DAY, time(), tzinfo=timezone).astimezone(UTC)
