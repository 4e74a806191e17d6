"""Kept units of many plans, in a DuckDB file beside the events."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import structlog

from splitplot.adapters.event_store.capabilities import require_known_filters
from splitplot.adapters.event_store.compile.plans import summaries_of
from splitplot.adapters.event_store.compile.sources import Scope, microseconds_of
from splitplot.adapters.event_store.duckdb_connection import DuckDBFile
from splitplot.adapters.event_store.precomputed import statements
from splitplot.adapters.event_store.precomputed.columns import schema_of
from splitplot.adapters.event_store.precomputed.compiled import (
    CompiledPlan,
    compiled,
)
from splitplot.adapters.event_store.precomputed.dialect import EXPOSED_BY, SINCE, instants_of
from splitplot.adapters.event_store.precomputed.kinds import KeptPlan, kept_plan
from splitplot.adapters.event_store.precomputed.sums import lookback_of, reach_of
from splitplot.adapters.event_store.rows import microseconds_since_epoch
from splitplot.errors import TooCostly, Unavailable
from splitplot.experiments.plan import ExposurePlan, SummaryPlan
from splitplot.ports.precomputed import Precomputed

log = structlog.get_logger(__name__)

MOST_STATES = 32
# Of all states together, for each stored event.
MOST_ROWS_PER_EVENT = 2
_ASKED_BEFORE = 1000
# The file itself, and what DuckDB may have beside it when a process is killed.
_SUFFIXES = ("", ".wal", ".wal.checkpoint", ".wal.recovery")
_DATABASE = "splitplot_precomputed"
_UNTIL = "splitplot_until"

ScopeOf = Callable[[ExposurePlan], Scope]


@dataclass(slots=True)
class _State:
    """What is kept of one plan.

    Attributes:
        number: Its schema is called after it.
        seen: The `seq` up to which rows are taken in.
        until: The end up to which events were looked at.
        rows: How many events and ids are kept.
        is_dropped: Nothing is kept any more, and nothing will be.
    """

    number: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    compiled: CompiledPlan | None = None
    seen: int = 0
    until: datetime | None = None
    rows: int = 0
    is_built: bool = False
    is_dropped: bool = False

    @property
    def schema(self) -> str:
        return f"{_DATABASE}.s{self.number}"


class KeptUnits:
    """Answers plans from what is kept, and keeps what is asked for a second time.

    What is kept is never the truth: it is made anew after every start, and given up when
    anything fails.

    Args:
        events_path: The store's file; what is kept lies beside it.
        file: The store's file as it is read.
        scope_of: How the store reads the events of a plan.
        last_seq: A row that is stored, of those numbered last.
        query_seconds: Longest that one answer may take.
    """

    def __init__(
        self,
        events_path: Path,
        *,
        file: DuckDBFile,
        scope_of: ScopeOf,
        last_seq: Callable[[], int],
        query_seconds: float | None,
    ) -> None:
        self._path = events_path.with_name(f"{events_path.name}.precomputed")
        self._file = file
        self._scope_of = scope_of
        self._last_seq = last_seq
        self._query_seconds = query_seconds
        self._lock = threading.Lock()
        self._states: OrderedDict[str, _State] = OrderedDict()
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._made = 0
        self._is_attached = False

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Begin with nothing, for a store that was just opened."""
        with self._lock:
            self._states.clear()
            try:
                self._discard()
                place = str(self._path).replace("'", "''")
                connection.execute(f"ATTACH '{place}' AS {_DATABASE}")
            except (duckdb.Error, OSError) as error:
                self._is_attached = False
                log.warning("precomputed.unavailable", detail=str(error))
            else:
                self._is_attached = True

    def close(self) -> None:
        """Leave nothing behind. Only once no connection has the file open."""
        with suppress(OSError):
            self._discard()

    def _discard(self) -> None:
        for suffix in _SUFFIXES:
            self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)

    def summarize(self, plan: SummaryPlan, *, begins: bool = True) -> Precomputed | None:
        kept = kept_plan(plan) if self._is_attached else None
        if kept is None:
            return None
        require_known_filters(plan)
        state = self._state_of(kept, begins=begins)
        if state is None:
            return None
        with state.lock:
            if state.is_dropped or (state.until is not None and plan.exposure.end < state.until):
                return None
            try:
                answer = self._answer(state, kept, plan)
            except TooCostly as error:
                # It stays among the states, so that not every question tries it in vain.
                log.warning("precomputed.too_costly", detail=str(error))
                self._empty(state)
                return None
            except (duckdb.Error, Unavailable) as error:
                log.warning("precomputed.given_up", detail=str(error))
                self._drop(kept.key, state)
                return None
        self._make_room(kept.key)
        return answer

    def _state_of(self, kept: KeptPlan, *, begins: bool) -> _State | None:
        """The plan's state; None when it is asked for the first time, or may not begin now."""
        key = kept.key
        with self._lock:
            if key in self._states:
                self._states.move_to_end(key)
                return self._states[key]
            if key not in self._asked:
                self._asked[key] = None
                if len(self._asked) > _ASKED_BEFORE:
                    self._asked.popitem(last=False)
                return None
            if not begins:
                return None
            self._made += 1
            self._states[key] = _State(number=self._made)
            return self._states[key]

    def _answer(self, state: _State, kept: KeptPlan, plan: SummaryPlan) -> Precomputed:
        end, is_new = plan.exposure.end, not state.is_built
        known = state.seen or self._last_seq()
        with self._file.reading(seconds=self._query_seconds) as cursor:
            cursor.execute("BEGIN")
            seen = _number(cursor, statements.SEEN, {"known": known}, default=known)
            used = self._compiled(state, kept, plan, cursor)
            _set(cursor, _variables(state, used, plan))
            if not state.is_built:
                cursor.execute(f"CREATE SCHEMA {state.schema}")
            _look_first_in(cursor, state.schema)
            if state.is_built:
                _bring_up_to_date(cursor, kept, used)
            else:
                _build(cursor, kept, used)
            rows = _number(cursor, statements.COUNT_KEPT)
            sums = used.sums(plan.exposure, kept.asked)
            summaries = summaries_of(plan, cursor.execute(sums).fetchall())
            cursor.execute("COMMIT")
        state.is_built, state.seen, state.until = True, seen, end
        state.rows = rows
        return Precomputed(summaries=summaries, sql=used.told(sums), is_new=is_new)

    def _compiled(
        self, state: _State, kept: KeptPlan, plan: SummaryPlan, cursor: duckdb.DuckDBPyConnection
    ) -> CompiledPlan:
        if state.compiled is None:
            schema = schema_of(cursor, _main(cursor))
            state.compiled = compiled(kept, self._scope_of(plan.exposure), schema)
        return state.compiled

    def _make_room(self, key: str) -> None:
        """Drop what was not used for the longest time, as long as there is too much."""
        most_rows = max(MOST_ROWS_PER_EVENT * self._last_seq(), 1)
        while True:
            with self._lock:
                rows = sum(state.rows for state in self._states.values())
                oldest = next(iter(self._states), key)
                if (len(self._states) <= MOST_STATES and rows <= most_rows) or oldest == key:
                    return
                state = self._states[oldest]
            with state.lock:
                self._drop(oldest, state)

    def _drop(self, key: str, state: _State) -> None:
        with self._lock:
            if self._states.get(key) is state:
                del self._states[key]
        self._empty(state)

    def _empty(self, state: _State) -> None:
        """Give up what is kept. Only whoever has the state's lock may do that."""
        state.is_dropped, state.rows = True, 0
        with suppress(duckdb.Error, Unavailable), self._file.reading() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {state.schema} CASCADE")


