"""Pieces of SQL that several repositories need."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import ColumnElement, Connection, Table, collate, func, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from splitplot.accounts.access import Sight
from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import tables
from splitplot.errors import NotFound

T = TypeVar("T")

# Both engines take more parameters in one statement; this many make few statements.
_CHUNK = 5_000
# The name under which `engine.py` gives SQLite a lower case beyond ASCII.
UNICODE_LOWER = "unicode_lower"


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that knows `on_conflict_…`; both engines spell it alike."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def insert_numbered(connection: Connection, table: Table, row: Mapping[str, object]) -> int:
    """Insert the row under the next free id, and answer the id."""
    added = connection.execute(sqlalchemy.insert(table), row)
    key = added.inserted_primary_key
    if key is None:
        msg = f"{table.name} has no numbered rows"
        raise TypeError(msg)
    return int(key[0])


def lower(connection: Connection, text: ColumnElement[str]) -> ColumnElement[str]:
    """The text in lower case, letters beyond ASCII included."""
    if connection.dialect.name == "sqlite":
        return func.unicode_lower(text, type_=text.type)
    return func.lower(text, type_=text.type)


def in_code_point_order(connection: Connection, text: ColumnElement[str]) -> ColumnElement[str]:
    """For ORDER BY: the same order on every server, whatever its locale."""
    return collate(text, "BINARY" if connection.dialect.name == "sqlite" else "C")


def seen(columns: Any, sight: Sight | None) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 - a table's columns
    """The condition that leaves out what somebody does not see; none when they see all."""
    if sight is None:
        return ()
    is_exception = columns.id.in_(sight.exceptions)
    others = ~is_exception if sight.shows_others else is_exception
    return (or_(others, columns.created_by_id == sight.user_id),)


def chunks(values: Iterable[T]) -> Iterator[tuple[T, ...]]:
    """The distinct values, few enough at a time for one statement."""
    rest = iter(dict.fromkeys(values))
    while chunk := tuple(islice(rest, _CHUNK)):
        yield chunk


def raise_flags_revision(connection: Connection, project_id: ProjectId) -> None:
    """Tell flag snapshots that the project has changed.

    Raises:
        NotFound: There is no such project.
    """
    p = tables.projects.c
    raised = connection.execute(
        update(tables.projects)
        .where(p.id == project_id)
        .values(flags_revision=p.flags_revision + 1)
    )
    if raised.rowcount == 0:
        raise NotFound("There is no such project.")
