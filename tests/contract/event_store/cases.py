"""The event-level cases of tests/cases/metrics, as events and plans."""

import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from splitplot.accounts.model import ProjectId
from splitplot.events.actions import Action, read_steps
from splitplot.events.model import Event
from splitplot.experiments.metric_plans import split_plan
from splitplot.experiments.metrics.actions import with_actions
from splitplot.experiments.metrics.breakdowns import with_touches
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    MULTIPLE,
    Breakdown,
    EventSource,
    ExposureCount,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    MultipleVariants,
    RatioPlan,
    RetentionClock,
    RetentionPlan,
    SessionMeanPlan,
    SessionValue,
    UnitProperty,
    ValueMath,
    Winsorization,
)
from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import (
    AppendBatch,
    PersonIdMapping,
    PersonProperties,
    ProjectEvent,
)

PROJECT = ProjectId(1)
CASES = Path(__file__).parents[2] / "cases" / "metrics"
SPANS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
CLOCKS = {"day": RetentionClock.DAYS, "hour": RetentionClock.HOURS}
NO_SPAN = timedelta(0)
FUNNEL_WINDOW = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    description: str
    kind: str
    experiment: dict[str, Any]
    metric: dict[str, Any]
    events: list[list[Any]]
    expected: dict[str, Any]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)


def load_cases() -> list[Case]:
    documents = [
        document
        for path in sorted(CASES.glob("*.json"))
        for document in json.loads(path.read_text(encoding="utf-8"))
    ]
    return [Case(**{"metric": {}, **document}) for document in documents]


def batch_of(case: Case) -> AppendBatch:
    """The case's events and merges, as they would arrive."""
    events = [_event(case, number, row) for number, row in enumerate(case.events)]
    merges = case.experiment.get("merges", {})
    persons = case.experiment.get("persons", {})
    return AppendBatch(
        events=tuple(ProjectEvent(project_id=PROJECT, event=event) for event in events),
        mappings=tuple(
            PersonIdMapping(
                project_id=PROJECT,
                source_id=derived_person_id(PROJECT, source),
                person_id=derived_person_id(PROJECT, person),
                revision=revision,
            )
            for revision, (source, person) in enumerate(merges.items(), start=1)
        ),
        person_properties=tuple(
            PersonProperties(
                project_id=PROJECT,
                person_id=derived_person_id(PROJECT, person),
                properties=properties,
                revision=revision,
            )
            for revision, (person, properties) in enumerate(persons.items(), start=1)
        ),
    )


def _event(case: Case, number: int, row: list[Any]) -> Event:
    moment, distinct_id, name, *rest = row
    properties = dict(rest[0]) if rest else {}
    if name.startswith("="):
        properties |= {
            "$feature_flag": case.experiment["flag"],
            "$feature_flag_response": name.removeprefix("="),
        }
        name = DEFAULT_EXPOSURE_EVENT
    return Event(
        uuid=uuid.uuid5(uuid.NAMESPACE_OID, f"{case.id}/{number}"),
        name=name,
        distinct_id=distinct_id,
        person_id=derived_person_id(PROJECT, distinct_id),
        timestamp=datetime.fromisoformat(moment),
        properties=properties,
    )


def exposure_plan(case: Case) -> ExposurePlan:
    return with_actions(_exposure_plan(case), _actions(case))


def _actions(case: Case) -> dict[int, Action]:
    return {
        int(number): Action(
            id=int(number),
            name=number,
            steps=read_steps(document["steps"]),
            deleted=document.get("deleted", False),
            created_at=utc("2025-01-01"),
            updated_at=utc("2025-01-01"),
        )
        for number, document in case.experiment.get("actions", {}).items()
    }


def _exposure_plan(case: Case) -> ExposurePlan:
    experiment = case.experiment
    criteria = experiment.get("criteria", {})
    excluded = experiment.get("excluded", [])
    exposed_by = None
    is_retention = case.metric.get("metric_type") == "retention"
    if experiment.get("only_count_matured_users") and not is_retention:
        exposed_by = datetime.fromisoformat(experiment["now"]) - (_window(case.metric) or NO_SPAN)
    return ExposurePlan(
        project_id=PROJECT,
        start=datetime.fromisoformat(experiment["start"]),
        end=datetime.fromisoformat(experiment["end"]),
        flag_key=experiment["flag"],
        source=_source(criteria.get("exposure_config") or {"event": DEFAULT_EXPOSURE_EVENT}),
        variants=tuple(key for key in experiment["variants"] if key not in excluded),
        multiple_variants=MultipleVariants(criteria.get("multiple_variant_handling", "exclude")),
        unit_filters=(
            *_filters(experiment.get("test_account_filters", [])),
            *(
                replace(each, kind=FilterKind.PERSON, negation=True)
                for each in _filters(criteria.get("exclusions", []))
            ),
        ),
        group_type_index=experiment.get("group_index"),
        activation=_source(criteria["activation_config"])
        if "activation_config" in criteria
        else None,
        exposed_by=exposed_by,
        timezone=experiment["timezone"],
        # Counts of exposures have no metric, and no breakdown.
        breakdown=with_touches(_breakdown(case.metric), case.metric, _metric_plan(case))
        if case.metric
        else None,
    )


