from typing import Any

import pytest

from splitplot.events.people import (
    describes_group,
    group_act_of,
    group_types_named,
    person_act_of,
    says_nothing_new,
    with_group_keys,
)
from splitplot.filters.model import JsonValue, Properties
from splitplot.people.groups import GroupAct
from splitplot.people.identity import Link, PersonAct
from tests.factories import NOON, an_event


@pytest.mark.parametrize(
    ("name", "properties", "link"),
    [
        ("$identify", {"$anon_distinct_id": "anon"}, Link(other_id="anon")),
        ("$create_alias", {"alias": "anon"}, Link(other_id="anon")),
        ("$merge_dangerously", {"alias": "anon"}, Link(other_id="anon", is_dangerous=True)),
        ("$identify", {"$anon_distinct_id": 7}, Link(other_id="7")),
        ("$identify", {"$anon_distinct_id": "x" * 201}, Link(other_id="x" * 200)),
        ("$identify", {"alias": "anon"}, None),
        ("$identify", {"$anon_distinct_id": None}, None),
        ("$identify", {}, None),
        ("$create_alias", {"$anon_distinct_id": "anon"}, None),
        ("purchase", {"alias": "anon", "$anon_distinct_id": "anon"}, None),
    ],
)
def test_three_events_link_another_id_to_their_own(
    name: str, properties: Properties, link: Link | None
) -> None:
    event = an_event(name=name, distinct_id="user", properties=properties)
    assert person_act_of(event) == PersonAct(distinct_id="user", at=NOON, link=link)
    assert says_nothing_new(event) is (name == "purchase")


def test_any_event_may_change_its_person() -> None:
    changes: dict[str, Any] = {"$set": {"plan": "pro"}, "$set_once": {"a": 1}, "$unset": ["b"]}
    act = person_act_of(an_event(properties={**changes, "amount": 1}))
    expected = PersonAct(
        distinct_id="visitor", at=NOON, set={"plan": "pro"}, set_once={"a": 1}, unset=("b",)
    )
    assert act == expected
    for name, value in changes.items():
        assert not says_nothing_new(an_event(properties={name: value}))
    assert says_nothing_new(an_event(properties={"amount": 1}))


@pytest.mark.parametrize("name", ["$exception", "$$heatmap"])
def test_some_events_may_not(name: str) -> None:
    event = an_event(name=name, properties={"$set": {"plan": "pro"}})
    assert person_act_of(event) == PersonAct(distinct_id="visitor", at=NOON)


@pytest.mark.parametrize(
    ("unset", "names"),
    [(["a", 7, "b"], ("a", "b")), ({"a": "", "b": 1}, ("a", "b")), ("a", ()), (None, ())],
)
def test_what_to_remove_is_a_list_or_the_keys_of_an_object(
    unset: JsonValue, names: tuple[str, ...]
) -> None:
    assert person_act_of(an_event(properties={"$unset": unset})).unset == names


def test_changes_that_are_no_object_change_nothing() -> None:
    act = person_act_of(an_event(properties={"$set": "pro", "$set_once": ["a"]}))
    assert act == PersonAct(distinct_id="visitor", at=NOON)


def test_groups_are_linked_by_the_index_of_their_type() -> None:
    sent: Properties = {"$groups": {"company": "acme", "team": 7, "site": "x"}, "page": "/"}
    types = {"company": 0, "team": 3}
    assert with_group_keys(sent, types) == {**sent, "$group_0": "acme", "$group_3": "7"}


@pytest.mark.parametrize(
    "groups",
    [
        None,
        "acme",
        ["acme"],
        {},
        {"site": "x"},
        {"company": ""},
        {"company": None},
        {"company": True},
        {"company": {"a": 1}},
    ],
)
def test_what_links_no_group_leaves_the_properties_alone(groups: JsonValue) -> None:
    sent: Properties = {"$groups": groups}
    assert with_group_keys(sent, {"company": 0}) is sent
    assert with_group_keys(nothing := {"page": "/"}, {"company": 0}) is nothing


def test_group_types_are_named_by_links_and_descriptions() -> None:
    described: Properties = {
        "$group_type": "team",
        "$group_key": "red",
        "$groups": {"company": "acme"},
    }
    events = [
        an_event(properties={"$groups": {"site": "x", "empty": "", "": "y", "l" * 201: "z"}}),
        an_event(properties={"$groups": "broken"}),
        an_event(properties=described),
        an_event(name="$groupidentify", properties=described),
    ]
    assert group_types_named(events) == ("site", "company", "team")


def test_a_group_is_described_by_its_own_event() -> None:
    properties: dict[str, Any] = {"$group_type": "team", "$group_key": 7, "$group_set": {"size": 3}}
    event = an_event(name="$groupidentify", properties=properties)
    assert describes_group(event)
    act = GroupAct(type_index=2, key="7", at=NOON, set={"size": 3})
    assert group_act_of(event, {"team": 2}) == act
    assert group_act_of(event, {}) is None
    assert group_act_of(an_event(properties=properties), {"team": 2}) is None


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"$group_type": "team"},
        {"$group_type": 7, "$group_key": "x"},
        {"$group_type": "", "$group_key": "x"},
        {"$group_type": "team", "$group_key": ""},
    ],
)
def test_a_group_needs_type_and_key(properties: Properties) -> None:
    event = an_event(name="$groupidentify", properties=properties)
    assert group_act_of(event, {"team": 2}) is None
    assert group_types_named([event]) == ()
