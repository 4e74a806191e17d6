"""Who performed an event, as far as it arrived later than something else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from splitplot.accounts.model import ProjectId
from splitplot.errors import InvalidInput
from splitplot.events.model import Event
from splitplot.experiments.plan import EventSource
from splitplot.filters.model import FilterKind, Operator, Properties, PropertyFilter
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import (
    AppendBatch,
    PerformersPlan,
    PersonIdMapping,
    ProjectEvent,
)
from tests.contract.event_store.conftest import AnyStore

PROJECT, OTHER = ProjectId(1), ProjectId(2)
NOON = datetime(2025, 3, 2, 12, tzinfo=UTC)
BUYERS = PerformersPlan(project_id=PROJECT, source=EventSource(event="buy"), as_of=NOON)


def event(
    number: int,
    distinct_id: str = "ann",
    *,
    name: str = "buy",
    hours: float = 0,
    properties: Properties | None = None,
) -> Event:
    return Event(
        uuid=UUID(int=number),
        name=name,
        distinct_id=distinct_id,
        person_id=person(distinct_id),
        timestamp=NOON + timedelta(hours=hours),
        properties=properties or {},
    )


def person(distinct_id: str) -> UUID:
    return derived_person_id(PROJECT, distinct_id)


def store_all(store: AnyStore, *events: Event, project_id: ProjectId = PROJECT) -> int:
    """Appends them, and answers the revision after that."""
    rows = tuple(ProjectEvent(project_id=project_id, event=each) for each in events)
    store.append(AppendBatch(events=rows))
    return store.revision(project_id)


def found(store: AnyStore, **changes: object) -> dict[UUID, datetime]:
    performers = store.performers(replace(BUYERS, **changes))  # type: ignore[arg-type] # any field
    by_person = {each.person_id: each.last_at for each in performers}
    assert len(by_person) == len(performers), "each person once"
    return by_person


def test_each_performer_comes_once_with_the_last_time(store: AnyStore) -> None:
    late = 1.25
    store_all(store, event(1, hours=late), event(2), event(3, "bob"), event(4, name="look"))
    store_all(store, event(5, "cid"), project_id=OTHER)

    assert found(store) == {person("ann"): NOON + timedelta(hours=late), person("bob"): NOON}


def test_only_what_arrives_later_is_looked_at_however_old_it_is(store: AnyStore) -> None:
    before = store_all(store, event(1, "ann"))
    if store.capabilities.engine == "clickhouse":
        # It looks a little further back than asked, for inserts that overtook each other.
        before += int(timedelta(minutes=2) / timedelta(microseconds=1))
        assert found(store, after=before) == {}
        return
    store_all(store, event(2, "bob", hours=-10_000))

    assert found(store, after=before) == {person("bob"): NOON - timedelta(hours=10_000)}
    assert found(store, after=store.revision(PROJECT)) == {}


def test_what_arrives_after_a_revision_is_never_missed(store: AnyStore) -> None:
    before = store_all(store, event(1, "ann"))
    store_all(store, event(2, "bob", hours=-10_000))

    assert person("bob") in found(store, after=before)


def test_both_ends_of_the_span_count(store: AnyStore) -> None:
    store_all(
        store,
        event(1, "early", hours=-1),
        event(2, "first"),
        event(3, "last", hours=1),
        event(4, "late", hours=1 + 1e-9 * 1000),
    )

    span = found(store, since=NOON, until=NOON + timedelta(hours=1))

    assert span.keys() == {person("first"), person("last")}


def test_events_are_filtered_by_their_properties(store: AnyStore) -> None:
    store_all(
        store,
        event(1, "ann", properties={"$feature_flag": "exp", "version": "2.10.0"}),
        event(2, "bob", properties={"$feature_flag": "exp", "version": "2.9.0"}),
        event(3, "cid", properties={"$feature_flag": "other", "version": "3.0.0"}),
    )
    filters = (
        PropertyFilter(key="$feature_flag", value=["exp"], kind=FilterKind.EVENT),
        # Not native to the engines: judged by the texts that are stored.
        PropertyFilter(
            key="version", value="2.10", operator=Operator.SEMVER_GTE, kind=FilterKind.EVENT
        ),
    )

    buyers = found(store, source=EventSource(event="buy", filters=filters))

    assert buyers.keys() == {person("ann")}


def test_performers_are_the_persons_of_today(store: AnyStore) -> None:
    store_all(store, event(1, "phone"), event(2, "ann", hours=1))
    mapping = PersonIdMapping(
        project_id=PROJECT, source_id=person("phone"), person_id=person("ann"), revision=1
    )
    store.append(AppendBatch(events=(), mappings=(mapping,)))

    assert found(store) == {person("ann"): NOON + timedelta(hours=1)}


def test_performers_are_kept_by_who_they_are(store: AnyStore) -> None:
    store_all(store, event(1, "ann"), event(2, "bob"), event(3, "cid"))
    named = (str(person("ann")), str(person("cid")))
    for operator, expected in ((Operator.IN, {"ann", "cid"}), (Operator.NOT_IN, {"bob"})):
        among = PropertyFilter(
            key="person_id", value=named, operator=operator, kind=FilterKind.COHORT
        )
        buyers = found(store, source=EventSource(event="buy", filters=(among,)))
        assert buyers.keys() == {person(name) for name in expected}


def test_a_filter_about_nothing_that_is_stored_is_refused(store: AnyStore) -> None:
    source = EventSource(event="buy", filters=(PropertyFilter(key="a", kind=FilterKind.HOGQL),))

    with pytest.raises(InvalidInput, match="hogql"):
        store.performers(PerformersPlan(project_id=PROJECT, source=source, as_of=NOON))
