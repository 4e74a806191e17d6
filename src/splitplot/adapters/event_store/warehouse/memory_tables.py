"""Tables in memory, read from files by DuckDB so that every store has the same types."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import duckdb

from splitplot.adapters.event_store.warehouse.duckdb_tables import load
from splitplot.adapters.event_store.warehouse.rows import TableRow
from splitplot.experiments.sources.warehouse import ColumnType, TableColumn
from splitplot.filters.model import JsonValue
from splitplot.ports.beside.warehouse import TableContents, TableOrigin

_LARGEST_PLAIN = 1e15


class MemoryTables:
    """Implements `ports.beside.warehouse.TableStore`: the rows of tables, by place."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[TableRow, ...]] = {}

    def table_places(self) -> frozenset[str]:
        return frozenset(self.rows)

    def add_table(self, place: str, origin: TableOrigin) -> TableContents:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            contents = load(connection, place, origin)
            found = connection.execute(f"SELECT * FROM {place}").fetchall()  # noqa: S608 our own name
        columns = contents.stored.columns
        self.rows[place] = tuple(_row(row_id, columns, values) for row_id, *values in found)
        return contents

    def drop_table(self, place: str) -> None:
        self.rows.pop(place, None)


def _row(row_id: UUID, columns: tuple[TableColumn, ...], values: list[object]) -> TableRow:
    known = {column.name: value for column, value in zip(columns, values, strict=True)}
    times: Mapping[str, datetime] = {
        column.name: value.replace(tzinfo=UTC)
        for column in columns
        if column.type is ColumnType.TIME and isinstance(value := known[column.name], datetime)
    }
    return TableRow(
        id=row_id,
        values={name: _seen(value) for name, value in known.items() if value is not None},
        times=times,
    )


def _seen(value: object) -> JsonValue:
    """The value as filters see it: a whole number without a point, a time to the second."""
    match value:
        case datetime():
            return value.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
        case float() if value.is_integer() and abs(value) < _LARGEST_PLAIN:
            return int(value)
        case bool() | int() | float() | str():
            return value
        case _:
            return str(value)
