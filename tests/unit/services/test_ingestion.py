from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from splitplot.accounts.model import Project, ProjectId
from splitplot.adapters.event_store.memory import MemoryEventStore
from splitplot.adapters.metadata.database import open_metadata
from splitplot.errors import InvalidInput, Unavailable
from splitplot.events.model import Event
from splitplot.filters.model import Properties
from splitplot.people.identity import derived_person_id
from splitplot.people.model import Group, Person
from splitplot.ports.event_store import AppendBatch, EventSelection, ProjectEvent
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services import ingestion
from splitplot.services.ingestion import Ingestion
from tests.factories import NOON, a_group, a_person, a_project, an_event, an_organization

LATER = NOON + timedelta(hours=1)


class WatchedStore(MemoryEventStore):
    """Remembers what is appended, and fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[AppendBatch] = []
        self.failure: Exception | None = None

    def append(self, batch: AppendBatch) -> None:
        if self.failure is not None:
            raise self.failure
        super().append(batch)
        self.batches.append(batch)


class WatchedMetadata:
    """Counts transactions, and fails when it is told to."""

    def __init__(self, inner: Metadata) -> None:
        self._inner = inner
        self.transactions = 0
        self.is_down = False

    @contextmanager
    def transaction(self) -> Iterator[Repositories]:
        if self.is_down:
            raise Unavailable("locked")
        self.transactions += 1
        with self._inner.transaction() as repositories:
            yield repositories

    @contextmanager
    def reading(self) -> Iterator[Repositories]:
        with self._inner.reading() as repositories:
            yield repositories

    def check(self) -> None:
        self._inner.check()

    def close(self) -> None:
        self._inner.close()


class Stage:
    """An ingestion on stores in memory, with two projects."""

    def __init__(self) -> None:
        self.metadata = WatchedMetadata(open_metadata("sqlite://"))
        self.store = WatchedStore()
        with self.metadata.transaction() as repositories:
            repositories.accounts.add_organization(an_organization())
            self.project = self._add(repositories, "phc_1").id
            self.other_project = self._add(repositories, "phc_2").id
        self.metadata.transactions = 0
        self.ingestion = self.restarted()

    def restarted(self) -> Ingestion:
        self.ingestion = Ingestion(metadata=self.metadata, store=self.store)
        return self.ingestion

    def commit(self, *events: Event) -> None:
        self.ingestion.commit([self.rows(*events)])

    def rows(self, *events: Event) -> list[ProjectEvent]:
        return [ProjectEvent(project_id=self.project, event=event) for event in events]

    def stored(self, project_id: ProjectId | None = None) -> list[Event]:
        selection = EventSelection(project_id=project_id or self.project, limit=1000)
        return sorted(self.store.find_events(selection), key=lambda event: event.uuid)

    def persons(self, *distinct_ids: str) -> Mapping[str, Person]:
        with self.metadata.reading() as repositories:
            return repositories.people.find(self.project, distinct_ids)

    def group(self, index: int, key: str) -> Group | None:
        with self.metadata.reading() as repositories:
            return repositories.people.find_groups(self.project, [(index, key)]).get((index, key))

    def group_types(self) -> tuple[str, ...]:
        with self.metadata.reading() as repositories:
            return repositories.people.group_types(self.project)

    def mirrored(self) -> tuple[dict[UUID, UUID], dict[UUID, Properties]]:
        """Whom ids belong to, and persons' properties, as the event store has them."""
        people: dict[UUID, UUID] = {}
        properties: dict[UUID, Properties] = {}
        for batch in self.store.batches:
            people |= {row.source_id: row.person_id for row in batch.mappings}
            properties |= {row.person_id: row.properties for row in batch.person_properties}
        return people, properties

    def _add(self, repositories: Repositories, token: str) -> Project:
        return repositories.accounts.add_project(a_project(api_token=token), secret_hash=token)


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.metadata.close()


def own_id(stage: Stage, distinct_id: str) -> UUID:
    return derived_person_id(stage.project, distinct_id)


def identify(stage: Stage, own: str, other: str, **properties: Properties) -> Event:
    return an_event(
        name="$identify",
        distinct_id=own,
        project_id=stage.project,
        properties={"$anon_distinct_id": other, **properties},
    )


