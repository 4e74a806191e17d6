"""What a project's recent events and persons carry: the names of their properties."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from splitplot.filters.model import JsonValue, Properties
from splitplot.filters.numbers import number_of


class PropertyType(StrEnum):
    """What all values of a property are; the words are the wire's."""

    NUMERIC = "Numeric"
    STRING = "String"
    BOOLEAN = "Boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyDefinition:
    """A property that was seen.

    Attributes:
        name: Its key.
        property_type: None when its values are of several types, or of none of these.
        seen: In how many of the events or persons looked at.
    """

    name: str
    property_type: PropertyType | None
    seen: int


def property_definitions(carried: Iterable[Properties]) -> tuple[PropertyDefinition, ...]:
    """The properties in use, the most common ones first, then by name.

    Args:
        carried: The properties of each event or person. Null says nothing.

    Examples:
        >>> [(one.name, one.property_type.value) for one in property_definitions(
        ...     [{"amount": 12}, {"amount": "7.5", "plan": "pro"}])]
        [('amount', 'Numeric'), ('plan', 'String')]
    """
    counts: dict[str, int] = {}
    types: dict[str, set[PropertyType | None]] = {}
    for properties in carried:
        for name, value in properties.items():
            if value is not None:
                counts[name] = counts.get(name, 0) + 1
                types.setdefault(name, set()).add(_type_of(value))
    names = sorted(counts, key=lambda name: (-counts[name], name))
    return tuple(
        PropertyDefinition(name=name, property_type=_common(types[name]), seen=counts[name])
        for name in names
    )


def _common(types: set[PropertyType | None]) -> PropertyType | None:
    """Some numbers were sent as text: numbers among texts make the property a text."""
    if types == {PropertyType.NUMERIC, PropertyType.STRING}:
        return PropertyType.STRING
    return next(iter(types)) if len(types) == 1 else None


def _type_of(value: JsonValue) -> PropertyType | None:
    if isinstance(value, bool):
        return PropertyType.BOOLEAN
    if number_of(value) is not None:
        return PropertyType.NUMERIC
    return PropertyType.STRING if isinstance(value, str) else None
