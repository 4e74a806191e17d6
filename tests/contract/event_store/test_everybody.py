"""What a metric was before an experiment: of everybody, whatever variant they carry."""

from datetime import timedelta

from splitplot.experiments.plan import EventSource, ExposurePlan, MeanPlan, SummaryPlan
from splitplot.filters.model import Properties
from splitplot.ports.event_store import AppendBatch, EventStore, ProjectEvent
from tests.factories import NOON, PROJECT_ID, an_event


def happened(
    name: str, person: str, hour: int, properties: Properties | None = None
) -> ProjectEvent:
    event = an_event(
        name=name,
        distinct_id=person,
        timestamp=NOON + timedelta(hours=hour),
        properties=properties or {},
    )
    return ProjectEvent(project_id=PROJECT_ID, event=event)


def plan_for(event: str | None) -> ExposurePlan:
    return ExposurePlan(
        project_id=PROJECT_ID,
        start=NOON,
        end=NOON + timedelta(days=1),
        flag_key="exp",
        source=EventSource(event=event),
        variants=("everybody",),
        ignores_variants=True,
    )


def test_units_of_every_variant_and_of_none_are_one_group(store: EventStore) -> None:
    store.append(
        AppendBatch(
            events=(
                happened("seen", "ann", 1, {"$feature/exp": "control"}),
                happened("seen", "ann", 2, {"$feature/exp": "test"}),
                happened("seen", "bob", 1),
                happened("$feature_flag_called", "cyd", 1, {"$feature_flag": "other"}),
                happened("paid", "ann", 3),
                happened("paid", "ann", 4),
                happened("paid", "dan", -1),
            )
        )
    )
    metric = MeanPlan(source=EventSource(event="paid"))
    (seen,) = store.summarize(SummaryPlan(exposure=plan_for("seen"), metric=metric))
    assert (seen.variant, seen.count, seen.sum, seen.sum_squares) == ("everybody", 2, 2.0, 4.0)
    (anybody,) = store.summarize(SummaryPlan(exposure=plan_for(None), metric=metric))
    assert (anybody.count, anybody.sum) == (3, 2.0)
    called = store.count_exposures(plan_for("$feature_flag_called"))
    assert [(one.variant, one.units) for one in called] == [("everybody", 1)]
