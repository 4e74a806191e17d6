"""The queries of one kept plan, compiled once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.plans import summary_query
from splitplot.adapters.event_store.compile.sources import Scope
from splitplot.adapters.event_store.precomputed.columns import Schema, columns_read
from splitplot.adapters.event_store.precomputed.dialect import (
    SINCE,
    MovingDialect,
    instants_of,
    number_variable,
)
from splitplot.adapters.event_store.precomputed.kinds import KeptMetric, KeptPlan
from splitplot.adapters.event_store.precomputed.sums import (
    kept_units,
    lookback_of,
    read_until,
    sums_query,
)
from splitplot.adapters.event_store.values import later
from splitplot.experiments.plan import DEFAULT_EXPOSURE_EVENT, ExposurePlan

# Where the query by unit finds the events of the units that it is asked about.
EVENTS_OF_UNITS = "events_of_units"


@dataclass(slots=True)
class CompiledPlan:
    """A kept plan as SQL for DuckDB.

    Attributes:
        entries: The events that arrived after `SINCE` and may let a unit enter, in the
            columns that are kept.
        others: The other events that arrived after it.
        units: What is kept of each unit, out of `EVENTS_OF_UNITS`.
        columns: What `EVENTS_OF_UNITS` is made of, out of kept rows.
        spans: See `MovingDialect`.
    """

    entries: str
    others: str
    units: str
    columns: str
    spans: set[timedelta]
    _sums: dict[str, str] = field(default_factory=dict)

    def view_of(self, query: str) -> str:
        """The statement that makes `EVENTS_OF_UNITS` of a query of kept rows."""
        return f"CREATE TEMP VIEW {EVENTS_OF_UNITS} AS SELECT {self.columns} FROM ({query})"  # noqa: S608 our own names

    def told(self, sums: str) -> str:
        """The query of sums and what its units are made of, for people to read."""
        return f"{sums}\n\n-- One row of kept_units for each unit, from new events:\n{self.units}"

    def sums(self, exposure: ExposurePlan, metric: KeptMetric) -> str:
        """The sums of the kept units. Compiled once for whatever is asked of them."""
        asked = repr((metric, exposure.breakdown, exposure.exposed_by is None))
        if asked not in self._sums:
            if len(self._sums) > _MOST_SUMS:
                self._sums.clear()
            self._sums[asked] = _sql_of(sums_query(exposure, metric))
        return self._sums[asked]


_MOST_SUMS = 20


def compiled(kept: KeptPlan, scope: Scope, schema: Schema) -> CompiledPlan:
    """Compile the plan's queries.

    Args:
        kept: The plan.
        scope: How the store reads the project's events.
        schema: The store's tables.
    """
    dialect = MovingDialect(_numbers(scope), horizon=kept.horizon)
    scope = replace(
        scope,
        dialect=dialect,
        known_until=kept.horizon if kept.is_moving else None,
        has_mappings=True,
        table=EVENTS_OF_UNITS,
        by_unit=True,
    )
    units = _sql_of(kept_units(summary_query(kept.by_unit, scope), kept.metric))
    columns = _columns(kept, units, dialect, schema)
    entries, others = _rows(kept, scope, columns)
    return CompiledPlan(
        entries=_sql_of(entries),
        others=_sql_of(others),
        units=units,
        columns=_view(kept, columns, schema),
        spans=dialect.spans,
    )


def _numbers(scope: Scope) -> Mapping[str, int]:
    return getattr(scope.dialect, "number_columns", {})


def _columns(kept: KeptPlan, units: str, dialect: MovingDialect, schema: Schema) -> list[str]:
    variables = instants_of(dialect.spans, kept.horizon)
    tables = {**schema, EVENTS_OF_UNITS: schema["events"]}
    read = columns_read(units, variables, tables, EVENTS_OF_UNITS)
    constant = {"project_id"} | ({"flag_key"} if kept.flag_key is not None else set())
    group = kept.exposure.group_type_index
    key = "person_id" if group is None else f"group_{group}"
    wanted = (read | {"person_id", "timestamp", key}) - constant
    return [column for column in schema["events"] if column in wanted]


def _rows(kept: KeptPlan, scope: Scope, columns: list[str]) -> tuple[ir.Table, ir.Table]:
    """Entries and other events."""
    exposure, metric = kept.exposure, kept.metric
    events, instant = scope.arrivals(), scope.dialect.instant
    conditions = [
        events.project_id == scope.project_id,
        events.seq > number_variable(SINCE),
        events.timestamp >= instant(exposure.start - lookback_of(metric)),
    ]
    if not kept.is_moving:
        conditions.append(events.timestamp <= instant(later(kept.horizon, read_until(metric))))
    if kept.names is not None:
        conditions.append(events.name.isin(sorted(kept.names)))
    if kept.flag_key is not None:
        is_other = events.name != DEFAULT_EXPOSURE_EVENT
        conditions.append(is_other | (events.flag_key == kept.flag_key))
    rows = events.filter(conditions)
    if kept.entry_names is None:
        return rows.select(*columns), rows.limit(0).select(*columns)
    may_enter = rows.name.isin(sorted(kept.entry_names))
    return rows.filter(may_enter).select(*columns), rows.filter(~may_enter).select(*columns)


def _view(kept: KeptPlan, columns: list[str], schema: Schema) -> str:
    filled = {"project_id": str(kept.exposure.project_id)}
    if kept.flag_key is not None:
        filled["flag_key"] = "'" + kept.flag_key.replace("'", "''") + "'"
    values = [
        f'"{column}"'
        if column in columns
        else f'{filled.get(column, "NULL")}::{kind} AS "{column}"'
        for column, kind in schema["events"].items()
    ]
    return ", ".join(values)


def _sql_of(query: ir.Table) -> str:
    return str(ibis.to_sql(query, dialect="duckdb"))
