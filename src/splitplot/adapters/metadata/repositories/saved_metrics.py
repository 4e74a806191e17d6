"""Saved metrics. Their links stand with the experiments."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, select, update

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import rows, tables
from splitplot.adapters.metadata.statements import (
    chunks,
    in_code_point_order,
    insert_numbered,
)
from splitplot.errors import NotFound
from splitplot.experiments.model import ExperimentId, SavedMetric, SavedMetricId

_m = tables.saved_metrics.c
_e = tables.experiments.c
_k = tables.metric_links.c


class SqlSavedMetrics:
    """Implements `ports.sharing.SavedMetricRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, metric: SavedMetric) -> SavedMetric:
        row = rows.saved_metric_row(metric) | {"project_id": metric.project_id}
        number = insert_numbered(self._connection, tables.saved_metrics, row)
        return self._get(metric.project_id, SavedMetricId(number))

    def save(self, metric: SavedMetric) -> SavedMetric:
        self._connection.execute(
            update(tables.saved_metrics)
            .where(_m.project_id == metric.project_id, _m.id == metric.id)
            .values(rows.saved_metric_row(metric))
        )
        return self._get(metric.project_id, metric.id)

    def remove(self, project_id: ProjectId, metric_id: SavedMetricId) -> None:
        self._connection.execute(
            delete(tables.saved_metrics).where(_m.project_id == project_id, _m.id == metric_id)
        )

    def find(self, project_id: ProjectId, metric_id: SavedMetricId) -> SavedMetric | None:
        return self.find_many(project_id, (metric_id,)).get(metric_id)

    def find_many(
        self, project_id: ProjectId, metric_ids: Iterable[SavedMetricId]
    ) -> Mapping[SavedMetricId, SavedMetric]:
        found = [
            rows.saved_metric_of(row)
            for chunk in chunks(metric_ids)
            for row in self._connection.execute(
                select(tables.saved_metrics).where(_m.project_id == project_id, _m.id.in_(chunk))
            ).mappings()
        ]
        return {metric.id: metric for metric in found}

    def find_by_name(self, project_id: ProjectId, name: str) -> SavedMetric | None:
        found = self._connection.execute(
            select(tables.saved_metrics).where(
                _m.project_id == project_id, _m.name_key == rows.name_key(name)
            )
        )
        row = found.mappings().one_or_none()
        return None if row is None else rows.saved_metric_of(row)

    def listed(self, project_id: ProjectId, *, limit: int, offset: int) -> tuple[SavedMetric, ...]:
        found = self._connection.execute(
            select(tables.saved_metrics)
            .where(_m.project_id == project_id)
            .order_by(in_code_point_order(self._connection, _m.name_key), _m.id)
            .limit(limit)
            .offset(offset)
        )
        return tuple(rows.saved_metric_of(row) for row in found.mappings())

    def count(self, project_id: ProjectId) -> int:
        count = self._connection.scalar(
            select(func.count())
            .select_from(tables.saved_metrics)
            .where(_m.project_id == project_id)
        )
        return count or 0

    def experiments(
        self, project_id: ProjectId, metric_ids: Iterable[SavedMetricId]
    ) -> Mapping[SavedMetricId, tuple[ExperimentId, ...]]:
        found: dict[SavedMetricId, list[ExperimentId]] = defaultdict(list)
        for chunk in chunks(metric_ids):
            rows_found = self._connection.execute(
                select(_k.saved_metric_id, _e.id)
                .join(tables.experiments, _e.id == _k.experiment_id)
                .where(_e.project_id == project_id, ~_e.deleted, _k.saved_metric_id.in_(chunk))
                .order_by(_e.created_at, _e.id)
            )
            for metric_id, experiment_id in rows_found:
                found[SavedMetricId(metric_id)].append(ExperimentId(experiment_id))
        return {metric_id: tuple(ids) for metric_id, ids in found.items()}

    def _get(self, project_id: ProjectId, metric_id: SavedMetricId) -> SavedMetric:
        metric = self.find(project_id, metric_id)
        if metric is None:
            raise NotFound("There is no such saved metric.")
        return metric
