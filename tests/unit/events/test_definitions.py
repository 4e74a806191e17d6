import pytest

from splitplot.events.definitions import PropertyType, property_definitions
from splitplot.filters.model import JsonValue


def test_common_properties_come_first_then_by_name() -> None:
    found = property_definitions([{"b": 1, "a": 1}, {"c": 1, "b": 2}])
    assert [(one.name, one.seen) for one in found] == [("b", 2), ("a", 1), ("c", 1)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2.5, "3"], PropertyType.NUMERIC),
        (["a", "3"], PropertyType.STRING),
        ([True, False], PropertyType.BOOLEAN),
        ([1, "a"], PropertyType.STRING),
        ([True, 1], None),
        ([["a"]], None),
        ([{"a": 1}, "a"], None),
    ],
)
def test_a_property_has_the_type_of_all_its_values(
    values: list[JsonValue], expected: PropertyType | None
) -> None:
    (found,) = property_definitions([{"p": value} for value in values])
    assert found.property_type == expected


def test_null_says_nothing() -> None:
    assert property_definitions([{"p": None}]) == ()
    (found,) = property_definitions([{"p": None}, {"p": 1}])
    assert (found.property_type, found.seen) == (PropertyType.NUMERIC, 1)
