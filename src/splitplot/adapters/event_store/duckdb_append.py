"""One batch as statements of one transaction, and what to remember once it is committed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

import duckdb
import numpy as np
import numpy.typing as npt

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.duckdb_catalog import Catalog, seal
from splitplot.adapters.event_store.known_ids import Segment
from splitplot.adapters.event_store.rows import event_columns, json_text
from splitplot.adapters.event_store.values import numbers_of, valid_text
from splitplot.ports.event_store import (
    AppendBatch,
    PersonIdMapping,
    PersonProperties,
    ProjectEvent,
)

Column: TypeAlias = npt.NDArray[np.generic]

_TYPES = {"project_id": "i4", "timestamp": "M8[us]", "is_personless": "?"}

_INSERT_EVENTS = "INSERT INTO events BY NAME SELECT * FROM incoming"
# Of two rows about one id the one with the higher revision stays. There is no index:
# these tables are small beside the events, and a scan of their ids costs less than an
# index on random ids does in memory and on disk.
_DELETE_MAPPINGS = """
    DELETE FROM person_mappings AS stored USING incoming
    WHERE stored.project_id = incoming.project_id
        AND stored.source_id = incoming.source_id::UUID
        AND stored.revision <= incoming.revision
"""
_INSERT_MAPPINGS = """
    INSERT INTO person_mappings BY NAME SELECT * FROM incoming WHERE NOT EXISTS (
        SELECT 1 FROM person_mappings AS stored
        WHERE stored.project_id = incoming.project_id
            AND stored.source_id = incoming.source_id::UUID
    )
"""
_DELETE_PROPERTIES = """
    DELETE FROM person_properties AS stored USING incoming
    WHERE stored.project_id = incoming.project_id
        AND stored.person_id = incoming.person_id::UUID
        AND stored.revision <= incoming.revision
"""
_INSERT_PROPERTIES = """
    INSERT INTO person_properties BY NAME SELECT * FROM incoming WHERE NOT EXISTS (
        SELECT 1 FROM person_properties AS stored
        WHERE stored.project_id = incoming.project_id
            AND stored.person_id = incoming.person_id::UUID
    )
