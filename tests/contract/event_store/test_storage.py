"""Writing events and reading them back, on every engine."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from splitplot.accounts.model import ProjectId
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    EventSource,
    ExposurePlan,
    MeanPlan,
    SummaryPlan,
    ValueMath,
)
from splitplot.filters.model import Properties
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import (
    AppendBatch,
    EventSelection,
    PersonIdMapping,
    PersonProperties,
    ProjectEvent,
)
from tests.contract.event_store.conftest import AnyStore, Opener

PROJECT, OTHER = ProjectId(1), ProjectId(2)
NOON = datetime(2025, 3, 2, 12, tzinfo=UTC)


def event(
    number: int,
    *,
    name: str = "buy",
    distinct_id: str = "ann",
    after_noon: timedelta = timedelta(0),
    properties: Properties | None = None,
    is_personless: bool = False,
) -> Event:
    return Event(
        uuid=UUID(int=number),
        name=name,
        distinct_id=distinct_id,
        person_id=derived_person_id(PROJECT, distinct_id),
        timestamp=NOON + after_noon,
        properties=properties or {},
        is_personless=is_personless,
    )


def batch(*events: Event, project_id: ProjectId = PROJECT) -> AppendBatch:
    rows = (ProjectEvent(project_id=project_id, event=each) for each in events)
    return AppendBatch(events=tuple(rows))


def mapping(source: str, person: str, revision: int) -> PersonIdMapping:
    return PersonIdMapping(
        project_id=PROJECT,
        source_id=derived_person_id(PROJECT, source),
        person_id=derived_person_id(PROJECT, person),
        revision=revision,
    )


def found(store: AnyStore, **selection: object) -> list[int]:
    """The numbers of the selected events, in the order in which they come."""
    selected = EventSelection(project_id=PROJECT, **selection)  # type: ignore[arg-type] # any field
    return [each.uuid.int for each in store.find_events(selected)]


def test_events_come_back_as_they_were_stored(store: AnyStore) -> None:
    stored = (
        event(3, after_noon=timedelta(microseconds=-1), is_personless=True),
        event(
            2,
            name="naïve 'name'\\ \n",
            distinct_id="\U0001f600 \x00",
            properties={
                "$a": 1,
                "b.c": [1.5, None, {"d": "é"}],
                "big": 2**63,
                "e": "",
                "f": {},
                "t": True,
            },
        ),
    )

    store.append(batch(*stored[::-1]))

    assert store.find_events(EventSelection(project_id=PROJECT)) == stored[::-1]


def test_what_utf_8_cannot_hold_is_replaced(store: AnyStore) -> None:
    store.append(batch(event(1, name="a\ud800", distinct_id="b\udfff", properties={"c": "\udc00"})))

    (read,) = store.find_events(EventSelection(project_id=PROJECT))

    if store.capabilities.is_durable:
        assert (read.name, read.distinct_id, read.properties) == ("a?", "b?", {"c": "?"})


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_any_instant_is_stored_or_the_nearest_that_the_engine_knows(
    store: AnyStore, year: int
) -> None:
    moment = datetime(year, 6, 1, 1, 2, 3, 456789, tzinfo=UTC)
    store.append(batch(event(1, after_noon=moment - NOON)))

    (read,) = store.find_events(EventSelection(project_id=PROJECT))

    first = datetime(store.capabilities.earliest_year, 1, 1, tzinfo=UTC)
    last = datetime(store.capabilities.latest_year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert read.timestamp == min(max(first, moment), last)


def test_events_are_found_newest_first_and_ties_by_id(store: AnyStore) -> None:
    store.append(batch(event(1), event(3), event(2, after_noon=timedelta(seconds=1))))

    assert found(store) == [2, 3, 1]
    assert found(store, limit=1, offset=1) == [3]


def test_events_are_selected_by_every_field(store: AnyStore) -> None:
    store.append(
        batch(
            event(1, name="view"),
            event(2, distinct_id="bob"),
            event(3, after_noon=timedelta(microseconds=1)),
            event(4, after_noon=timedelta(microseconds=2)),
        )
    )
    store.append(batch(event(5), project_id=OTHER))

    assert found(store, name="view") == [1]
    assert found(store, distinct_id="bob") == [2]
    assert found(store, after=NOON) == [4, 3]
    assert found(store, before=NOON + timedelta(microseconds=2)) == [3, 2, 1]
    assert found(store, person_ids=(derived_person_id(PROJECT, "bob"),)) == [2]
    assert found(store, person_ids=()) == []


def test_events_are_found_by_the_person_of_today(store: AnyStore) -> None:
    store.append(batch(event(1, distinct_id="anon"), event(2, distinct_id="user"), event(3)))
    store.append(AppendBatch(events=(), mappings=(mapping("anon", "user", 1),)))

    assert found(store, person_ids=(derived_person_id(PROJECT, "user"),)) == [2, 1]
    assert found(store, person_ids=(derived_person_id(PROJECT, "anon"),)) == []
    assert found(store, person_ids=(derived_person_id(PROJECT, "ann"),)) == [3]


def test_a_mapping_of_a_lower_revision_changes_nothing(store: AnyStore) -> None:
    store.append(batch(event(1, distinct_id="anon")))
    store.append(AppendBatch(events=(), mappings=(mapping("anon", "new", 5),)))
    store.append(
        AppendBatch(events=(), mappings=(mapping("anon", "old", 3), mapping("anon", "older", 2)))
    )

    assert found(store, person_ids=(derived_person_id(PROJECT, "new"),)) == [1]
    assert store.people_revision() == 5


def test_known_ids_are_those_stored_for_the_project(store: AnyStore) -> None:
    store.append(batch(event(1), event(2)))
    store.append(batch(event(3), project_id=OTHER))

    asked = [UUID(int=number) for number in (1, 2, 3, 4)]

    assert store.known_ids(PROJECT, asked) == {UUID(int=1), UUID(int=2)}
    assert store.known_ids(OTHER, asked) == {UUID(int=3)}
    assert store.known_ids(PROJECT, []) == set()


def test_event_names_are_those_ever_stored_for_the_project(store: AnyStore) -> None:
    store.append(batch(event(1, name="view"), event(2, name="buy"), event(3, name="view")))

    assert store.event_names(PROJECT) == {"view", "buy"}
    assert store.event_names(OTHER) == frozenset()


def test_the_revision_changes_with_whatever_could_change_an_answer(store: AnyStore) -> None:
    described = PersonProperties(
        project_id=PROJECT, person_id=UUID(int=1), properties={"plan": "pro"}, revision=2
    )
    revisions = [store.revision(PROJECT)]
    for change in (
        batch(event(1)),
        batch(event(2)),
        AppendBatch(events=(), mappings=(mapping("a", "b", 1),)),
        AppendBatch(events=(), person_properties=(described,)),
    ):
        store.append(change)
        revisions.append(store.revision(PROJECT))

    assert len(set(revisions)) == len(revisions)
    assert store.revision(OTHER) == 0


def test_writing_to_one_project_leaves_the_revision_of_another(store: AnyStore) -> None:
    store.append(batch(event(1), project_id=OTHER))
    before = store.revision(OTHER)

    store.append(batch(event(2)))

    assert store.revision(OTHER) == before


def test_the_people_revision_is_the_highest_ever_appended(store: AnyStore) -> None:
    assert store.people_revision() == 0
    described = PersonProperties(project_id=OTHER, person_id=UUID(int=1), properties={}, revision=7)

    store.append(AppendBatch(events=(), mappings=(mapping("a", "b", 3),)))
    store.append(AppendBatch(events=(), person_properties=(described,)))

    assert store.people_revision() == 7


def test_an_empty_batch_changes_nothing(store: AnyStore) -> None:
    before = store.revision(PROJECT)

    store.append(AppendBatch(events=()))

    assert store.revision(PROJECT) == before


def test_everything_is_there_when_the_store_is_opened_again(
    open_store: Opener, tmp_path: Path
) -> None:
    store = open_store(tmp_path)
    if not store.capabilities.is_durable:
        pytest.skip("this store forgets")
    store.append(
        AppendBatch(
            events=batch(event(1, distinct_id="anon", properties={"amount": 2})).events,
            mappings=(mapping("anon", "user", 4),),
        )
    )
    before = (store.revision(PROJECT), store.people_revision(), store.event_names(PROJECT))
    store.close()

    store = open_store(tmp_path)

    assert (store.revision(PROJECT), store.people_revision(), store.event_names(PROJECT)) == before
    assert store.known_ids(PROJECT, [UUID(int=1), UUID(int=2)]) == {UUID(int=1)}
    assert found(store, person_ids=(derived_person_id(PROJECT, "user"),)) == [1]
    store.append(batch(event(2, properties={"amount": 3})))
    assert store.revision(PROJECT) != before[0]
    store.close()


def test_closing_twice_is_closing_once(store: AnyStore) -> None:
    store.check()

    store.close()
    store.close()


def test_readers_see_whole_batches_while_a_writer_writes(store: AnyStore) -> None:
    size, rounds = 7, 15
    seen: list[int] = []
    failures: list[BaseException] = []
    is_done = threading.Event()

    def read() -> None:
        try:
            while not is_done.is_set():
                seen.append(len(store.find_events(EventSelection(project_id=PROJECT, limit=1000))))
        except BaseException as error:  # noqa: BLE001 - carried to the test's thread
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(rounds):
        store.append(batch(*(event(uuid4().int) for _ in range(size))))
    is_done.set()
    for reader in readers:
        reader.join()

    assert failures == []
    assert all(count % size == 0 for count in seen)
    assert len(found(store, limit=1000)) == size * rounds


@pytest.mark.parametrize(
    ("known_until", "expected"),
    [
        (None, {"control": (2, 12.0), "test": (1, 5.0)}),
        (NOON + timedelta(hours=2), {"control": (2, 12.0), "test": (1, 0.0)}),
        (NOON + timedelta(hours=1), {"control": (2, 2.0), "test": (1, 0.0)}),
        (NOON, {"control": (1, 0.0), "test": (1, 0.0)}),
    ],
)
def test_what_came_later_is_not_known(
    store: AnyStore, known_until: datetime | None, expected: dict[str, tuple[int, float]]
) -> None:
    hours = [timedelta(hours=number) for number in range(4)]

    def shown(number: int, unit: str, variant: str, after_noon: timedelta) -> Event:
        properties: Properties = {"$feature_flag": "f", "$feature_flag_response": variant}
        return event(
            number,
            name="$feature_flag_called",
            distinct_id=unit,
            after_noon=after_noon,
            properties=properties,
        )

    def bought(number: int, unit: str, amount: int, after_noon: timedelta) -> Event:
        properties: Properties = {"amount": amount}
        return event(number, distinct_id=unit, after_noon=after_noon, properties=properties)

    store.append(
        batch(
            shown(1, "ann", "control", hours[0]),
            shown(2, "bob", "control", hours[1]),
            shown(3, "cyd", "test", hours[0]),
            bought(4, "ann", 2, hours[1]),
            bought(5, "ann", 10, hours[2]),
            bought(6, "cyd", 5, hours[3]),
        )
    )
    plan = SummaryPlan(
        exposure=ExposurePlan(
            project_id=PROJECT,
            start=NOON,
            end=min(known_until or NOON + hours[2], NOON + hours[2]),
            known_until=known_until,
            flag_key="f",
            source=EventSource(event=DEFAULT_EXPOSURE_EVENT),
            variants=("control", "test"),
        ),
        metric=MeanPlan(
            source=EventSource(event="buy"),
            math=ValueMath.SUM,
            value_property="amount",
            window=timedelta(days=1),
        ),
    )
    found = {each.variant: (each.count, each.sum) for each in store.summarize(plan)}
    assert found == expected
