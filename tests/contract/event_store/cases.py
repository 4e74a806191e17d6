"""The event-level cases of tests/cases/metrics, as events and plans."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from splitplot.accounts.model import ProjectId
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    DEFAULT_EXPOSURE_EVENT,
    MULTIPLE,
    EventSource,
    ExposureCount,
    ExposurePlan,
    FunnelOrder,
    FunnelPlan,
    MeanPlan,
    MetricPlan,
    MultipleVariants,
    ValueMath,
    Winsorization,
)
from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import AppendBatch, PersonIdMapping, ProjectEvent

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
    experiment = case.experiment
    criteria = experiment.get("criteria", {})
    excluded = experiment.get("excluded", [])
    exposed_by = None
    if experiment.get("only_count_matured_users"):
        exposed_by = datetime.fromisoformat(experiment["now"]) - (_window(case.metric) or NO_SPAN)
    return ExposurePlan(
        project_id=PROJECT,
        start=datetime.fromisoformat(experiment["start"]),
        end=datetime.fromisoformat(experiment["end"]),
        flag_key=experiment["flag"],
        source=_source(criteria.get("exposure_config") or {"event": DEFAULT_EXPOSURE_EVENT}),
        variants=tuple(key for key in experiment["variants"] if key not in excluded),
        multiple_variants=MultipleVariants(criteria.get("multiple_variant_handling", "exclude")),
        unit_filters=_filters(experiment.get("test_account_filters", [])),
        group_type_index=experiment.get("group_index"),
        activation=_source(criteria["activation_config"])
        if "activation_config" in criteria
        else None,
        exposed_by=exposed_by,
        timezone=experiment["timezone"],
    )


def metric_plan(case: Case) -> MetricPlan:
    metric = case.metric
    if metric["metric_type"] == "funnel":
        return FunnelPlan(
            steps=tuple(_source(step) for step in metric["series"]),
            window=_window(metric) or FUNNEL_WINDOW,
            order=FunnelOrder(metric.get("funnel_order_type", "ordered")),
        )
    bounds = metric.get("lower_bound_percentile"), metric.get("upper_bound_percentile")
    return MeanPlan(
        source=_source(metric["source"]),
        math=ValueMath(metric["source"].get("math", "total")),
        value_property=metric["source"].get("math_property"),
        window=_window(metric),
        winsorization=None
        if bounds == (None, None)
        else Winsorization(
            lower=bounds[0], upper=bounds[1], ignore_zeros=metric.get("ignore_zeros", False)
        ),
        threshold=metric.get("threshold"),
    )


def _source(document: dict[str, Any]) -> EventSource:
    return EventSource(event=document["event"], filters=_filters(document.get("properties", [])))


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
