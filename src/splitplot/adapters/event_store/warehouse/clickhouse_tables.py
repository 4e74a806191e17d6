"""Tables that a ClickHouse server has, as views with few types and names of our own."""

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from splitplot.adapters.event_store.warehouse.duckdb_tables import PREFIX, checked_columns
from splitplot.adapters.event_store.warehouse.rows import ROW_ID
from splitplot.errors import InvalidInput, Unavailable
from splitplot.experiments.sources.warehouse import ColumnType, StoredTable, TableColumn
from splitplot.ports.beside.warehouse import TableContents, TableFile, TableOrigin

_WRAPPERS = ("LowCardinality(", "Nullable(")
_TYPES = {
    "Bool": ColumnType.BOOLEAN,
    "UUID": ColumnType.TEXT,
    "String": ColumnType.TEXT,
    "UInt64": ColumnType.NUMBER,
    **{f"Int{bits}": ColumnType.INTEGER for bits in (8, 16, 32, 64)},
    **{f"UInt{bits}": ColumnType.INTEGER for bits in (8, 16, 32)},
    **{f"{kind}{bits}": ColumnType.NUMBER for kind in ("Int", "UInt") for bits in (128, 256)},
}
_BEGINNINGS = (
    ("Float", ColumnType.NUMBER),
    ("Decimal", ColumnType.NUMBER),
    ("Date", ColumnType.TIME),
    ("Enum", ColumnType.TEXT),
    ("FixedString", ColumnType.TEXT),
)
_SEEN = {
    ColumnType.BOOLEAN: "CAST({} AS Nullable(Bool))",
    ColumnType.INTEGER: "CAST({} AS Nullable(Int64))",
    # Infinities and what is no number would be in every sum.
    ColumnType.NUMBER: "if(isFinite(toFloat64({0})), toFloat64({0}), NULL)",
    ColumnType.TEXT: "CAST({} AS Nullable(String))",
    ColumnType.TIME: "CAST(toDateTime64({}, 6, 'UTC') AS Nullable(DateTime64(6, 'UTC')))",
}


class ClickHouseTables:
    """Implements `ports.beside.warehouse.TableStore`.

    Who runs the server says which tables projects may register: those of one database, which
    is called as that of the events with `_warehouse` behind it.
    """

    def __init__(self, client: Client, *, database: str) -> None:
        self._client = client
        self._database = f"{database}_warehouse"

    def add_table(self, place: str, origin: TableOrigin) -> TableContents:
        if isinstance(origin, TableFile):
            raise InvalidInput(
                "With ClickHouse no files are loaded: put the table into the server's database "
                f"'{self._database}' and register it by its name.",
                attr="file",
            )
        try:
            stored = StoredTable(place=place, columns=tuple(self._columns(origin.name)))
            table = f"{_quoted(self._database)}.{_quoted(origin.name)}"
            seen = {
                column.stored_as: _SEEN[column.type].format(f"t.{_quoted(column.name)}")
                for column in stored.columns
            }
            values = ", ".join(f"{value} AS {name}" for name, value in seen.items())
            # Rows have no id of their own; equal ones are told apart by a number.
            text = f"toString(tuple({', '.join(seen)}))"
            number = f"row_number() OVER (PARTITION BY {text})"
            self._client.command(
                f"CREATE VIEW {place} AS SELECT *, "  # noqa: S608 quoted, or names of our own
                f"reinterpretAsUUID(sipHash128({text}, {number})) AS {ROW_ID} "
                f"FROM (SELECT {values} FROM {table} AS t)"
            )
            ((rows,),) = self._client.query(f"SELECT count() FROM {table}").result_rows  # noqa: S608 quoted
        except ClickHouseError as error:
            raise Unavailable(f"The table cannot be read now: {_reason(error)}") from error
        return TableContents(stored=stored, rows=int(rows))

    def drop_table(self, place: str) -> None:
        try:
            self._client.command(f"DROP VIEW IF EXISTS {place}")
        except ClickHouseError as error:
            raise Unavailable(f"The table cannot be dropped now: {_reason(error)}") from error

    def table_places(self) -> frozenset[str]:
        query = (
            "SELECT name FROM system.tables "
            "WHERE database = currentDatabase() AND startsWith(name, {prefix:String})"
        )
        try:
            found = self._client.query(query, parameters={"prefix": PREFIX}).result_rows
        except ClickHouseError as error:
            raise Unavailable(f"ClickHouse cannot be used: {_reason(error)}") from error
        return frozenset(str(name) for (name,) in found)

    def _columns(self, name: str) -> list[TableColumn]:
        """The columns of a type that we know; the others are left out."""
        found = self._client.query(
            "SELECT name, type FROM system.columns "
            "WHERE database = {database:String} AND table = {name:String} ORDER BY position",
            parameters={"database": self._database, "name": name},
        ).result_rows
        if not found:
            raise InvalidInput(
                f"The database '{self._database}' of the server has no table '{name[:100]}'.",
                code="table_does_not_exist",
                attr="existing_table",
            )
        described = ((str(column), _type_of(str(own)), str(own)) for column, own in found)
        return checked_columns(each for each in described if each[1] is not None)


def _type_of(own: str) -> ColumnType | None:
    for wrapper in _WRAPPERS:
        own = own.removeprefix(wrapper)
    own = own.rstrip(")") if "(" not in own else own
    for beginning, column_type in _BEGINNINGS:
        if own.startswith(beginning):
            return column_type
    return _TYPES.get(own)


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
