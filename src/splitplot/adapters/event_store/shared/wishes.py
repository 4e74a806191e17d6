"""What a metric wants to know of each unit's events, so that one pass can read it all."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.means import aggregate
from splitplot.adapters.event_store.compile.sources import microseconds_of
from splitplot.adapters.event_store.rows import microseconds_since_epoch
from splitplot.adapters.event_store.values import later
from splitplot.experiments.plan import EventSource, ExposurePlan, MeanPlan, ValueMath

_NUMBERS = frozenset({ValueMath.SUM, ValueMath.AVG, ValueMath.MIN, ValueMath.MAX})
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Measure:
    """What of an event is looked at, whichever event it is."""

    math: ValueMath
    value_property: str | None = None
    group_type_index: int | None = None

    @property
    def type(self) -> str:
        if self.math in _NUMBERS:
            return "float64"
        return "uuid" if self.math is ValueMath.DAU else "string"


class Wish(Protocol):
    """Something about a unit's events. Equal wishes are one."""

    @property
    def source(self) -> EventSource: ...

    @property
    def lookback(self) -> timedelta:
        """How long before a unit's first exposure events are looked at."""
        ...

    @property
    def reach(self) -> timedelta | None:
        """How long after it; None for any time. Of units that enter again this is no limit."""
        ...

    @property
    def measure(self) -> Measure | None: ...

    def until(self, exposure: ExposurePlan) -> datetime:
        """The last instant that may count."""
        ...


class ColumnWish(Wish, Protocol):
    """One column of a unit.

    Rows have `moment`, and `since`: how long after the unit's first exposure that is.
    """

    def column(
        self, rows: ir.Table, exposure: ExposurePlan, *, where: ir.BooleanValue, measure: str | None
    ) -> ir.Value:
        """The column over a unit's rows; `where` a row is of the source."""
        ...


@dataclass(frozen=True, slots=True)
class Value:
    """A mean's number."""

    metric: MeanPlan

    @property
    def source(self) -> EventSource:
        return _of_events(self.metric)

    @property
    def lookback(self) -> timedelta:
        return _NO_TIME

    @property
    def reach(self) -> timedelta | None:
        return self.metric.window

    @property
    def measure(self) -> Measure | None:
        return _measure_of(self.metric)

    def until(self, exposure: ExposurePlan) -> datetime:
        window = self.metric.window
        return exposure.end if window is None else later(exposure.end, window)

    def column(
        self, rows: ir.Table, exposure: ExposurePlan, *, where: ir.BooleanValue, measure: str | None
    ) -> ir.Value:
        window = self.metric.window
        if window is None:
            is_in_time = rows.moment < microseconds_since_epoch(exposure.end)
        else:
            is_in_time = rows.since < microseconds_of(window)
        is_counted = where & (rows.since >= 0) & is_in_time
        return aggregate(self.metric, rows, where=is_counted, measure=measure or "")


@dataclass(frozen=True, slots=True)
class Covariate:
    """The same number from what came before the unit's first exposure."""

    metric: MeanPlan

    @property
    def source(self) -> EventSource:
        return _of_events(self.metric)

    @property
    def lookback(self) -> timedelta:
        return self.metric.lookback or _NO_TIME

    @property
    def reach(self) -> timedelta:
        return _NO_TIME

    @property
    def measure(self) -> Measure | None:
        return _measure_of(self.metric)

    def until(self, exposure: ExposurePlan) -> datetime:
        return exposure.end

    def column(
        self, rows: ir.Table, exposure: ExposurePlan, *, where: ir.BooleanValue, measure: str | None
    ) -> ir.Value:
        del exposure
        is_counted = where & _is_before(rows, self.lookback)
        return aggregate(self.metric, rows, where=is_counted, measure=measure or "")


@dataclass(frozen=True, slots=True)
class Past:
    """How many events came before the unit's first exposure."""

    source: EventSource
    lookback: timedelta

    @property
    def reach(self) -> timedelta:
        return _NO_TIME

    @property
    def measure(self) -> None:
        return None

    def until(self, exposure: ExposurePlan) -> datetime:
        return exposure.end

    def column(
        self, rows: ir.Table, exposure: ExposurePlan, *, where: ir.BooleanValue, measure: str | None
    ) -> ir.Value:
        del exposure, measure
        return rows.count(where=where & _is_before(rows, self.lookback))


@dataclass(frozen=True, slots=True)
class Moments:
    """When the events happened, from the first exposure on: members of a list."""

    source: EventSource
    reach: timedelta | None
    last: datetime

    @property
    def lookback(self) -> timedelta:
        return _NO_TIME

    @property
    def measure(self) -> None:
        return None

    def until(self, exposure: ExposurePlan) -> datetime:
        del exposure
        return self.last


@dataclass(frozen=True, slots=True)
class Start:
    """The first, or the last, of the events that may be a unit's start; null without one."""

    source: EventSource
    window: timedelta | None
    takes_last: bool

    @property
    def lookback(self) -> timedelta:
        return _NO_TIME

    @property
    def reach(self) -> timedelta | None:
        return self.window

    @property
    def measure(self) -> None:
        return None

    def until(self, exposure: ExposurePlan) -> datetime:
        return later(exposure.end, self.window or _NO_TIME)

    def column(
        self, rows: ir.Table, exposure: ExposurePlan, *, where: ir.BooleanValue, measure: str | None
    ) -> ir.Value:
        del measure
        may_start = where & (rows.since >= 0)
        may_start &= rows.moment < microseconds_since_epoch(self.until(exposure))
        if self.window is not None:
            may_start &= rows.since <= microseconds_of(self.window)
        # Not as a condition of the aggregate: of no rows some engines give 0.
        moment = ibis.ifelse(may_start, rows.moment, None)
        return moment.max() if self.takes_last else moment.min()


def value_of(metric: MeanPlan) -> Value:
    """The wish for a mean's number, the same for all that make something else of it."""
    return Value(replace(metric, winsorization=None, threshold=None, lookback=None))


def covariate_of(metric: MeanPlan) -> Covariate:
    return Covariate(replace(metric, winsorization=None, threshold=None, window=None))


def _of_events(metric: MeanPlan) -> EventSource:
    assert isinstance(metric.source, EventSource)  # noqa: S101 nothing else is shared
    return metric.source


def _measure_of(metric: MeanPlan) -> Measure | None:
    if metric.math is ValueMath.TOTAL:
        return None
    if metric.math in _NUMBERS:
        return Measure(ValueMath.SUM, value_property=metric.value_property)
    return Measure(metric.math, group_type_index=metric.group_type_index)


def _is_before(rows: ir.Table, lookback: timedelta) -> ir.BooleanValue:
    return (rows.since < 0) & (rows.since >= -microseconds_of(lookback))
