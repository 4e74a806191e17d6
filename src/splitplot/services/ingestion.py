"""Storing what was captured: each event once, and people before the events about them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import structlog

from splitplot.accounts.model import ProjectId
from splitplot.events.model import Event
from splitplot.events.people import (
    describes_group,
    group_act_of,
    group_types_named,
    person_act_of,
    says_nothing_new,
    with_group_keys,
)
from splitplot.people.groups import fold_groups
from splitplot.people.identity import (
    PeopleChanges,
    PersonAct,
    derived_person_id,
    fold_people,
    mentioned_ids,
)
from splitplot.people.model import Person
from splitplot.ports.event_store import (
    AppendBatch,
    EventStore,
    PersonIdMapping,
    PersonProperties,
    ProjectEvent,
)
from splitplot.ports.repositories import Metadata, PeopleRepository

log = structlog.get_logger(__name__)

_MOST_GROUP_TYPES = 5
# Each takes some 150 bytes.
_MAX_REMEMBERED = 200_000


@dataclass(slots=True)
class _Mirror:
    """Rows that repeat in the event store what the metadata database says of people."""

    mappings: list[PersonIdMapping] = field(default_factory=list)
    properties: list[PersonProperties] = field(default_factory=list)
    revision: int = 0

    def add_mappings(
        self, project_id: ProjectId, person: Person, names: Iterable[str], revision: int
    ) -> None:
        sources = (derived_person_id(project_id, name) for name in names)
        self.mappings += [
            PersonIdMapping(
                project_id=project_id, source_id=source, person_id=person.id, revision=revision
            )
            for source in sources
            if source != person.id
        ]
        self.revision = max(self.revision, revision)

    def add_properties(self, project_id: ProjectId, person: Person, revision: int) -> None:
        self.properties.append(
            PersonProperties(
                project_id=project_id,
                person_id=person.id,
                properties=person.properties,
                revision=revision,
            )
        )
        self.revision = max(self.revision, revision)

    def batch(self, events: Sequence[ProjectEvent]) -> AppendBatch:
        return AppendBatch(
            events=tuple(events),
            mappings=tuple(self.mappings),
            person_properties=tuple(self.properties),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What a project's new events ask of the metadata database.

    Attributes:
        events: All of the project's new events.
        acts: What they say about persons that is not known to be so already.
        has_group_work: Whether they name a group type for the first time, or describe
            a group.
    """

    events: Sequence[Event]
    acts: Sequence[PersonAct]
    has_group_work: bool


