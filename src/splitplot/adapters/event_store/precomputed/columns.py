"""Which columns of the events a query reads: only these are worth keeping.

The engine's own planner says so, of empty tables in memory, without the optimizers that
look at data: what a column holds today says nothing about tomorrow.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

_KEEPS = frozenset({"unused_columns", "cte_inlining", "deliminator", "unnest_rewriter"})

# By table, the columns with their types.
Schema = Mapping[str, Mapping[str, str]]


def schema_of(cursor: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    """The tables of a database."""
    tables: dict[str, dict[str, str]] = {}
    rows = cursor.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = ? AND schema_name = 'main' ORDER BY table_name, column_index",
        [database],
    ).fetchall()
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = kind
    return tables


def columns_read(sql: str, variables: Mapping[str, str], schema: Schema, table: str) -> set[str]:
    """The columns of `table` that the query cannot do without."""
    with duckdb.connect(":memory:") as planner:
        for name, columns in schema.items():
            described = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            planner.execute(f'CREATE TABLE "{name}" ({described})')
        for name, value in variables.items():
            planner.execute(f"SET VARIABLE {name} = {value}")
        optimizers = planner.execute("SELECT name FROM duckdb_optimizers()").fetchall()
        needless = sorted({str(name) for (name,) in optimizers} - _KEEPS)
        planner.execute(f"SET disabled_optimizers = '{','.join(needless)}'")
        explained = planner.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()[0][1]
    return set(_scanned(json.loads(explained), table)) & set(schema[table])


def _scanned(nodes: list[dict[str, Any]], table: str) -> Iterator[str]:
    for node in nodes:
        details = node.get("extra_info", {})
        if str(details.get("Table", "")).split(".")[-1].strip('"') == table:
            columns = details.get("Projections", [])
            yield from [columns] if isinstance(columns, str) else columns
        yield from _scanned(node.get("children", []), table)
