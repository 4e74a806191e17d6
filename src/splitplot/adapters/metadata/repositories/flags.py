"""Flags, and the snapshots that are served from memory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, select, update

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import rows, tables
from splitplot.adapters.metadata.statements import chunks, insert_numbered, raise_flags_revision
from splitplot.errors import Conflict, NotFound
from splitplot.flags.model import Flag, FlagId
from splitplot.ports.flag_source import FlagSnapshot

_experiment = tables.experiments.alias("experiment_of_flag")

# Whether an undeleted experiment uses the flag; to be selected beside the flag's columns.
has_experiment = (
    exists()
    .where(_experiment.c.flag_id == tables.flags.c.id, ~_experiment.c.deleted)
    .correlate(tables.flags)
    .label(rows.HAS_EXPERIMENT)
)


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

    def revisions(self) -> Mapping[ProjectId, int]:
        p = tables.projects.c
        found = self._connection.execute(select(p.id, p.flags_revision))
        return {ProjectId(number): revision for number, revision in found}

    def snapshots(self, project_ids: Iterable[ProjectId]) -> tuple[FlagSnapshot, ...]:
        return tuple(
            snapshot for chunk in chunks(project_ids) for snapshot in self._snapshots(chunk)
        )

    def _snapshots(self, project_ids: tuple[ProjectId, ...]) -> list[FlagSnapshot]:
        p = tables.projects
        flags = self._flags_of(project_ids)
        types = self._group_types_of(project_ids)
        found = self._connection.execute(select(p).where(p.c.id.in_(project_ids)))
        return [
            FlagSnapshot(
                project=rows.project_of(row),
                flags=tuple(sorted(flags[row["id"]], key=lambda flag: flag.key)),
                group_types=tuple(types[row["id"]]),
                cohorts={},
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


def _select_flags() -> Select[Any]:
    return select(tables.flags, has_experiment)
