"""What captured events make of people, seen through the API."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from tests.api.stack import Stack

PERSONLESS = {"$process_person_profile": False}


def capture(
    stack: Stack, event: str, distinct_id: str, properties: Mapping[str, Any] | None = None
) -> None:
    sent = {
        "api_key": stack.project.api_token,
        "event": event,
        "distinct_id": distinct_id,
        "uuid": str(uuid4()),
        "properties": properties or {},
    }
    assert stack.anonymous.post("/batch/", json=sent).status_code == 200


def person(stack: Stack, distinct_id: str) -> dict[str, Any] | None:
    response = stack.client.get(stack.url("persons/"), params={"distinct_id": distinct_id})
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()["results"]
    return found[0] if found else None


def known(stack: Stack, distinct_id: str) -> dict[str, Any]:
    found = person(stack, distinct_id)
    assert found is not None
    return found


def test_the_anonymous_id_is_merged_into_the_one_that_identifies(stack: Stack) -> None:
    capture(stack, "visit", "anon", {"$set": {"source": "ad", "plan": "free"}})
    capture(stack, "visit", "user", {"$set": {"plan": "pro"}})
    user_before = known(stack, "user")
    capture(stack, "$identify", "user", {"$anon_distinct_id": "anon", "$set": {"a": 1}})
    merged = known(stack, "anon")
    assert merged["id"] == user_before["id"]
    assert merged["distinct_ids"] == ["user", "anon"]
    assert merged["properties"] == {"source": "ad", "plan": "pro", "a": 1}
    assert merged["is_identified"] is True
    assert known(stack, "user") == merged


@pytest.mark.parametrize(
    ("about", "own", "other"),
    [
        # alias(previous_id="anon", distinct_id="user") of the Python library
        ("python", "anon", "user"),
        # alias({distinctId: "user", alias: "anon"}) of the Node library
        ("node", "user", "anon"),
    ],
)
def test_an_alias_is_merged_into_the_events_own_id_whoever_sends_it(
    stack: Stack, about: str, own: str, other: str
) -> None:
    capture(stack, "visit", "anon")
    capture(stack, "visit", "user")
    target = known(stack, own)
    capture(stack, "$create_alias", own, {"alias": other, "distinct_id": own})
    assert known(stack, other)["id"] == target["id"], about


def test_a_blocked_merge_moves_nothing_and_still_sets(stack: Stack) -> None:
    capture(stack, "$identify", "victim", {"$anon_distinct_id": "device"})
    capture(stack, "visit", "user")
    before = known(stack, "victim")
    capture(stack, "$identify", "user", {"$anon_distinct_id": "victim", "$set": {"plan": "pro"}})
    assert known(stack, "victim") == before
    assert known(stack, "user")["properties"] == {"plan": "pro"}
    assert known(stack, "user")["distinct_ids"] == ["user"]


def test_set_once_does_not_overwrite_and_null_counts_as_written(stack: Stack) -> None:
    capture(stack, "visit", "user", {"$set_once": {"first": "a", "empty": None}})
    capture(stack, "visit", "user", {"$set_once": {"first": "b", "empty": 1, "new": 2}})
    assert known(stack, "user")["properties"] == {"first": "a", "empty": None, "new": 2}


def test_identify_without_another_id_only_updates(stack: Stack) -> None:
    capture(stack, "$identify", "user", {"$set": {"plan": "pro"}})
    found = known(stack, "user")
    assert (found["properties"], found["is_identified"]) == ({"plan": "pro"}, False)


def test_identify_writes_no_continuity(stack: Stack) -> None:
    capture(stack, "visit", "anon")
    capture(stack, "$identify", "user", {"$anon_distinct_id": "anon"})
    with stack.platform.stores.metadata.reading() as repositories:
        (found,) = repositories.people.find(stack.project.id, ["user"]).values()
        assert repositories.people.continuity(stack.project.id, found.id) == {}


def test_a_personless_event_has_nobody_until_its_id_is_somebody(stack: Stack) -> None:
    capture(stack, "visit", "ghost", {**PERSONLESS, "$set": {"plan": "pro"}})
    assert person(stack, "ghost") is None
    events = stack.url("events/?distinct_id=ghost")
    (event,) = stack.client.get(events).json()["results"]
    assert event["person"] is None
    assert event["properties"] == PERSONLESS
    capture(stack, "$identify", "user", {"$anon_distinct_id": "ghost"})
    (event,) = stack.client.get(events).json()["results"]
    assert event["person"]["distinct_ids"] == ["user", "ghost"]


def test_personless_identity_events_are_acknowledged_and_dropped(stack: Stack) -> None:
    capture(stack, "$identify", "user", {**PERSONLESS, "$anon_distinct_id": "anon"})
    assert person(stack, "user") is None
    assert stack.client.get(stack.url("events/")).json()["results"] == []


def test_an_illegal_id_swallows_nobody(stack: Stack) -> None:
    capture(stack, "visit", "null")
    capture(stack, "$identify", "user", {"$anon_distinct_id": "null"})
    assert known(stack, "user")["id"] != known(stack, "null")["id"]


def test_groups_link_events_by_the_index_of_their_type(stack: Stack) -> None:
    described = {"$group_type": "company", "$group_key": "acme", "$group_set": {"size": 9}}
    capture(stack, "$groupidentify", "user", described)
    capture(stack, "visit", "user", {"$groups": {"team": "red", "company": "acme"}})
    (visit,) = stack.client.get(stack.url("events/?event=visit")).json()["results"]
    assert visit["properties"]["$group_0"] == "acme"
    assert visit["properties"]["$group_1"] == "red"
    stack.platform.stores.flag_source.refresh()
    snapshot = stack.platform.stores.flag_source.find(stack.project.api_token)
    assert snapshot is not None
    assert snapshot.group_types == ("company", "team")
