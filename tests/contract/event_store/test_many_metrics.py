"""Many metrics asked at once are answered as when each is asked alone."""

from collections.abc import Iterable
from dataclasses import astuple, replace
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.memory import MemoryEventStore
from splitplot.adapters.event_store.shared import metrics as shared_metrics
from splitplot.adapters.event_store.shared import together
from splitplot.errors import InvalidInput
from splitplot.experiments.plan import (
    EventSource,
    ExposurePlan,
    MeanPlan,
    MetricPlan,
    SummaryPlan,
    VariantSummary,
)
from splitplot.filters.model import FilterKind, PropertyFilter
from splitplot.ports.event_store import AppendBatch, EventStore, Summed
from tests.contract.event_store.cases import (
    Case,
    batch_of,
    exposure_plan,
    load_cases,
    metric_plan,
)
from tests.strategies import (
    event_sets,
    exposure_plans,
    funnel_plans,
    in_project,
    ratio_plans,
    retention_plans,
    summary_plans,
)

CASES = [case for case in load_cases() if case.kind in ("metric", "breakdown")]
# Sums of the same doubles in another order.
RELATIVE, ABSOLUTE = 1e-12, 1e-9

_projects = count(1)
_metrics = st.one_of(
    summary_plans().map(lambda plan: plan.metric),
    funnel_plans(),
    ratio_plans(),
    retention_plans(),
)
_every_example = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_every_case_of_the_contract_has_its_sums_beside_others(
    store: EventStore, case: Case
) -> None:
    batch, exposure, metric = batch_of(case), exposure_plan(case), metric_plan(case)
    store.append(batch)
    alone = SummaryPlan(exposure=exposure, metric=metric)
    others = [
        SummaryPlan(exposure=exposure, metric=metric_plan(other))
        for other in CASES
        if other.kind == "metric"
    ][:2]

    answers = store.summarize_all([*others, alone, alone])

    assert [_near(answer) for answer in answers[-2:]] == [_exact(store.summarize(alone))] * 2


def _near(answer: Summed | InvalidInput) -> list[tuple[object, ...]]:
    assert not isinstance(answer, InvalidInput)
    return [
        tuple(
            pytest.approx(value, rel=RELATIVE, abs=ABSOLUTE) if isinstance(value, float) else value
            for value in astuple(summary)
        )
        for summary in _by_value(answer.summaries)
    ]


def _exact(answer: tuple[VariantSummary, ...]) -> list[tuple[object, ...]]:
    return [astuple(summary) for summary in _by_value(answer)]


def _by_value(summaries: Iterable[VariantSummary]) -> list[VariantSummary]:
    """A breakdown's values come in any order, the variants of each in the plan's."""
    return sorted(summaries, key=lambda summary: summary.breakdown)


@pytest.fixture(params=[1, 64])
def _most_entries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that units whose chains are not followed one by one are in the examples too."""
    for module in (shared_metrics, together):
        monkeypatch.setattr(module, "MOST_ENTRIES", request.param)


@pytest.mark.usefixtures("_most_entries")
@settings(max_examples=8, deadline=None, suppress_health_check=_every_example)
@given(
    batch=event_sets(),
    exposure=exposure_plans(),
    metrics=st.lists(_metrics, min_size=2, max_size=6),
)
def test_many_at_once_are_answered_as_one_by_one_in_memory(
    store: EventStore, batch: AppendBatch, exposure: ExposurePlan, metrics: list[MetricPlan]
) -> None:
    project_id = ProjectId(next(_projects))
    memory = MemoryEventStore()
    for each in (store, memory):
        each.append(in_project(batch, project_id))
    exposure = replace(exposure, project_id=project_id)
    plans = [SummaryPlan(exposure=exposure, metric=metric) for metric in metrics]

    answers = store.summarize_all(plans)

    assert [_near(answer) for answer in answers] == [
        _exact(memory.summarize(plan)) for plan in plans
    ]


def test_what_is_refused_has_its_refusal_and_spoils_nothing(store: EventStore) -> None:
    case = next(case for case in CASES if case.kind == "metric")
    store.append(batch_of(case))
    good = SummaryPlan(exposure=exposure_plan(case), metric=metric_plan(case))
    of_a_group = PropertyFilter(key="plan", value=["pro"], kind=FilterKind.GROUP)
    source = EventSource(event="buy", filters=(of_a_group,))
    bad = replace(good, metric=MeanPlan(source=source))

    first, refusal, last = store.summarize_all([good, bad, replace(good)])

    assert isinstance(refusal, InvalidInput)
    assert refusal.code == "unsupported_filter"
    assert [_near(first), _near(last)] == [_exact(store.summarize(good))] * 2


def test_exposures_that_differ_are_told_apart(store: EventStore) -> None:
    case = next(case for case in CASES if case.kind == "metric")
    store.append(batch_of(case))
    exposure, metric = exposure_plan(case), metric_plan(case)
    nobody = replace(exposure, variants=("nobody",))
    plans = [
        SummaryPlan(exposure=each, metric=metric) for each in (exposure, nobody, nobody, exposure)
    ]

    answers = store.summarize_all(plans)

    assert [_near(answer) for answer in answers] == [
        _exact(store.summarize(plan)) for plan in plans
    ]


def test_filters_whose_values_only_look_equal_are_told_apart(store: EventStore) -> None:
    """In Python 1 and True are equal; their texts in properties are not."""
    case = next(case for case in CASES if case.kind == "metric")
    event = batch_of(case).events[0]
    moments = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=3))
    values = (1, True, True)
    clicks = tuple(
        replace(
            event,
            event=replace(
                event.event,
                uuid=uuid4(),
                name="click",
                timestamp=event.event.timestamp + moment,
                properties={"on": value},
            ),
        )
        for moment, value in zip(moments, values, strict=True)
    )
    store.append(AppendBatch(events=(event, *clicks)))
    plans = [
        SummaryPlan(
            exposure=exposure_plan(case),
            metric=MeanPlan(
                source=EventSource(
                    event="click",
                    filters=(PropertyFilter(key="on", value=[value], kind=FilterKind.EVENT),),
                )
            ),
        )
        for value in (1, True)
    ]

    answers = store.summarize_all(plans)

    assert [_near(answer) for answer in answers] == [
        _exact(store.summarize(plan)) for plan in plans
    ]


def test_nothing_asked_is_nothing_answered(store: EventStore) -> None:
    assert store.summarize_all([]) == ()
