"""Cohorts, and who is a member of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Select, and_, delete, func, select, update

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import tables
from splitplot.adapters.metadata.statements import (
    chunks,
    insert,
    insert_numbered,
    raise_flags_revision,
)
from splitplot.errors import NotFound
from splitplot.filters.model import Properties
from splitplot.people.cohort_records import CohortId, Member, StoredCohort
from splitplot.ports.cohorts import Memberships

_c = tables.cohorts.c
_m = tables.cohort_members.c
_p = tables.persons.c
_e = tables.experiments.c


class SqlCohorts:
    """Implements `ports.cohorts.CohortRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, project_id: ProjectId, cohort: StoredCohort) -> StoredCohort:
        raise_flags_revision(self._connection, project_id)
        row = _written_by_people(cohort) | _found_out(cohort) | {"project_id": project_id}
        number = insert_numbered(self._connection, tables.cohorts, row)
        return self._get(project_id, number)

    def save(self, project_id: ProjectId, cohort: StoredCohort) -> StoredCohort:
        raise_flags_revision(self._connection, project_id)
        self._connection.execute(
            update(tables.cohorts)
            .where(_c.project_id == project_id, _c.id == cohort.id)
            .values(_written_by_people(cohort) | _found_out(cohort))
        )
        return self._get(project_id, cohort.id)

    def save_progress(self, cohort: StoredCohort) -> bool:
        saved = self._connection.execute(
            update(tables.cohorts)
            .where(_c.id == cohort.id, _c.version == cohort.version, ~_c.deleted)
            .values(_found_out(cohort))
        )
        return saved.rowcount == 1

    def find(self, project_id: ProjectId, cohort_id: int) -> StoredCohort | None:
        found = self._connection.execute(
            select(tables.cohorts).where(_c.project_id == project_id, _c.id == cohort_id)
        )
        row = found.mappings().one_or_none()
        return None if row is None else _cohort_of(row)

    def of_project(self, project_id: ProjectId) -> tuple[StoredCohort, ...]:
        found = self._connection.execute(
            select(tables.cohorts)
            .where(_c.project_id == project_id, ~_c.deleted)
            .order_by(_c.created_at.desc(), _c.id.desc())
        )
        return tuple(_cohort_of(row) for row in found.mappings())

    def described(self) -> Sequence[tuple[ProjectId, StoredCohort]]:
        found = self._connection.execute(
            select(tables.cohorts).where(~_c.deleted, ~_c.is_static).order_by(_c.id)
        )
        return [(ProjectId(row["project_id"]), _cohort_of(row)) for row in found.mappings()]

    def exposed_experiments(self, project_id: ProjectId) -> Mapping[int, tuple[int, ...]]:
        found = self._connection.execute(
            select(_e.exposure_cohort_id, _e.id)
            .where(_e.project_id == project_id, _e.exposure_cohort_id.is_not(None), ~_e.deleted)
            .order_by(_e.id)
        )
        experiments: dict[int, tuple[int, ...]] = defaultdict(tuple)
        for cohort_id, experiment_id in found:
            experiments[cohort_id] += (experiment_id,)
        return experiments

    def set_members(self, cohort_id: int, person_ids: Iterable[UUID]) -> None:
        self.remove_members(cohort_id)
        self.add_members(cohort_id, (Member(person_id=person_id) for person_id in person_ids))
        self._connection.execute(
            update(tables.cohorts)
            .where(_c.id == cohort_id)
            .values(count=self.count_members(cohort_id))
        )

    def add_members(self, cohort_id: int, members: Iterable[Member]) -> None:
        for chunk in chunks(members):
            rows = [
                {
                    "cohort_id": cohort_id,
                    "behaviour": member.behaviour,
                    "person_id": member.person_id,
                    "last_at": member.last_at,
                }
                for member in chunk
            ]
            _add_rows(self._connection, rows)

    def remove_members(self, cohort_id: int, person_ids: Iterable[UUID] | None = None) -> None:
        everybody = delete(tables.cohort_members).where(_m.cohort_id == cohort_id)
        if person_ids is None:
            self._connection.execute(everybody)
            return
        for chunk in chunks(person_ids):
            self._connection.execute(everybody.where(_m.person_id.in_(chunk)))

    def memberships(
        self, cohort_ids: Iterable[int], person_ids: Iterable[UUID]
    ) -> Mapping[UUID, Memberships]:
        cohorts = frozenset(cohort_ids)
        found: dict[UUID, dict[tuple[int, int], datetime | None]] = defaultdict(dict)
        for chunk in chunks(person_ids if cohorts else ()):
            for cohort_id, behaviour, person_id, last_at in self._connection.execute(
                select(_m.cohort_id, _m.behaviour, _m.person_id, _m.last_at).where(
                    _m.person_id.in_(chunk), _m.cohort_id.in_(cohorts)
                )
            ):
                found[person_id][cohort_id, behaviour] = last_at
        return found

    def member_ids(
        self,
        cohort_id: int,
        *,
        behaviour: int = 0,
        since: datetime | None = None,
        limit: int,
        offset: int,
        stored_only: bool = True,
    ) -> tuple[UUID, ...]:
        find = _stored_members if stored_only else _members
        query = find(cohort_id, behaviour, since).order_by(_m.person_id)
        return tuple(self._connection.scalars(query.limit(limit).offset(offset)))

    def count_members(
        self, cohort_id: int, *, behaviour: int = 0, since: datetime | None = None
    ) -> int:
        members = _stored_members(cohort_id, behaviour, since).subquery()
        return self._connection.scalar(select(func.count()).select_from(members)) or 0

    def person_ids(
        self, project_id: ProjectId, *, after: UUID | None, limit: int
    ) -> tuple[UUID, ...]:
        query = select(_p.id).where(_p.project_id == project_id).order_by(_p.id).limit(limit)
        if after is not None:
            query = query.where(_p.id > after)
        return tuple(self._connection.scalars(query))

    def _get(self, project_id: ProjectId, cohort_id: int) -> StoredCohort:
        cohort = self.find(project_id, cohort_id)
        if cohort is None:
            raise NotFound("There is no such cohort.")
        return cohort


def move_members(connection: Connection, heirs: Mapping[UUID, UUID]) -> None:
    """Let each heir take the place of the person (or derived id) that it takes over from.

    Args:
        connection: In a transaction.
        heirs: Who is gone, to who takes over; nobody is on both sides.
    """
    for chunk in chunks(heirs):
        theirs = _m.person_id.in_(chunk)
        found = connection.execute(select(tables.cohort_members).where(theirs)).mappings().all()
        if not found:
            continue
        connection.execute(delete(tables.cohort_members).where(theirs))
        latest: dict[tuple[int, int, UUID], dict[str, object]] = {}
        for row in sorted(found, key=_when):
            moved = {**row, "person_id": heirs[row["person_id"]]}
            latest[moved["cohort_id"], moved["behaviour"], moved["person_id"]] = moved
        _add_rows(connection, list(latest.values()))


@dataclass(frozen=True, slots=True)
class ServedCohorts:
    """A project's undeleted cohorts as `ports.flag_source.FlagSnapshot` has them."""

    described: dict[int, Properties] = field(default_factory=dict)
    behavioural: dict[int, Properties] = field(default_factory=dict)
    static: set[int] = field(default_factory=set)

    def add(self, cohort: StoredCohort) -> None:
        if cohort.is_static:
            self.static.add(cohort.id)
        elif cohort.is_behavioural:
            self.behavioural[cohort.id] = cohort.group
        else:
            self.described[cohort.id] = cohort.group


NO_COHORTS = ServedCohorts()


def served_cohorts(
    connection: Connection, project_ids: Iterable[ProjectId]
) -> Mapping[int, ServedCohorts]:
    """What flags need of these projects' cohorts, in one query."""
    found = connection.execute(
        select(tables.cohorts)
        .where(_c.project_id.in_(tuple(project_ids)), ~_c.deleted)
        .order_by(_c.id)
    )
    cohorts: dict[int, ServedCohorts] = defaultdict(ServedCohorts)
    for row in found.mappings():
        cohorts[row["project_id"]].add(_cohort_of(row))
    return cohorts


def _when(row: RowMapping) -> float:
    last_at: datetime | None = row["last_at"]
    return 0 if last_at is None else last_at.timestamp()


def _add_rows(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    added = insert(connection, tables.cohort_members)
    newer = added.excluded.last_at
    connection.execute(
        added.on_conflict_do_update(
            index_elements=list(tables.cohort_members.primary_key),
            set_={"last_at": newer},
            where=newer > _m.last_at,
        ),
        rows,
    )


def _members(cohort_id: int, behaviour: int, since: datetime | None) -> Select[Any]:
    query = select(_m.person_id).where(_m.cohort_id == cohort_id, _m.behaviour == behaviour)
    return query if since is None else query.where(_m.last_at >= since)


def _stored_members(cohort_id: int, behaviour: int, since: datetime | None) -> Select[Any]:
    """Those who are stored persons; a cohort's members are of the cohort's project."""
    is_stored = and_(_p.id == _m.person_id, _p.project_id == _c.project_id)
    members = _members(cohort_id, behaviour, since)
    return members.join(tables.cohorts, _c.id == _m.cohort_id).join(tables.persons, is_stored)


def _cohort_of(row: RowMapping) -> StoredCohort:
    filters: Properties = row["filters"]
    return StoredCohort(
        id=CohortId(row["id"]),
        name=row["name"],
        created_at=row["created_at"],
        description=row["description"],
        filters=filters,
        is_static=row["is_static"],
        deleted=row["deleted"],
        created_by_id=row["created_by_id"],
        is_calculating=row["is_calculating"],
        last_calculation=row["last_calculation"],
        errors_calculating=row["errors_calculating"],
        count=row["count"],
        version=row["version"],
        followed_to=row["followed_to"],
    )


def _written_by_people(cohort: StoredCohort) -> dict[str, object]:
    return {
        "name": cohort.name,
        "created_at": cohort.created_at,
        "description": cohort.description,
        "filters": cohort.filters,
        "is_static": cohort.is_static,
        "deleted": cohort.deleted,
        "created_by_id": cohort.created_by_id,
        "version": cohort.version,
    }


def _found_out(cohort: StoredCohort) -> dict[str, object]:
    return {
        "is_calculating": cohort.is_calculating,
        "last_calculation": cohort.last_calculation,
        "errors_calculating": cohort.errors_calculating,
        "count": cohort.count,
        "followed_to": cohort.followed_to,
    }
