"""How many experiments were started and finished lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from splitplot.experiments.model import Experiment

_WINDOW = timedelta(days=30)


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


def activity_of(experiments: Iterable[Experiment], *, now: datetime, timezone: tzinfo) -> Activity:
    """Count by calendar days; the first day of the last window is 30 days before today.

    Args:
        experiments: Those that count.
        now: Aware.
        timezone: Whose calendar.
    """
    today = now.astimezone(timezone).date()
    started = [one for one in experiments if one.start_date is not None]

    def is_recent(instant: datetime | None, before: date, days: timedelta) -> bool:
        return instant is not None and (
            before - days <= instant.astimezone(timezone).date() < before
        )

    tomorrow, last = today + timedelta(days=1), _WINDOW + timedelta(days=1)
    return Activity(
        launched=sum(is_recent(one.start_date, tomorrow, last) for one in started),
        launched_before=sum(is_recent(one.start_date, today - _WINDOW, _WINDOW) for one in started),
        completed=sum(is_recent(one.end_date, tomorrow, last) for one in started),
        active=sum(one.end_date is None for one in started),
    )
