"""From an experiment to an answer, on stores in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest

from splitplot.accounts.model import Project
from splitplot.adapters.event_store.memory import MemoryEventStore
from splitplot.adapters.metadata.database import SqlMetadata, open_metadata
from splitplot.errors import InvalidInput
from splitplot.events.actions import Action, read_steps
from splitplot.experiments.exposures import ExposureSummary
from splitplot.experiments.model import Experiment
from splitplot.experiments.plan import SummaryPlan, VariantSummary
from splitplot.experiments.planning import exposure_request
from splitplot.experiments.results import MetricResult, ValidationFailure
from splitplot.filters.model import Properties
from splitplot.flags.model import FlagId
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import (
    AppendBatch,
    PersonIdMapping,
    PersonProperties,
    ProjectEvent,
)
from splitplot.services.answers import Answer, NoAnswer, Refresh
from splitplot.services.results import FRESH_FOR, MetricReport, ResultService
from tests.factories import (
    NOON,
    a_flag,
    a_mean_metric,
    a_project,
    an_event,
    an_experiment,
    an_organization,
    flag_filters,
)

CASES = Path("tests/cases/metrics")
LATER = datetime(2026, 1, 1, tzinfo=UTC)


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment


class CountingStore(MemoryEventStore):
    """The memory store, and how often it was asked for sums."""

    def __init__(self) -> None:
        super().__init__()
        self.summed = 0

    def summarize(self, plan: SummaryPlan) -> tuple[VariantSummary, ...]:
        self.summed += 1
        return super().summarize(plan)


@dataclass(frozen=True, kw_only=True)
class Room:
    """A result service with its stores and its clock."""

    service: ResultService
    metadata: SqlMetadata
    store: CountingStore
    clock: HandClock
    project: Project

    def add(self, experiment: Experiment) -> Experiment:
        with self.metadata.transaction() as repositories:
            flag = repositories.flags.add(self.project.id, experiment.flag)
            return repositories.experiments.add(
                replace(experiment, flag=flag, project_id=self.project.id)
            )

    def expose(self, variant: str, count: int, *, buys: int = 0, moment: datetime = NOON) -> None:
        """So many new units of a variant, the first ones with a purchase a minute later."""
        events = []
        for number in range(count):
            unit = f"{variant}-{number}-{moment.timestamp()}"
            shown: Properties = {
                "$feature_flag": "checkout-button",
                "$feature_flag_response": variant,
            }
            events.append(
                an_event(
                    name="$feature_flag_called",
                    distinct_id=unit,
                    timestamp=moment,
                    properties=shown,
                    project_id=self.project.id,
                )
            )
            if number < buys:
                events.append(
                    an_event(
                        distinct_id=unit,
                        timestamp=moment + timedelta(minutes=1),
                        project_id=self.project.id,
                    )
                )
        self.store.append(
            AppendBatch(
                events=tuple(
                    ProjectEvent(project_id=self.project.id, event=event) for event in events
                )
            )
        )

    def result(
        self,
        experiment: Experiment,
        metric: Properties | None = None,
        refresh: Refresh = Refresh.REUSE,
    ) -> Answer[MetricReport]:
        answer = self.service.metric_result(
            self.project, experiment.id, metric or a_mean_metric(), refresh=refresh
        )
        assert isinstance(answer, Answer)
        return answer

    def exposures(self, experiment: Experiment) -> Answer[ExposureSummary]:
        answer = self.service.exposures(
            self.project, replace(exposure_request(experiment), experiment_id=experiment.id)
        )
        assert isinstance(answer, Answer)
        return answer


@pytest.fixture
def room() -> Iterator[Room]:
    metadata, store, clock = open_metadata("sqlite://"), CountingStore(), HandClock(LATER)
    with metadata.transaction() as repositories:
        repositories.accounts.add_organization(an_organization())
        project = repositories.accounts.add_project(a_project(), secret_hash="secret")
    yield Room(
        service=ResultService(metadata=metadata, store=store, clock=clock),
        metadata=metadata,
        store=store,
        clock=clock,
        project=project,
    )
    metadata.close()


def a_launched_experiment(**changes: Any) -> Experiment:  # noqa: ANN401 - as the factory's
    return an_experiment(start_date=NOON - timedelta(days=1), **changes)


def sums_of(report: MetricReport) -> dict[str, tuple[int, float]]:
    result = report.result
    summaries = (result.baseline.summary, *(variant.summary for variant in result.variants))
    return {summary.variant: (summary.count, summary.sum) for summary in summaries}


# Answers


def test_a_result_compares_what_the_store_summed(room: Room) -> None:
    experiment = room.add(a_launched_experiment())
    room.expose("control", 100, buys=30)
    room.expose("test", 100, buys=60)

    report = room.result(experiment).value

    assert sums_of(report) == {"control": (100, 30), "test": (100, 60)}
    assert report.result.variants[0].statistics is not None
    assert "memory" in report.sql


def test_a_result_of_too_few_units_says_so(room: Room) -> None:
    experiment = room.add(a_launched_experiment())
    room.expose("control", 49, buys=30)

    result = room.result(experiment).value.result

    assert result.baseline.validation_failures == (ValidationFailure.NOT_ENOUGH_EXPOSURES,)
    assert result.variants[0].statistics is None


def test_exposures_are_counted_by_day(room: Room) -> None:
    experiment = room.add(
        a_launched_experiment(end_date=NOON + timedelta(days=1), excluded_variants=("test",))
    )
    room.expose("control", 3)
    room.expose("test", 5)

    summary = room.exposures(experiment).value

    assert [day.isoformat() for day in summary.days] == ["2025-02-28", "2025-03-01", "2025-03-02"]
    assert [(series.variant, series.counts) for series in summary.series] == [
        ("control", (0, 3, 3))
    ]


def test_a_drafts_exposures_are_empty(room: Room) -> None:
    summary = room.exposures(room.add(an_experiment())).value
    assert (summary.days, summary.total) == ((), 0)


@pytest.mark.parametrize("experiment_id", [-1, 0, 7, 2**31, 10**30])
def test_an_experiment_that_is_not_there_is_an_error(room: Room, experiment_id: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        room.service.metric_result(room.project, experiment_id, a_mean_metric())
    assert refused.value.message == f"Experiment with id {experiment_id} not found"


def test_another_projects_experiment_is_not_there(room: Room) -> None:
    experiment = room.add(a_launched_experiment())
    with pytest.raises(InvalidInput, match="not found"):
        room.service.experiment(a_project(id=type(room.project.id)(99)).id, experiment.id)


def test_a_deleted_experiment_is_not_there(room: Room) -> None:
    experiment = room.add(a_launched_experiment(deleted=True))
    with pytest.raises(InvalidInput, match="not found"):
        room.result(experiment)


# Answers that are kept


def test_an_ended_experiment_is_summed_once(room: Room) -> None:
    experiment = room.add(a_launched_experiment(end_date=NOON))
    first = room.result(experiment)
    room.clock.moment += timedelta(days=300)
    again = room.result(experiment)
    assert (first.is_cached, again.is_cached, room.store.summed) == (False, True, 1)
    assert (again.computed_at, again.valid_until) == (LATER, None)


def test_a_running_experiment_is_summed_again_after_a_short_while(room: Room) -> None:
    experiment = room.add(a_launched_experiment())
    room.result(experiment)
    room.clock.moment += FRESH_FOR - timedelta(seconds=1)
    assert room.result(experiment).is_cached
    room.clock.moment += timedelta(seconds=1)
    assert not room.result(experiment).is_cached


def test_a_new_event_makes_a_new_answer(room: Room) -> None:
    experiment = room.add(a_launched_experiment(end_date=NOON + timedelta(hours=1)))
    assert sums_of(room.result(experiment).value)["test"] == (0, 0)
    room.expose("test", 2, buys=1)
    assert sums_of(room.result(experiment).value)["test"] == (2, 1)


def test_a_changed_experiment_makes_a_new_answer(room: Room) -> None:
    experiment = room.add(a_launched_experiment(end_date=NOON))
    room.result(experiment)
    with room.metadata.transaction() as repositories:
        repositories.experiments.save(replace(experiment, stats_config={"method": "frequentist"}))
    assert room.result(experiment).value.result.method.value == "frequentist"


def test_a_forced_answer_is_new(room: Room) -> None:
    experiment = room.add(a_launched_experiment(end_date=NOON))
    room.result(experiment)
    assert not room.result(experiment, refresh=Refresh.FORCE).is_cached


def test_a_kept_answer_alone_can_be_asked_for(room: Room) -> None:
    experiment = room.add(a_launched_experiment())
    asked = room.project, experiment.id, a_mean_metric()
    none = room.service.metric_result(*asked, refresh=Refresh.KEPT_ONLY)
    assert isinstance(none, NoAnswer)
    assert room.result(experiment).key == none.key
    assert isinstance(room.service.metric_result(*asked, refresh=Refresh.KEPT_ONLY), Answer)


def test_metrics_that_are_asked_together_are_kept_one_by_one(room: Room) -> None:
    room.expose("control", 3, buys=1)
    experiment = room.add(a_launched_experiment())
    metrics = [
        a_mean_metric(),
        {"metric_type": "nonsense"},
        {**a_mean_metric(), "goal": "decrease"},
    ]

    first, refused, last = room.service.results_of(room.project, experiment, metrics)

    assert isinstance(first, Answer)
    assert isinstance(refused, InvalidInput)
    assert isinstance(last, Answer)
    summed = room.store.summed
    alone = room.result(experiment, metrics[0])
    assert alone.is_cached
    assert alone.value == first.value
    assert room.store.summed == summed


def test_exposures_are_kept_as_well(room: Room) -> None:
    experiment = room.add(a_launched_experiment())
    room.exposures(experiment)
    assert room.exposures(experiment).is_cached
    room.expose("control", 1)
    assert not room.exposures(experiment).is_cached


# Recorded cases, from documents to sums


def cases(kind: str) -> list[Any]:
    documents = [
        case
        for path in sorted(CASES.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))
    ]
    return [pytest.param(case, id=case["id"]) for case in documents if case["kind"] == kind]


def experiment_of(case: dict[str, Any]) -> Experiment:
    context = case["experiment"]
    filters = dict(flag_filters(*context["variants"]))
    filters["aggregation_group_type_index"] = context.get("group_index")
    return an_experiment(
        flag=a_flag(id=FlagId(0), key=context["flag"], filters=filters),
        start_date=datetime.fromisoformat(context["start"]),
        end_date=datetime.fromisoformat(context["end"]),
        exposure_criteria=with_properties(context.get("criteria", {})),
        excluded_variants=tuple(context.get("excluded", ())),
        only_count_matured_users=context.get("only_count_matured_users", False),
        stats_config={
            "baseline_variant_key": context["variants"][0],
            "cuped": {
                "enabled": "cuped_lookback_days" in context,
                "lookback_days": context.get("cuped_lookback_days"),
            },
        },
    )


def with_properties(criteria: dict[str, Any]) -> Properties:
    configs: Properties = {
        key: {"properties": [], **criteria[key]}
        for key in ("exposure_config", "activation_config")
        if key in criteria
    }
    return {**criteria, **configs}


def metric_of(case: dict[str, Any]) -> Properties:
    metric = {"kind": "ExperimentMetric", **case["metric"]}
    for key in ("source", "numerator", "denominator", "start_event", "completion_event"):
        if key in metric:
            metric[key] = {"kind": "EventsNode", **metric[key]}
    if "series" in metric:
        metric["series"] = [{"kind": "EventsNode", **step} for step in metric["series"]]
    return metric


def store_events(room: Room, case: dict[str, Any]) -> None:
    events = []
    for number, (moment, distinct_id, name, *rest) in enumerate(case["events"]):
        properties = dict(rest[0]) if rest else {}
        if name.startswith("="):
            properties["$feature_flag"] = case["experiment"]["flag"]
            properties["$feature_flag_response"] = name[1:]
        event = an_event(
            uuid=uuid5(NAMESPACE_OID, str(number)),
            name="$feature_flag_called" if name.startswith("=") else name,
            distinct_id=distinct_id,
            timestamp=datetime.fromisoformat(moment),
            properties=properties,
            project_id=room.project.id,
        )
        events.append(ProjectEvent(project_id=room.project.id, event=event))
    mappings = tuple(
        PersonIdMapping(
            project_id=room.project.id,
            source_id=derived_person_id(room.project.id, source),
            person_id=derived_person_id(room.project.id, person),
            revision=1,
        )
        for source, person in case["experiment"].get("merges", {}).items()
    )
    persons = tuple(
        PersonProperties(
            project_id=room.project.id,
            person_id=derived_person_id(room.project.id, person),
            properties=properties,
            revision=1,
        )
        for person, properties in case["experiment"].get("persons", {}).items()
    )
    room.store.append(
        AppendBatch(events=tuple(events), mappings=mappings, person_properties=persons)
    )


def store_actions(room: Room, case: dict[str, Any]) -> None:
    """Under the ids that the case names; the ids before them are other actions'."""
    named = {int(number): action for number, action in case["experiment"]["actions"].items()}
    with room.metadata.transaction() as repositories:
        for number in range(1, max(named, default=0) + 1):
            action = named.get(number, {"steps": []})
            stored = repositories.actions.add(
                room.project.id,
                Action(
                    id=0,
                    name=str(number),
                    steps=read_steps(action["steps"]),
                    deleted=action.get("deleted", False),
                    created_at=NOON,
                    updated_at=NOON,
                ),
            )
            assert stored.id == number


