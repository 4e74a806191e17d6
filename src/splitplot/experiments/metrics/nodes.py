"""The events of a metric: sources, steps and their property filters."""

from enum import StrEnum

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
from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.filters.wire import parse_filter

_LARGEST_ID = 2**31 - 1
_WITH_PROPERTY = frozenset({Math.SUM, Math.AVG, Math.MIN, Math.MAX})

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
            node.only(_WAREHOUSE_NODE)
            return WarehouseNode(
                table=node.text("table_name"),
                timestamp_field=node.text("timestamp_field"),
                events_join_key=node.text("events_join_key"),
                table_join_key=node.text("data_warehouse_join_key"),
                filters=read_filters(node),
                measure=_measure(node),
            )


def read_start(node: Reading) -> Node | ExposureNode:
    """What retention starts with: events, or the exposure itself."""
    if node.document.get("kind") != _EXPOSURE:
        return read_node(node)
    node.only(_EXPOSURE_NODE)
    return ExposureNode()


def read_filters(node: Reading) -> tuple[PropertyFilter, ...]:
    """The filters in the arrays `properties` and `fixedProperties`; all of them have to hold."""
    return tuple(
        _filter(document)
        for key in ("properties", "fixedProperties")
        for document in node.children(key)
        if document.document
    )


def _filter(document: Reading) -> PropertyFilter:
    document.text("key")
    for key, words in (("type", _KINDS), ("operator", _OPERATORS)):
        word = document.find_text(key)
        if word is not None and word not in words:
            document.refuse(key, f"'{word}' is not known", kind="enum")
    return parse_filter(document.document, default_kind=FilterKind.EVENT)


def _measure(node: Reading) -> Measure:
    measure = Measure(
        math=node.find_choice("math", Math) or Math.TOTAL,
        value_property=node.find_text("math_property"),
        property_type=node.find_text("math_property_type"),
        expression=node.find_text("math_hogql"),
        group_type_index=node.find_whole("math_group_type_index", at_least=0, at_most=4),
    )
    if measure.math in _WITH_PROPERTY and not measure.value_property:
        node.refuse("math_property", f"'{measure.math}' needs a math_property")
    if measure.math is Math.HOGQL and not measure.expression:
        node.refuse("math_hogql", "'hogql' needs a math_hogql")
    if measure.math is Math.UNIQUE_GROUP and measure.group_type_index is None:
        node.refuse("math_group_type_index", "'unique_group' needs a math_group_type_index")
    return measure
