"""Cohorts follow what people do, and flags ask them."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.cohorts import Cohorts, behaviour, both, either, people_with
from tests.api.management import Flags, refusal
from tests.api.stack import Stack

NOW = datetime.now(UTC)
PERSONLESS = {"$process_person_profile": False}


@pytest.fixture
def cohorts(stack: Stack) -> Cohorts:
    return Cohorts(stack=stack)


def test_a_server_finds_the_members_by_itself(cohorts: Cohorts) -> None:
    cohorts.capture("buy", "ann")
    made = cohorts.create(filters={"properties": either(behaviour("buy"))})
    deadline = time.monotonic() + 30
    while cohorts.get(made)["is_calculating"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert cohorts.names(made) == ["ann"]


def test_members_are_who_performed_the_event_and_who_will(duckdb_stack: Stack) -> None:
    cohorts = Cohorts(stack=duckdb_stack)
    cohorts.capture("buy", "ann")
    cohorts.capture("look", "bob")
    made = cohorts.of(behaviour("buy"))
    assert cohorts.names(made) == ["ann"]
    cohorts.capture("buy", "cid", at=NOW - timedelta(days=300))
    cohorts.follow()
    assert cohorts.names(made) == ["ann", "cid"]
    assert cohorts.get(made)["count"] == 2


def test_events_count_by_their_properties(cohorts: Cohorts) -> None:
    cohorts.capture("buy", "ann", {"amount": 50})
    cohorts.capture("buy", "bob", {"amount": 5})
    dear = {"key": "amount", "value": 10, "operator": "gt", "type": "event"}
    assert cohorts.names(cohorts.of(behaviour("buy", event_filters=[dear]))) == ["ann"]


def test_events_count_from_the_first_instant_to_the_last_one(cohorts: Cohorts) -> None:
    start = NOW - timedelta(days=10)
    for name, at in (
        ("early", start - timedelta(microseconds=1)),
        ("first", start),
        ("last", start + timedelta(days=1)),
        ("late", start + timedelta(days=1, seconds=1)),
    ):
        cohorts.capture("buy", name, at=at)
    since = behaviour("buy", explicit_datetime=start.isoformat())
    until = {**since, "explicit_datetime_to": (start + timedelta(days=1)).isoformat()}
    assert cohorts.names(cohorts.of(since)) == ["first", "last", "late"]
    assert cohorts.names(cohorts.of(until)) == ["first", "last"]


@pytest.mark.parametrize(
    "window", [{"time_value": 7, "time_interval": "day"}, {"explicit_datetime": "-7d"}]
)
def test_who_did_it_too_long_ago_is_no_longer_a_member(
    stack: Stack, cohorts: Cohorts, window: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    cohorts.capture("buy", "lately", at=NOW - timedelta(days=6))
    cohorts.capture("buy", "long ago", at=NOW - timedelta(days=8))
    made = cohorts.of(behaviour("buy", **window))
    assert cohorts.names(made) == ["lately"]
    later = NOW + timedelta(days=2)
    monkeypatch.setattr(type(stack.platform.stores.clock), "now", lambda _: later)
    assert cohorts.names(made) == []
    cohorts.capture("buy", "long ago", at=later)
    cohorts.follow()
    assert cohorts.names(made) == ["long ago"]
    assert cohorts.get(made)["count"] == 1


def test_behaviour_and_properties_go_together(cohorts: Cohorts) -> None:
    for name, plan in (("ann", "pro"), ("bob", "free"), ("cid", "pro")):
        cohorts.capture("visit", name, {"$set": {"plan": plan}})
    cohorts.capture("buy", "ann")
    cohorts.capture("buy", "bob")
    paying = people_with("plan", "pro")
    buyers = cohorts.create(filters={"properties": both(paying, behaviour("buy"))})
    others = cohorts.create(filters={"properties": both(paying, behaviour("buy", negation=True))})
    cohorts.follow()
    assert cohorts.names(buyers) == ["ann"]
    assert cohorts.names(others) == ["cid"]
    assert cohorts.get(others)["count"] == 1


def test_members_are_the_persons_of_today(cohorts: Cohorts) -> None:
    cohorts.capture("buy", "anon")
    made = cohorts.of(behaviour("buy"))
    cohorts.capture("visit", "user")
    cohorts.capture("$identify", "user", {"$anon_distinct_id": "anon"})
    assert cohorts.names(made) == ["user"]
    assert cohorts.get(made)["count"] == 1


# in conditions of flags


def test_a_flag_follows_what_people_do(cohorts: Cohorts, flags: Flags) -> None:
    made = cohorts.of(behaviour("buy"))
    flags.create("members", filters=cohorts.condition(made))
    flags.create("others", filters=cohorts.condition(made, "not_in"))
    cohorts.capture("visit", "ann")
    assert cohorts.serves("ann") == {"members": False, "others": True}
    cohorts.capture("buy", "ann")
    cohorts.follow()
    assert cohorts.serves("ann") == {"members": True, "others": False}
    assert cohorts.serves("nobody") == {"members": False, "others": True}


def test_a_flag_leaves_out_who_did_it_too_long_ago(
    stack: Stack, cohorts: Cohorts, flags: Flags, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = cohorts.of(behaviour("buy", time_value=1, time_interval="week"))
    flags.create("members", filters=cohorts.condition(made))
    cohorts.capture("buy", "ann", at=NOW - timedelta(days=6))
    cohorts.follow()
    assert cohorts.serves("ann") == {"members": True}
    later = NOW + timedelta(days=2)
    monkeypatch.setattr(type(stack.platform.stores.clock), "now", lambda _: later)
    assert cohorts.serves("ann") == {"members": False}


def test_a_flag_asks_the_list_and_the_properties(cohorts: Cohorts, flags: Flags) -> None:
    cohorts.capture("visit", "ann", {"$set": {"plan": "pro"}})
    cohorts.capture("visit", "bob")
    friends = cohorts.create(is_static=True, _create_static_person_ids=["bob"])
    payers = cohorts.create(filters={"properties": either(people_with("plan", "pro"))})
    flags.create("friends", filters=cohorts.condition(friends))
    flags.create("payers", filters=cohorts.condition(payers))
    assert cohorts.serves("ann") == {"friends": False, "payers": True}
    assert cohorts.serves("bob") == {"friends": True, "payers": False}
    assert cohorts.serves("bob", person_properties={"plan": "pro"})["payers"] is True


def test_a_changed_cohort_is_served_at_once(cohorts: Cohorts, flags: Flags) -> None:
    cohorts.capture("visit", "ann", {"$set": {"plan": "pro"}})
    made = cohorts.create(filters={"properties": either(people_with("plan", "pro"))})
    flags.create("payers", filters=cohorts.condition(made))
    assert cohorts.serves("ann") == {"payers": True}
    cohorts.patch(made, filters={"properties": either(people_with("plan", "team"))})
    assert cohorts.serves("ann") == {"payers": False}


def test_who_has_no_profile_can_be_in_a_cohort(cohorts: Cohorts, flags: Flags) -> None:
    made = cohorts.of(behaviour("buy"))
    flags.create("members", filters=cohorts.condition(made))
    cohorts.capture("buy", "ghost", PERSONLESS)
    cohorts.follow()
    assert cohorts.serves("ghost") == {"members": True}
    assert cohorts.names(made) == [], "they are no person"
    cohorts.capture("$identify", "user", {"$anon_distinct_id": "ghost"})
    assert cohorts.serves("user") == {"members": True}
    assert cohorts.names(made) == ["user"]


def test_a_flag_cannot_ask_about_a_cohort_that_is_not_there(cohorts: Cohorts, flags: Flags) -> None:
    made = cohorts.create()
    cohorts.patch(made, deleted=True)
    for number in (made["id"], 4711):
        answer = flags.try_create(key="beta", filters=cohorts.condition({"id": number}))
        assert refusal(answer)[:2] == (
            "cohort_does_not_exist",
            f"Cohort with id {number} does not exist",
        )
