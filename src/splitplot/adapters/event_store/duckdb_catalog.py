"""What is remembered of a DuckDB event file while it is open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.known_ids import (
    BYTES_PER_SEGMENT,
    IDS_PER_SEGMENT,
    IdIndex,
    Segment,
)

NUMBER_COLUMNS = 32
_REVISIONS = """
    SELECT project_id, max(seq), bool_or(is_mapped) FROM (
        SELECT project_id, seq, false AS is_mapped FROM events
        UNION ALL SELECT project_id, seq, true FROM person_mappings
        UNION ALL SELECT project_id, seq, false FROM person_properties
    ) GROUP BY project_id
"""


@dataclass(slots=True)
class ProjectCatalog:
    """What is remembered of one project.

    Attributes:
        number_columns: The numbered column of each property that has one.
        revision: The highest `seq` among its rows, of any table.
    """

    number_columns: dict[str, int] = field(default_factory=dict)
    event_names: set[str] = field(default_factory=set)
    has_mappings: bool = False
    revision: int = 0

    def new_number_columns(self, properties: Iterator[str]) -> dict[str, int]:
        """Columns for properties that have none yet, as long as there are free ones.

        A property without a column is read out of the JSON. What SDKs send with every
        event (`$screen_width` and its like) would fill the columns and is no metric.
        """
        columns: dict[str, int] = {}
        for name in properties:
            number = len(self.number_columns) + len(columns)
            if number == NUMBER_COLUMNS:
                break
            if name not in self.number_columns and name not in columns and name[:1] != "$":
                columns[name] = number
        return columns


@dataclass(slots=True)
class Catalog:
    projects: dict[ProjectId, ProjectCatalog]
    ids: IdIndex
    next_seq: int
    people_revision: int

    @classmethod
    def empty(cls) -> "Catalog":
        return cls(projects={}, ids=IdIndex([]), next_seq=1, people_revision=0)

    def of(self, project_id: ProjectId) -> ProjectCatalog:
        return self.projects.setdefault(project_id, ProjectCatalog())

    def expect_mappings(self, project_ids: Iterable[ProjectId]) -> None:
        """Have queries look ids up in these projects, whether or not there are mappings yet."""
        for project_id in project_ids:
            self.of(project_id).has_mappings = True


def read_catalog(connection: duckdb.DuckDBPyConnection) -> Catalog:
    """Read what the file holds; seals the filters of ids that are overdue."""
    catalog = Catalog.empty()
    for project_id, name in _all(connection, "SELECT project_id, name FROM event_names"):
        catalog.of(project_id).event_names.add(name)
    for project_id, name, number in _all(
        connection, "SELECT project_id, property, number FROM number_columns"
    ):
        catalog.of(project_id).number_columns[name] = number
    for project_id, seq, is_mapped in _all(connection, _REVISIONS):
        project = catalog.of(project_id)
        project.revision = seq
        project.has_mappings = is_mapped
        catalog.next_seq = max(catalog.next_seq, seq + 1)
    for (revision,) in _all(
        connection,
        "SELECT max(revision) FROM person_mappings UNION ALL "
        "SELECT max(revision) FROM person_properties",
    ):
        catalog.people_revision = max(catalog.people_revision, revision or 0)
    catalog.ids = _read_ids(connection, catalog.next_seq)
    return catalog


def _all(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    yield from connection.execute(query).fetchall()


# Identifiers of stored events


def _read_ids(connection: duckdb.DuckDBPyConnection, next_seq: int) -> IdIndex:
    """The sealed filters as they are stored, and new ones of the events after them."""
    rows = list(
        _all(connection, "SELECT first_seq, last_seq, bits FROM id_filters ORDER BY first_seq")
    )
    if any(len(bits) != BYTES_PER_SEGMENT for _, _, bits in rows):
        # Made by a version that divided differently: all of them are made again.
        connection.execute("DELETE FROM id_filters")
        rows = []
    segments = [
        Segment(first_seq=first, last_seq=last, bits=np.frombuffer(bits, dtype=np.uint8))
        for first, last, bits in rows
    ]
    first = segments[-1].last_seq + 1 if segments else 1
    while next_seq - first > IDS_PER_SEGMENT:
        segment = _scan(connection, first, first + IDS_PER_SEGMENT - 1)
        seal(connection, segment)
        segments.append(segment)
        first = segment.last_seq + 1
    segments.append(_scan(connection, first, next_seq - 1))
    return IdIndex(segments)


def _scan(connection: duckdb.DuckDBPyConnection, first_seq: int, last_seq: int) -> Segment:
    segment = Segment(first_seq=first_seq, last_seq=last_seq)
    columns = connection.execute(
        "SELECT md5_number_upper(uuid::VARCHAR) AS upper, md5_number_lower(uuid::VARCHAR) AS lower "
        "FROM events WHERE seq BETWEEN ? AND ?",
        [first_seq, last_seq],
    ).fetchnumpy()
    segment.add(np.column_stack([columns["upper"], columns["lower"]]).astype(np.uint64))
    return segment


def seal(connection: duckdb.DuckDBPyConnection, segment: Segment) -> None:
    connection.execute(
        "INSERT INTO id_filters VALUES (?, ?, ?)",
        [segment.first_seq, segment.last_seq, segment.bits.tobytes()],
    )
