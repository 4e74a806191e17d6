"""The events of a metric: sources, steps and their property filters."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from splitplot.errors import InvalidInput
from splitplot.experiments.metrics.hogql import parse_formula
from splitplot.experiments.metrics.model import (
    ActionsNode,
    EventsNode,
    ExposureNode,
    Math,
    Measure,
    Node,
    WarehouseNode,
)
from splitplot.experiments.metrics.reading import Reading
from splitplot.experiments.sources.warehouse import read_join_key
from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.filters.wire import parse_filter

_LARGEST_ID = 2**31 - 1
_WITH_PROPERTY = frozenset({Math.SUM, Math.AVG, Math.MIN, Math.MAX})

# What rows of a table do not know.
_OF_EVENTS = frozenset({Math.UNIQUE_SESSION, Math.DAU, Math.UNIQUE_GROUP})
_OF_ROWS = "data_warehouse"
_MOST_TABLE_STEPS = 3
_MOST_TABLES = 2

_ANY_NODE = frozenset(
    {
        "kind",
        "name",
        "custom_name",
        "math",
        "math_property",
        "math_property_type",
        "math_property_revenue_currency",
        "math_hogql",
        "math_group_type_index",
        "math_multiplier",
        "properties",
        "fixedProperties",
        "optionalInFunnel",
        "response",
        "version",
    }
)
_EVENTS_NODE = _ANY_NODE | {"event", "limit", "orderBy"}
_ACTIONS_NODE = _ANY_NODE | {"id"}
_WAREHOUSE_NODE = _ANY_NODE | {
    "table_name",
    "timestamp_field",
    "events_join_key",
    "data_warehouse_join_key",
}
_EXPOSURE = "ExperimentExposureNode"
_EXPOSURE_NODE = frozenset({"kind", "name", "custom_name", "response", "version"})
# Words that clients may send although no event here can have such a property.
_OTHER_KINDS = frozenset(
    {"data_warehouse", "data_warehouse_person_property", "event_metadata", "empty"}
)
_OTHER_OPERATORS = frozenset({"min", "max", "is_cleaned_path_exact"})
_KINDS = frozenset(FilterKind) | _OTHER_KINDS
_OPERATORS = frozenset(Operator) | _OTHER_OPERATORS


class _NodeKind(StrEnum):
    EVENTS = "EventsNode"
    ACTIONS = "ActionsNode"
    WAREHOUSE = "ExperimentDataWarehouseNode"


def read_node(node: Reading) -> Node:
    """The events that a source or step stands for."""
    match node.choice("kind", _NodeKind):
        case _NodeKind.EVENTS:
            node.only(_EVENTS_NODE)
            return EventsNode(
                event=node.find_text("event"), filters=read_filters(node), measure=_measure(node)
            )
        case _NodeKind.ACTIONS:
            node.only(_ACTIONS_NODE)
            return ActionsNode(
                action_id=node.whole("id", at_least=0, at_most=_LARGEST_ID),
                filters=read_filters(node),
                measure=_measure(node),
            )
        case _:
            return _read_table(node)


def _read_table(node: Reading) -> WarehouseNode:
    node.only(_WAREHOUSE_NODE)
    table = WarehouseNode(
        table=node.text("table_name"),
        timestamp_field=node.text("timestamp_field"),
        events_join_key=node.text("events_join_key"),
        table_join_key=node.text("data_warehouse_join_key"),
        filters=read_filters(node, of_rows=True),
        measure=_measure(node, of_rows=True),
    )
    if table.measure.math in _OF_EVENTS:
        node.refuse("math", f"'{table.measure.math}' is not possible on data warehouse rows")
    if table.events_join_key:
        try:
            read_join_key(table.events_join_key)
        except InvalidInput as error:
            node.refuse("events_join_key", error.message)
    return table


def too_many_tables(steps: Sequence[WarehouseNode]) -> Iterator[str]:
    """What is wrong with a funnel's steps in tables: more can be asked for than joined."""
    if len(steps) > _MOST_TABLE_STEPS:
        yield f"At most {_MOST_TABLE_STEPS} data warehouse steps are possible"
    if len({step.table for step in steps}) > _MOST_TABLES:
        yield f"At most {_MOST_TABLES} different data warehouse tables are possible"
    if len({step.events_join_key.strip() for step in steps}) > 1:
        yield "All data warehouse steps need the same events_join_key"


def read_start(node: Reading) -> Node | ExposureNode:
    """What retention starts with: events, or the exposure itself."""
    if node.document.get("kind") != _EXPOSURE:
        return read_node(node)
    node.only(_EXPOSURE_NODE)
    return ExposureNode()


def read_filters(node: Reading, *, of_rows: bool = False) -> tuple[PropertyFilter, ...]:
    """The filters in the arrays `properties` and `fixedProperties`; all of them have to hold."""
    return tuple(
        _filter(document, of_rows=of_rows)
        for key in ("properties", "fixedProperties")
        for document in node.children(key)
        if document.document
    )


def _filter(document: Reading, *, of_rows: bool) -> PropertyFilter:
    document.text("key")
    for key, words in (("type", _KINDS), ("operator", _OPERATORS)):
        word = document.find_text(key)
        if word is not None and word not in words:
            document.refuse(key, f"'{word}' is not known", kind="enum")
    if not of_rows:
        return parse_filter(document.document, default_kind=FilterKind.EVENT)
    kind = document.document.get("type")
    if kind not in (None, FilterKind.EVENT, _OF_ROWS):
        document.refuse("type", f"'{kind}' is not possible on data warehouse rows", kind="enum")
    # A row's columns are its properties.
    return parse_filter({**document.document, "type": FilterKind.EVENT.value})


def _measure(node: Reading, *, of_rows: bool = False) -> Measure:
    measure = Measure(
        math=node.find_choice("math", Math) or Math.TOTAL,
        value_property=node.find_text("math_property"),
        property_type=node.find_text("math_property_type"),
        expression=node.find_text("math_hogql"),
        group_type_index=node.find_whole("math_group_type_index", at_least=0, at_most=4),
    )
    if measure.math in _WITH_PROPERTY and not measure.value_property:
        node.refuse("math_property", f"'{measure.math}' needs a math_property")
    if measure.math is Math.HOGQL:
        _check_formula(node, measure.expression, of_rows=of_rows)
    if measure.math is Math.UNIQUE_GROUP and measure.group_type_index is None:
        node.refuse("math_group_type_index", "'unique_group' needs a math_group_type_index")
    return measure


def _check_formula(node: Reading, text: str | None, *, of_rows: bool) -> None:
    if not text:
        node.refuse("math_hogql", "'hogql' needs a math_hogql")
        return
    try:
        parse_formula(text, of_columns=of_rows)
    except InvalidInput as error:
        node.refuse("math_hogql", error.message)
