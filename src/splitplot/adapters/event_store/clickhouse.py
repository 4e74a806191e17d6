"""Events in ClickHouse: a server for many processes, or the engine embedded for tests."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import clickhouse_connect
import ibis
from clickhouse_connect.common import set_setting
from clickhouse_connect.driver.exceptions import ClickHouseError, Error, OperationalError
from ibis.expr import types as ir

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.capabilities import (
    CLICKHOUSE,
    exposure_of,
    require_known_filters,
)
from splitplot.adapters.event_store.clickhouse_dialect import ClickHouseDialect
from splitplot.adapters.event_store.compile.counts import performers_of, performers_query
from splitplot.adapters.event_store.compile.funnels import reach_query, sessions_query
from splitplot.adapters.event_store.compile.lists import with_lists
from splitplot.adapters.event_store.compile.plans import (
    Row,
    counts_of,
    query_of,
    reached_of,
    summaries_of,
    tallies_of,
)
from splitplot.adapters.event_store.compile.sources import Scope
from splitplot.adapters.event_store.rows import (
    derived_ids,
    event_columns,
    event_of,
    json_values,
    microseconds_since_epoch,
)
from splitplot.adapters.event_store.shared.together import Engine, summarize_together
from splitplot.adapters.event_store.values import numbers_of
from splitplot.adapters.event_store.warehouse.clickhouse_tables import ClickHouseTables
from splitplot.errors import InvalidInput, TooCostly, Unavailable
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    ExposureCount,
    ExposurePlan,
    ReachedUnit,
    ReachPlan,
    SummaryPlan,
    TallyPlan,
    VariantSummary,
    VariantTally,
)
from splitplot.ports.beside.warehouse import TableStore
from splitplot.ports.event_store import (
    AppendBatch,
    EventSelection,
    Performer,
    PerformersPlan,
    PersonIdMapping,
    PersonProperties,
    Summed,
)

Values: TypeAlias = Mapping[str, object]

_DATABASE = "splitplot"
_SCHEMES = {"clickhouse": "http", "clickhouses": "https"}
_MIGRATIONS = "splitplot.adapters.event_store.migrations"
_SETTINGS = {
    # A row without a partner has nulls, as everywhere else.
    "join_use_nulls": 1,
    # Filters may list thousands of texts.
    "max_query_size": 64 * 1024 * 1024,
    "max_ast_elements": 1_000_000,
    "max_expanded_ast_elements": 1_000_000,
    # A batch may hold events of any months.
    "max_partitions_per_insert_block": 0,
}
# Codes of the server: too many queries, network, disk, authentication.
_CAUSES_OUTSIDE = frozenset({192, 193, 194, 202, 209, 210, 243, 279, 516})
_TOO_SLOW = frozenset({159, 160})
_OUT_OF_MEMORY = 241
_FIND_EVENTS = """
    SELECT uuid, name, distinct_id, person_id, timestamp, properties, is_personless
    FROM events
    WHERE project_id = {project_id:Int32}
        AND (isNull({name:Nullable(String)}) OR name = {name:Nullable(String)})
        AND (isNull({distinct_id:Nullable(String)})
            OR distinct_id = {distinct_id:Nullable(String)})
        AND (isNull({after:Nullable(Int64)})
            OR toUnixTimestamp64Micro(timestamp) > {after:Nullable(Int64)})
        AND (isNull({before:Nullable(Int64)})
            OR toUnixTimestamp64Micro(timestamp) < {before:Nullable(Int64)})
        AND ({is_anyone:Bool} OR has({ids:Array(UUID)}, person_id))
    ORDER BY timestamp DESC, toString(uuid) DESC
    LIMIT {limit:UInt64} OFFSET {offset:UInt64}
