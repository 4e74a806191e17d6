"""Reading captured events and their persons back."""

from collections.abc import Sequence
from dataclasses import dataclass

from splitplot.accounts.model import ProjectId
from splitplot.events.model import Event
from splitplot.people.model import Person
from splitplot.ports.event_store import EventSelection, EventStore
from splitplot.ports.repositories import Metadata, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenEvent:
    """An event, and who its distinct id is today; nobody for one that never was a person."""

    event: Event
    person: Person | None


class EventReader:
    def __init__(self, *, metadata: Metadata, store: EventStore) -> None:
        self._metadata = metadata
        self._store = store

    def events(self, selection: EventSelection) -> Sequence[SeenEvent]:
        """The selected events, newest first."""
        events = self._store.find_events(selection)
        with self._metadata.reading() as repositories:
            persons = repositories.people.find(
                selection.project_id, {event.distinct_id for event in events}
            )
        return [SeenEvent(event=event, person=persons.get(event.distinct_id)) for event in events]

    def persons(
        self,
        project_id: ProjectId,
        *,
        distinct_id: str | None = None,
        search: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Page[Person]:
        """A page of the project's persons, newest first.

        Args:
            project_id: Whose persons.
            distinct_id: Only the person who has it.
            search: Only those with this in a distinct id, e-mail address or name.
            limit: Most persons of the page.
            offset: Persons left out at the front.
        """
        with self._metadata.reading() as repositories:
            return repositories.people.page(
                project_id, distinct_id=distinct_id, search=search, limit=limit, offset=offset
            )