def in_context(room: Room, case: dict[str, Any]) -> Room:
    context = case["experiment"]
    if "actions" in context:
        store_actions(room, case)
    if "now" in context:
        room.clock.moment = datetime.fromisoformat(context["now"])
    return replace(
        room,
        project=replace(
            room.project,
            timezone=context["timezone"],
            test_account_filters=tuple(context.get("test_account_filters", ())),
        ),
    )


DENOMINATOR = ("denominator_sum", "denominator_sum_squares", "numerator_denominator_sum_product")


@pytest.mark.parametrize("case", cases("metric"))
def test_documents_and_events_give_the_recorded_sums(room: Room, case: dict[str, Any]) -> None:
    there = in_context(room, case)
    store_events(there, case)

    result = there.result(there.add(experiment_of(case)), metric_of(case)).value.result

    summaries = all_sums(result)
    for summary in summaries:
        expected = case["expected"][summary.variant]
        assert summary.count == expected["number_of_samples"]
        assert summary.sum == pytest.approx(expected["sum"], rel=1e-12)
        assert summary.sum_squares == pytest.approx(expected["sum_squares"], rel=1e-9)
        assert list(summary.step_counts or ()) == expected.get("step_counts", [])
        assert summary.covariate_sum == expected.get("covariate_sum")
        assert summary.covariate_sum_squares == expected.get("covariate_sum_squares")
        assert summary.covariate_sum_product == expected.get("covariate_sum_product")
        assert (
            summary.denominator_sum,
            summary.denominator_sum_squares,
            summary.product_sum,
        ) == tuple(map(expected.get, DENOMINATOR))
    assert {summary.variant for summary in summaries} == set(case["expected"])


