"""Retention: who started, and who of them came back."""

from datetime import datetime, timedelta

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import groups_of, parts_of
from splitplot.adapters.event_store.compile.exposed import entry_rows, exposed_units, single_variant
from splitplot.adapters.event_store.compile.sources import Scope, microseconds_of, rows, unit_of
from splitplot.adapters.event_store.local_time import (
    beginning_of_day,
    beginning_of_hour,
    offsets_of,
)
from splitplot.adapters.event_store.rows import microseconds_since_epoch
from splitplot.adapters.event_store.values import later
from splitplot.experiments.plan import EventSource, ExposurePlan, RetentionClock, RetentionPlan


def retention_query(exposure: ExposurePlan, metric: RetentionPlan, scope: Scope) -> ir.Table:
    """`variant`, parts, `units` and `retained`, the number of units that came back."""
    return Retention(exposure, metric, scope).query()


class Retention:
    """One plan's query.

    Attributes:
        may_be_one_event: An event can be start and completion, seen from the names alone.
            Only then has the start's own id to be looked at.
    """

    def __init__(self, exposure: ExposurePlan, metric: RetentionPlan, scope: Scope) -> None:
        self._exposure = exposure
        self._metric = metric
        self._scope = scope
        self.until = later(exposure.end, metric.window or timedelta(0))
        start = metric.start or exposure.activation or exposure.source
        names = (start.event, metric.completion.event)
        self.may_be_one_event = None in names or names[0] == names[1]

    def query(self) -> ir.Table:
        exposed = single_variant(exposed_units(self._exposure, self._scope)).alias("exposed")
        started = self._started(exposed).alias("started")
        retained = self._retained(started)
        counted = exposed if self._metric.counts_all_exposed else started
        parts = [_counted(counted, units=1, retained=0), _counted(retained, units=0, retained=1)]
        if parts_of(exposed):
            # A value of a breakdown is one though nobody of it started.
            parts.append(_counted(exposed, units=0, retained=0))
        every = ibis.union(*parts, distinct=False)
        return every.group_by(groups_of(every)).agg(
            units=every.units.sum().cast("int64"), retained=every.retained.sum().cast("int64")
        )

    def _started(self, exposed: ir.Table) -> ir.Table:
        """Each unit with its start, and what a return has to count as.

        `unit`, `variant`, parts, `start`, `earliest`, `latest` and, where it matters,
        `start_id`.
        """
        metric = self._metric
        if metric.start is None and not self.may_be_one_event:
            started = exposed.select("unit", *groups_of(exposed), start="first")
        else:
            started = self._chosen(exposed)
        if metric.started_by is not None:
            started = started.filter(started.start <= microseconds_since_epoch(metric.started_by))
        counts_as = self.on_clock(started.start)
        return started.mutate(
            earliest=counts_as + microseconds_of(metric.earliest),
            latest=counts_as + microseconds_of(metric.latest),
        )

    def _chosen(self, exposed: ir.Table) -> ir.Table:
        events = self._starts()
        conditions = [exposed.unit == events.event_unit, events.moment >= exposed.first]
        if self._metric.window is not None:
            deadline = exposed.first + microseconds_of(self._metric.window)
            conditions.append(events.moment <= deadline)
        joined = exposed.inner_join(events, conditions)
        takes_last = self._metric.takes_last_start
        moment = joined.moment.max() if takes_last else joined.moment.min()
        chosen = {**_same(joined, groups_of(exposed)), "start": moment}
        if self.may_be_one_event:
            order = ibis.struct({"moment": joined.moment, "uuid": joined.uuid.cast("string")})
            uuid = joined.uuid
            chosen["start_id"] = uuid.argmax(order) if takes_last else uuid.argmin(order)
        return joined.group_by("unit").agg(**chosen)

    def _starts(self) -> ir.Table:
        """`uuid`, `event_unit` and `moment` of each event that may be a start."""
        if self._metric.start is None:
            return entry_rows(self._exposure, self._scope).rename(event_unit="unit")
        return self._rows(self._metric.start, until=self.until)

    def _retained(self, started: ir.Table) -> ir.Table:
        """`unit`, `variant` and parts of each that came back."""
        metric = self._metric
        events = self._rows(metric.completion, until=later(self.until, metric.latest))
        # Once for each row, not for each pair of rows.
        events = events.mutate(counts_as=self.on_clock(events.moment))
        conditions = [
            started.unit == events.event_unit,
            events.moment >= started.start,
            events.counts_as >= started.earliest,
            events.counts_as <= started.latest,
        ]
        if self.may_be_one_event:
            conditions.append(events.uuid != started.start_id)
        joined = started.inner_join(events, conditions)
        return joined.group_by("unit").agg(**_same(joined, groups_of(started)))

    def _rows(self, source: EventSource, *, until: datetime) -> ir.Table:
        events = rows(
            self._scope,
            source,
            since=self._exposure.start,
            until=until,
            is_until_included=False,
        )
        unit, moment = unit_of(events, self._exposure), self._scope.moment(events)
        return events.select("uuid", event_unit=unit, moment=moment)

    def on_clock(self, moment: ir.IntegerValue) -> ir.IntegerValue:
        """What an instant counts as; only differences mean anything."""
        match self._metric.clock:
            case RetentionClock.DAYS:
                return beginning_of_day(moment, self._offsets())
            case RetentionClock.HOURS:
                return beginning_of_hour(moment, self._offsets())
            case RetentionClock.ELAPSED:
                return moment

    def _offsets(self) -> list[tuple[int, int]]:
        last = later(self.until, self._metric.latest)
        if self._scope.known_until is not None:
            last = min(last, self._scope.known_until)
        return offsets_of(self._scope.zone, since=self._exposure.start, until=last)


def _same(units: ir.Table, columns: list[str]) -> dict[str, ir.Value]:
    """What all rows of a unit have in common."""
    return {column: units[column].min() for column in columns}


def _counted(table: ir.Table, *, units: int, retained: int) -> ir.Table:
    """How many rows each variant and part has, as `units` or as `retained`."""
    groups = groups_of(table)
    counts = table.group_by(groups).agg(rows=table.count())
    return counts.select(*groups, units=counts.rows * units, retained=counts.rows * retained)
