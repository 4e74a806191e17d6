"""Making, changing, launching and ending experiments."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import uuid4
from zoneinfo import ZoneInfo

from splitplot.accounts.model import Project, ProjectId, User
from splitplot.errors import NotFound
from splitplot.experiments.lifecycle.activity import Activity, activity_of
from splitplot.experiments.lifecycle.creation import Circumstances, new_experiment
from splitplot.experiments.lifecycle.request import ExperimentRequest
from splitplot.experiments.lifecycle.updates import Moment, updated
from splitplot.experiments.metrics.mentions import every_metric, mentions_event
from splitplot.experiments.model import Experiment, ExperimentId, HoldoutId
from splitplot.experiments.sharing.links import Shared
from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import ExperimentListing, Metadata, Page, Repositories
from splitplot.services.event_actions.plans import found_actions
from splitplot.services.flag_records import serve_now
from splitplot.services.sharing.holdouts import HoldoutRecord, holdout_records
from splitplot.services.writing import Change, Writing

_EVERYTHING = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRecord:
    """An experiment, and what belongs to it.

    Attributes:
        created_by: None when nobody did, or the user is gone.
        holdout: The one that the experiment is in.
        action_names: What the actions in its metrics are called today, by id.
    """

    experiment: Experiment
    created_by: User | None
    holdout: HoldoutRecord | None = None
    action_names: Mapping[int, str] = field(default_factory=dict)


class Step(Protocol):
    """A step of an experiment's life, as in `experiments.lifecycle.actions`."""

    def __call__(self, experiment: Experiment, *, now: datetime) -> Experiment:
        """The experiment after it, with its flag; raises InvalidInput when it is refused."""
        ...


class ExperimentService:
    """Experiments and the flags under them.

    Every change is one transaction: experiment and flag are written together or not at
    all, and of two changes made at once the second sees the first. When a change returns,
    its flag is served.

    Args:
        metadata: Where they are kept.
        flag_source: What serves the flags.
        clock: The time.
        new_uuid: Answers another uuid each time, for metrics.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        flag_source: FlagSource,
        clock: Clock,
        new_uuid: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._metadata = metadata
        self._flag_source = flag_source
        self._clock = clock
        self._new_uuid = new_uuid

    def page(
        self, project_id: ProjectId, listing: ExperimentListing, *, event: str | None = None
    ) -> Page[ExperimentRecord]:
        """One page of the project's undeleted experiments.

        Args:
            project_id: Whose.
            listing: Which of them.
            event: Only those with a metric that mentions the event.
        """
        with self._metadata.reading() as repositories:
            if event is None:
                page = repositories.experiments.page(project_id, listing)
                return Page(items=_records(repositories, page.items), count=page.count)
            whole = replace(listing, limit=_EVERYTHING, offset=0)
            every = repositories.experiments.page(project_id, whole).items
            found = [one for one in every if mentions_event(one, event)]
            shown = found[listing.offset : listing.offset + listing.limit]
            return Page(items=_records(repositories, shown), count=len(found))

    def activity(self, project: Project) -> Activity:
        """How much was launched and ended lately; archived experiments do not count."""
        with self._metadata.reading() as repositories:
            spans = repositories.experiments.spans(project.id)
        return activity_of(spans, now=self._clock.now(), timezone=ZoneInfo(project.timezone))

    def get(self, project_id: ProjectId, experiment_id: ExperimentId) -> ExperimentRecord:
        """An undeleted experiment.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            found = _get(repositories, project_id, experiment_id)
            return _record(repositories, found)

    def create(
        self, project: Project, request: ExperimentRequest, *, actor: User | None
    ) -> ExperimentRecord:
        """Make an experiment, on the flag that has the key or on a new one.

        Args:
            project: Where; its settings are the defaults.
            request: Has a name and a flag key.
            actor: Who makes it; None when nobody in particular does.

        Raises:
            InvalidInput: The first rule that is broken; then there is no new flag either.
        """
        change = self._change(project, actor)
        with self._metadata.transaction() as repositories:
            around = Circumstances(
                project=project,
                author=None if actor is None else actor.id,
                now=change.now,
                new_uuid=self._new_uuid,
                shared=_shared(repositories, project.id, request),
            )
            writing = Writing(repositories, change)
            key = request.flag_key or ""
            existing = repositories.flags.find_by_key(project.id, key)
            made = new_experiment(request, existing, around)
            flag = existing or writing.add_flag(made.flag)
            stored = writing.add_experiment(replace(made, flag=flag))
            record = _record(repositories, stored)
        serve_now(self._flag_source)
        return record

    def update(
        self,
        project: Project,
        experiment_id: ExperimentId,
        request: ExperimentRequest,
        *,
        actor: User | None,
    ) -> ExperimentRecord:
        """Change what the request names, and the flag where that follows.

        A deleted experiment can be changed by a request that restores it.

        Raises:
            NotFound: The project has none with this id.
            InvalidInput: The first rule that is broken; then nothing has changed.
        """
        change = self._change(project, actor)
        cohorts = self._cohorts(project.id)
        restores = request.values.get("deleted") is False
        with self._metadata.transaction() as repositories:
            writing = Writing(repositories, change)
            before = _get(repositories, project.id, experiment_id, or_deleted=restores)
            moment = Moment(
                now=change.now,
                new_uuid=self._new_uuid,
                cohorts=cohorts,
                shared=_shared(repositories, project.id, request, before),
            )
            after = updated(before, request, moment)
            stored = writing.save_experiment(before, after)
            if stored.flag.filters != before.flag.filters:
                writing.tell_experiments(stored.flag, but=stored)
            record = _record(repositories, stored)
        serve_now(self._flag_source)
        return record

    def advance(
        self, project: Project, experiment_id: ExperimentId, step: Step, *, actor: User | None
    ) -> ExperimentRecord:
        """Take a step in an experiment's life.

        Raises:
            NotFound: The project has none with this id.
            InvalidInput: The step is not allowed now; then nothing has changed.
        """
        change = self._change(project, actor)
        with self._metadata.transaction() as repositories:
            before = _get(repositories, project.id, experiment_id)
            after = step(before, now=change.now)
            stored = Writing(repositories, change).save_experiment(before, after)
            record = _record(repositories, stored)
        serve_now(self._flag_source)
        return record

    def _change(self, project: Project, actor: User | None) -> Change:
        return Change(project=project, actor=actor, now=self._clock.now())

    def _cohorts(self, project_id: ProjectId) -> tuple[int, ...]:
        snapshot = self._flag_source.find_project(project_id)
        return () if snapshot is None else tuple(snapshot.cohort_ids)


