"""Who performed an event, where the filters look at the person too."""

from datetime import timedelta

from splitplot.experiments.plan import EventSource
from splitplot.filters.model import FilterKind, PropertyFilter
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import (
    AppendBatch,
    EventStore,
    PerformersPlan,
    PersonProperties,
    ProjectEvent,
)
from tests.factories import NOON, PROJECT_ID, an_event


def test_performers_are_chosen_by_what_they_are_and_what_the_event_says(
    store: EventStore,
) -> None:
    ann, bob = (derived_person_id(PROJECT_ID, name) for name in ("ann", "bob"))
    store.append(
        AppendBatch(
            events=tuple(
                ProjectEvent(
                    project_id=PROJECT_ID,
                    event=an_event(name="opened", distinct_id=name, properties={"flag": "test"}),
                )
                for name in ("ann", "bob", "cyd")
            ),
            person_properties=tuple(
                PersonProperties(
                    project_id=PROJECT_ID,
                    person_id=person_id,
                    properties={"plan": plan},
                    revision=1,
                )
                for person_id, plan in ((ann, "pro"), (bob, "free"))
            ),
        )
    )
    plan = PerformersPlan(
        project_id=PROJECT_ID,
        source=EventSource(
            event="opened",
            filters=(
                PropertyFilter(key="flag", value=["control", "test"], kind=FilterKind.EVENT),
                PropertyFilter(key="plan", value="pro", kind=FilterKind.PERSON),
            ),
        ),
        since=NOON,
        as_of=NOON + timedelta(days=1),
    )
    assert [each.person_id for each in store.performers(plan)] == [ann]
