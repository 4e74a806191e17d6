"""Flags, and the snapshots that are served from memory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)

from splitplot.accounts.access import Sight
from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import rows, tables
from splitplot.adapters.metadata.repositories.cohorts import NO_COHORTS, served_cohorts
from splitplot.adapters.metadata.statements import (
    chunks,
    in_code_point_order,
    insert_numbered,
    lower,
    raise_flags_revision,
    seen,
)
from splitplot.errors import Conflict, NotFound
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.selection import FlagKind, FlagListing, order_of, stale_since
from splitplot.ports.flag_source import FlagSnapshot
from splitplot.ports.repositories import Page

_experiment = tables.experiments.alias("experiment_of_flag")

# Whether an undeleted experiment uses the flag; to be selected beside the flag's columns.
has_experiment = (
    exists()
    .where(_experiment.c.flag_id == tables.flags.c.id, ~_experiment.c.deleted)
    .correlate(tables.flags)
    .label(rows.HAS_EXPERIMENT)
)


_f = tables.flags.c
_IS_OF_KIND: dict[FlagKind, ColumnElement[bool]] = {
    FlagKind.EXPERIMENT: has_experiment.element,
    FlagKind.REMOTE_CONFIG: _f.is_remote_configuration,
    FlagKind.MULTIVARIANT: and_(_f.has_variants, ~has_experiment.element),
    FlagKind.BOOLEAN: and_(~_f.has_variants, ~_f.is_remote_configuration, ~has_experiment.element),
}
# An empty list, written as JSON.
_HAS_CONTEXTS = cast(_f.evaluation_contexts, Text) != "[]"


class SqlFlags:
    """Implements `ports.repositories.FlagRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, project_id: ProjectId, flag: Flag) -> Flag:
        raise_flags_revision(self._connection, project_id)
        self._require_free_key(project_id, flag, stored_id=None)
        row = rows.flag_row(flag) | {"project_id": project_id, "version": 1}
        number = insert_numbered(self._connection, tables.flags, row)
        return self._get(project_id, FlagId(number))

    def save(self, project_id: ProjectId, flag: Flag) -> Flag:
        raise_flags_revision(self._connection, project_id)
        self._require_free_key(project_id, flag, stored_id=flag.id)
        f = tables.flags.c
        saved = self._connection.execute(
            update(tables.flags)
            .where(f.project_id == project_id, f.id == flag.id, f.version == flag.version)
            .values(rows.flag_row(flag) | {"version": flag.version + 1})
        )
        stored = self._get(project_id, flag.id)
        if saved.rowcount == 0:
            raise Conflict(
                f"The feature flag was changed to version {stored.version} in the meantime."
            )
        return stored

    def find(self, project_id: ProjectId, flag_id: FlagId) -> Flag | None:
        f = tables.flags.c
        return self._find(f.project_id == project_id, f.id == flag_id)

    def find_by_key(self, project_id: ProjectId, key: str) -> Flag | None:
        f = tables.flags.c
        return self._find(f.project_id == project_id, f.key == key, ~f.deleted)

    def page(
        self,
        project_id: ProjectId,
        listing: FlagListing,
        *,
        now: datetime,
        sight: Sight | None = None,
    ) -> Page[Flag]:
        own = _f.project_id == project_id
        conditions = [own, *self._conditions(listing, now), *seen(_f, sight)]
        count = self._connection.scalar(
            select(func.count()).select_from(tables.flags).where(*conditions)
        )
        found = self._connection.execute(
            _select_flags()
            .where(*conditions)
            .order_by(*self._order(listing))
            .limit(listing.limit)
            .offset(listing.offset)
        )
        return Page(items=tuple(rows.flag_of(row) for row in found.mappings()), count=count or 0)

    def is_referenced(self, flag_id: FlagId) -> bool:
        stands_on_it = tables.experiments.c.flag_id == flag_id
        return bool(self._connection.scalar(select(exists().where(stands_on_it))))

    def revisions(self) -> Mapping[ProjectId, int]:
        p = tables.projects.c
        found = self._connection.execute(select(p.id, p.flags_revision))
        return {ProjectId(number): revision for number, revision in found}

    def snapshots(self, project_ids: Iterable[ProjectId]) -> tuple[FlagSnapshot, ...]:
        return tuple(
            snapshot for chunk in chunks(project_ids) for snapshot in self._snapshots(chunk)
        )

    def _conditions(self, listing: FlagListing, now: datetime) -> list[ColumnElement[bool]]:
        asked: list[ColumnElement[bool] | None] = [
            ~_f.deleted,
            None if listing.active is None else _f.active.is_(listing.active),
            _is_stale(now) if listing.is_stale else None,
            _IS_OF_KIND.get(listing.kind) if listing.kind is not None else None,
            None if listing.runtime is None else _f.evaluation_runtime == listing.runtime,
            None if listing.contexts is None else _HAS_CONTEXTS.is_(listing.contexts),
            _f.fits_experiments if listing.fits_experiments else None,
        ]
        if listing.created_by_ids is not None:
            asked.append(_f.created_by_id.in_(listing.created_by_ids))
        if listing.tags:
            words = [rows.tag_words([tag.strip().lower()]) for tag in listing.tags]
            asked.append(or_(*(_f.tag_words.contains(word, autoescape=True) for word in words)))
        if listing.search:
            part = listing.search.lower()
            names = (lower(self._connection, _f.key), lower(self._connection, _f.name))
            asked.append(or_(*(name.contains(part, autoescape=True) for name in names)))
        return [condition for condition in asked if condition is not None]

    def _order(self, listing: FlagListing) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """The flag's id breaks ties, so that a page never shows what another has shown."""
        keys: dict[str, ColumnElement[Any]] = {
            "created_at": _f.created_at,
            "updated_at": _f.updated_at,
            "key": in_code_point_order(self._connection, _f.key),
            "name": in_code_point_order(self._connection, lower(self._connection, _f.name)),
            "id": _f.id,
        }
        field, downwards = order_of(listing)
        if downwards:
            return keys[field].desc(), _f.id.desc()
        return keys[field].asc(), _f.id.asc()

    def _snapshots(self, project_ids: tuple[ProjectId, ...]) -> list[FlagSnapshot]:
        p = tables.projects
        flags = self._flags_of(project_ids)
        types = self._group_types_of(project_ids)
        cohorts = served_cohorts(self._connection, project_ids)
        found = self._connection.execute(select(p).where(p.c.id.in_(project_ids)))
        return [
            FlagSnapshot(
                project=rows.project_of(row),
                flags=tuple(sorted(flags[row["id"]], key=lambda flag: flag.key)),
                group_types=tuple(types[row["id"]]),
                cohorts=cohorts.get(row["id"], NO_COHORTS).described,
                behavioural_cohorts=cohorts.get(row["id"], NO_COHORTS).behavioural,
                static_cohorts=frozenset(cohorts.get(row["id"], NO_COHORTS).static),
                revision=row["flags_revision"],
            )
            for row in found.mappings()
        ]

    def _flags_of(self, project_ids: tuple[ProjectId, ...]) -> Mapping[int, list[Flag]]:
        f = tables.flags.c
        found = self._connection.execute(
            _select_flags().where(f.project_id.in_(project_ids), ~f.deleted)
        )
        flags: dict[int, list[Flag]] = defaultdict(list)
        for row in found.mappings():
            flags[row[f.project_id]].append(rows.flag_of(row))
        return flags

    def _group_types_of(self, project_ids: tuple[ProjectId, ...]) -> Mapping[int, list[str]]:
        g = tables.group_types.c
        found = self._connection.execute(
            select(g.project_id, g.name)
            .where(g.project_id.in_(project_ids))
            .order_by(g.project_id, g.type_index)
        )
        types: dict[int, list[str]] = defaultdict(list)
        for project_id, name in found:
            types[project_id].append(name)
        return types

    def _require_free_key(
        self, project_id: ProjectId, flag: Flag, *, stored_id: FlagId | None
    ) -> None:
        if flag.deleted:
            return
        holder = self.find_by_key(project_id, flag.key)
        if holder is not None and holder.id != stored_id:
            raise Conflict("There is already a feature flag with this key.", attr="key")

    def _get(self, project_id: ProjectId, flag_id: FlagId) -> Flag:
        flag = self.find(project_id, flag_id)
        if flag is None:
            raise NotFound("There is no such feature flag.")
        return flag

    def _find(self, *conditions: ColumnElement[bool]) -> Flag | None:
        found = self._connection.execute(_select_flags().where(*conditions))
        row = found.mappings().one_or_none()
        return None if row is None else rows.flag_of(row)


def _is_stale(now: datetime) -> ColumnElement[bool]:
    return and_(_f.active, _f.is_settled, _f.updated_at <= stale_since(now))


def _select_flags() -> Select[Any]:
    return select(tables.flags, has_experiment)