def _breakdown(metric: dict[str, Any]) -> Breakdown | None:
    document = metric.get("breakdownFilter", {})
    if "breakdowns" not in document:
        return None
    return Breakdown(
        properties=tuple(
            UnitProperty(key=each["property"], is_of_person=each.get("type") == "person")
            for each in document["breakdowns"]
        ),
        most_values=document.get("breakdown_limit", 25),
    )


def metric_plan(case: Case) -> MetricPlan:
    """The plan of the case's metric, with its covariate if the case has one."""
    plan = with_actions(_metric_plan(case), _actions(case))
    days = case.experiment.get("cuped_lookback_days")
    if days is None or not isinstance(plan, MeanPlan | FunnelPlan):
        return plan
    return replace(plan, lookback=timedelta(days=days))


def _metric_plan(case: Case) -> MetricPlan:
    metric = case.metric
    if metric["metric_type"] == "funnel":
        return FunnelPlan(
            steps=tuple(_source(step) for step in metric["series"]),
            window=_window(metric) or FUNNEL_WINDOW,
            order=FunnelOrder(metric.get("funnel_order_type", "ordered")),
        )
    if metric["metric_type"] == "ratio":
        sides = ("numerator", "denominator")
        over, under = (
            _mean_plan(metric[side], _window(metric), metric.get(f"{side}_outlier_handling", {}))
            for side in sides
        )
        return RatioPlan(numerator=over, denominator=under)
    if metric["metric_type"] == "retention":
        return _retention_plan(case)
    if "value_breakdown_property" in metric:
        mean = _mean_plan(metric["source"], _window(metric), metric)
        split = split_plan(metric, mean)
        assert split is not None
        return split
    if metric["source"].get("math_property_type") == "session_properties":
        return _session_plan(metric)
    return replace(
        _mean_plan(metric["source"], _window(metric), metric), threshold=metric.get("threshold")
    )


def _session_plan(metric: dict[str, Any]) -> SessionMeanPlan:
    source = metric["source"]
    return SessionMeanPlan(
        source=_source(source),
        value=SessionValue(source["math_property"]),
        math=ValueMath(source["math"]),
        window=_window(metric),
        winsorization=_winsorization(metric),
        threshold=metric.get("threshold"),
    )


def _mean_plan(
    source: dict[str, Any], window: timedelta | None, outliers: dict[str, Any]
) -> MeanPlan:
    return MeanPlan(
        source=_source(source),
        math=ValueMath(source.get("math", "total")),
        value_property=source.get("math_property"),
        group_type_index=source.get("math_group_type_index"),
        window=window,
        winsorization=_winsorization(outliers),
    )


def _winsorization(outliers: dict[str, Any]) -> Winsorization | None:
    bounds = outliers.get("lower_bound_percentile"), outliers.get("upper_bound_percentile")
    if bounds == (None, None):
        return None
    return Winsorization(
        lower=bounds[0], upper=bounds[1], ignore_zeros=outliers.get("ignore_zeros", False)
    )


def _retention_plan(case: Case) -> RetentionPlan:
    metric, experiment = case.metric, case.experiment
    unit = metric["retention_window_unit"]
    start = metric["start_event"]
    latest = metric["retention_window_end"] * SPANS[unit]
    return RetentionPlan(
        start=None if start.get("kind") == "ExperimentExposureNode" else _source(start),
        completion=_source(metric["completion_event"]),
        clock=CLOCKS.get(unit, RetentionClock.ELAPSED),
        earliest=metric["retention_window_start"] * SPANS[unit],
        latest=latest,
        takes_last_start=metric["start_handling"] == "last_seen",
        window=_window(metric),
        started_by=datetime.fromisoformat(experiment["now"]) - latest
        if experiment.get("only_count_matured_users")
        else None,
        counts_all_exposed=metric.get("count_all_exposed", False),
    )


def _source(document: dict[str, Any]) -> EventSource:
    filters = _filters(document.get("properties", []))
    if document.get("kind") == "ActionsNode":
        return EventSource(event=None, filters=filters, action_id=document["id"])
    return EventSource(event=document["event"], filters=filters)


def _filters(documents: list[dict[str, Any]]) -> tuple[PropertyFilter, ...]:
    return tuple(
        PropertyFilter(
            key=document["key"],
            operator=Operator(document["operator"]),
            value=document["value"],
            kind=FilterKind.EVENT,
        )
        for document in documents
    )


def _window(metric: dict[str, Any]) -> timedelta | None:
    if "conversion_window" not in metric:
        return None
    return int(metric["conversion_window"]) * SPANS[metric["conversion_window_unit"]]


def daily_exposures(case: Case, counts: tuple[ExposureCount, ...]) -> dict[str, Any]:
    """The counts in the form in which cases expect them: cumulative, by local day."""
    zone = ZoneInfo(case.experiment["timezone"])
    window = case.experiment["start"], case.experiment["end"]
    first, last = (datetime.fromisoformat(end).astimezone(zone).date() for end in window)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    series: dict[str, list[int]] = {}
    for variant in (*exposure_plan(case).variants, MULTIPLE):
        of_variant = [
            (count.quarter.astimezone(zone).date(), count.units)
            for count in counts
            if count.variant == variant
        ]
        if of_variant or variant != MULTIPLE:
            series[variant] = [_until(day, of_variant) for day in days]
    return {
        "total_exposures": {variant: counts[-1] for variant, counts in series.items()},
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "exposure_counts": series,
    }


def _until(day: date, counts: list[tuple[date, int]]) -> int:
    return sum(units for of_day, units in counts if of_day <= day)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
