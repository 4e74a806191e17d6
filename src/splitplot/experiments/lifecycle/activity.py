"""How many experiments were started and finished lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

_WINDOW = timedelta(days=30)


class Span(NamedTuple):
    """When an experiment was launched and when it ended; None while it has not."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A project's experiments of the last 30 days and of the 30 days before.

    Attributes:
        active: Launched and not ended, paused ones included.
    """

    launched: int
    launched_before: int
    completed: int
    active: int

    @property
    def percent_change(self) -> float:
        """Growth of launches in percent, to one decimal; 100 from nothing to something."""
        if self.launched_before == 0:
            return 100.0 if self.launched else 0.0
        return round((self.launched - self.launched_before) / self.launched_before * 100, 1)


def activity_of(spans: Iterable[Span], *, now: datetime, timezone: tzinfo) -> Activity:
    """Count by calendar days; the first day of the last window is 30 days before today.

    Args:
        spans: Of the experiments that count.
        now: Aware.
        timezone: Whose calendar.
    """
    today = now.astimezone(timezone).date()
    started = [span for span in spans if span.start is not None]

    def is_recent(instant: datetime | None, before: date, days: timedelta) -> bool:
        return instant is not None and (
            before - days <= instant.astimezone(timezone).date() < before
        )

    tomorrow, last = today + timedelta(days=1), _WINDOW + timedelta(days=1)
    return Activity(
        launched=sum(is_recent(span.start, tomorrow, last) for span in started),
        launched_before=sum(is_recent(span.start, today - _WINDOW, _WINDOW) for span in started),
        completed=sum(is_recent(span.end, tomorrow, last) for span in started),
        active=sum(span.end is None for span in started),
    )