def _build(cursor: duckdb.DuckDBPyConnection, kept: KeptPlan, used: CompiledPlan) -> None:
    cursor.execute(f"CREATE TABLE kept_entries AS {used.entries}")
    cursor.execute(f"CREATE TABLE kept_others AS {used.others}")
    cursor.execute(statements.KEEP_MAPPINGS, {"project_id": kept.exposure.project_id})
    cursor.execute(used.view_of(statements.KEPT))
    cursor.execute(f"CREATE TABLE kept_units AS {used.units}")


def _bring_up_to_date(
    cursor: duckdb.DuckDBPyConnection, kept: KeptPlan, used: CompiledPlan
) -> None:
    exposure, metric = kept.exposure, kept.metric
    reach = reach_of(metric)
    values = {
        "project_id": exposure.project_id,
        "reads_persons": kept.reads_persons,
        "lookback": microseconds_of(lookback_of(metric)),
        "reach": None if reach is None else microseconds_of(reach),
    }
    cursor.execute(f"CREATE TEMP TABLE new_entries AS {used.entries}")
    cursor.execute(f"CREATE TEMP TABLE new_others AS {used.others}")
    for statement in statements.bringing_up_to_date(exposure.group_type_index):
        named = {name: value for name, value in values.items() if f"${name}" in statement}
        cursor.execute(statement, named or None)
    cursor.execute(used.view_of(statements.FETCHED))
    cursor.execute(f"INSERT INTO kept_units {used.units}")


def _variables(state: _State, used: CompiledPlan, plan: SummaryPlan) -> dict[str, str]:
    exposure = plan.exposure
    is_moving = exposure.known_until is not None
    exposed_by = exposure.exposed_by
    return {
        SINCE: f"{state.seen if state.is_built else 0}::BIGINT",
        _UNTIL: _instant(state.until if is_moving else None),
        **instants_of(used.spans, exposure.end),
        **(
            {}
            if exposed_by is None
            else {EXPOSED_BY: f"{microseconds_since_epoch(exposed_by)}::BIGINT"}
        ),
    }


def _instant(moment: datetime | None) -> str:
    if moment is None:
        return "NULL::TIMESTAMP"
    return f"TIMESTAMP '{moment.astimezone(UTC).replace(tzinfo=None)}'"


def _set(cursor: duckdb.DuckDBPyConnection, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        cursor.execute(f"SET VARIABLE {name} = {value}")


def _look_first_in(cursor: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Put a state's tables before the store's, and new ones beside them."""
    store = '"' + _main(cursor).replace('"', '""') + '"'
    path = f"{schema},{store}.main".replace("'", "''")
    cursor.execute(f"SET search_path = '{path}'")


def _main(cursor: duckdb.DuckDBPyConnection) -> str:
    """The name under which the store's own file is attached."""
    row = cursor.execute("SELECT current_database()").fetchone()
    return str(row[0]) if row else ""


def _number(
    cursor: duckdb.DuckDBPyConnection,
    query: str,
    values: Mapping[str, object] | None = None,
    *,
    default: int = 0,
) -> int:
    row = cursor.execute(query, values and dict(values)).fetchone()
    return int(row[0]) if row and row[0] is not None else default
