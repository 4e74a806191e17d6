from collections.abc import Iterator

import pytest

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.memory import MemoryEventStore
from splitplot.adapters.metadata.database import SqlMetadata, open_metadata
from splitplot.ports.event_store import AppendBatch, EventSelection, ProjectEvent
from splitplot.services.events import EventReader, SeenEvent
from tests.factories import a_person, a_project, an_event, an_organization, newcomers


@pytest.fixture
def metadata() -> Iterator[SqlMetadata]:
    made = open_metadata("sqlite://")
    yield made
    made.close()


@pytest.fixture
def project_id(metadata: SqlMetadata) -> ProjectId:
    with metadata.transaction() as repositories:
        repositories.accounts.add_organization(an_organization())
        return repositories.accounts.add_project(a_project(), secret_hash="x").id


def test_events_are_shown_with_their_person_of_today(
    metadata: SqlMetadata, project_id: ProjectId
) -> None:
    person = a_person("user", "anon", properties={"plan": "pro"})
    with metadata.transaction() as repositories:
        repositories.people.apply(project_id, newcomers(person))
    store = MemoryEventStore()
    before, ghost = an_event(distinct_id="anon"), an_event(distinct_id="ghost", is_personless=True)
    rows = [ProjectEvent(project_id=project_id, event=event) for event in (before, ghost)]
    store.append(AppendBatch(events=tuple(rows)))
    reader = EventReader(metadata=metadata, store=store)
    seen = reader.events(EventSelection(project_id=project_id))
    assert list(seen) == [
        SeenEvent(event=ghost, person=None),
        SeenEvent(event=before, person=person),
    ]


def test_persons_are_read_in_pages(metadata: SqlMetadata, project_id: ProjectId) -> None:
    people = [a_person("user-1"), a_person("user-2"), a_person("other")]
    with metadata.transaction() as repositories:
        repositories.people.apply(project_id, newcomers(*people))
    reader = EventReader(metadata=metadata, store=MemoryEventStore())
    page = reader.persons(project_id, search="USER", limit=1)
    assert page.count == 2
    assert page.items[0] in people[:2]
    assert reader.persons(project_id, distinct_id="other").items == (people[2],)
