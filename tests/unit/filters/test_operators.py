"""The operator table that every client can run, and what it leaves unsaid."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.filters.match import compile_filter, matches
from splitplot.filters.model import FilterKind, JsonValue, Operator, PropertyFilter
from splitplot.filters.wire import parse_filter

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
ROWS: list[dict[str, Any]] = json.loads(
    Path("tests/cases/flags/operators.json").read_text(encoding="utf-8")
)["rows"]

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def _document(row: dict[str, Any]) -> dict[str, Any]:
    document = {"key": "p", "type": "person", "value": row["value"]}
    return document | ({"operator": row["operator"]} if "operator" in row else {})


def _properties(row: dict[str, Any]) -> dict[str, JsonValue]:
    return {"p": row["property"]} if "property" in row else {}


def _holds(operator: str, value: JsonValue, *properties: JsonValue, zone: str = "UTC") -> bool:
    return matches(
        parse_filter({"key": "p", "operator": operator, "value": value}),
        {"p": properties[0]} if properties else {},
        now=NOW,
        zone=ZoneInfo(zone),
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_row_of_the_operator_table(row: dict[str, Any]) -> None:
    assert matches(parse_filter(_document(row)), _properties(row), now=NOW) is row["expected"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_row_of_the_operator_table_in_matching_mode_2(row: dict[str, Any]) -> None:
    expected = row.get("expected_in_mode_2", row["expected"])
    answer = matches(parse_filter(_document(row)), _properties(row), now=NOW, matching_version=2)
    assert answer is expected


@pytest.mark.parametrize(
    "operator", [o for o in Operator if o.name not in ("IS_SET", "IS_NOT_SET")]
)
@pytest.mark.parametrize("properties", [{}, {"p": "x"}, {"p": None}])
def test_a_filter_without_a_value_never_holds(
    operator: Operator, properties: dict[str, JsonValue]
) -> None:
    for document in ({}, {"value": None}):
        parsed = parse_filter({"key": "p", "operator": operator.value, **document})
        assert matches(parsed, properties, now=NOW) is False


def test_existence_needs_no_value() -> None:
    assert matches(parse_filter({"key": "p", "operator": "is_set"}), {"p": 0}, now=NOW)
    assert matches(parse_filter({"key": "p", "operator": "is_not_set"}), {}, now=NOW)


@given(
    operator=st.sampled_from(Operator),
    value=values,
    properties=st.just({}) | st.fixed_dictionaries({"p": values}),
)
def test_no_value_from_the_wire_raises(
    operator: Operator, value: JsonValue, properties: dict[str, JsonValue]
) -> None:
    for version in (1, 2):
        compiled = compile_filter(
            PropertyFilter(key="p", value=value, operator=operator), matching_version=version
        )
        assert compiled.holds(properties, now=NOW) in (True, False)


@given(value=values.filter(lambda value: value is not None), prop=values)
def test_exact_and_is_not_answer_opposites(value: JsonValue, prop: JsonValue) -> None:
    assert _holds("exact", value, prop) is not _holds("is_not", value, prop)


@pytest.mark.parametrize("text", ["abc", None, True, [1, 2]])
def test_between_and_its_negation_both_refuse_what_is_no_number(text: JsonValue) -> None:
    assert not _holds("between", [1, 5], text)
    assert not _holds("not_between", [1, 5], text)


@pytest.mark.parametrize("bounds", [[1], [1, 2, 3], ["a", 2], [1, "b"], 7])
def test_malformed_bounds_never_hold(bounds: JsonValue) -> None:
    assert not _holds("between", bounds, 2)
    assert not _holds("not_between", bounds, 20)


def test_a_single_value_serves_as_a_list_of_one() -> None:
    assert _holds("icontains_multi", "bar", "xBARx")


def test_an_integer_too_large_for_a_double_counts_as_infinite() -> None:
    assert _holds("gt", 1e308, 10**400)
    assert _holds("lt", -1e308, -(10**400))


def test_numbers_take_neither_underscores_nor_foreign_digits() -> None:
    assert not _holds("gt", 1, "1_000")
    assert not _holds("gt", 1, "٣")


def test_containers_are_compared_by_their_json_with_sorted_keys() -> None:
    assert _holds("exact", '{"a":1,"b":[true,null]}', {"b": [True, None], "a": 1})


def test_a_date_without_an_offset_is_read_in_the_given_zone() -> None:
    assert _holds("is_date_exact", "2026-01-01", "2025-12-31T23:00:00Z", zone="Europe/Berlin")
    assert _holds("is_date_exact", "2026-01-01 00:00", "2026-01-01T00:00", zone="Europe/Berlin")


def test_a_date_filter_must_be_a_text() -> None:
    assert not _holds("is_date_after", 1651276800, "2026-01-01")


@pytest.mark.parametrize("seconds", [1e300, float("inf"), float("nan")])
def test_seconds_beyond_the_calendar_are_no_date(seconds: float) -> None:
    assert not _holds("is_date_after", "2022-05-01", seconds)
    assert not _holds("is_date_before", "2022-05-01", seconds)


@pytest.mark.parametrize("value", [True, None, ["2020-01-01"]])
def test_other_values_are_no_date(value: JsonValue) -> None:
    assert not _holds("is_date_before", "2022-05-01", value)


def test_what_is_nested_too_deeply_for_a_text_never_matches() -> None:
    deep: JsonValue = []
    for _ in range(5000):
        deep = [deep]
    for operator in ("exact", "is_not", "icontains", "not_icontains", "regex", "gt"):
        assert not _holds(operator, "x", deep)
        assert not _holds(operator, deep, "x")


def test_the_wire_may_leave_everything_out() -> None:
    assert parse_filter({}) == PropertyFilter(key="", has_value=False)


def test_the_default_kind_is_the_callers() -> None:
    parsed = parse_filter({"key": "a", "value": 1}, default_kind=FilterKind.EVENT)
    assert parsed == PropertyFilter(key="a", value=1, kind=FilterKind.EVENT)


@pytest.mark.parametrize(
    "document",
    [{"type": "nonsense"}, {"type": 3}, {"operator": "nonsense"}, {"operator": ["exact"]}],
)
def test_an_unknown_word_makes_a_filter_that_never_holds(document: dict[str, Any]) -> None:
    parsed = parse_filter({"key": "p", "value": "x", **document})
    assert parsed.operator is None
    assert not matches(parsed, {"p": "x"}, now=NOW)


def test_every_member_of_the_wire_form_is_read() -> None:
    document: dict[str, JsonValue] = {
        "key": 12,
        "type": "group",
        "operator": "is_not",
        "value": ["a"],
        "negation": True,
        "group_type_index": 2,
        "cohort_name": "ignored",
    }
    assert parse_filter(document) == PropertyFilter(
        key="12",
        value=["a"],
        operator=Operator.IS_NOT,
        kind=FilterKind.GROUP,
        negation=True,
        group_type_index=2,
    )


def test_a_group_type_index_must_be_a_whole_number() -> None:
    assert parse_filter({"key": "p", "group_type_index": True}).group_type_index is None
    assert parse_filter({"key": "p", "group_type_index": "0"}).group_type_index is None
