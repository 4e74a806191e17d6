"""Rows of a data warehouse table, each as an event of the units that it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.breakdowns import order_of
from splitplot.adapters.event_store.compile.dialect import Dialect, Document
from splitplot.adapters.event_store.compile.exposed import exposure_events
from splitplot.adapters.event_store.compile.hogql import finite
from splitplot.adapters.event_store.compile.predicates import holds, is_native
from splitplot.adapters.event_store.compile.sources import (
    Scope,
    is_among_accepted,
    person_of,
    rows,
    unit_of,
    with_person_properties,
)
from splitplot.adapters.event_store.warehouse.rows import ROW_ID
from splitplot.errors import InvalidInput
from splitplot.experiments.plan import ExposurePlan
from splitplot.experiments.sources.warehouse import (
    ColumnType,
    JoinedBy,
    JoinKey,
    TableColumn,
    WarehouseSource,
)
from splitplot.filters.model import PropertyFilter

_TYPES = {
    ColumnType.BOOLEAN: "boolean",
    ColumnType.INTEGER: "int64",
    ColumnType.NUMBER: "float64",
    ColumnType.TEXT: "string",
    ColumnType.TIME: "timestamp(6)",
}
# Beyond, a double has no digits behind the point, and its text an exponent.
_LARGEST_PLAIN = 1e15
_SECONDS = len("2025-03-01 00:00:00")
_NO_TEXT = ibis.literal(None, type="string")
_NO_NUMBER = ibis.literal(None, type="float64")


def table_rows(
    scope: Scope,
    source: WarehouseSource,
    *,
    since: datetime,
    until: datetime,
    is_until_included: bool,
) -> tuple[ir.Table, Scope]:
    """The source's rows in a span, `since` included, and the scope in which they are read.

    They have a `uuid`, a `timestamp`, and the text `join_key`.
    """
    stored = source.stored
    moment = None if stored is None else stored.column(source.timestamp_field)
    key = None if stored is None else stored.column(source.table_join_key)
    if stored is None or moment is None or key is None:
        raise InvalidInput(f"Nobody has looked up the table '{source.table}'.", attr="table_name")
    columns = {column.stored_as: _TYPES[column.type] for column in stored.columns}
    table = ibis.table({ROW_ID: "uuid", **columns}, name=stored.place)
    instant = table[moment.stored_as]
    until_instant = scope.dialect.instant(until)
    conditions = [
        instant >= scope.dialect.instant(since),
        instant <= until_instant if is_until_included else instant < until_instant,
    ]
    if scope.known_until is not None:
        conditions.append(instant <= scope.dialect.instant(scope.known_until))
    table = table.filter(conditions)
    dialect = RowsDialect(
        engine=scope.dialect,
        rows=table,
        columns={column.name: column for column in stored.columns},
    )
    table = table.mutate(
        uuid=table[ROW_ID],
        timestamp=table[moment.stored_as],
        join_key=dialect.column_text(table, key.name),
        # Filters and formulas ask for the members of a document; the dialect knows better.
        properties=ibis.literal(""),
    )
    own = replace(scope, dialect=replace(dialect, rows=table))
    if source.filters:
        table = table.filter([_holds(own, table, condition) for condition in source.filters])
    return table, replace(scope, dialect=replace(dialect, rows=table))


def of_units(
    counted: ir.Table,
    joined_by: JoinKey,
    exposure: ExposurePlan,
    scope: Scope,
    *,
    exposed: ir.Table,
) -> ir.Table:
    """What has a `join_key`, with the `unit` that it belongs to; once for each of several.

    Args:
        counted: Made of `table_rows`.
        joined_by: What of the units' first exposures the `join_key` has to equal.
        exposure: Whose units.
        scope: That of events.
        exposed: The units and the moment at which each was `first` exposed.
    """
    values = _join_values(joined_by, exposure, scope, exposed)
    joined = counted.inner_join(values, counted.join_key == values.join_value)
    return joined.drop("join_value", "join_key")


def _join_values(key: JoinKey, exposure: ExposurePlan, scope: Scope, exposed: ir.Table) -> ir.Table:
    """`unit`, and the `join_value` of its first exposure, for units that have one."""
    events = _entries(key, exposure, scope)
    # Nulls would be passed over, and another exposure's value taken.
    value = ibis.coalesce(_value(key, events, scope), "")
    entries = events.select(
        "uuid",
        entry_unit=unit_of(events, exposure),
        moment=scope.moment(events),
        join_value=value,
    )
    joined = exposed.select("unit", "first").inner_join(
        entries, [exposed.unit == entries.entry_unit, exposed.first == entries.moment]
    )
    values = joined.group_by("unit").agg(join_value=joined.join_value.argmin(order_of(joined)))
    return values.filter(values.join_value != "")


def _entries(key: JoinKey, exposure: ExposurePlan, scope: Scope) -> ir.Table:
    """The events by which units enter: exposures, or activations if the plan has them."""
    if exposure.activation is None:
        events, variant = exposure_events(exposure, scope)
        events = events.filter(variant.isin(list(exposure.variants)))
    else:
        events = rows(
            scope,
            exposure.activation,
            since=exposure.start,
            until=exposure.end,
            is_until_included=True,
            also=exposure.unit_filters,
        )
    is_of_person = key.kind is JoinedBy.PERSON_PROPERTY
    return with_person_properties(scope, events) if is_of_person else events


def _value(key: JoinKey, events: ir.Table, scope: Scope) -> ir.StringValue:
    match key.kind:
        case JoinedBy.DISTINCT_ID:
            return events.distinct_id
        case JoinedBy.PERSON_ID:
            return person_of(events).cast("string")
        case JoinedBy.GROUP:
            return events[f"group_{key.name}"]
        case JoinedBy.PROPERTY:
            document: Document = events.properties
        case JoinedBy.PERSON_PROPERTY:
            document = events.person_properties
    # The member null has a text, which a string may have too.
    other_text = scope.dialect.text(document, key.name).nullif("null")
    return ibis.coalesce(scope.dialect.string(document, key.name), other_text)


def _holds(scope: Scope, table: ir.Table, condition: PropertyFilter) -> ir.BooleanValue:
    if is_native(condition):
        return holds(condition, table.properties, scope.dialect)
    return is_among_accepted(scope, table, condition, table.properties)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsDialect:
    """The engine's dialect for one table; documents are not looked at.

    A column that is null is a member that is missing. The text of a number without digits
    behind the point has no point, and that of a time is UTC to the second.

    Attributes:
        engine: For all that is no column.
        rows: The table.
        columns: By the names that people know.
    """

    engine: Dialect
    rows: ir.Table
    columns: Mapping[str, TableColumn]

    @property
    def shares_subqueries(self) -> bool:
        return self.engine.shares_subqueries

    @property
    def name(self) -> str:
        return self.engine.name

    @property
    def document_type(self) -> str:
        return self.engine.document_type

    @property
    def event_columns(self) -> Mapping[str, str]:
        return self.engine.event_columns

    @property
    def arrivals(self) -> str:
        return self.engine.arrivals

    @property
    def arrival_columns(self) -> Mapping[str, str]:
        return self.engine.arrival_columns

    def arrived_after(self, arrivals: ir.Table, revision: int) -> ir.BooleanValue:
        return self.engine.arrived_after(arrivals, revision)

    def instant(self, moment: datetime) -> ir.TimestampScalar:
        return self.engine.instant(moment)

    def microseconds(self, moment: ir.TimestampValue) -> ir.IntegerValue:
        return self.engine.microseconds(moment)

    def text(self, document: Document, key: str) -> ir.StringValue:  # noqa: ARG002 see the class
        return self.column_text(self.rows, key)

    def string(self, document: Document, key: str) -> ir.StringValue:  # noqa: ARG002 likewise
        column = self.columns.get(key)
        is_text = column is not None and column.type is ColumnType.TEXT
        return self.rows[column.stored_as] if column is not None and is_text else _NO_TEXT

    def is_array(self, document: Document, key: str) -> ir.BooleanValue:  # noqa: ARG002 likewise
        return ibis.literal(value=False)

    def number(self, events: ir.Table, key: str) -> ir.FloatingValue:
        column = self.columns.get(key)
        if column is None:
            return _NO_NUMBER
        value = events[column.stored_as]
        match column.type:
            case ColumnType.INTEGER | ColumnType.NUMBER:
                return value.cast("float64")
            case ColumnType.TEXT:
                return finite(self.engine.to_number(value))
            case _:
                return _NO_NUMBER

    def lower(self, text: ir.StringValue) -> ir.StringValue:
        return self.engine.lower(text)

    def ascii_lower(self, text: ir.StringValue) -> ir.StringValue:
        return self.engine.ascii_lower(text)

    def contains(self, text: ir.StringValue, pattern: str) -> ir.BooleanValue:
        return self.engine.contains(text, pattern)

    def to_number(self, text: ir.StringValue) -> ir.FloatingValue:
        return self.engine.to_number(text)

    def column_text(self, table: ir.Table, key: str) -> ir.StringValue:
        """The text of a column of a table that has those of `rows`."""
        column = self.columns.get(key)
        if column is None:
            return _NO_TEXT
        value = table[column.stored_as]
        match column.type:
            case ColumnType.TEXT:
                return value
            case ColumnType.BOOLEAN:
                return ibis.ifelse(value.notnull(), ibis.ifelse(value, "true", "false"), None)
            case ColumnType.NUMBER:
                is_whole = (value.abs() < _LARGEST_PLAIN) & (value % 1 == 0)
                whole = ibis.ifelse(is_whole, value, None).cast("int64").cast("string")
                return ibis.coalesce(whole, value.cast("string"))
            case ColumnType.TIME:
                return value.cast("string").substr(0, _SECONDS)
            case _:
                return value.cast("string")