class Ingestion:
    """The one writer's work; `commit` is called by one thread at a time."""

    def __init__(self, *, metadata: Metadata, store: EventStore) -> None:
        self._metadata = metadata
        self._store = store
        self._group_types: dict[ProjectId, dict[str, int]] = {}
        # Derived ids of distinct ids that are somebody already, oldest first.
        self._somebody: dict[UUID, None] = {}
        self._mirrored: int | None = None
        self._is_mirror_behind = False

    def commit(self, batches: Sequence[Sequence[ProjectEvent]]) -> None:
        """Store every event that is not stored yet, and what it says about people.

        Events of distinct ids that are known, and that say nothing new about them, do not
        touch the metadata database. Doing it again changes nothing.

        Raises:
            Unavailable: No event was stored. People may have changed already; sending the
                events again completes it.
        """
        rows = self._new_rows(batches)
        if not rows:
            return
        work = {
            project_id: self._work_of(project_id, events) for project_id, events in rows.items()
        }
        needed = {k: item for k, item in work.items() if item.acts or item.has_group_work}
        mirror = self._write_people(needed) if needed else _Mirror()
        self._store.append(mirror.batch(self._linked(rows)))
        if mirror.revision:
            self._mirrored = mirror.revision
            self._is_mirror_behind = False

    def recover(self) -> None:
        """Repeat in the event store what a crash or failure kept from it.

        Raises:
            Unavailable: A store does not answer; nothing was changed.
        """
        since = self._store.people_revision() if self._mirrored is None else self._mirrored
        with self._metadata.reading() as repositories:
            changed = repositories.people.changed_since(since)
        mirror = _Mirror(revision=since)
        for project_id, person, revision in changed:
            mirror.add_mappings(project_id, person, person.distinct_ids, revision)
            mirror.add_properties(project_id, person, revision)
        if changed:
            self._store.append(mirror.batch(()))
            log.info("people.mirrored_again", persons=len(changed))
        self._mirrored = mirror.revision
        self._is_mirror_behind = False

    def _new_rows(self, batches: Sequence[Sequence[ProjectEvent]]) -> dict[ProjectId, list[Event]]:
        distinct: dict[ProjectId, dict[UUID, Event]] = defaultdict(dict)
        for batch in batches:
            for row in batch:
                distinct[row.project_id].setdefault(row.event.uuid, row.event)
        new: dict[ProjectId, list[Event]] = {}
        for project_id, by_uuid in distinct.items():
            known = self._store.known_ids(project_id, list(by_uuid))
            events = [event for uuid, event in by_uuid.items() if uuid not in known]
            if events:
                new[project_id] = events
        return new

    def _work_of(self, project_id: ProjectId, events: Sequence[Event]) -> _Work:
        somebody = self._somebody
        return _Work(
            events=events,
            acts=[
                person_act_of(event)
                for event in events
                if not event.is_personless
                and not (event.person_id in somebody and says_nothing_new(event))
            ],
            has_group_work=self._has_group_work(project_id, events),
        )

    def _has_group_work(self, project_id: ProjectId, events: Sequence[Event]) -> bool:
        types = self._group_types.get(project_id, {})
        names = group_types_named(events)
        if len(types) < _MOST_GROUP_TYPES and any(name not in types for name in names):
            return True
        return bool(names) and any(describes_group(event) for event in events)

    def _write_people(self, work: Mapping[ProjectId, _Work]) -> _Mirror:
        if self._is_mirror_behind:
            # Later revisions must not hide earlier ones from `recover`.
            self.recover()
        mirror = _Mirror()
        types: dict[ProjectId, dict[str, int]] = {}
        # Until the store has the rows too; also when nobody can say whether this commits.
        self._is_mirror_behind = any(item.acts for item in work.values())
        with self._metadata.transaction() as repositories:
            for project_id, item in work.items():
                if item.has_group_work:
                    types[project_id] = _write_groups(repositories.people, project_id, item.events)
                _write_persons(repositories.people, project_id, item.acts, mirror)
        self._is_mirror_behind = bool(mirror.revision)
        self._group_types |= types
        self._remember(work)
        return mirror

    def _linked(self, rows: Mapping[ProjectId, Sequence[Event]]) -> list[ProjectEvent]:
        return [
            ProjectEvent(project_id=project_id, event=_with_groups(event, types))
            for project_id, events in rows.items()
            for types in (self._group_types.get(project_id, {}),)
            for event in events
        ]

    def _remember(self, work: Mapping[ProjectId, _Work]) -> None:
        somebody = self._somebody
        for project_id, item in work.items():
            for act in item.acts:
                somebody[derived_person_id(project_id, act.distinct_id)] = None
        while len(somebody) > _MAX_REMEMBERED:
            del somebody[next(iter(somebody))]


def _with_groups(event: Event, types: Mapping[str, int]) -> Event:
    properties = with_group_keys(event.properties, types)
    return event if properties is event.properties else replace(event, properties=properties)


def _write_groups(
    people: PeopleRepository, project_id: ProjectId, events: Sequence[Event]
) -> dict[str, int]:
    """Store new group types and changed groups; answers the project's types by name."""
    for name in group_types_named(events):
        people.add_group_type(project_id, name)
    types = {name: index for index, name in enumerate(people.group_types(project_id))}
    acts = [act for event in events if (act := group_act_of(event, types)) is not None]
    known = people.find_groups(project_id, {(act.type_index, act.key) for act in acts})
    for group in fold_groups(known, acts):
        people.save_group(project_id, group)
    return types


def _write_persons(
    people: PeopleRepository,
    project_id: ProjectId,
    acts: Sequence[PersonAct],
    mirror: _Mirror,
) -> None:
    if not acts:
        return
    persons = people.find(project_id, mentioned_ids(acts))
    changes = fold_people(project_id, persons, acts)
    if changes.changed:
        revision = people.apply(project_id, changes)
        _mirror_changes(mirror, project_id, changes, persons=persons, revision=revision)


def _mirror_changes(
    mirror: _Mirror,
    project_id: ProjectId,
    changes: PeopleChanges,
    *,
    persons: Mapping[str, Person],
    revision: int,
) -> None:
    before = {person.id: person.properties for person in persons.values()}
    rows = len(mirror.mappings) + len(mirror.properties)
    for change in changes.changed:
        person = change.person
        mirror.add_mappings(project_id, person, change.new_distinct_ids, revision)
        if person.properties != before.get(person.id, {}):
            mirror.add_properties(project_id, person, revision)
    if len(mirror.mappings) + len(mirror.properties) == rows:
        # One row has to carry the revision, or `recover` would go through all of these.
        mirror.add_properties(project_id, changes.changed[-1].person, revision)