def test_events_are_stored_and_their_ids_become_persons(stage: Stage) -> None:
    events = [an_event(distinct_id="a"), an_event(distinct_id="b", timestamp=LATER)]
    stage.commit(*events)
    assert stage.stored() == events
    assert stage.persons("a", "b") == {
        "a": a_person("a", project_id=stage.project),
        "b": a_person("b", created_at=LATER, project_id=stage.project),
    }


def test_an_event_that_is_stored_already_is_not_stored_again(stage: Stage) -> None:
    event = an_event(properties={"$set": {"plan": "pro"}})
    stage.commit(event)
    stage.commit(an_event(distinct_id="other"), event)
    stage.commit(event)
    assert stage.stored().count(event) == len(stage.stored()) - 1 == 1
    assert stage.metadata.transactions == 2


def test_the_first_of_two_events_with_one_uuid_counts(stage: Stage) -> None:
    first = an_event(name="first")
    second = an_event(name="second", uuid=first.uuid)
    stage.ingestion.commit([stage.rows(first, second), stage.rows(second)])
    assert stage.stored() == [first]


def test_the_same_uuid_in_two_projects_is_two_events(stage: Stage) -> None:
    event = an_event()
    other = ProjectEvent(project_id=stage.other_project, event=event)
    stage.ingestion.commit([stage.rows(event), [other]])
    assert stage.stored() == stage.stored(stage.other_project) == [event]


def test_events_of_known_ids_do_not_touch_the_metadata_database(stage: Stage) -> None:
    stage.commit(an_event(distinct_id="a", project_id=stage.project))
    stage.metadata.is_down = True
    events = [an_event(distinct_id="a", project_id=stage.project) for _ in range(3)]
    stage.commit(*events)
    assert len(stage.stored()) == 4


def test_a_restart_forgets_which_ids_are_known_but_not_who_they_are(stage: Stage) -> None:
    stage.commit(identify(stage, "user", "anon"))
    before = stage.persons("user", "anon")
    stage.restarted().commit([stage.rows(an_event(distinct_id="anon"))])
    assert stage.persons("user", "anon") == before


def test_only_so_many_known_ids_are_remembered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "_MAX_REMEMBERED", 2)
    for name in ("a", "b", "c"):
        stage.commit(an_event(distinct_id=name, project_id=stage.project))
    stage.metadata.transactions = 0
    stage.commit(*[an_event(distinct_id=name, project_id=stage.project) for name in ("b", "c")])
    assert stage.metadata.transactions == 0
    stage.commit(an_event(distinct_id="a", project_id=stage.project))
    assert stage.metadata.transactions == 1


def test_a_personless_event_makes_no_person(stage: Stage) -> None:
    stage.commit(an_event(distinct_id="ghost", is_personless=True))
    assert stage.persons("ghost") == {}
    assert len(stage.stored()) == 1
    assert stage.metadata.transactions == 0


def test_personless_events_count_for_whoever_their_id_becomes(stage: Stage) -> None:
    ghost = an_event(distinct_id="ghost", is_personless=True, project_id=stage.project)
    stage.commit(ghost)
    stage.commit(identify(stage, "user", "ghost"))
    people, _ = stage.mirrored()
    assert people == {ghost.person_id: own_id(stage, "user")}


def test_merged_ids_are_mapped_to_the_person_of_today(stage: Stage) -> None:
    stage.commit(
        an_event(distinct_id="anon", properties={"$set": {"source": "ad"}}),
        an_event(distinct_id="user", properties={"$set": {"plan": "pro"}}),
    )
    stage.commit(identify(stage, "user", "anon"))
    people, properties = stage.mirrored()
    assert people == {own_id(stage, "anon"): own_id(stage, "user")}
    assert properties[own_id(stage, "user")] == {"source": "ad", "plan": "pro"}
    assert stage.persons("anon")["anon"].distinct_ids == ("user", "anon")


