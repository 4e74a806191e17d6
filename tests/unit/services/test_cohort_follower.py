"""The follower of cohorts: what it reads, what it keeps, and what it survives."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from splitplot.accounts.model import Project
from splitplot.adapters.event_store.memory import MemoryEventStore
from splitplot.adapters.metadata.database import SqlMetadata, open_metadata
from splitplot.errors import InvalidInput, Unavailable
from splitplot.filters.model import JsonValue, Properties
from splitplot.people.cohort_records import StoredCohort
from splitplot.people.identity import PeopleChanges, PersonChange, derived_person_id
from splitplot.ports.event_store import AppendBatch, Performer, PerformersPlan, ProjectEvent
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.cohorts import CohortFollower
from tests.factories import NOON, a_person, a_project, an_event, an_organization, newcomers

BOUGHT: Properties = {"type": "behavioral", "key": "buy", "value": "performed_event"}
SECOND = timedelta(seconds=1)


def group(*leaves: JsonValue) -> Properties:
    return {"type": "OR", "values": list(leaves)}


class WatchedStore(MemoryEventStore):
    """Notes what it is asked, and lets something happen in between."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[PerformersPlan] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def performers(self, plan: PerformersPlan) -> tuple[Performer, ...]:
        self.asked.append(plan)
        found = super().performers(plan)
        self.meanwhile()
        return found


@dataclass
class BrokenMetadata:
    """Gives out after some transactions."""

    inner: SqlMetadata
    transactions_left: int

    @contextmanager
    def transaction(self) -> Iterator[Repositories]:
        if not self.transactions_left:
            raise Unavailable("full")
        self.transactions_left -= 1
        with self.inner.transaction() as repositories:
            yield repositories

    def reading(self) -> AbstractContextManager[Repositories]:
        return self.inner.reading()

    def check(self) -> None:
        self.inner.check()

    def close(self) -> None:
        self.inner.close()


@dataclass
class Setup:
    """A project with a follower, at noon."""

    metadata: SqlMetadata
    project: Project
    store: WatchedStore = field(default_factory=WatchedStore)
    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    def follower(self, metadata: Metadata | None = None) -> CohortFollower:
        return CohortFollower(metadata=metadata or self.metadata, store=self.store, clock=self)

    def cohort(self, *leaves: JsonValue, **changes: object) -> StoredCohort:
        filters = {"properties": group(*leaves)}
        new = StoredCohort(name="Buyers", created_at=NOON, filters=filters, is_calculating=True)
        with self.metadata.transaction() as repositories:
            return repositories.cohorts.add(self.project.id, replace(new, **changes))  # type: ignore[arg-type] # any field

    def found(self, cohort: StoredCohort) -> StoredCohort:
        with self.metadata.reading() as repositories:
            stored = repositories.cohorts.find(self.project.id, cohort.id)
        assert stored is not None
        return stored

    def change(self, cohort: StoredCohort, **changes: object) -> None:
        with self.metadata.transaction() as repositories:
            repositories.cohorts.save(self.project.id, replace(cohort, **changes))  # type: ignore[arg-type] # any field

    def perform(self, *distinct_ids: str, name: str = "buy") -> None:
        """Stored persons perform the event, as far as the event store knows."""
        project_id = self.project.id
        with self.metadata.transaction() as repositories:
            known = repositories.people.find(project_id, distinct_ids)
            new = [a_person(each, project_id=project_id) for each in distinct_ids]
            missing = [person for person in new if person.distinct_ids[0] not in known]
            repositories.people.apply(project_id, newcomers(*missing))
        events = tuple(
            ProjectEvent(
                project_id=project_id,
                event=an_event(name=name, distinct_id=each, project_id=project_id),
            )
            for each in distinct_ids
        )
        self.store.append(AppendBatch(events=events))

    def members(self, cohort: StoredCohort, *distinct_ids: str) -> set[str]:
        """Whose derived ids are members, of these."""
        ids = {self.person(each): each for each in distinct_ids}
        with self.metadata.reading() as repositories:
            return {ids[each] for each in repositories.cohorts.memberships([cohort.id], ids)}

    def person(self, distinct_id: str) -> UUID:
        return derived_person_id(self.project.id, distinct_id)


