import pytest

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.people.cohort_rules import (
    check_references,
    checked_filters,
    filters_of_groups,
    only_behaviour,
    referred_cohorts,
)

PRO: Properties = {"key": "plan", "type": "person", "operator": "exact", "value": "pro"}
BOUGHT: Properties = {"key": "buy", "type": "behavioral", "value": "performed_event"}


def group(*values: JsonValue, kind: str = "OR") -> dict[str, JsonValue]:
    return {"type": kind, "values": list(values)}


def among(cohort_id: JsonValue) -> Properties:
    return {"key": "id", "type": "cohort", "value": cohort_id}


def checked(properties: JsonValue) -> list[Properties]:
    """The leaves that were given on to be checked."""
    asked: list[Properties] = []
    document = {"properties": properties, "note": "kept"}
    assert checked_filters(document, check_property=asked.append) == document
    return asked


def test_leaves_about_persons_and_cohorts_are_checked_by_the_rules_of_conditions() -> None:
    without_type: Properties = {"key": "a", "value": 1}
    leaves = checked(group(group(PRO, BOUGHT, kind="and"), among(3), without_type))
    assert leaves == [PRO, among(3), without_type]


def test_an_empty_group_is_everybody() -> None:
    assert checked(group()) == []
    assert checked(group(group())) == []


@pytest.mark.parametrize(
    ("properties", "code", "part"),
    [
        (None, "invalid_input", "must contain properties"),
        ({}, "invalid_input", "must contain properties"),
        (PRO, "invalid_input", "must contain properties"),
        ({"type": "XOR", "values": []}, "invalid_input", "AND or OR, got XOR"),
        ({"values": []}, "invalid_input", "AND or OR"),
        ({"type": "OR", "values": "all"}, "invalid_input", "must be a list"),
        (group("all"), "invalid_input", "must be objects"),
        (group({"type": "event", "key": "a"}), "invalid_input", "type 'event'"),
        (group({**PRO, "key": ""}), "invalid_input", "name of a property"),
        (group({"value": 1}), "invalid_input", "name of a property"),
        (group({**PRO, "operator": "like"}), "invalid_operator", "like"),
        (group({**PRO, "operator": "not_in"}), "invalid_operator", "not_in"),
        (group({**among(1), "operator": "gt"}), "invalid_operator", "gt"),
        (group({**BOUGHT, "value": "stopped"}), "unsupported_behaviour", "stopped"),
        (group({**BOUGHT, "event_type": "actions"}), "invalid_input", "Actions"),
        (group(*[BOUGHT] * 21), "invalid_input", "20 behaviours"),
    ],
)
def test_what_makes_no_sense_is_refused(properties: JsonValue, code: str, part: str) -> None:
    with pytest.raises(InvalidInput, match=part) as raised:
        checked(properties)
    assert (raised.value.code, raised.value.attr) == (code, "filters")


def test_a_cohort_is_not_nested_beyond_reason() -> None:
    document = group(PRO)
    for _ in range(49):
        document = group(document)
    assert checked(document) == [PRO]
    with pytest.raises(InvalidInput) as raised:
        checked(group(document))
    assert raised.value.code == "cohort_too_deep"


# the older form


def test_older_groups_are_alternatives_of_all_their_properties() -> None:
    nested = group(PRO, kind="AND")
    assert filters_of_groups(
        [{"properties": [PRO, among(1)]}, {"properties": nested}, {"event_id": "buy", "days": 7}]
    ) == {
        "properties": group(
            group(PRO, among(1), kind="AND"),
            nested,
            group(
                {
                    "type": "behavioral",
                    "value": "performed_event",
                    "key": "buy",
                    "event_type": "events",
                    "time_value": 7,
                    "time_interval": "day",
                },
                kind="AND",
            ),
        )
    }


def test_an_event_without_days_counts_for_ever() -> None:
    bought = {**BOUGHT, "event_type": "events"}
    expected = group(group(bought, kind="AND"))
    assert filters_of_groups([{"event_id": "buy"}]) == {"properties": expected}


@pytest.mark.parametrize("wrong", ["all", {}, {"properties": []}, {"action_id": 1}])
def test_an_older_group_of_another_kind_is_refused(wrong: JsonValue) -> None:
    with pytest.raises(InvalidInput) as raised:
        filters_of_groups([{"properties": [PRO]}, wrong])
    assert raised.value.attr == "groups__1"


# references


def test_a_cohort_names_those_that_it_is_made_of() -> None:
    assert referred_cohorts(group(group(among(1)), among("2"), among("x"), PRO)) == {1, 2}


def test_a_cohort_may_be_made_of_others_more_than_once() -> None:
    others = {1: group(among(2), among(3)), 2: group(among(3)), 3: None}
    check_references(0, group(among(1), among(2), among(3)), others)


@pytest.mark.parametrize(
    ("leaf", "code"),
    [(7, "cohort_cycle"), (1, "cohort_cycle"), (9, "cohort_does_not_exist")],
)
def test_a_cohort_is_not_made_of_itself_or_of_nothing(leaf: int, code: str) -> None:
    others = {1: group(among(2)), 2: group(among(7))}
    with pytest.raises(InvalidInput) as raised:
        check_references(7, group(among(leaf)), others)
    assert raised.value.code == code


# cohorts of one behaviour


@pytest.mark.parametrize(
    ("document", "number"),
    [
        (BOUGHT, 0),
        (group(group(BOUGHT)), 0),
        (group(BOUGHT, BOUGHT), None),
        (group({**BOUGHT, "negation": True}), None),
        (group(PRO), None),
        (group(), None),
    ],
)
def test_some_cohorts_ask_for_one_behaviour_alone(document: Properties, number: int | None) -> None:
    assert only_behaviour(document) == number
