"""Files as tables of DuckDB, with few types and names of our own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import duckdb

from splitplot.adapters.event_store.duckdb_connection import DuckDBFile
from splitplot.adapters.event_store.warehouse.rows import ROW_ID
from splitplot.errors import InvalidInput, Unavailable
from splitplot.experiments.sources.warehouse import ColumnType, StoredTable, TableColumn
from splitplot.ports.beside.warehouse import ExistingTable, FileKind, TableContents, TableOrigin

MOST_COLUMNS = 500
MOST_ROWS = 500_000_000
LONGEST_NAME = 400
# What `DuckDBFile` knows replaced tables by.
PREFIX = "warehouse_"

# Values are separated by commas and nothing else: guessing a separator, and which lines are
# no rows, would lose rows without a word. The types are those that every line has.
_CSV = (
    "header = true, skip = 0, delim = ',', quote = '\"', escape = '\"', sample_size = -1, "
    "strict_mode = true, null_padding = false, ignore_errors = false"
)
_NO_ROOM = ("No space left", "Could not write", "Cannot write", "failed to offload")
_TYPES = {
    "BOOLEAN": ColumnType.BOOLEAN,
    "UUID": ColumnType.TEXT,
    "VARCHAR": ColumnType.TEXT,
    "DATE": ColumnType.TIME,
    "FLOAT": ColumnType.NUMBER,
    "DOUBLE": ColumnType.NUMBER,
    "UBIGINT": ColumnType.NUMBER,
    "HUGEINT": ColumnType.NUMBER,
    "UHUGEINT": ColumnType.NUMBER,
    "TINYINT": ColumnType.INTEGER,
    "SMALLINT": ColumnType.INTEGER,
    "INTEGER": ColumnType.INTEGER,
    "BIGINT": ColumnType.INTEGER,
    "UTINYINT": ColumnType.INTEGER,
    "USMALLINT": ColumnType.INTEGER,
    "UINTEGER": ColumnType.INTEGER,
}
_STORED = {
    ColumnType.BOOLEAN: "CAST({} AS BOOLEAN)",
    ColumnType.INTEGER: "CAST({} AS BIGINT)",
    # Infinities and what is no number would be in every sum.
    ColumnType.NUMBER: "CASE WHEN isfinite(CAST({0} AS DOUBLE)) THEN CAST({0} AS DOUBLE) END",
    ColumnType.TEXT: "CAST({} AS VARCHAR)",
    ColumnType.TIME: "CASE WHEN isfinite(CAST({0} AS TIMESTAMP)) THEN CAST({0} AS TIMESTAMP) END",
}


@dataclass(frozen=True, slots=True)
class _Source:
    """What a file has: a table of SQL, and its columns."""

    sql: str
    columns: tuple[TableColumn, ...]


class DuckDBTables:
    """Implements `ports.beside.warehouse.TableStore` in the file of the events."""

    def __init__(self, file: DuckDBFile) -> None:
        self._file = file

    def add_table(self, place: str, origin: TableOrigin) -> TableContents:
        with self._file.writing(beside_others=True) as cursor:
            return load(cursor, place, origin)

    def drop_table(self, place: str) -> None:
        with self._file.writing(beside_others=True) as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {place}")

    def table_places(self) -> frozenset[str]:
        query = "SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, ?)"
        with self._file.reading() as cursor:
            return frozenset(str(name) for (name,) in cursor.execute(query, [PREFIX]).fetchall())


def load(cursor: duckdb.DuckDBPyConnection, place: str, origin: TableOrigin) -> TableContents:
    """Make the table; the caller commits.

    Raises:
        InvalidInput: The file cannot be read, or has columns that cannot be kept.
    """
    if isinstance(origin, ExistingTable):
        raise InvalidInput(
            "Tables are loaded from files here; only ClickHouse has tables of its own.",
            attr="existing_table",
        )
    path = str(origin.path)
    try:
        # Times without a zone are those of UTC.
        cursor.execute("SET TimeZone = 'UTC'")
        source = _source_of(cursor, origin.kind, path)
        values = ", ".join(
            f"{_STORED[column.type].format(_quoted(column.name))} AS {column.stored_as}"
            for column in source.columns
        )
        cursor.execute(
            f"CREATE TABLE {place} AS SELECT gen_random_uuid() AS {ROW_ID}, {values} "  # noqa: S608 names of our own
            f"FROM {source.sql}"
        )
        (rows,) = cursor.execute(f"SELECT count(*) FROM {place}").fetchone() or (0,)  # noqa: S608 likewise
    except duckdb.OutOfMemoryException as error:
        raise Unavailable("There is not enough memory to load the table.") from error
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise _refusal(error, path=path, kind=origin.kind) from error
    return TableContents(stored=StoredTable(place=place, columns=source.columns), rows=int(rows))


def checked_columns(described: Iterable[tuple[str, ColumnType | None, str]]) -> list[TableColumn]:
    """The columns of a table.

    Args:
        described: Of each column its name, its type if it is one of ours, and what the
            engine calls that.

    Raises:
        InvalidInput: They are too many, or one cannot be kept; says which.
    """
    columns = []
    numbers = count()
    for name, column_type, own_type in described:
        if column_type is None:
            raise InvalidInput(
                f"Column '{name[:100]}' is of type {own_type[:100]}, which cannot be kept: use "
                "booleans, numbers, texts, dates and times.",
                code="unsupported_column",
                attr="file",
            )
        if not 0 < len(name) <= LONGEST_NAME or "\0" in name:
            raise InvalidInput(
                f"The name of a column has 1 to {LONGEST_NAME} characters.",
                code="unsupported_column",
                attr="file",
            )
        columns.append(TableColumn(name=name, type=column_type, stored_as=f"c{next(numbers)}"))
    if not 0 < len(columns) <= MOST_COLUMNS:
        raise InvalidInput(
            f"A table has 1 to {MOST_COLUMNS} columns.", code="unsupported_column", attr="file"
        )
    return columns


def _source_of(cursor: duckdb.DuckDBPyConnection, kind: FileKind, path: str) -> _Source:
    # The path is ours, and its text still no part of the statement's.
    literal = "'" + path.replace("'", "''") + "'"
    if kind is FileKind.CSV:
        sql = f"read_csv({literal}, {_CSV})"
    else:
        sql = f"read_parquet({literal})"
        # A few bytes can stand for any number of equal rows.
        (rows,) = cursor.execute(f"SELECT count(*) FROM {sql}").fetchone() or (0,)  # noqa: S608 see above
        if rows > MOST_ROWS:
            raise InvalidInput(f"A table has at most {MOST_ROWS} rows.", attr="file")
    described: Sequence[tuple[str, ...]] = cursor.execute(
        f"DESCRIBE SELECT * FROM {sql}"  # noqa: S608 see above
    ).fetchall()
    columns = checked_columns((name, _type_of(own), own) for name, own, *_ in described)
    return _Source(sql, tuple(columns))


def _type_of(own: str) -> ColumnType | None:
    if own.startswith("DECIMAL"):
        return ColumnType.NUMBER
    if own.startswith("TIMESTAMP"):
        return ColumnType.TIME
    return ColumnType.TEXT if own.startswith("ENUM") else _TYPES.get(own)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refusal(error: Exception, *, path: str, kind: FileKind) -> InvalidInput | Unavailable:
    lines = str(error).replace(path, "the file").splitlines() or [type(error).__name__]
    detail = lines[0].partition(": ")[2] or lines[0]
    if any(word in lines[0] for word in _NO_ROOM):
        return Unavailable(f"The table cannot be written: {detail}")
    if kind is FileKind.CSV:
        form = "comma-separated values in UTF-8, with a line of names and rows as long as that"
    else:
        form = "a Parquet file"
    return InvalidInput(
        f"The file is not {form}: {detail[:300]}", code="unreadable_file", attr="file"
    )