def _get(
    repositories: Repositories,
    project_id: ProjectId,
    experiment_id: ExperimentId,
    *,
    or_deleted: bool = False,
) -> Experiment:
    found = repositories.experiments.find(project_id, experiment_id)
    if found is None or (found.deleted and not or_deleted):
        raise NotFound("Not found.")
    return found


def _shared(
    repositories: Repositories,
    project_id: ProjectId,
    request: ExperimentRequest,
    before: Experiment | None = None,
) -> Shared:
    """What the request refers to, as far as the project has it."""
    holdout_id = request.values.get("holdout_id", None if before is None else before.holdout_id)
    wanted = [link.metric_id for link in request.saved_metrics or ()]
    metrics = (*request.values.get("metrics", ()), *request.values.get("metrics_secondary", ()))
    actions = found_actions(repositories, project_id, metrics)
    return Shared(
        holdout=None if holdout_id is None else repositories.holdouts.find(project_id, holdout_id),
        saved_metrics=repositories.saved_metrics.find_many(project_id, wanted),
        actions=frozenset(number for number, one in actions.items() if not one.deleted),
    )


def _record(repositories: Repositories, experiment: Experiment) -> ExperimentRecord:
    return _records(repositories, (experiment,))[0]


def _records(
    repositories: Repositories, experiments: Iterable[Experiment]
) -> tuple[ExperimentRecord, ...]:
    found = tuple(experiments)
    authors = {item.created_by_id for item in found if item.created_by_id is not None}
    users = repositories.accounts.users(authors)
    holdouts = _holdouts(repositories, found)
    names = _action_names(repositories, found)
    return tuple(
        ExperimentRecord(
            experiment=item,
            created_by=None if item.created_by_id is None else users.get(item.created_by_id),
            holdout=None if item.holdout_id is None else holdouts.get(item.holdout_id),
            action_names=names,
        )
        for item in found
    )


def _action_names(
    repositories: Repositories, experiments: tuple[Experiment, ...]
) -> Mapping[int, str]:
    """What the actions in the metrics of experiments of one project are called."""
    metrics = [metric for item in experiments for metric in every_metric(item)]
    if not metrics:
        return {}
    actions = found_actions(repositories, experiments[0].project_id, metrics)
    return {number: action.name for number, action in actions.items() if not action.deleted}


def _holdouts(
    repositories: Repositories, experiments: tuple[Experiment, ...]
) -> dict[HoldoutId, HoldoutRecord]:
    """The holdouts of experiments of one project."""
    wanted = {item.holdout_id for item in experiments if item.holdout_id is not None}
    if not wanted:
        return {}
    found = repositories.holdouts.find_many(experiments[0].project_id, wanted)
    return {record.holdout.id: record for record in holdout_records(repositories, found.values())}