def test_an_id_that_was_mapped_follows_its_person_into_another(stage: Stage) -> None:
    stage.commit(identify(stage, "user", "anon"))
    alias = an_event(name="$merge_dangerously", distinct_id="main", properties={"alias": "user"})
    stage.commit(an_event(distinct_id="main"), alias)
    people, _ = stage.mirrored()
    main = own_id(stage, "main")
    assert people == {own_id(stage, "user"): main, own_id(stage, "anon"): main}


def test_properties_reach_the_event_store_only_when_they_change(stage: Stage) -> None:
    stage.commit(an_event(properties={"$set": {"plan": "pro"}}, project_id=stage.project))
    stage.commit(an_event(properties={"$set": {"plan": "pro"}}, project_id=stage.project))
    stage.commit(an_event(properties={"$unset": ["plan"]}, project_id=stage.project))
    written = [row.properties for batch in stage.store.batches for row in batch.person_properties]
    assert written == [{"plan": "pro"}, {}]


def test_the_event_store_always_knows_the_latest_revision(stage: Stage) -> None:
    for name in ("a", "b", "c"):
        stage.commit(an_event(distinct_id=name))
    with stage.metadata.reading() as repositories:
        assert repositories.people.changed_since(stage.store.people_revision()) == []


@pytest.mark.parametrize(
    "failure", [Unavailable("The disk is full."), RuntimeError("nobody foresaw this")]
)
def test_a_failed_append_acknowledges_nothing_and_heals_with_the_retry(
    stage: Stage, failure: Exception
) -> None:
    event = identify(stage, "user", "anon", **{"$set": {"plan": "pro"}})
    stage.store.failure = failure
    with pytest.raises(type(failure)):
        stage.commit(event)
    assert stage.stored() == []
    stage.store.failure = None
    stage.commit(event)
    assert stage.stored() == [event]
    user = own_id(stage, "user")
    assert stage.mirrored() == ({own_id(stage, "anon"): user}, {user: {"plan": "pro"}})


def test_what_a_failed_append_kept_back_comes_before_later_changes(stage: Stage) -> None:
    stage.store.failure = Unavailable("The disk is full.")
    with pytest.raises(Unavailable):
        stage.commit(identify(stage, "user", "anon"))
    stage.store.failure = None
    stage.commit(an_event(distinct_id="someone else", properties={"$set": {"plan": "pro"}}))
    people, _ = stage.mirrored()
    assert people == {own_id(stage, "anon"): own_id(stage, "user")}


def test_a_start_repeats_what_a_crash_kept_from_the_event_store(stage: Stage) -> None:
    stage.commit(an_event(distinct_id="before", properties={"$set": {"a": 1}}))
    stage.store.failure = Unavailable("The process was killed here.")
    with pytest.raises(Unavailable):
        stage.commit(identify(stage, "user", "anon", **{"$set": {"plan": "pro"}}))
    stage.store.failure = None
    mirrored_before = len(stage.store.batches)
    stage.restarted().recover()
    user = own_id(stage, "user")
    people, properties = stage.mirrored()
    assert people == {own_id(stage, "anon"): user}
    assert properties == {own_id(stage, "before"): {"a": 1}, user: {"plan": "pro"}}
    assert len(stage.store.batches) == mirrored_before + 1
    stage.restarted().recover()
    assert len(stage.store.batches) == mirrored_before + 1


def test_when_the_metadata_database_is_down_nothing_new_is_taken_and_later_it_is(
    stage: Stage,
) -> None:
    stage.metadata.is_down = True
    event = identify(stage, "user", "anon")
    with pytest.raises(Unavailable):
        stage.commit(event)
    assert stage.stored() == []
    stage.commit(an_event(distinct_id="ghost", is_personless=True))
    stage.metadata.is_down = False
    stage.commit(event)
    assert event in stage.stored()
    assert stage.mirrored()[0] == {own_id(stage, "anon"): own_id(stage, "user")}


def test_group_types_get_the_next_index_when_they_are_first_named(stage: Stage) -> None:
    named = {f"type {number}": f"key {number}" for number in range(6)}
    stage.commit(an_event(properties={"$groups": named}))
    assert stage.group_types() == tuple(f"type {number}" for number in range(5))
    properties = stage.stored()[0].properties
    indexed = {name: properties[name] for name in properties if name.startswith("$group_")}
    assert indexed == {f"$group_{number}": f"key {number}" for number in range(5)}


