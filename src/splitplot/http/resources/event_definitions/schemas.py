"""Definitions on the wire."""

from typing import Literal

from splitplot.events.definitions import PropertyDefinition
from splitplot.http.models import ExactBody


class EventDefinitionBody(ExactBody):
    """An event name that was captured at least once."""

    name: str


class PropertyDefinitionBody(ExactBody):
    """A property that recent events or persons carry.

    `property_type` is null when the values are of several types; `seen` counts the events
    or persons that carry it among those that were looked at.
    """

    name: str
    property_type: Literal["Numeric", "String", "Boolean"] | None
    is_numerical: bool
    seen: int


def property_definition_body(definition: PropertyDefinition) -> dict[str, object]:
    """A `PropertyDefinitionBody`."""
    return {
        "name": definition.name,
        "property_type": definition.property_type,
        "is_numerical": definition.property_type == "Numeric",
        "seen": definition.seen,
    }