@pytest.mark.parametrize("case", cases("breakdown"))
def test_documents_and_events_give_the_recorded_breakdown(room: Room, case: dict[str, Any]) -> None:
    there = in_context(room, case)
    store_events(there, case)

    result = there.result(there.add(experiment_of(case)), metric_of(case)).value.result

    found = {
        (" / ".join(part.values), summary.variant): (summary.count, summary.sum)
        for part in result.parts
        for summary in all_sums(part.result)
    }
    assert found == {
        (value, variant): (sums["number_of_samples"], sums["sum"])
        for value, of_variants in case["expected"].items()
        for variant, sums in of_variants.items()
        if value
    }
    assert {whole.variant: whole.sum for whole in all_sums(result)} == {
        key: sum(total for (_, variant), (_, total) in found.items() if variant == key)
        for key in case["experiment"]["variants"]
    }


def all_sums(result: MetricResult) -> list[VariantSummary]:
    return [result.baseline.summary, *(variant.summary for variant in result.variants)]


@pytest.mark.parametrize("case", cases("exposures"))
def test_documents_and_events_give_the_recorded_exposures(room: Room, case: dict[str, Any]) -> None:
    there = in_context(room, case)
    store_events(there, case)

    summary = there.exposures(there.add(experiment_of(case))).value

    expected = case["expected"]
    assert {series.variant: series.total for series in summary.series} == (
        expected["total_exposures"]
    )
    assert {series.variant: list(series.counts) for series in summary.series} == (
        expected["exposure_counts"]
    )
    assert (summary.days[0].isoformat(), summary.days[-1].isoformat()) == (
        expected["first_day"],
        expected["last_day"],
    )
