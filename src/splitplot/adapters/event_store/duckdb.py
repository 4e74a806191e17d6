"""Events in one DuckDB file, for one process."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import ibis
from ibis.expr import types as ir

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.capabilities import (
    DUCKDB,
    exposure_of,
    require_known_filters,
)
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
from splitplot.adapters.event_store.duckdb_append import Written, remember, write
from splitplot.adapters.event_store.duckdb_catalog import (
    Catalog,
    ProjectCatalog,
    read_catalog,
)
from splitplot.adapters.event_store.duckdb_connection import DuckDBFile
from splitplot.adapters.event_store.duckdb_dialect import DuckDBDialect
from splitplot.adapters.event_store.precomputed.units import KeptUnits
from splitplot.adapters.event_store.rows import derived_ids, event_of
from splitplot.adapters.event_store.shared.together import Engine, summarize_together
from splitplot.adapters.event_store.warehouse.duckdb_tables import DuckDBTables
from splitplot.errors import InvalidInput, Unavailable
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
    Summed,
)
from splitplot.ports.precomputed import PrecomputedSummaries

_NO_VALUES: Mapping[str, object] = MappingProxyType({})
# The rows are chosen before their properties are read: to sort those is the expense.
_FIND_EVENTS = """
    SELECT uuid, name, distinct_id, person_id, timestamp, properties, is_personless
    FROM events WHERE seq IN (
        SELECT seq FROM events
        WHERE project_id = $project_id
            AND ($name IS NULL OR name = $name)
            AND ($distinct_id IS NULL OR distinct_id = $distinct_id)
            AND ($after IS NULL OR timestamp > $after::TIMESTAMP)
            AND ($before IS NULL OR timestamp < $before::TIMESTAMP)
            AND ($ids IS NULL OR list_contains($ids::UUID[], person_id))
        ORDER BY timestamp DESC, uuid DESC LIMIT $limit OFFSET $offset
    ) ORDER BY timestamp DESC, uuid DESC
"""


class DuckDBEventStore:
    """The embedded event store. The file belongs to this process alone.

    Args:
        path: The file, made when there is none.
        query_seconds: Longest that one question may be computed.

    Raises:
        Unavailable: The file cannot be opened; another process may have it open.
    """

    capabilities = DUCKDB

    def __init__(self, path: Path | str, *, query_seconds: float | None = None) -> None:
        self._query_seconds = query_seconds
        self._catalog = Catalog.empty()
        self._turn_to_append = threading.Lock()
        self._file = DuckDBFile(Path(path), on_open=self._read_catalog)
        self._kept = KeptUnits(
            Path(path),
            file=self._file,
            scope_of=self._scope_of,
            last_seq=lambda: self._catalog.next_seq - 1,
            query_seconds=query_seconds,
        )
        self.tables: TableStore = DuckDBTables(self._file)
        self._file.check()

    def known_ids(self, project_id: ProjectId, uuids: Sequence[UUID]) -> set[UUID]:
        with self._turn_to_append, self._file.reading() as cursor:
            known: set[UUID] = set()
            for segment, suspected in self._catalog.ids.suspected(uuids):
                found = cursor.execute(
                    "SELECT uuid FROM events WHERE project_id = ? AND seq BETWEEN ? AND ? "
                    "AND uuid IN (SELECT unnest(?::UUID[]))",
                    [
                        project_id,
                        segment.first_seq,
                        segment.last_seq,
                        [uuid.hex for uuid in suspected],
                    ],
                )
                known.update(uuid for (uuid,) in found.fetchall())
            return known

    def append(self, batch: AppendBatch) -> None:
        with self._turn_to_append:
            written: Written | None = None
            try:
                with self._file.writing() as cursor:
                    catalog = self._catalog
                    written = write(cursor, batch, catalog)
                    # Who reads what is committed next must know where persons are found.
                    catalog.expect_mappings(written.mapped_projects)
            except Unavailable:
                if written is None or not self._is_stored(written):
                    raise
            else:
                remember(catalog, written)

    def _is_stored(self, written: Written) -> bool:
        """Whether the commit happened, and only what DuckDB does after it failed.

        It moves committed rows from its log into the file now and then. When the disk is
        full that is fatal to the connection, but not to the rows.
        """
        self._file.check()
        return self._catalog.next_seq == written.next_seq

    def revision(self, project_id: ProjectId) -> int:
        return self._project(project_id).revision

    def people_revision(self) -> int:
        return self._catalog.people_revision

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
            "after": _naive(selection.after),
            "before": _naive(selection.before),
            "ids": None if people is None else self._ids_of(selection.project_id, people),
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
        return frozenset(self._project(project_id).event_names)

    def check(self) -> None:
        self._file.check()

    @property
    def precomputed(self) -> PrecomputedSummaries:
        return self._kept

    def close(self) -> None:
        self._file.close()
        self._kept.close()

    def _read_catalog(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._catalog = read_catalog(connection)
        self._kept.attach(connection)

    def _project(self, project_id: ProjectId) -> ProjectCatalog:
        return self._catalog.projects.get(project_id) or ProjectCatalog()

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
        project = self._project(project_id)
        return Scope(
            dialect=DuckDBDialect(project.number_columns),
            project_id=project_id,
            has_mappings=project.has_mappings,
            as_of=as_of,
            zone=ZoneInfo(timezone),
            read_texts=self._texts,
            most_texts=self.capabilities.most_texts or 0,
        )

    def _rows(self, sql: str, values: Mapping[str, object] = _NO_VALUES) -> list[Row]:
        with self._file.reading(seconds=self._query_seconds) as cursor:
            return list(cursor.execute(sql, dict(values) or None).fetchall())

    def _texts(self, query: ir.Table) -> list[str]:
        return [str(text) for (text,) in self._rows(_sql_of(query))]

    def _ids_of(self, project_id: ProjectId, person_ids: Sequence[UUID]) -> list[str]:
        """The derived ids whose person of today is one of these."""
        ids = [person_id.hex for person_id in person_ids]
        if not self._project(project_id).has_mappings:
            return ids
        rows = self._rows(
            "SELECT source_id, person_id FROM person_mappings WHERE project_id = $project_id AND "
            "(list_contains($ids::UUID[], source_id) OR list_contains($ids::UUID[], person_id))",
            {"project_id": project_id, "ids": ids},
        )
        return [derived_id.hex for derived_id in derived_ids(rows, person_ids)]


def _naive(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def _sql_of(query: ir.Table) -> str:
    return str(ibis.to_sql(query, dialect="duckdb"))
