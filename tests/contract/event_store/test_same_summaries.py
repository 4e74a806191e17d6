"""The same events have the same summaries on every engine."""

from collections.abc import Iterable
from dataclasses import astuple, replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.compile import funnels
from splitplot.adapters.event_store.memory import MemoryEventStore
from splitplot.experiments.plan import (
    ExposurePlan,
    FunnelPlan,
    RatioPlan,
    RetentionPlan,
    SessionMeanPlan,
    SplitMeanPlan,
    SummaryPlan,
    TallyPlan,
    VariantSummary,
    VariantTally,
)
from splitplot.ports.event_store import AppendBatch, EventStore
from tests.strategies import (
    event_sets,
    exposure_plans,
    funnel_plans,
    in_project,
    ratio_plans,
    retention_plans,
    session_plans,
    split_plans,
    summary_plans,
    touched_plans,
)

# Sums of the same doubles in another order.
RELATIVE, ABSOLUTE = 1e-12, 1e-9

# One store serves all examples: each has a project of its own in it.
_projects = count(1)


def _examples(number: int) -> settings:
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def _stored(store: EventStore, batch: AppendBatch) -> tuple[MemoryEventStore, ProjectId]:
    """The batch in the store and in memory, in a project that holds nothing else."""
    project_id = ProjectId(next(_projects))
    memory = MemoryEventStore()
    for each in (store, memory):
        each.append(in_project(batch, project_id))
    return memory, project_id


def _near(summary: VariantSummary | VariantTally) -> tuple[object, ...]:
    return tuple(
        pytest.approx(value, rel=RELATIVE, abs=ABSOLUTE) if isinstance(value, float) else value
        for value in astuple(summary)
    )


def _check_summaries(store: EventStore, batch: AppendBatch, plan: SummaryPlan) -> None:
    memory, project_id = _stored(store, batch)
    plan = replace(plan, exposure=replace(plan.exposure, project_id=project_id))

    summaries = _by_value(store.summarize(plan))

    assert [_near(summary) for summary in summaries] == [
        astuple(summary) for summary in _by_value(memory.summarize(plan))
    ]


def _by_value(summaries: Iterable[VariantSummary]) -> list[VariantSummary]:
    """A breakdown's values come in any order, the variants of each in the plan's."""
    return sorted(summaries, key=lambda summary: summary.breakdown)


@_examples(30)
@given(batch=event_sets(), plan=summary_plans())
def test_summaries_are_those_of_the_memory_adapter(
    store: EventStore, batch: AppendBatch, plan: SummaryPlan
) -> None:
    _check_summaries(store, batch, plan)


@_examples(20)
@given(
    batch=event_sets(),
    exposure=exposure_plans(),
    metric=st.one_of(ratio_plans(), retention_plans()),
)
def test_ratios_and_retention_are_those_of_the_memory_adapter(
    store: EventStore,
    batch: AppendBatch,
    exposure: ExposurePlan,
    metric: RatioPlan | RetentionPlan,
) -> None:
    _check_summaries(store, batch, SummaryPlan(exposure=exposure, metric=metric))


@_examples(10)
@given(batch=event_sets(), exposure=exposure_plans(), metric=session_plans())
def test_means_of_sessions_are_those_of_the_memory_adapter(
    store: EventStore, batch: AppendBatch, exposure: ExposurePlan, metric: SessionMeanPlan
) -> None:
    _check_summaries(store, batch, SummaryPlan(exposure=exposure, metric=metric))


@_examples(10)
@given(batch=event_sets(), exposure=exposure_plans(), metric=split_plans())
def test_split_means_are_those_of_the_memory_adapter(
    store: EventStore, batch: AppendBatch, exposure: ExposurePlan, metric: SplitMeanPlan
) -> None:
    whole = replace(exposure, breakdown=None)
    _check_summaries(store, batch, SummaryPlan(exposure=whole, metric=metric))


@_examples(10)
@given(batch=event_sets(), plan=touched_plans())
def test_values_that_events_tell_are_those_of_the_memory_adapter(
    store: EventStore, batch: AppendBatch, plan: SummaryPlan
) -> None:
    _check_summaries(store, batch, plan)


@pytest.fixture
def _two_entries_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that units with few and with many entries are in every example."""
    monkeypatch.setattr(funnels, "MOST_CHAINS", 1)


@pytest.mark.usefixtures("_two_entries_are_many")
@_examples(20)
@given(batch=event_sets(), exposure=exposure_plans(), metric=funnel_plans())
def test_funnels_are_those_of_the_memory_adapter_for_units_that_enter_often(
    store: EventStore, batch: AppendBatch, exposure: ExposurePlan, metric: FunnelPlan
) -> None:
    _check_summaries(store, batch, SummaryPlan(exposure=exposure, metric=metric))


@pytest.mark.slow
@_examples(1000)
@given(batch=event_sets(), plan=summary_plans())
def test_summaries_are_those_of_the_memory_adapter_for_many_more_examples(
    store: EventStore, batch: AppendBatch, plan: SummaryPlan
) -> None:
    _check_summaries(store, batch, plan)


@_examples(20)
@given(batch=event_sets(), plan=exposure_plans())
def test_exposures_are_counted_as_by_the_memory_adapter(
    store: EventStore, batch: AppendBatch, plan: ExposurePlan
) -> None:
    memory, project_id = _stored(store, batch)
    plan = replace(plan, project_id=project_id)

    assert store.count_exposures(plan) == memory.count_exposures(plan)


@_examples(20)
@given(
    batch=event_sets(), carriers=exposure_plans(), value_property=st.sampled_from([None, "amount"])
)
def test_tallies_are_those_of_the_memory_adapter(
    store: EventStore, batch: AppendBatch, carriers: ExposurePlan, value_property: str | None
) -> None:
    memory, project_id = _stored(store, batch)
    carriers = replace(carriers, project_id=project_id)
    plan = TallyPlan(carriers=carriers, value_property=value_property)

    tallies = store.tally(plan)

    assert [_near(tally) for tally in tallies] == [astuple(tally) for tally in memory.tally(plan)]
