"""Tables that projects registered beside their events."""

from sqlalchemy import Connection, RowMapping, delete, select

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import tables
from splitplot.adapters.metadata.statements import in_code_point_order, insert
from splitplot.errors import NotFound
from splitplot.experiments.sources.warehouse import ColumnType, StoredTable, TableColumn
from splitplot.ports.beside.warehouse import TableContents, WarehouseTable

_t = tables.warehouse_tables.c
_REPLACED = ("origin", "place", "columns", "row_count", "loaded_at")


class SqlWarehouseTables:
    """Implements `ports.beside.warehouse.WarehouseTableRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, table: WarehouseTable) -> WarehouseTable:
        stored = table.contents.stored
        added = insert(self._connection, tables.warehouse_tables).values(
            project_id=table.project_id,
            name=table.name,
            origin=table.origin,
            place=stored.place,
            columns=[[each.name, each.type.value, each.stored_as] for each in stored.columns],
            row_count=table.contents.rows,
            created_by_id=table.created_by_id,
            created_at=table.created_at,
            loaded_at=table.loaded_at,
        )
        self._connection.execute(
            added.on_conflict_do_update(
                index_elements=[_t.project_id, _t.name],
                set_={name: added.excluded[name] for name in _REPLACED},
            )
        )
        saved = self.find_by_name(table.project_id, table.name)
        if saved is None:
            raise NotFound("There is no such table.")
        return saved

    def remove(self, project_id: ProjectId, table_id: int) -> None:
        self._connection.execute(
            delete(tables.warehouse_tables).where(_t.project_id == project_id, _t.id == table_id)
        )

    def find(self, project_id: ProjectId, table_id: int) -> WarehouseTable | None:
        found = self._connection.execute(
            select(tables.warehouse_tables).where(_t.project_id == project_id, _t.id == table_id)
        )
        row = found.mappings().one_or_none()
        return None if row is None else _table_of(row)

    def find_by_name(self, project_id: ProjectId, name: str) -> WarehouseTable | None:
        found = self._connection.execute(
            select(tables.warehouse_tables).where(_t.project_id == project_id, _t.name == name)
        )
        row = found.mappings().one_or_none()
        return None if row is None else _table_of(row)

    def of_project(self, project_id: ProjectId) -> tuple[WarehouseTable, ...]:
        found = self._connection.execute(
            select(tables.warehouse_tables)
            .where(_t.project_id == project_id)
            .order_by(in_code_point_order(self._connection, _t.name))
        )
        return tuple(_table_of(row) for row in found.mappings())

    def places(self) -> frozenset[str]:
        return frozenset(self._connection.scalars(select(_t.place)))


def _table_of(row: RowMapping) -> WarehouseTable:
    columns = tuple(
        TableColumn(name=name, type=ColumnType(kind), stored_as=stored_as)
        for name, kind, stored_as in row["columns"]
    )
    return WarehouseTable(
        id=row["id"],
        project_id=row["project_id"],
        name=row["name"],
        origin=row["origin"],
        contents=TableContents(
            stored=StoredTable(place=row["place"], columns=columns), rows=row["row_count"]
        ),
        created_by_id=row["created_by_id"],
        created_at=row["created_at"],
        loaded_at=row["loaded_at"],
    )
