"""Tables that a project registered beside its events: what is known of them, and where from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from splitplot.accounts.model import ProjectId, UserId
from splitplot.experiments.sources.warehouse import StoredTable


class FileKind(StrEnum):
    """What is read: Parquet, or comma-separated values in UTF-8 under a line of names."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """A file whose rows become a table's."""

    path: Path
    kind: FileKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingTable:
    """A table that the event store's server has already, by its name there."""

    name: str


TableOrigin: TypeAlias = TableFile | ExistingTable


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContents:
    """What an event store has made of an origin."""

    stored: StoredTable
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseTable:
    """A registered table.

    Attributes:
        id: 0 until it is stored.
        name: In metrics; no other table of the project has it.
        origin: `parquet`, `csv`, or the name of an existing table.
    """

    id: int
    project_id: ProjectId
    name: str
    origin: str
    contents: TableContents
    created_by_id: UserId | None
    created_at: datetime
    loaded_at: datetime


class WarehouseTableRepository(Protocol):
    def save(self, table: WarehouseTable) -> WarehouseTable:
        """Store it, in the place of the project's table of the same name if there is one.

        The id of the other stays, and when and by whom that was made.
        """
        ...

    def remove(self, project_id: ProjectId, table_id: int) -> None: ...

    def find(self, project_id: ProjectId, table_id: int) -> WarehouseTable | None: ...

    def find_by_name(self, project_id: ProjectId, name: str) -> WarehouseTable | None:
        """The table of exactly this name."""
        ...

    def of_project(self, project_id: ProjectId) -> tuple[WarehouseTable, ...]:
        """By name, to the letter."""
        ...

    def places(self) -> frozenset[str]:
        """Where the rows of every project's tables are."""
        ...


class TableStore(Protocol):
    """The tables of an event store. Events can be written and asked for all the while."""

    def add_table(self, place: str, origin: TableOrigin) -> TableContents:
        """Read the origin into a new table: all of it, or nothing.

        Raises:
            InvalidInput: The origin cannot be read, or the engine has no such origin.
            Unavailable: The table cannot be written now.
        """
        ...

    def drop_table(self, place: str) -> None:
        """Forget a table; does nothing when there is none."""
        ...

    def table_places(self) -> frozenset[str]:
        """What tables there are, registered or not."""
        ...
