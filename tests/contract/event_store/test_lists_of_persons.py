"""Filters that name the persons themselves, as cohorts become them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.capabilities import persons_of
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    EventSource,
    ExposurePlan,
    MeanPlan,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SummaryPlan,
)
from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import AppendBatch, PersonIdMapping, ProjectEvent
from tests.contract.event_store.conftest import AnyStore

PROJECT = ProjectId(1)
NOON = datetime(2025, 3, 2, 12, tzinfo=UTC)


def listed(*distinct_ids: str, operator: Operator = Operator.IN) -> PropertyFilter:
    ids = tuple(str(derived_person_id(PROJECT, each)) for each in distinct_ids)
    return PropertyFilter(key="person_id", value=ids, operator=operator, kind=FilterKind.COHORT)


def event(number: int, name: str, distinct_id: str) -> Event:
    return Event(
        uuid=UUID(int=number),
        name=name,
        distinct_id=distinct_id,
        person_id=derived_person_id(PROJECT, distinct_id),
        timestamp=NOON + timedelta(minutes=number),
        properties={"$feature_flag": "exp", "$feature_flag_response": "test"},
    )


@pytest.fixture
def visited(store: AnyStore) -> AnyStore:
    """Three visitors buy once; the phone is known to be Ann's."""
    names = ("ann", "phone", "bob", "cid")
    exposures = [
        event(number, "$feature_flag_called", name) for number, name in enumerate(names, start=1)
    ]
    purchases = [event(number, "buy", name) for number, name in enumerate(names, start=10)]
    rows = (ProjectEvent(project_id=PROJECT, event=each) for each in (*exposures, *purchases))
    mapping = PersonIdMapping(
        project_id=PROJECT,
        source_id=derived_person_id(PROJECT, "phone"),
        person_id=derived_person_id(PROJECT, "ann"),
        revision=1,
    )
    store.append(AppendBatch(events=tuple(rows), mappings=(mapping,)))
    return store


def exposure(*unit_filters: PropertyFilter) -> ExposurePlan:
    return ExposurePlan(
        project_id=PROJECT,
        start=NOON,
        end=NOON + timedelta(days=1),
        flag_key="exp",
        source=EventSource(event="$feature_flag_called"),
        variants=("test",),
        unit_filters=unit_filters,
    )


@pytest.mark.parametrize(
    ("condition", "units", "purchases"),
    [
        (listed("ann", "bob"), 2, 3),
        (listed("ann", "bob", operator=Operator.NOT_IN), 1, 1),
        (listed(), 0, 0),
        (listed(operator=Operator.NOT_IN), 3, 4),
    ],
)
def test_units_are_kept_by_who_they_are_today(
    visited: AnyStore, condition: PropertyFilter, units: int, purchases: int
) -> None:
    metric = MeanPlan(source=EventSource(event="buy"))
    plan = SummaryPlan(exposure=exposure(condition), metric=metric)

    (summary,) = visited.summarize(plan)

    assert (summary.count, summary.sum) == (units, purchases)


def test_a_list_may_be_long(visited: AnyStore) -> None:
    others = tuple(str(UUID(int=number)) for number in range(20_000))
    condition = listed("bob")
    long = replace(condition, value=(*others, *persons_of(condition)))

    assert sum(count.units for count in visited.count_exposures(exposure(long))) == 1


def test_nothing_but_ids_comes_into_the_sql(visited: AnyStore) -> None:
    condition = replace(listed("bob"), value=("x') OR ('1' = '1",))

    if visited.capabilities.has_sql:
        with pytest.raises(ValueError, match="UUID"):
            visited.count_exposures(exposure(condition))
    else:
        assert visited.count_exposures(exposure(condition)) == ()


def test_events_are_kept_by_whose_they_are(visited: AnyStore) -> None:
    metric = MeanPlan(source=EventSource(event="buy", filters=(listed("ann"),)))
    plan = SummaryPlan(exposure=exposure(), metric=metric)

    (summary,) = visited.summarize(plan)

    assert (summary.count, summary.sum) == (3, 2)


def test_both_sides_of_a_ratio_may_look_at_whose_events_they_are(visited: AnyStore) -> None:
    everybody = MeanPlan(source=EventSource(event="buy"))
    of_ann = MeanPlan(source=EventSource(event="buy", filters=(listed("ann"),)))
    plans = [
        SummaryPlan(exposure=exposure(), metric=RatioPlan(numerator=over, denominator=under))
        for over, under in ((everybody, of_ann), (of_ann, everybody))
    ]

    (first,), (second,) = map(visited.summarize, plans)

    assert (first.sum, first.denominator_sum, first.product_sum) == (4, 2, 4)
    assert (second.sum, second.denominator_sum, second.product_sum) == (2, 4, 4)


def test_starts_and_returns_may_be_those_of_some(visited: AnyStore) -> None:
    """Of Ann's two purchases the second is her return to the first."""
    purchases = EventSource(event="buy")
    of_ann = replace(purchases, filters=(listed("ann"),))
    of_bob = replace(purchases, filters=(listed("bob"),))
    counted = []
    for start, completion in ((of_ann, purchases), (purchases, of_ann), (purchases, of_bob)):
        metric = RetentionPlan(
            start=start,
            completion=completion,
            clock=RetentionClock.ELAPSED,
            earliest=timedelta(0),
            latest=timedelta(hours=1),
        )
        (summary,) = visited.summarize(SummaryPlan(exposure=exposure(), metric=metric))
        counted.append((summary.count, summary.sum))

    assert counted == [(1, 1), (3, 1), (3, 0)]
