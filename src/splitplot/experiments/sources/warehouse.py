"""Rows of a table beside the events, and by what they belong to a unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from splitplot.errors import InvalidInput
from splitplot.filters.model import PropertyFilter
from splitplot.filters.parts import with_each

P = TypeVar("P")

_EVENT = "properties."
_PERSON = "person.properties."
_GROUP = re.compile(r"\$group_([0-4])")


class ColumnType(StrEnum):
    """What a column of a table holds. Times are instants, without a zone those of UTC."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    TIME = "time"


class JoinedBy(StrEnum):
    """What of an event a table is joined by."""

    DISTINCT_ID = "distinct_id"
    PERSON_ID = "person_id"
    PROPERTY = "property"
    PERSON_PROPERTY = "person_property"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinKey:
    """What the first exposure of a unit is joined by.

    Attributes:
        kind: What it is.
        name: The property's name, or the number of the group type; empty for ids.
    """

    kind: JoinedBy
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """A column, and what it is called where it is stored."""

    name: str
    type: ColumnType
    stored_as: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """Where the rows are.

    Attributes:
        place: What the event store calls the table.
        columns: What it has.
    """

    place: str
    columns: tuple[TableColumn, ...]

    def column(self, name: str) -> TableColumn | None:
        """The column of this name; names are taken to the letter."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseSource:
    """Rows of a table. A row belongs to every unit whose join value is the row's.

    A unit's join value is that of its first exposure (or activation), by time and then by
    event id. Where it is missing or empty no row belongs to the unit, and neither does one
    whose key is null or empty. Rows without a time count nowhere.

    Attributes:
        table: The table's name in the project.
        timestamp_field: The column that says when.
        joined_by: What of the exposure the rows are joined by.
        table_join_key: The column that has to equal it, both as texts.
        filters: Which rows; all must hold. A row's columns are its properties, and one that
            is null is missing.
        stored: Where the rows are; None until somebody has looked that up.
    """

    table: str
    timestamp_field: str
    joined_by: JoinKey
    table_join_key: str
    filters: tuple[PropertyFilter, ...] = ()
    stored: StoredTable | None = None

    @property
    def every_filter(self) -> tuple[PropertyFilter, ...]:
        """Its filters: rows have no alternatives."""
        return self.filters


def read_join_key(expression: str) -> JoinKey:
    """What `events_join_key` says.

    Raises:
        InvalidInput: It is none of the expressions that are known.

    Examples:
        >>> read_join_key("properties.order_id")
        JoinKey(kind=<JoinedBy.PROPERTY: 'property'>, name='order_id')
    """
    text = expression.strip().removeprefix("events.")
    if text in (JoinedBy.DISTINCT_ID, JoinedBy.PERSON_ID):
        return JoinKey(kind=JoinedBy(text))
    if text == "person.id":
        return JoinKey(kind=JoinedBy.PERSON_ID)
    if (group := _GROUP.fullmatch(text)) is not None:
        return JoinKey(kind=JoinedBy.GROUP, name=group[1])
    for prefix, kind in ((_PERSON, JoinedBy.PERSON_PROPERTY), (_EVENT, JoinedBy.PROPERTY)):
        name = text.removeprefix(prefix)
        if name != text and _is_name(name):
            return JoinKey(kind=kind, name=name)
    raise InvalidInput(
        f"events_join_key {expression[:100]!r} is not known: use distinct_id, person_id, "
        "properties.NAME, person.properties.NAME or $group_0 to $group_4.",
        code="unsupported",
        attr="events_join_key",
    )


def names_tables(plan: object) -> bool:
    """Whether a plan counts rows of tables."""
    found: list[WarehouseSource] = []

    def note(source: WarehouseSource) -> WarehouseSource:
        found.append(source)
        return source

    with_each(plan, WarehouseSource, note)
    return bool(found)


def with_tables(plan: P, tables: Mapping[str, StoredTable]) -> P:
    """The plan with the places of all rows that it counts.

    Args:
        plan: Made of frozen dataclasses and tuples, which are looked through.
        tables: Those of the project, by name.

    Raises:
        InvalidInput: See `with_table`.
    """

    def resolve(source: WarehouseSource) -> WarehouseSource:
        return replace(source, stored=with_table(source, tables))

    return with_each(plan, WarehouseSource, resolve)


def with_table(source: WarehouseSource, tables: Mapping[str, StoredTable]) -> StoredTable:
    """Where the source's rows are.

    Args:
        source: As planned.
        tables: Those of the project, by name.

    Raises:
        InvalidInput: There is no such table, or it lacks a column that the source reads.
    """
    table = tables.get(source.table)
    if table is None:
        raise InvalidInput(
            f"Data warehouse table '{source.table[:100]}' not found in this project.",
            code="table_does_not_exist",
            attr="table_name",
        )
    for attr, name in (
        ("timestamp_field", source.timestamp_field),
        ("data_warehouse_join_key", source.table_join_key),
    ):
        if table.column(name) is None:
            raise InvalidInput(
                f"Table '{source.table}' has no column '{name[:100]}'.",
                code="column_does_not_exist",
                attr=attr,
            )
    moment = table.column(source.timestamp_field)
    if moment is not None and moment.type is not ColumnType.TIME:
        raise InvalidInput(
            f"Column '{moment.name}' of table '{source.table}' holds no times, but {moment.type}s.",
            code="column_is_no_time",
            attr="timestamp_field",
        )
    return table


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$/-]*", name) is not None
