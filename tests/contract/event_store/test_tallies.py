"""Events counted by the variant that they carry, on every engine."""

from datetime import timedelta

import pytest

from splitplot.accounts.model import ProjectId
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    EventSource,
    ExposurePlan,
    TallyPlan,
    VariantTally,
)
from splitplot.filters.model import FilterKind, JsonValue, Properties, PropertyFilter
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import AppendBatch, EventStore, PersonIdMapping, ProjectEvent
from tests.factories import NOON, PROJECT_ID, an_event

OTHER_PROJECT = ProjectId(2)
PAID = ExposurePlan(
    project_id=PROJECT_ID,
    start=NOON,
    end=NOON + timedelta(days=1),
    flag_key="exp",
    source=EventSource(event="paid"),
    variants=("control", "test", "unseen"),
)


def paid(
    person: str, variant: str | None, amount: JsonValue = None, *, hour: int = 1
) -> ProjectEvent:
    properties: Properties = {"$feature/exp": variant or True, "amount": amount}
    event = an_event(
        name="paid",
        distinct_id=person,
        timestamp=NOON + timedelta(hours=hour),
        properties=properties,
    )
    return ProjectEvent(project_id=PROJECT_ID, event=event)


@pytest.fixture
def filled(store: EventStore) -> EventStore:
    events = (
        paid("ann", "control", 10),
        paid("ann", "control", "2.5"),
        paid("ann", "test", 1),
        paid("bob", "control", None, hour=0),
        paid("cyd", "test", 4, hour=24),
        # None of these carries a variant of the plan in its span.
        paid("dan", "control", 100, hour=-1),
        paid("dan", "control", 100, hour=25),
        paid("dan", "holdout-1", 100),
        paid("dan", None, 100),
        ProjectEvent(project_id=OTHER_PROJECT, event=paid("eve", "control", 100).event),
    )
    store.append(AppendBatch(events=events))
    return store


def test_events_units_and_values_are_counted_by_variant(filled: EventStore) -> None:
    assert filled.tally(TallyPlan(carriers=PAID, value_property="amount")) == (
        VariantTally(variant="control", events=3, units=2, total=12.5),
        VariantTally(variant="test", events=2, units=2, total=5.0),
        VariantTally(variant="unseen", events=0, units=0, total=0.0),
    )
    assert [tally.total for tally in filled.tally(TallyPlan(carriers=PAID))] == [0.0, 0.0, 0.0]


def test_persons_who_were_merged_are_one_unit(filled: EventStore) -> None:
    bob, ann = (derived_person_id(PROJECT_ID, name) for name in ("bob", "ann"))
    mapping = PersonIdMapping(project_id=PROJECT_ID, source_id=bob, person_id=ann, revision=1)
    filled.append(AppendBatch(events=(), mappings=(mapping,)))
    assert [tally.units for tally in filled.tally(TallyPlan(carriers=PAID))] == [1, 2, 0]


def test_filters_choose_the_events_that_count(store: EventStore) -> None:
    store.append(AppendBatch(events=(paid("ann", "control", 10), paid("bob", "control", 20))))
    source = EventSource(
        event="paid", filters=(PropertyFilter(key="amount", value=20, kind=FilterKind.EVENT),)
    )
    plan = TallyPlan(
        carriers=ExposurePlan(
            project_id=PROJECT_ID,
            start=PAID.start,
            end=PAID.end,
            flag_key="exp",
            source=source,
            variants=("control",),
        )
    )
    assert store.tally(plan) == (VariantTally(variant="control", events=1, units=1, total=0.0),)


def test_the_default_event_carries_what_the_flag_answered(store: EventStore) -> None:
    answers: tuple[Properties, ...] = (
        {"$feature_flag": "exp", "$feature_flag_response": "control"},
        {"$feature_flag": "other", "$feature_flag_response": "control"},
        {"$feature/exp": "control"},
    )
    events = [
        an_event(name=DEFAULT_EXPOSURE_EVENT, distinct_id=f"p{at}", properties=properties)
        for at, properties in enumerate(answers)
    ]
    store.append(
        AppendBatch(
            events=tuple(ProjectEvent(project_id=PROJECT_ID, event=event) for event in events)
        )
    )
    plan = ExposurePlan(
        project_id=PROJECT_ID,
        start=NOON,
        end=NOON,
        flag_key="exp",
        source=EventSource(event=DEFAULT_EXPOSURE_EVENT),
        variants=("control",),
    )
    (tally,) = store.tally(TallyPlan(carriers=plan))
    assert (tally.events, tally.units) == (1, 1)
