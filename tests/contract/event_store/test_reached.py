"""Who came how far in a funnel, on every store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from splitplot.experiments.plan import (
    EventSource,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    ReachedUnit,
    ReachPlan,
    SummaryPlan,
)
from splitplot.ports.event_store import AppendBatch, EventStore, ProjectEvent
from tests.factories import NOON, PROJECT_ID, an_event

EXPOSURE = ExposurePlan(
    project_id=PROJECT_ID,
    start=NOON - timedelta(days=1),
    end=NOON + timedelta(days=1),
    flag_key="exp",
    source=EventSource(event="$feature_flag_called"),
    variants=("control", "test"),
)
FUNNEL = FunnelPlan(
    steps=(EventSource(event="view"), EventSource(event="buy")), window=timedelta(hours=1)
)
EVERYBODY = ReachPlan(exposure=EXPOSURE, metric=FUNNEL, at_least=0, at_most=2, limit=100)

# What each did, minute by minute after the exposure.
DONE = {
    "ann": ("test", ["view", "buy"]),
    "bob": ("test", ["view"]),
    "cyd": ("test", ["buy", "view"]),
    "dan": ("control", []),
    "eve": ("control", ["view", "view", "buy"]),
}


@pytest.fixture
def peopled(store: EventStore) -> EventStore:
    events = []
    for name, (variant, steps) in DONE.items():
        shown = {"$feature_flag": "exp", "$feature_flag_response": variant}
        done = [("$feature_flag_called", shown), *((step, {}) for step in steps)]
        for minute, (event, properties) in enumerate(done):
            events.append(
                an_event(
                    name=event,
                    distinct_id=name,
                    timestamp=NOON + timedelta(minutes=minute),
                    properties={**properties, "$session_id": f"{name}-{minute // 2}"},
                )
            )
    rows = tuple(ProjectEvent(project_id=PROJECT_ID, event=event) for event in events)
    store.append(AppendBatch(events=rows))
    return store


def reach_of(store: EventStore, plan: ReachPlan) -> list[tuple[str, int]]:
    return [(one.variant, one.step) for one in store.reached(plan)]


def test_everybody_has_a_furthest_step(peopled: EventStore) -> None:
    assert sorted(reach_of(peopled, EVERYBODY)) == [
        ("control", 0),
        ("control", 2),
        ("test", 1),
        ("test", 1),
        ("test", 2),
    ]


def test_in_any_order_both_steps_may_come_first(peopled: EventStore) -> None:
    unordered = replace(EVERYBODY, metric=replace(FUNNEL, order=FunnelOrder.UNORDERED))
    converted = replace(unordered, at_least=2, variant="test")
    assert reach_of(peopled, converted) == [("test", 2), ("test", 2)]


def test_those_who_reached_a_step_are_as_many_as_the_summary_counts(peopled: EventStore) -> None:
    for summary in peopled.summarize(SummaryPlan(exposure=EXPOSURE, metric=FUNNEL)):
        assert summary.step_counts is not None
        for step, count in enumerate((summary.count, *summary.step_counts)):
            plan = replace(EVERYBODY, at_least=step, variant=summary.variant)
            assert len(peopled.reached(plan)) == count


def test_pages_are_in_the_order_of_the_names(peopled: EventStore) -> None:
    names = [one.unit for one in peopled.reached(EVERYBODY)]
    assert names == sorted(names)
    page = peopled.reached(replace(EVERYBODY, limit=2, offset=1))
    assert [one.unit for one in page] == names[1:3]


def test_sessions_are_those_of_exposure_and_steps(peopled: EventStore) -> None:
    plan = replace(EVERYBODY, at_least=2, variant="control", has_sessions=True)
    (eve,) = peopled.reached(plan)
    assert eve.sessions == ("eve-0", "eve-1")


def test_nobody_is_there_before_anything_happened(store: EventStore) -> None:
    nobody: tuple[ReachedUnit, ...] = ()
    assert store.reached(replace(EVERYBODY, has_sessions=True)) == nobody
