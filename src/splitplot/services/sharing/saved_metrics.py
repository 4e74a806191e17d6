"""Keeping metrics for several experiments."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from splitplot.accounts.access import Sight
from splitplot.accounts.activity import recorded
from splitplot.accounts.model import Project, ProjectId, User
from splitplot.errors import NotFound
from splitplot.experiments.model import Experiment, ExperimentId, SavedMetric, SavedMetricId
from splitplot.experiments.sharing.saved_metrics import (
    SavedMetricValues,
    changed_saved_metric,
    check_name,
    check_query_actions,
    made_saved_metric,
)
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata, Page, Repositories
from splitplot.services.event_actions.plans import found_actions
from splitplot.services.writing import EXPERIMENT, Change, Writing

_NOT_LOGGED = ("id", "project_id", "created_at", "updated_at", "created_by_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMetricRecord:
    """A saved metric, who made it (None when nobody did, or the user is gone), and its users.

    Attributes:
        experiment_ids: Undeleted experiments that have it, oldest first.
    """

    metric: SavedMetric
    created_by: User | None
    experiment_ids: tuple[ExperimentId, ...] = ()


class SavedMetricService:
    """The saved metrics of each project.

    Experiments name them, so a change of one is a change of all its experiments.

    Args:
        metadata: Where they are kept.
        clock: The time.
        new_uuid: Answers another uuid each time.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        clock: Clock,
        new_uuid: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._metadata = metadata
        self._clock = clock
        self._new_uuid = new_uuid

    def page(self, project_id: ProjectId, *, limit: int, offset: int) -> Page[SavedMetricRecord]:
        """One page of the project's saved metrics, by name."""
        with self._metadata.reading() as repositories:
            found = repositories.saved_metrics.listed(project_id, limit=limit, offset=offset)
            count = repositories.saved_metrics.count(project_id)
            return Page(items=_records(repositories, found), count=count)

    def get(self, project_id: ProjectId, metric_id: SavedMetricId) -> SavedMetricRecord:
        """A saved metric.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            return _record(repositories, _get(repositories, project_id, metric_id))

    def experiments(
        self, project_id: ProjectId, metric_id: SavedMetricId, *, sight: Sight | None
    ) -> tuple[Experiment, ...]:
        """The undeleted experiments in sight that have the metric, oldest first.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            ids = _record(repositories, _get(repositories, project_id, metric_id)).experiment_ids
            found = repositories.experiments.find_many(project_id, ids, sight=sight)
            return tuple(found[number] for number in ids if number in found)

    def create(
        self, project: Project, values: SavedMetricValues, *, actor: User | None
    ) -> SavedMetricRecord:
        """Make a saved metric.

        Args:
            project: Where.
            values: Have a name and a query.
            actor: Who makes it; None when nobody in particular does.

        Raises:
            InvalidInput: The name is taken, or the metric is on an action that there is not.
        """
        change = self._change(project, actor)
        made = made_saved_metric(
            values,
            project_id=project.id,
            author=None if actor is None else actor.id,
            new_uuid=self._new_uuid,
            now=change.now,
        )
        with self._metadata.transaction() as repositories:
            _check_actions(repositories, project.id, made)
            check_name(repositories.saved_metrics.find_by_name(project.id, made.name), None)
            stored = repositories.saved_metrics.add(made)
            _log(Writing(repositories, change), stored, before=None, after=stored)
            return _record(repositories, stored)

    def update(
        self,
        project: Project,
        metric_id: SavedMetricId,
        values: SavedMetricValues,
        *,
        actor: User | None,
    ) -> SavedMetricRecord:
        """Change a saved metric, and so all experiments that have it.

        Raises:
            NotFound: The project has none with this id.
            InvalidInput: The name is taken, the uuid is another one, or the metric is on
                an action that there is not.
        """
        change = self._change(project, actor)
        with self._metadata.transaction() as repositories:
            before = _get(repositories, project.id, metric_id)
            after = changed_saved_metric(before, values, now=change.now)
            if "query" in values:
                _check_actions(repositories, project.id, after)
            check_name(repositories.saved_metrics.find_by_name(project.id, after.name), before)
            stored = repositories.saved_metrics.save(after)
            _log(Writing(repositories, change), stored, before=before, after=stored)
            return _record(repositories, stored)

    def remove(self, project: Project, metric_id: SavedMetricId, *, actor: User | None) -> None:
        """Forget a saved metric; its experiments are without it then.

        Raises:
            NotFound: The project has none with this id.
        """
        change = self._change(project, actor)
        with self._metadata.transaction() as repositories:
            before = _get(repositories, project.id, metric_id)
            repositories.saved_metrics.remove(project.id, metric_id)
            _log(Writing(repositories, change), before, before=before, after=None)

    def _change(self, project: Project, actor: User | None) -> Change:
        return Change(project=project, actor=actor, now=self._clock.now())


def _record(repositories: Repositories, metric: SavedMetric) -> SavedMetricRecord:
    return _records(repositories, (metric,))[0]


def _records(
    repositories: Repositories, metrics: Iterable[SavedMetric]
) -> tuple[SavedMetricRecord, ...]:
    found = tuple(metrics)
    authors = {item.created_by_id for item in found if item.created_by_id is not None}
    users = repositories.accounts.users(authors)
    used = _used(repositories, found)
    return tuple(
        SavedMetricRecord(
            metric=item,
            experiment_ids=used.get(item.id, ()),
            created_by=None if item.created_by_id is None else users.get(item.created_by_id),
        )
        for item in found
    )


def _used(
    repositories: Repositories, metrics: tuple[SavedMetric, ...]
) -> Mapping[SavedMetricId, tuple[ExperimentId, ...]]:
    if not metrics:
        return {}
    return repositories.saved_metrics.experiments(
        metrics[0].project_id, [metric.id for metric in metrics]
    )


def _get(
    repositories: Repositories, project_id: ProjectId, metric_id: SavedMetricId
) -> SavedMetric:
    metric = repositories.saved_metrics.find(project_id, metric_id)
    if metric is None:
        raise NotFound("Not found.")
    return metric


def _check_actions(repositories: Repositories, project_id: ProjectId, metric: SavedMetric) -> None:
    found = found_actions(repositories, project_id, (metric.query,))
    known = {number for number, action in found.items() if not action.deleted}
    check_query_actions(metric.query, known=known)


def _log(
    writing: Writing, metric: SavedMetric, *, before: SavedMetric | None, after: SavedMetric | None
) -> None:
    writing.log(
        scope=EXPERIMENT,
        item_id=metric.id,
        name=metric.name,
        detail_type="shared_metric",
        before=None if before is None else recorded(before, without=_NOT_LOGGED),
        after=None if after is None else recorded(after, without=_NOT_LOGGED),
    )
