"""When results are refreshed by themselves."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from splitplot.experiments.model import Experiment

# Longer experiments are looked at when somebody asks.
OLDEST = timedelta(days=60)
_DAY = timedelta(days=1)


def last_due(now: datetime, at: time) -> datetime:
    """The latest instant, up to now, at which this time of day was reached, in UTC.

    Examples:
        >>> last_due(datetime(2025, 3, 2, 1, tzinfo=UTC), time(2)).isoformat()
        '2025-03-01T02:00:00+00:00'
    """
    today = datetime.combine(now.astimezone(UTC).date(), at.replace(tzinfo=None), tzinfo=UTC)
    return today if today <= now else today - _DAY


def due_experiments(experiments: Iterable[Experiment], *, due: datetime) -> tuple[Experiment, ...]:
    """Whose results are refreshed by the run of this instant.

    Running and paused ones that started at most 60 days before, and those that ended in
    the day before the run: their last day has got its end.

    Args:
        experiments: Of the project.
        due: When the run had to begin.
    """
    return tuple(
        each
        for each in experiments
        if not each.deleted
        and not each.archived
        and each.start_date is not None
        and due - OLDEST <= each.start_date <= due
        and (each.end_date is None or due - _DAY < each.end_date)
    )