def test_known_group_types_are_linked_without_the_metadata_database(stage: Stage) -> None:
    linked: Properties = {"$groups": {"company": "acme"}}
    stage.commit(an_event(properties=linked, project_id=stage.project))
    stage.metadata.is_down = True
    stage.commit(an_event(properties=linked, project_id=stage.project))
    assert [event.properties.get("$group_0") for event in stage.stored()] == ["acme", "acme"]


def test_once_five_group_types_are_taken_others_cost_nothing(stage: Stage) -> None:
    five: Properties = {"$groups": dict.fromkeys("abcde", "key")}
    stage.commit(an_event(properties=five, project_id=stage.project))
    stage.metadata.is_down = True
    stage.commit(an_event(properties={"$groups": {"f": "key"}}, project_id=stage.project))
    assert len(stage.stored()) == 2


def test_groups_are_described_by_groupidentify(stage: Stage) -> None:
    def describe(**properties: int) -> Event:
        return an_event(
            name="$groupidentify",
            properties={
                "$group_type": "company",
                "$group_key": "acme",
                "$group_set": properties,
            },
            project_id=stage.project,
        )

    stage.commit(describe(size=1, age=7))
    stage.commit(describe(size=2))
    assert stage.group(0, "acme") == a_group(properties={"size": 2, "age": 7})


def test_a_value_that_cannot_be_stored_changes_no_people(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InvalidInput("too large")

    with monkeypatch.context() as patch:
        patch.setattr(ingestion, "_write_persons", refuse)
        with pytest.raises(InvalidInput):
            stage.commit(an_event(properties={"$groups": {"company": "acme"}}))
    assert stage.group_types() == ()
    stage.commit(an_event(properties={"$groups": {"company": "acme"}}))
    assert stage.stored()[0].properties["$group_0"] == "acme"


def test_nothing_new_is_no_commit_at_all(stage: Stage) -> None:
    event = an_event()
    stage.commit(event)
    stage.ingestion.commit([stage.rows(event), []])
    assert len(stage.store.batches) == 1


NAMES = ("a", "b", "c", "d")
names = st.sampled_from(NAMES)
sent = st.lists(
    st.tuples(names, names, st.sampled_from(["$identify", "$merge_dangerously", "purchase"])),
    min_size=1,
    max_size=8,
)
_examples = count()


@pytest.fixture(scope="module")
def long_lived_stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.metadata.close()


@settings(deadline=None)
@given(made=sent, failures=st.lists(st.booleans(), max_size=8), cut=st.integers(0, 8))
def test_whatever_fails_in_between_the_event_store_agrees_with_the_database_in_the_end(
    long_lived_stage: Stage, made: list[tuple[str, str, str]], failures: list[bool], cut: int
) -> None:
    stage, example = long_lived_stage, next(_examples)
    stage.store.batches.clear()
    events = [
        an_event(
            name=name,
            distinct_id=f"{own}{example}",
            properties={
                "$anon_distinct_id": f"{other}{example}",
                "alias": f"{other}{example}",
                "$set": {"by": name},
            },
            project_id=stage.project,
        )
        for own, other, name in made
    ]
    for group in (events[:cut], events[cut:]):
        _commit_at_last(stage, group, failures)
    persons = stage.persons(*[f"{name}{example}" for name in NAMES])
    people, properties = stage.mirrored()
    ids = [event.uuid for event in events]
    assert stage.store.known_ids(stage.project, ids) == set(ids)
    for name, person in persons.items():
        assert people.get(own_id(stage, name), own_id(stage, name)) == person.id
        assert properties.get(person.id, {}) == person.properties


def _commit_at_last(stage: Stage, events: list[Event], failures: Sequence[bool]) -> None:
    """Send again until it works, restarting the ingestion after each other failure."""
    for number, fails in enumerate([*failures, False]):
        stage.store.failure = Unavailable("The disk is full.") if fails else None
        with suppress(Unavailable):
            stage.commit(*events)
        if fails and number % 2:
            stage.store.failure = None
            stage.restarted().recover()
