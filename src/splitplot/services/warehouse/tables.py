"""The tables of each project."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from uuid import uuid4

from splitplot.accounts.model import Project, ProjectId, User
from splitplot.errors import InvalidInput, NotFound, Unavailable
from splitplot.ports.beside.warehouse import ExistingTable, TableOrigin, TableStore, WarehouseTable
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata, Page, Repositories
from splitplot.services.warehouse.uploads import Uploads

MOST_TABLES = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,199}")
# A table that nobody registers within this time is what a crash left behind.
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRecord:
    """A table, and who registered it (None when nobody did, or the user is gone)."""

    table: WarehouseTable
    created_by: User | None


class WarehouseService:
    """Registers tables. What the project knows of one changes at once, or not at all.

    Rows are loaded under a name that nobody knows yet; then the project's record points
    there, and the old rows go. One table is loaded at a time.
    """

    def __init__(
        self, *, metadata: Metadata, tables: TableStore, uploads: Uploads, clock: Clock
    ) -> None:
        self._metadata = metadata
        self._tables = tables
        self._clock = clock
        self._turn = Lock()
        self.uploads = uploads

    def page(self, project_id: ProjectId, *, limit: int, offset: int) -> Page[TableRecord]:
        """By name."""
        with self._metadata.reading() as repositories:
            tables = repositories.warehouse_tables.of_project(project_id)
            shown = _records(repositories, tables[offset : offset + limit])
        return Page(items=tuple(shown), count=len(tables))

    def get(self, project_id: ProjectId, table_id: int) -> TableRecord:
        """One table.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            table = repositories.warehouse_tables.find(project_id, table_id)
            if table is None:
                raise NotFound("Not found.")
            (record,) = _records(repositories, (table,))
        return record

    def load(
        self, project: Project, name: str, origin: TableOrigin, *, actor: User | None
    ) -> TableRecord:
        """Make a table of the project, in the place of one with the same name.

        Args:
            project: Whose table.
            name: What metrics call it.
            origin: What is read.
            actor: Who asks.

        Raises:
            InvalidInput: The name is none, there are too many tables, or the origin cannot
                be read. A table of that name stays as it is.
            Unavailable: A store does not answer, or has no room.
        """
        self.check_name(project.id, name)
        with self._turn:
            self._forget_remains()
            now = self._clock.now()
            place = f"warehouse_{project.id}_{int(now.timestamp())}_{uuid4().hex}"
            contents = self._tables.add_table(place, origin)
            table = WarehouseTable(
                id=0,
                project_id=project.id,
                name=name,
                origin="existing" if isinstance(origin, ExistingTable) else origin.kind.value,
                contents=contents,
                created_by_id=None if actor is None else actor.id,
                created_at=now,
                loaded_at=self._clock.now(),
            )
            try:
                with self._metadata.transaction() as repositories:
                    before = repositories.warehouse_tables.find_by_name(project.id, name)
                    saved = repositories.warehouse_tables.save(table)
                    (record,) = _records(repositories, (saved,))
            except BaseException:
                self._drop(place)
                raise
            if before is not None:
                self._drop(before.contents.stored.place)
        return record

    def check_name(self, project_id: ProjectId, name: str) -> None:
        """Refuse what cannot be the name of another table.

        Raises:
            InvalidInput: It is no name, or there are too many tables.
        """
        if _NAME.fullmatch(name) is None:
            raise InvalidInput(
                "The name of a table has up to 200 letters, digits, underscores and dots, and "
                "begins with a letter or an underscore.",
                attr="name",
            )
        with self._metadata.reading() as repositories:
            names = {each.name for each in repositories.warehouse_tables.of_project(project_id)}
        if name not in names and len(names) >= MOST_TABLES:
            raise InvalidInput(f"A project has at most {MOST_TABLES} tables.", attr="name")

    def remove(self, project_id: ProjectId, table_id: int) -> None:
        """Forget a table; metrics on it say so from then on.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.transaction() as repositories:
            table = repositories.warehouse_tables.find(project_id, table_id)
            if table is None:
                raise NotFound("Not found.")
            repositories.warehouse_tables.remove(project_id, table_id)
        self._drop(table.contents.stored.place)

    def _drop(self, place: str) -> None:
        """Now, or with the next table that is loaded."""
        with suppress(Unavailable):
            self._tables.drop_table(place)

    def _forget_remains(self) -> None:
        """Drop what was loaded and never registered, or could not be dropped in its time."""
        with self._metadata.reading() as repositories:
            known = repositories.warehouse_tables.places()
        before = int((self._clock.now() - _FORGOTTEN_AFTER).timestamp())
        for place in self._tables.table_places() - known:
            _, _, loaded_at, *_ = (*place.split("_"), "", "")
            if loaded_at.isdigit() and int(loaded_at) < before:
                self._drop(place)


def _records(repositories: Repositories, tables: Sequence[WarehouseTable]) -> list[TableRecord]:
    makers = {table.created_by_id for table in tables if table.created_by_id is not None}
    users = repositories.accounts.users(makers)
    return [
        TableRecord(
            table=table,
            created_by=None if table.created_by_id is None else users.get(table.created_by_id),
        )
        for table in tables
    ]