@pytest.fixture
def setup() -> Iterator[Setup]:
    metadata = open_metadata("sqlite://")
    with metadata.transaction() as repositories:
        repositories.accounts.add_organization(an_organization())
        project = repositories.accounts.add_project(a_project(), secret_hash="hash")
    yield Setup(metadata=metadata, project=project)
    metadata.close()


def test_only_what_arrived_since_the_last_look_is_read(setup: Setup) -> None:
    setup.perform("ann", "bob")
    cohort, follower = setup.cohort(BOUGHT), setup.follower()
    follower.follow()
    first = setup.found(cohort)
    assert (first.count, first.is_calculating, first.last_calculation) == (2, False, NOON)
    setup.time += 10 * SECOND
    setup.perform("cid")
    follower.follow()
    assert [plan.after for plan in setup.store.asked] == [None, first.followed_to]
    assert setup.found(cohort).count == 3
    assert setup.members(cohort, "ann", "bob", "cid") == {"ann", "bob", "cid"}


def test_nothing_is_read_while_nothing_arrives(setup: Setup) -> None:
    setup.perform("ann")
    setup.cohort(BOUGHT)
    follower = setup.follower()
    for _ in range(3):
        follower.follow()
        setup.time += 10 * SECOND
    assert len(setup.store.asked) == 1


def test_two_looks_are_some_seconds_apart(setup: Setup) -> None:
    cohort, follower = setup.cohort(BOUGHT), setup.follower()
    follower.follow()
    setup.perform("ann")
    setup.time += 9 * SECOND
    follower.follow()
    assert setup.found(cohort).count == 0
    setup.time += SECOND
    follower.follow()
    assert setup.found(cohort).count == 1


def test_another_follower_goes_on_where_the_first_one_ended(setup: Setup) -> None:
    setup.perform("ann")
    cohort = setup.cohort(BOUGHT)
    setup.follower().follow()
    place = setup.found(cohort).followed_to
    setup.perform("bob")
    setup.follower().follow()
    assert [plan.after for plan in setup.store.asked] == [None, place]
    assert setup.found(cohort).count == 2


def test_what_was_interrupted_is_done_again(setup: Setup) -> None:
    setup.perform("ann", "bob")
    cohort = setup.cohort(BOUGHT)
    with pytest.raises(Unavailable):
        setup.follower(BrokenMetadata(setup.metadata, transactions_left=1)).follow()
    assert setup.members(cohort, "ann", "bob") == {"ann", "bob"}
    assert setup.found(cohort).followed_to is None
    setup.follower().follow()
    assert setup.found(cohort).count == 2


def test_who_is_merged_while_events_are_read_is_not_left_behind(setup: Setup) -> None:
    setup.perform("anon", "user")
    cohort = setup.cohort(BOUGHT)

    def merge() -> None:
        user = a_person("user", "anon", project_id=setup.project.id)
        change = PersonChange(person=user, new_distinct_ids=("anon",))
        changes = PeopleChanges(changed=(change,), merged_away=(setup.person("anon"),))
        with setup.metadata.transaction() as repositories:
            repositories.people.apply(setup.project.id, changes)

    setup.store.meanwhile = merge
    setup.follower().follow()
    assert setup.members(cohort, "anon", "user") == {"user"}
    assert setup.found(cohort).count == 1


@pytest.mark.parametrize("change", [{"version": 2, "followed_to": None}, {"deleted": True}])
def test_members_of_what_is_another_cohort_by_now_are_not_stored(
    setup: Setup, change: dict[str, object]
) -> None:
    setup.perform("ann")
    cohort = setup.cohort(BOUGHT)
    setup.store.meanwhile = lambda: setup.change(cohort, **change)
    setup.follower().follow()
    assert setup.members(cohort, "ann") == set()
    assert setup.found(cohort) == replace(cohort, **change)  # type: ignore[arg-type] # any field


