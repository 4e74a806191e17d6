"""Holdouts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, select, update

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import rows, tables
from splitplot.adapters.metadata.statements import chunks, insert_numbered
from splitplot.errors import NotFound
from splitplot.experiments.model import ExperimentId, Holdout, HoldoutId

_h = tables.holdouts.c
_e = tables.experiments.c


class SqlHoldouts:
    """Implements `ports.sharing.HoldoutRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, holdout: Holdout) -> Holdout:
        row = rows.holdout_row(holdout) | {"project_id": holdout.project_id}
        number = insert_numbered(self._connection, tables.holdouts, row)
        return self._get(holdout.project_id, HoldoutId(number))

    def save(self, holdout: Holdout) -> Holdout:
        self._connection.execute(
            update(tables.holdouts)
            .where(_h.project_id == holdout.project_id, _h.id == holdout.id)
            .values(rows.holdout_row(holdout))
        )
        return self._get(holdout.project_id, holdout.id)

    def remove(self, project_id: ProjectId, holdout_id: HoldoutId) -> None:
        self._connection.execute(
            delete(tables.holdouts).where(_h.project_id == project_id, _h.id == holdout_id)
        )

    def find(self, project_id: ProjectId, holdout_id: HoldoutId) -> Holdout | None:
        return self.find_many(project_id, (holdout_id,)).get(holdout_id)

    def find_many(
        self, project_id: ProjectId, holdout_ids: Iterable[HoldoutId]
    ) -> Mapping[HoldoutId, Holdout]:
        found = [
            rows.holdout_of(row)
            for chunk in chunks(holdout_ids)
            for row in self._connection.execute(
                select(tables.holdouts).where(_h.project_id == project_id, _h.id.in_(chunk))
            ).mappings()
        ]
        return {holdout.id: holdout for holdout in found}

    def listed(self, project_id: ProjectId, *, limit: int, offset: int) -> tuple[Holdout, ...]:
        found = self._connection.execute(
            select(tables.holdouts)
            .where(_h.project_id == project_id)
            .order_by(_h.created_at.desc(), _h.id.desc())
            .limit(limit)
            .offset(offset)
        )
        return tuple(rows.holdout_of(row) for row in found.mappings())

    def count(self, project_id: ProjectId) -> int:
        count = self._connection.scalar(
            select(func.count()).select_from(tables.holdouts).where(_h.project_id == project_id)
        )
        return count or 0

    def experiments(
        self, project_id: ProjectId, holdout_ids: Iterable[HoldoutId]
    ) -> Mapping[HoldoutId, tuple[ExperimentId, ...]]:
        found: dict[HoldoutId, list[ExperimentId]] = defaultdict(list)
        for chunk in chunks(holdout_ids):
            rows_found = self._connection.execute(
                select(_e.holdout_id, _e.id)
                .where(_e.project_id == project_id, ~_e.deleted, _e.holdout_id.in_(chunk))
                .order_by(_e.created_at, _e.id)
            )
            for holdout_id, experiment_id in rows_found:
                found[HoldoutId(holdout_id)].append(ExperimentId(experiment_id))
        return {holdout_id: tuple(ids) for holdout_id, ids in found.items()}

    def _get(self, project_id: ProjectId, holdout_id: HoldoutId) -> Holdout:
        holdout = self.find(project_id, holdout_id)
        if holdout is None:
            raise NotFound("There is no such holdout.")
        return holdout
