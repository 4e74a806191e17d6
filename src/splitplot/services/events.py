"""Reading captured events and their persons back."""

from collections.abc import Sequence
from dataclasses import dataclass

from splitplot.accounts.model import ProjectId
from splitplot.events.definitions import PropertyDefinition, property_definitions
from splitplot.events.model import Event
from splitplot.people.model import Person
from splitplot.ports.event_store import EventSelection, EventStore
from splitplot.ports.repositories import Metadata, Page

# Enough to see every property that is in use, and few enough to answer while somebody types.
_LOOKED_AT = 500


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

    def event_names(self, project_id: ProjectId) -> tuple[str, ...]:
        """Every event name that was ever captured, in alphabetical order."""
        return tuple(sorted(self._store.event_names(project_id)))

    def event_properties(
        self, project_id: ProjectId, names: Sequence[str]
    ) -> tuple[PropertyDefinition, ...]:
        """What the newest events carry.

        Args:
            project_id: Whose events.
            names: Only events of these names; none for all.
        """
        selections = [
            EventSelection(project_id=project_id, limit=_LOOKED_AT, name=name)
            for name in names or (None,)
        ]
        events = (event for each in selections for event in self._store.find_events(each))
        return property_definitions(event.properties for event in events)

    def person_properties(self, project_id: ProjectId) -> tuple[PropertyDefinition, ...]:
        """What the newest persons carry."""
        newest = self.persons(project_id, limit=_LOOKED_AT)
        return property_definitions(person.properties for person in newest.items)

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
