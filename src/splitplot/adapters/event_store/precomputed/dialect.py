"""DuckDB with an end that moves: queries that are compiled once and run at any moment."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.dialect import function_of_one
from splitplot.adapters.event_store.duckdb_dialect import DuckDBDialect
from splitplot.adapters.event_store.values import later

SINCE = "splitplot_since"
EXPOSED_BY = "splitplot_exposed_by"
_END = "splitplot_end"

_instant_variable = function_of_one("getvariable", "string", "timestamp(6)")
_number_variable = function_of_one("getvariable", "string", "int64")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingDialect(DuckDBDialect):
    """Instants from the horizon on stand for those as long after the end.

    Attributes:
        horizon: What the plan's end is while it is compiled.
        spans: How long after the end the instants are that were asked for.
    """

    horizon: datetime
    spans: set[timedelta] = field(default_factory=set)

    def instant(self, moment: datetime) -> ir.TimestampScalar:
        if moment < self.horizon:
            return DuckDBDialect.instant(self, moment)
        self.spans.add(moment - self.horizon)
        return _instant_variable(ibis.literal(_name(moment - self.horizon)))


def number_variable(name: str) -> ir.IntegerValue:
    value: ir.IntegerValue = _number_variable(ibis.literal(name))
    return value


def instants_of(spans: set[timedelta], end: datetime) -> dict[str, str]:
    """What the variables are for one end, as SQL."""
    return {
        _name(span): f"TIMESTAMP '{later(end, span).astimezone(UTC).replace(tzinfo=None)}'"
        for span in spans
    }


def _name(span: timedelta) -> str:
    return f"{_END}_{span // timedelta(microseconds=1)}"
