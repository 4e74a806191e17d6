"""Keeping units out of sets of experiments."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from splitplot.accounts.access import Sight
from splitplot.accounts.activity import recorded
from splitplot.accounts.model import Project, ProjectId, User
from splitplot.errors import NotFound
from splitplot.experiments.lifecycle.linked_flag import with_holdout
from splitplot.experiments.model import Experiment, ExperimentId, Holdout, HoldoutId
from splitplot.experiments.sharing.holdouts import (
    HoldoutValues,
    changed_holdout,
    is_of_another,
    made_holdout,
)
from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata, Page, Repositories
from splitplot.services.flag_records import serve_now
from splitplot.services.writing import EXPERIMENT, Change, Writing

_NOT_LOGGED = ("id", "project_id", "created_at", "updated_at", "created_by_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutRecord:
    """A holdout, who made it (None when nobody did, or the user is gone), and what is in it.

    Attributes:
        experiment_ids: Undeleted experiments in it, oldest first; empty where nobody asked.
    """

    holdout: Holdout
    created_by: User | None
    experiment_ids: tuple[ExperimentId, ...] = ()


class HoldoutService:
    """The holdouts of each project.

    Every change is one transaction, which changes the flags of all experiments in the
    holdout too, whatever their state. When a change returns, these flags are served.
    """

    def __init__(self, *, metadata: Metadata, flag_source: FlagSource, clock: Clock) -> None:
        self._metadata = metadata
        self._flag_source = flag_source
        self._clock = clock

    def page(self, project_id: ProjectId, *, limit: int, offset: int) -> Page[HoldoutRecord]:
        """One page of the project's holdouts, newest first."""
        with self._metadata.reading() as repositories:
            found = repositories.holdouts.listed(project_id, limit=limit, offset=offset)
            count = repositories.holdouts.count(project_id)
            return Page(items=_records(repositories, found), count=count)

    def get(self, project_id: ProjectId, holdout_id: HoldoutId) -> HoldoutRecord:
        """A holdout.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            return _record(repositories, _get(repositories, project_id, holdout_id))

    def experiments(
        self, project_id: ProjectId, holdout_id: HoldoutId, *, sight: Sight | None
    ) -> tuple[Experiment, ...]:
        """The undeleted experiments in sight that are in the holdout, oldest first.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            ids = _record(repositories, _get(repositories, project_id, holdout_id)).experiment_ids
            found = repositories.experiments.find_many(project_id, ids, sight=sight)
            return tuple(found[number] for number in ids if number in found)

    def create(
        self, project: Project, values: HoldoutValues, *, actor: User | None
    ) -> HoldoutRecord:
        """Make a holdout; no experiment is in it yet.

        Args:
            project: Where.
            values: Have a name.
            actor: Who makes it; None when nobody in particular does.

        Raises:
            InvalidInput: Nobody is said to be kept out.
        """
        change = self._change(project, actor)
        author = None if actor is None else actor.id
        made = made_holdout(values, project_id=project.id, author=author, now=change.now)
        with self._metadata.transaction() as repositories:
            stored = repositories.holdouts.add(made)
            _log(Writing(repositories, change), stored, before=None, after=stored)
            return _record(repositories, stored)

    def update(
        self, project: Project, holdout_id: HoldoutId, values: HoldoutValues, *, actor: User | None
    ) -> HoldoutRecord:
        """Change a holdout, and at once whom its experiments keep out.

        Raises:
            NotFound: The project has none with this id.
        """
        change = self._change(project, actor)
        with self._metadata.transaction() as repositories:
            writing = Writing(repositories, change)
            before = _get(repositories, project.id, holdout_id)
            stored = repositories.holdouts.save(changed_holdout(before, values, now=change.now))
            _log(writing, stored, before=before, after=stored)
            if "groups" in values:
                _keep_out(repositories, writing, before, stored, now=change.now)
            record = _record(repositories, stored)
        serve_now(self._flag_source)
        return record

    def remove(self, project: Project, holdout_id: HoldoutId, *, actor: User | None) -> None:
        """Let everybody into the holdout's experiments, and forget it; they run on.

        Raises:
            NotFound: The project has none with this id.
        """
        change = self._change(project, actor)
        with self._metadata.transaction() as repositories:
            writing = Writing(repositories, change)
            before = _get(repositories, project.id, holdout_id)
            _keep_out(repositories, writing, before, None, now=change.now)
            repositories.holdouts.remove(project.id, holdout_id)
            _log(writing, before, before=before, after=None)
        serve_now(self._flag_source)

    def _change(self, project: Project, actor: User | None) -> Change:
        return Change(project=project, actor=actor, now=self._clock.now())


def holdout_records(
    repositories: Repositories, holdouts: Iterable[Holdout]
) -> tuple[HoldoutRecord, ...]:
    """The holdouts with their authors, in a fixed number of queries."""
    found = tuple(holdouts)
    authors = {item.created_by_id for item in found if item.created_by_id is not None}
    users = repositories.accounts.users(authors)
    return tuple(
        HoldoutRecord(
            holdout=item,
            created_by=None if item.created_by_id is None else users.get(item.created_by_id),
        )
        for item in found
    )


def _records(
    repositories: Repositories, holdouts: tuple[Holdout, ...]
) -> tuple[HoldoutRecord, ...]:
    """The same, each with its experiments."""
    if not holdouts:
        return ()
    ids = [holdout.id for holdout in holdouts]
    held = repositories.holdouts.experiments(holdouts[0].project_id, ids)
    return tuple(
        replace(record, experiment_ids=held.get(record.holdout.id, ()))
        for record in holdout_records(repositories, holdouts)
    )


def _record(repositories: Repositories, holdout: Holdout) -> HoldoutRecord:
    return _records(repositories, (holdout,))[0]


def _get(repositories: Repositories, project_id: ProjectId, holdout_id: HoldoutId) -> Holdout:
    holdout = repositories.holdouts.find(project_id, holdout_id)
    if holdout is None:
        raise NotFound("Not found.")
    return holdout


def _keep_out(
    repositories: Repositories,
    writing: Writing,
    before: Holdout,
    after: Holdout | None,
    *,
    now: datetime,
) -> None:
    """Change the flags of all experiments in the holdout; without one they are in none."""
    # Experiments that share a flag: the first one writes it.
    written: set[int] = set()
    for experiment in repositories.experiments.in_holdout(before.project_id, before.id):
        flag = experiment.flag
        if flag.id not in written and not is_of_another(flag, before):
            writing.save_flag(flag, with_holdout(flag, after, now=now))
        written.add(flag.id)
        if after is None:
            left = replace(experiment, holdout_id=None, updated_at=now)
            writing.save_experiment(experiment, left)


def _log(
    writing: Writing, holdout: Holdout, *, before: Holdout | None, after: Holdout | None
) -> None:
    writing.log(
        scope=EXPERIMENT,
        item_id=holdout.id,
        name=holdout.name,
        detail_type="holdout",
        before=None if before is None else _logged(before),
        after=None if after is None else _logged(after),
    )


def _logged(holdout: Holdout) -> dict[str, object]:
    return recorded(holdout, without=_NOT_LOGGED, names={"groups": "filters"})