def test_many_members_are_stored_a_part_at_a_time(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("splitplot.services.cohorts.follower._MEMBERS_AT_A_TIME", 2)
    names = [f"visitor-{number}" for number in range(5)]
    setup.perform(*names)
    cohort = setup.cohort(BOUGHT)
    setup.follower(BrokenMetadata(setup.metadata, transactions_left=4)).follow()
    assert setup.found(cohort).count == 5


def test_an_event_store_that_is_new_is_read_from_its_beginning(setup: Setup) -> None:
    setup.perform("ann", "bob")
    cohort = setup.cohort(BOUGHT)
    setup.follower().follow()
    setup.store = WatchedStore()
    setup.perform("cid")
    setup.follower().follow()
    assert setup.store.asked[0].after is None
    assert setup.found(cohort).count == 3


def test_a_failure_is_counted_and_tried_again_a_minute_later(setup: Setup) -> None:
    setup.perform("ann")
    cohort, follower = setup.cohort(BOUGHT), setup.follower()

    def refuse() -> None:
        raise InvalidInput("too many different values")

    setup.store.meanwhile = refuse
    for errors, seconds in ((1, 0), (1, 59), (2, 1)):
        setup.time += seconds * SECOND
        follower.follow()
        failed = setup.found(cohort)
        assert (failed.errors_calculating, failed.is_calculating) == (errors, False)
    setup.store.meanwhile = lambda: None
    setup.time += 60 * SECOND
    follower.follow()
    calculated = setup.found(cohort)
    assert (calculated.errors_calculating, calculated.count) == (0, 1)


def test_one_cohort_that_fails_does_not_stop_the_others(setup: Setup) -> None:
    setup.perform("ann")
    broken = setup.cohort({**BOUGHT, "event_filters": [{"key": "1", "type": "hogql"}]})
    fine = setup.cohort(BOUGHT)
    setup.follower().follow()
    assert setup.found(broken).errors_calculating == 1
    assert setup.found(fine).count == 1


def test_nobody_performs_an_action(setup: Setup) -> None:
    setup.perform("ann")
    cohort = setup.cohort({**BOUGHT, "event_type": "actions", "key": 7})
    setup.follower().follow()
    assert setup.store.asked == []
    assert setup.found(cohort).count == 0


def test_a_window_is_not_read_beyond_its_start(setup: Setup) -> None:
    since = NOON - timedelta(days=30)
    setup.cohort(
        {**BOUGHT, "time_value": 7, "time_interval": "day"},
        {**BOUGHT, "explicit_datetime": since.isoformat()},
    )
    setup.follower().follow()
    assert [plan.since for plan in setup.store.asked] == [NOON - timedelta(days=7), since]


def test_cohorts_by_properties_are_counted_every_hour(setup: Setup) -> None:
    cohort, follower = setup.cohort(), setup.follower()
    follower.follow()
    assert setup.found(cohort).count == 0
    setup.perform("ann")
    for minutes, count in ((59, 0), (1, 1)):
        setup.time += timedelta(minutes=minutes)
        follower.follow()
        assert setup.found(cohort).count == count
    assert setup.store.asked == []


def test_mixed_cohorts_take_in_events_at_once_and_are_counted_every_hour(setup: Setup) -> None:
    person: Properties = {"type": "person", "key": "plan", "value": "pro"}
    cohort, follower = setup.cohort(BOUGHT, person), setup.follower()
    follower.follow()
    setup.perform("ann")
    setup.time += 10 * SECOND
    follower.follow()
    assert setup.members(cohort, "ann") == {"ann"}
    assert setup.found(cohort).count == 0
    setup.time += timedelta(hours=1)
    follower.follow()
    assert setup.found(cohort).count == 1


def test_a_list_is_left_alone(setup: Setup) -> None:
    cohort = setup.cohort(is_static=True, filters={}, is_calculating=False)
    setup.follower().follow()
    assert setup.found(cohort) == cohort
