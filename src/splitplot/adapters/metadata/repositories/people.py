"""Persons and groups, and what continuity flags remember of persons."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import rows, tables
from splitplot.adapters.metadata.bulk import replace_rows
from splitplot.adapters.metadata.repositories.cohorts import move_members
from splitplot.adapters.metadata.statements import chunks, insert, lower, raise_flags_revision
from splitplot.filters.model import Properties
from splitplot.people.identity import PeopleChanges, derived_person_id
from splitplot.people.model import Group, Person
from splitplot.ports.repositories import Page

_MOST_GROUP_TYPES = 5

_p = tables.persons.c
_d = tables.person_distinct_ids.c
_c = tables.flag_continuity.c
_t = tables.group_types.c
_g = tables.groups.c

_OF_PERSON = and_(_d.project_id == _p.project_id, _d.person_id == _p.id)


class SqlPeople:
    """Implements `ports.repositories.PeopleRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, project_id: ProjectId, distinct_ids: Iterable[str]) -> Mapping[str, Person]:
        owners: dict[str, UUID] = {}
        for chunk in chunks(distinct_ids):
            found = self._connection.execute(
                select(_d.distinct_id, _d.person_id).where(
                    _d.project_id == project_id, _d.distinct_id.in_(chunk)
                )
            )
            owners.update((distinct_id, person_id) for distinct_id, person_id in found)
        persons = self.find_by_ids(project_id, owners.values())
        return {distinct_id: persons[person_id] for distinct_id, person_id in owners.items()}

    def find_by_ids(
        self, project_id: ProjectId, person_ids: Iterable[UUID]
    ) -> Mapping[UUID, Person]:
        persons: dict[UUID, Person] = {}
        for chunk in chunks(person_ids):
            query = select(tables.persons).where(_p.project_id == project_id, _p.id.in_(chunk))
            persons |= {person.id: person for person in self._with_ids(project_id, query)}
        return persons

    def properties_behind(
        self, project_id: ProjectId, distinct_ids: Iterable[str]
    ) -> Mapping[str, tuple[UUID, Properties]]:
        behind: dict[str, tuple[UUID, Properties]] = {}
        for chunk in chunks(distinct_ids):
            found = self._connection.execute(
                select(_d.distinct_id, _p.id, _p.properties)
                .join(tables.persons, _OF_PERSON)
                .where(_d.project_id == project_id, _d.distinct_id.in_(chunk))
            )
            behind.update((distinct_id, (owner, known)) for distinct_id, owner, known in found)
        return behind

    def apply(self, project_id: ProjectId, changes: PeopleChanges) -> int:
        revision = self._next_revision()
        heirs = self._heirs(project_id, changes)
        self._write(project_id, changes, revision)
        move_members(self._connection, _taken_over(project_id, changes) | heirs)
        for source, heir in heirs.items():
            self.add_continuity(project_id, heir, self.continuity(project_id, source))
        for chunk in chunks(changes.merged_away):
            self._connection.execute(
                delete(tables.persons).where(_p.project_id == project_id, _p.id.in_(chunk))
            )
        return revision

    def changed_since(self, revision: int) -> Sequence[tuple[ProjectId, Person, int]]:
        is_newer = _p.revision > revision
        ids: dict[tuple[int, UUID], list[str]] = defaultdict(list)
        for project_id, person_id, distinct_id in self._connection.execute(
            select(_d.project_id, _d.person_id, _d.distinct_id)
            .join(tables.persons, _OF_PERSON)
            .where(is_newer)
            .order_by(_d.project_id, _d.person_id, _d.position, _d.distinct_id)
        ):
            ids[project_id, person_id].append(distinct_id)
        found = self._connection.execute(
            select(tables.persons).where(is_newer).order_by(_p.revision, _p.project_id, _p.id)
        )
        return [
            (
                ProjectId(row["project_id"]),
                rows.person_of(row, ids[row["project_id"], row["id"]]),
                row["revision"],
            )
            for row in found.mappings()
        ]

    def page(
        self,
        project_id: ProjectId,
        *,
        distinct_id: str | None,
        search: str | None,
        limit: int,
        offset: int,
    ) -> Page[Person]:
        conditions = [_p.project_id == project_id]
        if distinct_id is not None:
            conditions.append(exists().where(_OF_PERSON, _d.distinct_id == distinct_id))
        if search:
            conditions.append(self._matches(search.lower()))
        query = select(tables.persons).where(*conditions)
        count = self._connection.scalar(select(func.count()).select_from(query.subquery()))
        newest = query.order_by(_p.created_at.desc(), _p.id.desc()).limit(limit).offset(offset)
        return Page(items=tuple(self._with_ids(project_id, newest)), count=count or 0)

    def group_types(self, project_id: ProjectId) -> tuple[str, ...]:
        found = self._connection.scalars(
            select(_t.name).where(_t.project_id == project_id).order_by(_t.type_index)
        )
        return tuple(found)

    def add_group_type(self, project_id: ProjectId, name: str) -> int | None:
        known = self.group_types(project_id)
        if name in known:
            return known.index(name)
        if len(known) == _MOST_GROUP_TYPES:
            return None
        raise_flags_revision(self._connection, project_id)
        row = {"project_id": project_id, "type_index": len(known), "name": name}
        self._connection.execute(insert(self._connection, tables.group_types), row)
        return len(known)

    def find_groups(
        self, project_id: ProjectId, keys: Iterable[tuple[int, str]]
    ) -> Mapping[tuple[int, str], Group]:
        groups: dict[tuple[int, str], Group] = {}
        for chunk in chunks(keys):
            found = self._connection.execute(
                select(tables.groups).where(
                    _g.project_id == project_id, tuple_(_g.type_index, _g.key).in_(chunk)
                )
            )
            for row in found.mappings():
                group = rows.group_of(row)
                groups[group.type_index, group.key] = group
        return groups

    def save_group(self, project_id: ProjectId, group: Group) -> None:
        row = rows.group_row(group, project_id=project_id)
        replace_rows(self._connection, tables.groups, [row])

    def continuity(self, project_id: ProjectId, person_id: UUID) -> Mapping[str, str]:
        found = self._connection.execute(
            select(_c.flag_key, _c.hash_id).where(
                _c.project_id == project_id, _c.person_id == person_id
            )
        )
        return {row.flag_key: row.hash_id for row in found}

    def add_continuity(
        self, project_id: ProjectId, person_id: UUID, hash_ids: Mapping[str, str]
    ) -> None:
        if not hash_ids:
            return
        added = insert(self._connection, tables.flag_continuity).on_conflict_do_nothing()
        person = {"project_id": project_id, "person_id": person_id}
        self._connection.execute(
            added,
            [
                person | {"flag_key": flag_key, "hash_id": hash_id}
                for flag_key, hash_id in hash_ids.items()
            ],
        )

    def _next_revision(self) -> int:
        """One more than ever before; other writers wait here until this one commits."""
        revision = tables.people_revision.c
        counted = (
            insert(self._connection, tables.people_revision)
            .values(id=1, value=1)
            .on_conflict_do_update(index_elements=[revision.id], set_={"value": revision.value + 1})
            .returning(revision.value)
        )
        return int(self._connection.execute(counted).scalar_one())

    def _heirs(self, project_id: ProjectId, changes: PeopleChanges) -> dict[UUID, UUID]:
        """Who takes over from each stored person that is merged away, in their order."""
        takers = {
            distinct_id: change.person.id
            for change in changes.changed
            for distinct_id in change.new_distinct_ids
        }
        heirs: dict[UUID, UUID] = {}
        for chunk in chunks(changes.merged_away):
            found = self._connection.execute(
                select(_d.person_id, _d.distinct_id).where(
                    _d.project_id == project_id, _d.person_id.in_(chunk)
                )
            )
            heirs.update((source, takers[distinct_id]) for source, distinct_id in found)
        return {source: heirs[source] for source in changes.merged_away if source in heirs}

    def _write(self, project_id: ProjectId, changes: PeopleChanges, revision: int) -> None:
        by_id = sorted(changes.changed, key=lambda change: change.person.id.bytes)
        replace_rows(
            self._connection,
            tables.persons,
            [rows.person_row(c.person, project_id=project_id, revision=revision) for c in by_id],
        )
        moved = [
            row
            for change in changes.changed
            if change.new_distinct_ids
            for row in rows.distinct_id_rows(change, project_id=project_id)
        ]
        moved.sort(key=itemgetter("distinct_id"))
        replace_rows(self._connection, tables.person_distinct_ids, moved)

    def _matches(self, text: str) -> ColumnElement[bool]:
        distinct_id = lower(self._connection, _d.distinct_id)
        return or_(
            _p.searchable.contains(text, autoescape=True),
            exists().where(_OF_PERSON, distinct_id.contains(text, autoescape=True)),
        )

    def _with_ids(self, project_id: ProjectId, query: Select[Any]) -> list[Person]:
        """The query's persons, in its order, each with its distinct ids."""
        found = self._connection.execute(query).mappings().all()
        ids: dict[UUID, list[str]] = defaultdict(list)
        for chunk in chunks(row["id"] for row in found):
            for person_id, distinct_id in self._connection.execute(
                select(_d.person_id, _d.distinct_id)
                .where(_d.project_id == project_id, _d.person_id.in_(chunk))
                .order_by(_d.person_id, _d.position, _d.distinct_id)
            ):
                ids[person_id].append(distinct_id)
        return [rows.person_of(row, ids[row["id"]]) for row in found]


def _taken_over(project_id: ProjectId, changes: PeopleChanges) -> dict[UUID, UUID]:
    """Who takes over from the ids under which events knew each distinct id before."""
    derived = (
        (derived_person_id(project_id, name), change.person.id)
        for change in changes.changed
        for name in change.new_distinct_ids
    )
    return {source: heir for source, heir in derived if source != heir}