"""


@dataclass(slots=True)
class Written:
    """What a committed batch changed."""

    first_seq: int
    next_seq: int
    uuids: list[UUID] = field(default_factory=list)
    number_columns: dict[ProjectId, dict[str, int]] = field(default_factory=dict)
    event_names: dict[ProjectId, set[str]] = field(default_factory=dict)
    mapped_projects: set[ProjectId] = field(default_factory=set)
    revisions: dict[ProjectId, int] = field(default_factory=dict)
    people_revision: int = 0
    is_sealing: bool = False


def write(cursor: duckdb.DuckDBPyConnection, batch: AppendBatch, catalog: Catalog) -> Written:
    """Run the statements; the caller commits, and then calls `remember`."""
    append = _Append(cursor, catalog)
    if batch.events:
        append.seal_ids(len(batch.events))
        append.write_events(batch.events)
    if batch.mappings:
        append.write_mappings(batch.mappings)
    if batch.person_properties:
        append.write_person_properties(batch.person_properties)
    return append.written


def remember(catalog: Catalog, written: Written) -> None:
    for project_id, columns in written.number_columns.items():
        project = catalog.of(project_id)
        project.number_columns = {**project.number_columns, **columns}
    for project_id, names in written.event_names.items():
        project = catalog.of(project_id)
        project.event_names = project.event_names | names
    if written.is_sealing:
        catalog.ids.segments.append(
            Segment(first_seq=written.first_seq, last_seq=written.first_seq - 1)
        )
    if written.uuids:
        last_seq = written.first_seq + len(written.uuids) - 1
        catalog.ids.grow(written.uuids, last_seq=last_seq)
    catalog.next_seq = written.next_seq
    catalog.people_revision = max(catalog.people_revision, written.people_revision)
    # Last, so that nobody keeps an answer from before under the revision from after.
    for project_id, revision in written.revisions.items():
        catalog.of(project_id).revision = revision


class _Append:
    """The statements of one batch, under way."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
        self._cursor = cursor
        self._catalog = catalog
        self.written = Written(first_seq=catalog.next_seq, next_seq=catalog.next_seq)

    def seal_ids(self, more: int) -> None:
        """Store the filter of ids that would be too full with `more` in it."""
        if self._catalog.ids.is_full(more):
            seal(self._cursor, self._catalog.ids.segments[-1])
            self.written.is_sealing = True

    def write_events(self, rows: Sequence[ProjectEvent]) -> None:
        numbers = [numbers_of(row.event.properties) for row in rows]
        self.written.uuids = [row.event.uuid for row in rows]
        self._name_events(rows)
        self._number_properties(rows, numbers)
        columns: dict[str, Column] = {
            name: np.array(values, dtype=_TYPES.get(name, "O"))
            for name, values in event_columns(rows).items()
        }
        columns["seq"] = self._take_numbers([row.project_id for row in rows])
        self._run(_INSERT_EVENTS, {**columns, **self._numbered(rows, numbers)})

    def write_mappings(self, mappings: Sequence[PersonIdMapping]) -> None:
        latest = {}
        for row in sorted(mappings, key=lambda row: row.revision):
            latest[row.project_id, row.source_id] = row
        rows = list(latest.values())
        projects = [row.project_id for row in rows]
        columns: dict[str, Column] = {
            "seq": self._take_numbers(projects),
            "project_id": np.array(projects, dtype="i4"),
            "source_id": _objects(row.source_id.hex for row in rows),
            "person_id": _objects(row.person_id.hex for row in rows),
            "revision": np.array([row.revision for row in rows], dtype="i8"),
        }
        self._run(_DELETE_MAPPINGS, columns)
        self._run(_INSERT_MAPPINGS, columns)
        self.written.mapped_projects.update(projects)
        self._raise_people_revision(row.revision for row in rows)

    def write_person_properties(self, described: Sequence[PersonProperties]) -> None:
        latest = {}
        for row in sorted(described, key=lambda row: row.revision):
            latest[row.project_id, row.person_id] = row
        rows = list(latest.values())
        projects = [row.project_id for row in rows]
        columns: dict[str, Column] = {
            "seq": self._take_numbers(projects),
            "project_id": np.array(projects, dtype="i4"),
            "person_id": _objects(row.person_id.hex for row in rows),
            "properties": _objects(json_text(row.properties) for row in rows),
            "revision": np.array([row.revision for row in rows], dtype="i8"),
        }
        self._run(_DELETE_PROPERTIES, columns)
        self._run(_INSERT_PROPERTIES, columns)
        self._raise_people_revision(row.revision for row in rows)

    def _name_events(self, rows: Sequence[ProjectEvent]) -> None:
        for row in rows:
            name = valid_text(row.event.name)
            if name not in self._catalog.of(row.project_id).event_names:
                self.written.event_names.setdefault(row.project_id, set()).add(name)
        for project_id, names in self.written.event_names.items():
            for name in sorted(names):
                self._cursor.execute("INSERT INTO event_names VALUES (?, ?)", [project_id, name])

    def _number_properties(
        self, rows: Sequence[ProjectEvent], numbers: Sequence[dict[str, float]]
    ) -> None:
        """Give columns to properties that are a number for the first time."""
        for project_id in {row.project_id for row in rows}:
            names = (
                name
                for row, of_event in zip(rows, numbers, strict=True)
                if row.project_id == project_id
                for name in of_event
            )
            added = self._catalog.of(project_id).new_number_columns(names)
            self.written.number_columns[project_id] = added
            for name, number in added.items():
                self._cursor.execute(
                    "INSERT INTO number_columns VALUES (?, ?, ?)", [project_id, name, number]
                )

    def _numbered(
        self, rows: Sequence[ProjectEvent], numbers: Sequence[dict[str, float]]
    ) -> dict[str, Column]:
        """The numbered columns that have a value; DuckDB takes not-a-number for null."""
        numbering = {
            project_id: {**self._catalog.of(project_id).number_columns, **added}
            for project_id, added in self.written.number_columns.items()
        }
        columns: dict[str, npt.NDArray[np.float64]] = {}
        for place, (row, of_event) in enumerate(zip(rows, numbers, strict=True)):
            of_project = numbering[row.project_id]
            for name in of_event.keys() & of_project.keys():
                column = f"number_{of_project[name]}"
                if column not in columns:
                    columns[column] = np.full(len(rows), np.nan)
                columns[column][place] = of_event[name]
        return dict(columns)

    def _take_numbers(self, projects: Sequence[ProjectId]) -> Column:
        """The next numbers, one for each row; the last one is its project's revision."""
        first = self.written.next_seq
        self.written.next_seq += len(projects)
        numbers = np.arange(first, self.written.next_seq, dtype="i8")
        self.written.revisions |= dict(zip(projects, numbers.tolist(), strict=True))
        return numbers

    def _raise_people_revision(self, revisions: Iterable[int]) -> None:
        self.written.people_revision = max(self.written.people_revision, *revisions)

    def _run(self, statement: str, columns: dict[str, Column]) -> None:
        """Run a statement that reads `columns` as the table `incoming`."""
        self._cursor.register("incoming", columns)
        self._cursor.execute(statement)
        self._cursor.unregister("incoming")


def _objects(values: Iterable[str]) -> Column:
    return np.array(list(values), dtype="O")