"""


class ClickHouseEventStore:
    """The event store that many processes share.

    A batch is several inserts: what a failure leaves behind is true by itself, and
    sending the batch again completes it.

    Args:
        url: `clickhouse://user:password@host:8123/database` (`clickhouses://` with TLS),
            or `chdb:///directory` for the engine inside this process.
        query_seconds: Longest that one question may be computed; 0: as long as it takes.

    Raises:
        Unavailable: The server does not answer or refuses.
    """

    capabilities = CLICKHOUSE
    precomputed = None

    def __init__(self, url: str, *, query_seconds: float = 0) -> None:
        self._query_seconds = query_seconds
        parts = urlsplit(url)
        is_embedded = parts.scheme == "chdb"
        database = _DATABASE if is_embedded else parts.path.strip("/") or _DATABASE
        if not database.replace("_", "").isalnum():
            raise InvalidInput(f"'{database}' is no name for a database", attr="events_url")
        scheme = _SCHEMES.get(parts.scheme, parts.scheme)
        address = urlunsplit(parts._replace(scheme=scheme, path="")) if not is_embedded else url
        # Without a session, queries of several threads may run at once.
        set_setting("autogenerate_session_id", value=False)
        try:
            self._client = clickhouse_connect.get_client(
                dsn=address, settings={**_SETTINGS, "max_execution_time": query_seconds}
            )
            self._client.command(f"CREATE DATABASE IF NOT EXISTS `{database}`")
            self._client.database = database
            for statement in _migrations():
                self._client.command(statement)
            self.tables: TableStore = ClickHouseTables(self._client, database=database)
        except ClickHouseError as error:
            raise Unavailable(f"ClickHouse cannot be used: {_reason(error)}") from error

    def known_ids(self, project_id: ProjectId, uuids: Sequence[UUID]) -> set[UUID]:
        rows = self._rows(
            "SELECT uuid FROM event_ids "
            "WHERE project_id = {project_id:Int32} AND uuid IN {uuids:Array(UUID)}",
            {"project_id": project_id, "uuids": list(uuids)},
        )
        return {uuid for (uuid,) in rows if isinstance(uuid, UUID)}

    def append(self, batch: AppendBatch) -> None:
        # People first: their rows are true whether or not the events follow.
        if batch.mappings:
            self._insert("stored_person_mappings", _mapping_columns(batch.mappings))
        if batch.person_properties:
            columns = _properties_columns(batch.person_properties)
            self._insert("stored_person_properties", columns)
        if batch.events:
            columns = event_columns(batch.events)
            columns["timestamp"] = [
                _clamped(microseconds_since_epoch(row.event.timestamp)) for row in batch.events
            ]
            columns["properties"] = [json_values(row.event.properties) for row in batch.events]
            columns["numbers"] = [numbers_of(row.event.properties) for row in batch.events]
            self._insert("stored_events", columns)

    def revision(self, project_id: ProjectId) -> int:
        return self._number(
            "SELECT max(revision) FROM project_revisions WHERE project_id = {project_id:Int32}",
            {"project_id": project_id},
        )

    def people_revision(self) -> int:
        return self._number(
            "SELECT greatest((SELECT max(revision) FROM stored_person_mappings), "
            "(SELECT max(revision) FROM stored_person_properties))"
        )

    def summarize(self, plan: SummaryPlan) -> tuple[VariantSummary, ...]:
        return summaries_of(plan, self._results(plan))

    def summarize_all(self, plans: Sequence[SummaryPlan]) -> tuple[Summed | InvalidInput, ...]:
        engine = Engine(scope_of=self._scope_of, compiled=_sql_of, rows_of=self._rows)
        return summarize_together(engine, plans)

    def count_exposures(self, plan: ExposurePlan) -> tuple[ExposureCount, ...]:
        return counts_of(plan, self._results(plan))

    def tally(self, plan: TallyPlan) -> tuple[VariantTally, ...]:
        return tallies_of(plan, self._results(plan))

    def reached(self, plan: ReachPlan) -> tuple[ReachedUnit, ...]:
        require_known_filters(plan)
        scope = self._scope_of(plan.exposure)
        found = self._rows(with_lists(_sql_of(reach_query(plan, scope)), plan))
        names = [str(name) for name, _, _ in found]
        sessions: list[Row] = []
        if plan.has_sessions and names:
            sessions = self._rows(with_lists(_sql_of(sessions_query(plan, names, scope)), plan))
        return reached_of(found, sessions)

    def explain(self, plan: SummaryPlan) -> str:
        return self._sql(plan)

    def find_events(self, selection: EventSelection) -> tuple[Event, ...]:
        people = selection.person_ids
        values = {
            "project_id": selection.project_id,
            "name": selection.name,
            "distinct_id": selection.distinct_id,
            "after": _microseconds(selection.after),
            "before": _microseconds(selection.before),
            "is_anyone": people is None,
            "ids": self._ids_of(selection.project_id, people or ()),
            "limit": selection.limit,
            "offset": selection.offset,
        }
        return tuple(event_of(row) for row in self._rows(_FIND_EVENTS, values))

    def performers(self, plan: PerformersPlan) -> tuple[Performer, ...]:
        require_known_filters(plan)
        scope = self._scope(plan.project_id, as_of=plan.as_of, timezone=plan.timezone)
        sql = with_lists(_sql_of(performers_query(plan, scope)), plan)
        return performers_of(self._rows(sql))

    def event_names(self, project_id: ProjectId) -> frozenset[str]:
        rows = self._rows(
            "SELECT DISTINCT name FROM stored_events WHERE project_id = {project_id:Int32}",
            {"project_id": project_id},
        )
        return frozenset(str(name) for (name,) in rows)

    def check(self) -> None:
        self._rows("SELECT 1")

    def close(self) -> None:
        self._client.close()

    def _sql(self, plan: SummaryPlan | ExposurePlan | TallyPlan) -> str:
        require_known_filters(plan)
        exposure = exposure_of(plan)
        return _sql_of(query_of(plan, self._scope_of(exposure)))

    def _scope_of(self, exposure: ExposurePlan) -> Scope:
        scope = self._scope(exposure.project_id, as_of=exposure.end, timezone=exposure.timezone)
        return replace(scope, known_until=exposure.known_until)

    def _results(self, plan: SummaryPlan | ExposurePlan | TallyPlan) -> list[Row]:
        return self._rows(with_lists(self._sql(plan), plan))

    def _scope(self, project_id: ProjectId, *, as_of: datetime, timezone: str) -> Scope:
        return Scope(
            dialect=ClickHouseDialect(),
            project_id=project_id,
            has_mappings=self._has_mappings(project_id),
            as_of=as_of,
            zone=ZoneInfo(timezone),
            read_texts=self._texts,
            most_texts=self.capabilities.most_texts or 0,
        )

    def _has_mappings(self, project_id: ProjectId) -> bool:
        query = "SELECT 1 FROM stored_person_mappings WHERE project_id = {project_id:Int32} LIMIT 1"
        return bool(self._rows(query, {"project_id": project_id}))

    def _ids_of(self, project_id: ProjectId, person_ids: Sequence[UUID]) -> list[UUID]:
        """The derived ids whose person of today is one of these."""
        if not person_ids:
            return []
        rows = self._rows(
            "SELECT source_id, person_id FROM person_mappings "
            "WHERE project_id = {project_id:Int32} "
            "AND (has({ids:Array(UUID)}, source_id) OR has({ids:Array(UUID)}, person_id))",
            {"project_id": project_id, "ids": list(person_ids)},
        )
        return derived_ids(rows, person_ids)

    def _texts(self, query: ir.Table) -> list[str]:
        return [str(text) for (text,) in self._rows(_sql_of(query))]

    def _number(self, query: str, values: Values | None = None) -> int:
        ((number,),) = self._rows(query, values)
        return number if isinstance(number, int) else 0

    def _rows(self, query: str, values: Values | None = None) -> list[Row]:
        with _reachable(self._query_seconds):
            parameters = None if values is None else dict(values)
            return list(self._client.query(query, parameters=parameters).result_rows)

    def _insert(self, table: str, columns: Mapping[str, Sequence[object]]) -> None:
        try:
            self._client.insert(
                table,
                list(columns.values()),
                column_names=list(columns),
                column_oriented=True,
            )
        except ClickHouseError as error:
            raise Unavailable(f"events cannot be written: {_reason(error)}") from error


def _mapping_columns(rows: Sequence[PersonIdMapping]) -> dict[str, list[object]]:
    return {
        "project_id": [row.project_id for row in rows],
        "source_id": [row.source_id for row in rows],
        "person_id": [row.person_id for row in rows],
        "revision": [row.revision for row in rows],
    }


def _properties_columns(rows: Sequence[PersonProperties]) -> dict[str, list[object]]:
    return {
        "project_id": [row.project_id for row in rows],
        "person_id": [row.person_id for row in rows],
        "properties": [json_values(row.properties) for row in rows],
        "revision": [row.revision for row in rows],
    }


_EARLIEST = microseconds_since_epoch(datetime(CLICKHOUSE.earliest_year, 1, 1, tzinfo=UTC))
_LATEST = microseconds_since_epoch(datetime(CLICKHOUSE.latest_year + 1, 1, 1, tzinfo=UTC)) - 1


def _clamped(microseconds: int) -> int:
    return min(max(_EARLIEST, microseconds), _LATEST)


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds_since_epoch(moment)


def _migrations() -> Iterator[str]:
    """Every statement, in order; each may run again, for servers that start together."""
    entries = sorted(
        (entry for entry in files(_MIGRATIONS).iterdir() if entry.name.startswith("clickhouse_")),
        key=lambda entry: entry.name,
    )
    for entry in entries:
        for statement in entry.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                yield statement


def _sql_of(query: ir.Table) -> str:
    return str(ibis.to_sql(query, dialect="clickhouse"))


@contextmanager
def _reachable(query_seconds: float) -> Iterator[None]:
    """Tells a server that does not answer, or has no room, from a query that is wrong."""
    try:
        yield
    except Error as error:
        if error.code in _TOO_SLOW:
            raise TooCostly.of_time(query_seconds) from error
        if error.code == _OUT_OF_MEMORY:
            raise TooCostly.of_memory() from error
        if isinstance(error, OperationalError) or error.code in _CAUSES_OUTSIDE:
            raise Unavailable(f"events cannot be read: {_reason(error)}") from error
        raise


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
