"""What is known of a metric's days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from splitplot.experiments.history.days import ExperimentDay, day_of
from splitplot.experiments.model import ExperimentId
from splitplot.filters.model import Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesKey:
    """Whose days: a metric of an experiment, computed in one and the same way.

    Attributes:
        fingerprint: Of the metric and its settings; clients choose it, it is only compared.
    """

    experiment_id: ExperimentId
    metric_uuid: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyResult:
    """What came out for a day: a result, or why there is none.

    Attributes:
        query_from: The experiment's start when it was computed.
        query_to: The moment whose result it is.
        key: Identifies the question; opaque.
        document: The result; None when it could not be computed.
        error: Why not; None when it could.
        recorded_at: When the day was first stored.
        computed_at: When this was computed.
    """

    day: date
    query_from: datetime
    query_to: datetime
    key: str
    document: Properties | None
    error: str | None
    recorded_at: datetime
    computed_at: datetime

    @property
    def is_complete(self) -> bool:
        return self.document is not None


class SeriesStatus(StrEnum):
    PENDING = "pending"
    PARTIAL = "partial"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The days of a metric.

    Attributes:
        results: For each day of the experiment its result, or None.
        errors: For each failed day why.
        computed_at: When the newest result was computed.
        created_at: When the first day was recorded; None when there is none.
        updated_at: When the newest day was recorded or failed.
    """

    status: SeriesStatus
    results: Mapping[date, DailyResult | None]
    errors: Mapping[date, str]
    computed_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None


def missing_days(
    days: Iterable[ExperimentDay], known: Iterable[DailyResult]
) -> tuple[ExperimentDay, ...]:
    """The days to compute, oldest first.

    All but those with the result of exactly the moment that is asked for. So whoever goes
    on after a break goes on behind the last day that was stored, and today is computed
    again as it grows.
    """
    done = {result.day: result.query_to for result in known if result.is_complete}
    return tuple(day for day in days if done.get(day.day) != day.as_of)


def series_of(
    days: Iterable[ExperimentDay], known: Iterable[DailyResult], *, timezone: tzinfo
) -> Series:
    """What is known, laid out by the experiment's days.

    Args:
        days: The experiment's, up to today.
        known: In any order. Of two results of one day, which there are once the project
            has moved to another time zone, the one that looks further counts.
        timezone: The project's.
    """
    records = sorted(known, key=lambda result: result.query_to)
    by_day = {day_of(result.query_to, timezone): result for result in records}
    found = {day.day: by_day.get(day.day) for day in days}
    completed = [result for result in records if result.is_complete]
    return Series(
        status=_status(records, found.values()),
        results={
            day: result if result is not None and result.is_complete else None
            for day, result in found.items()
        },
        errors={
            day: result.error
            for day, result in found.items()
            if result is not None and result.error is not None
        },
        computed_at=max((result.computed_at for result in completed), default=None),
        created_at=min((result.recorded_at for result in records), default=None),
        updated_at=max((result.computed_at for result in records), default=None),
    )


def _status(records: Iterable[DailyResult], days: Iterable[DailyResult | None]) -> SeriesStatus:
    known = tuple(records)
    if not known:
        return SeriesStatus.PENDING
    if not any(result.is_complete for result in known):
        return SeriesStatus.FAILED
    if all(result is not None and result.is_complete for result in days):
        return SeriesStatus.COMPLETED
    return SeriesStatus.PARTIAL
