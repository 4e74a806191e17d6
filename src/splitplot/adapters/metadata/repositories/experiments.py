"""Experiments, each read together with its flag."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    select,
    update,
)

from splitplot.accounts.access import Sight
from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import rows, tables
from splitplot.adapters.metadata.column_types import Instant
from splitplot.adapters.metadata.repositories.flags import has_experiment
from splitplot.adapters.metadata.statements import (
    chunks,
    in_code_point_order,
    insert_numbered,
    lower,
    raise_flags_revision,
    seen,
)
from splitplot.errors import InvalidInput, NotFound
from splitplot.experiments.lifecycle.activity import Span
from splitplot.experiments.model import (
    Experiment,
    ExperimentId,
    ExperimentType,
    HoldoutId,
    MetricLink,
    Status,
)
from splitplot.flags.model import FlagId
from splitplot.ports.repositories import ExperimentListing, Page

_e = tables.experiments.c
_f = tables.flags.c
_k = tables.metric_links.c
_WITH_FLAG = tables.experiments.join(tables.flags, _f.id == _e.flag_id)

_LAUNCHED = _e.start_date.is_not(None)
_OPEN = and_(_LAUNCHED, _e.end_date.is_(None))
_IN_STATUS = {
    Status.DRAFT: _e.start_date.is_(None),
    Status.RUNNING: and_(_OPEN, _f.active, _e.frozen_cohort_id.is_(None)),
    Status.PAUSED: and_(_OPEN, ~_f.active),
    Status.EXPOSURE_FROZEN: and_(_OPEN, _f.active, _e.frozen_cohort_id.is_not(None)),
    Status.STOPPED: and_(_LAUNCHED, _e.end_date.is_not(None)),
}
_NEWEST_FIRST = (_e.created_at.desc(), _e.id.desc())
# Running and paused stand together: both are launched and not ended.
_STAGE = case((_IN_STATUS[Status.DRAFT], 0), (_OPEN, 1), else_=2)


class SqlExperiments:
    """Implements `ports.repositories.ExperimentRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, experiment: Experiment) -> Experiment:
        # The flag's snapshot says whether an experiment uses it.
        raise_flags_revision(self._connection, experiment.project_id)
        row = rows.experiment_row(experiment) | {
            "project_id": experiment.project_id,
            "flag_id": experiment.flag.id,
        }
        number = ExperimentId(insert_numbered(self._connection, tables.experiments, row))
        self._add_links(number, experiment.saved_metrics)
        return self._get(experiment.project_id, number)

    def save(self, experiment: Experiment) -> Experiment:
        raise_flags_revision(self._connection, experiment.project_id)
        self._connection.execute(
            update(tables.experiments)
            .where(_e.project_id == experiment.project_id, _e.id == experiment.id)
            .values(rows.experiment_row(experiment))
        )
        self._save_links(experiment)
        return self._get(experiment.project_id, experiment.id)

    def remove(self, project_id: ProjectId, experiment_id: ExperimentId) -> None:
        raise_flags_revision(self._connection, project_id)
        self._connection.execute(
            delete(tables.experiments).where(_e.project_id == project_id, _e.id == experiment_id)
        )

    def find(self, project_id: ProjectId, experiment_id: ExperimentId) -> Experiment | None:
        found = self._all(
            _select_experiments().where(_e.project_id == project_id, _e.id == experiment_id)
        )
        return found[0] if found else None

    def find_many(
        self,
        project_id: ProjectId,
        experiment_ids: Iterable[ExperimentId],
        *,
        sight: Sight | None = None,
    ) -> Mapping[ExperimentId, Experiment]:
        conditions = (_e.project_id == project_id, ~_e.deleted, *seen(_e, sight))
        found = (
            experiment
            for chunk in chunks(experiment_ids)
            for experiment in self._all(_select_experiments().where(*conditions, _e.id.in_(chunk)))
        )
        return {experiment.id: experiment for experiment in found}

    def of_flag(self, project_id: ProjectId, flag_id: FlagId) -> tuple[Experiment, ...]:
        return self._all(
            _select_experiments()
            .where(_e.project_id == project_id, _e.flag_id == flag_id, ~_e.deleted)
            .order_by(_e.created_at, _e.id)
        )

    def of_flags(self, project_id: ProjectId, flag_ids: Iterable[FlagId]) -> tuple[Experiment, ...]:
        found = [
            experiment
            for chunk in chunks(flag_ids)
            for experiment in self._all(
                _select_experiments().where(
                    _e.project_id == project_id, _e.flag_id.in_(chunk), ~_e.deleted
                )
            )
        ]
        return tuple(sorted(found, key=lambda one: (one.created_at, one.id)))

    def in_holdout(self, project_id: ProjectId, holdout_id: HoldoutId) -> tuple[Experiment, ...]:
        return self._all(
            _select_experiments()
            .where(_e.project_id == project_id, _e.holdout_id == holdout_id)
            .order_by(_e.id)
        )

    def web_page(
        self, project_id: ProjectId, *, limit: int, offset: int, sight: Sight | None = None
    ) -> Page[Experiment]:
        conditions = (*_web(project_id), *seen(_e, sight))
        count = self._connection.scalar(
            select(func.count()).select_from(tables.experiments).where(*conditions)
        )
        query = _select_experiments().where(*conditions).order_by(*_NEWEST_FIRST)
        return Page(items=self._all(query.limit(limit).offset(offset)), count=count or 0)

    def live_web(self, project_id: ProjectId) -> tuple[Experiment, ...]:
        conditions = (*_web(project_id), ~_e.archived, ~_IN_STATUS[Status.STOPPED])
        return self._all(_select_experiments().where(*conditions).order_by(*_NEWEST_FIRST))

    def spans(self, project_id: ProjectId) -> tuple[Span, ...]:
        found = self._connection.execute(
            select(_e.start_date, _e.end_date).where(
                _e.project_id == project_id, ~_e.deleted, ~_e.archived
            )
        )
        return tuple(Span(start, end) for start, end in found)

    def page(self, project_id: ProjectId, listing: ExperimentListing) -> Page[Experiment]:
        conditions = self._conditions(project_id, listing)
        count = self._connection.scalar(
            select(func.count()).select_from(_WITH_FLAG).where(*conditions)
        )
        # Sorted by themselves, numbers are ten times faster than whole rows of documents.
        numbers = self._connection.scalars(
            select(_e.id)
            .select_from(_WITH_FLAG)
            .where(*conditions)
            .order_by(*self._order(listing))
            .limit(listing.limit)
            .offset(listing.offset)
        ).all()
        return Page(items=self._in_order(numbers), count=count or 0)

    def _conditions(
        self, project_id: ProjectId, listing: ExperimentListing
    ) -> list[ColumnElement[bool]]:
        conditions = [
            _e.project_id == project_id,
            ~_e.deleted,
            _e.archived if listing.archived else ~_e.archived,
            *seen(_e, listing.sight),
        ]
        if listing.status is not None:
            conditions.append(_IN_STATUS[listing.status])
        if listing.created_by_ids is not None:
            conditions.append(_e.created_by_id.in_(listing.created_by_ids))
        if listing.flag_id is not None:
            conditions.append(_e.flag_id == listing.flag_id)
        if listing.type is not None:
            conditions.append(_e.type == listing.type)
        if listing.search:
            name = lower(self._connection, _e.name)
            conditions.append(name.contains(listing.search.lower(), autoescape=True))
        return conditions

    def _order(self, listing: ExperimentListing) -> tuple[ColumnElement[Any], ...]:
        """What has no value stands last either way; ties by id, in the same direction."""
        keys: dict[str, ColumnElement[Any]] = {
            "created_at": _e.created_at,
            "updated_at": _e.updated_at,
            "name": in_code_point_order(self._connection, lower(self._connection, _e.name)),
            "start_date": _e.start_date,
            "end_date": _e.end_date,
            "duration": func.coalesce(_e.end_date, literal(listing.now, Instant)) - _e.start_date,
            "status": _STAGE,
        }
        field = listing.order.removeprefix("-")
        if field not in keys:
            raise InvalidInput(f"Invalid order field: '{listing.order}'")
        if listing.order.startswith("-"):
            return keys[field].desc().nulls_last(), _e.id.desc()
        return keys[field].asc().nulls_last(), _e.id.asc()

    def _in_order(self, numbers: Sequence[int]) -> tuple[Experiment, ...]:
        found = {
            experiment.id: experiment
            for chunk in chunks(numbers)
            for experiment in self._all(_select_experiments().where(_e.id.in_(chunk)))
        }
        return tuple(found[ExperimentId(number)] for number in numbers)

    def _get(self, project_id: ProjectId, experiment_id: ExperimentId) -> Experiment:
        experiment = self.find(project_id, experiment_id)
        if experiment is None:
            raise NotFound("There is no such experiment.")
        return experiment

    def _all(self, query: Select[Any]) -> tuple[Experiment, ...]:
        found = self._connection.execute(query).mappings().all()
        links = self._links_of(row[_e.id] for row in found)
        return tuple(rows.experiment_of(row, links[row[_e.id]]) for row in found)

    def _links_of(self, experiment_ids: Iterable[int]) -> Mapping[int, list[MetricLink]]:
        links: dict[int, list[MetricLink]] = defaultdict(list)
        for chunk in chunks(experiment_ids):
            found = self._connection.execute(
                select(tables.metric_links, tables.saved_metrics)
                .join_from(tables.metric_links, tables.saved_metrics)
                .where(_k.experiment_id.in_(chunk))
                .order_by(_k.id)
            )
            for row in found.mappings():
                links[row[_k.experiment_id]].append(rows.metric_link_of(row))
        return links

    def _add_links(self, experiment_id: ExperimentId, links: Iterable[MetricLink]) -> None:
        for link in links:
            row = rows.metric_link_row(link, experiment_id=experiment_id)
            insert_numbered(self._connection, tables.metric_links, row)

    def _save_links(self, experiment: Experiment) -> None:
        kept = [link.id for link in experiment.saved_metrics if link.id]
        self._connection.execute(
            delete(tables.metric_links).where(_k.experiment_id == experiment.id, _k.id.not_in(kept))
        )
        self._add_links(experiment.id, (link for link in experiment.saved_metrics if not link.id))


def _web(project_id: ProjectId) -> tuple[ColumnElement[bool], ...]:
    return (_e.project_id == project_id, _e.type == ExperimentType.WEB, ~_e.deleted)


def _select_experiments() -> Select[Any]:
    return select(tables.experiments, tables.flags, has_experiment).select_from(_WITH_FLAG)
