"""Persons after a client that sends again what it is not sure of.

The rule: a batch counts once, at its first arrival, and persons are what these first
arrivals in their order make of them. Where no two events contradict each other (links
that nobody blocks, properties that one event alone writes) not even that order matters.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import uuid4, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.people.identity import derived_person_id
from tests.api.hostile import fuzzed
from tests.api.stack import Stack, running_stack, settings_in

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
USERS = ("user-0", "user-1", "user-2")
VISITORS = ("visitor-0", "visitor-1", "visitor-2", "visitor-3")
IDS = USERS + VISITORS

Event: TypeAlias = dict[str, Any]
Batches: TypeAlias = list[list[Event]]

# They share a server.
pytestmark = pytest.mark.xdist_group("capture order")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One server; every example has ids of its own."""
    with running_stack(settings_in(tmp_path_factory.mktemp("order"))) as running:
        yield running


def visits(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Event]:
    changes = st.dictionaries(keys, st.integers(0, 3), max_size=2)
    properties = st.fixed_dictionaries({}, optional={"$set": changes, "$set_once": changes})
    return st.fixed_dictionaries(
        {"event": st.just("visit"), "own": st.sampled_from(IDS), "properties": properties}
    )


def links(names: Sequence[str], own: Sequence[str], other: Sequence[str]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "event": st.sampled_from(names),
            "own": st.sampled_from(own),
            "other": st.sampled_from(other),
            "properties": st.just({}),
        }
    )


REMOVALS = st.fixed_dictionaries(
    {
        "event": st.just("visit"),
        "own": st.sampled_from(IDS),
        "properties": st.just({"$unset": ["plan"]}),
    }
)
ANY_EVENT = (
    visits(st.sampled_from(["plan", "source"]))
    | links(["$identify", "$create_alias", "$merge_dangerously"], IDS, IDS)
    | REMOVALS
)
# Every visitor belongs to one user, so no link is ever blocked.
HARMONIOUS = visits(st.just("own key")) | st.one_of(
    *(links(["$identify"], [USERS[n % 3]], [visitor]) for n, visitor in enumerate(VISITORS)),
    links(["$merge_dangerously"], USERS, USERS),
)


def batches_of(events: st.SearchStrategy[Event]) -> st.SearchStrategy[Batches]:
    batch = st.lists(events, min_size=1, max_size=4)
    return st.lists(batch, min_size=1, max_size=6).map(numbered)


def numbered(batches: Batches) -> Batches:
    """Each event with a number of its own, by which it is known wherever it is sent."""
    count = iter(range(1000))
    return [[{**event, "number": next(count)} for event in batch] for batch in batches]


class Run:
    """One delivery of an example's batches, under ids that no other run uses."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._namespace = uuid4()

    def send(self, batch: Sequence[Event]) -> None:
        body = {
            "api_key": self._stack.project.api_token,
            "batch": [self._sent(event) for event in batch],
        }
        assert self._stack.anonymous.post("/batch/", json=body).status_code == 200

    def persons(self) -> dict[str, Any]:
        """Everything about the persons behind the ids, the ids named as in the example."""
        project_id = self._stack.project.id
        derived = {derived_person_id(project_id, self._name(name)): name for name in IDS}
        with self._stack.platform.stores.metadata.reading() as repositories:
            found = repositories.people.find(project_id, [self._name(name) for name in IDS])
        return {
            self._short(distinct_id): {
                "id": derived[person.id],
                "ids": [self._short(other) for other in person.distinct_ids],
                "properties": dict(person.properties),
                "created_at": person.created_at,
                "is_identified": person.is_identified,
            }
            for distinct_id, person in found.items()
        }

    def units(self) -> set[frozenset[int]]:
        """Which events count for one person, as results do."""
        together: dict[str, set[int]] = {}
        for name in IDS:
            query = {"distinct_id": self._name(name)}
            answer = self._stack.client.get(self._stack.url("events/"), params=query)
            for event in answer.json()["results"]:
                numbers = together.setdefault(event["person"]["id"], set())
                numbers.add(event["properties"]["number"])
        return {frozenset(numbers) for numbers in together.values()}

    def _sent(self, event: Event) -> Event:
        properties = {**event["properties"], "number": event["number"]}
        if other := event.get("other"):
            field = "$anon_distinct_id" if event["event"] == "$identify" else "alias"
            properties[field] = self._name(other)
        return {
            "event": event["event"],
            "distinct_id": self._name(event["own"]),
            "uuid": str(uuid5(self._namespace, str(event["number"]))),
            "timestamp": (NOON + timedelta(minutes=event["number"])).isoformat(),
            "properties": properties,
        }

    def _name(self, short: str) -> str:
        return f"{self._namespace.hex} {short}"

    def _short(self, name: str) -> str:
        return name.partition(" ")[2]


@fuzzed(30)
@given(batches=batches_of(ANY_EVENT), data=st.data())
def test_sending_again_what_has_arrived_changes_nothing(
    shared: Stack, batches: Batches, data: st.DataObject
) -> None:
    once, again = Run(shared), Run(shared)
    for count, batch in enumerate(batches):
        once.send(batch)
        again.send(batch)
        for repeated in data.draw(st.lists(st.integers(0, count), max_size=3)):
            again.send(batches[repeated])
    assert again.persons() == once.persons()
    assert again.units() == once.units()


@fuzzed(30)
@given(batches=batches_of(ANY_EVENT), data=st.data())
def test_persons_are_what_first_arrivals_make_of_them(
    shared: Stack, batches: Batches, data: st.DataObject
) -> None:
    places = st.sampled_from(range(len(batches)))
    arrivals = [
        *data.draw(st.lists(places, max_size=8)),
        *data.draw(st.permutations(range(len(batches)))),
    ]
    sequential, retried = Run(shared), Run(shared)
    for place in dict.fromkeys(arrivals):
        sequential.send(batches[place])
    for place in arrivals:
        retried.send(batches[place])
    assert retried.persons() == sequential.persons()


@fuzzed(30)
@given(batches=batches_of(HARMONIOUS), data=st.data())
def test_events_that_do_not_contradict_each_other_may_arrive_in_any_order(
    shared: Stack, batches: Batches, data: st.DataObject
) -> None:
    batches = [[with_key_of_its_own(event) for event in batch] for batch in batches]
    events = [event for batch in batches for event in batch]
    arrivals = data.draw(st.permutations(events))
    sequential, shuffled = Run(shared), Run(shared)
    for batch in batches:
        sequential.send(batch)
    for event in arrivals:
        shuffled.send([event])
    assert meaning(shuffled.persons()) == meaning(sequential.persons())
    assert shuffled.units() == sequential.units()


def with_key_of_its_own(event: Event) -> Event:
    changes = {
        kind: {f"{key} {kind} {event['number']}": value for key, value in written.items()}
        for kind, written in event["properties"].items()
    }
    return {**event, "properties": changes}


def meaning(persons: dict[str, Any]) -> dict[str, Any]:
    """Without what the first arrival decides: the person's id, its age, the order of its ids."""
    return {
        name: (frozenset(person["ids"]), person["properties"], person["is_identified"])
        for name, person in persons.items()
    }


def test_two_writers_of_one_property_are_ordered_by_arrival(shared: Stack) -> None:
    earlier, later = numbered(
        [
            [{"event": "visit", "own": "user-0", "properties": {"$set": {"plan": plan}}}]
            for plan in ("free", "pro")
        ]
    )
    run = Run(shared)
    for batch in (later, earlier, later):
        run.send(batch)
    assert run.persons()["user-0"]["properties"] == {"plan": "free"}
