"""Copies of experiments, in their own project and in others of the organization."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from uuid import uuid4

from splitplot.accounts.access import check_access
from splitplot.accounts.model import Principal, Project, ProjectId, User
from splitplot.errors import Forbidden, NotFound
from splitplot.experiments.lifecycle.copies import (
    CopyRequest,
    base_name,
    copied_elsewhere,
    duplicated,
    name_of_copy,
    uses_legacy_metrics,
)
from splitplot.experiments.lifecycle.creation import Circumstances
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import ExperimentListing, Metadata, Repositories
from splitplot.services.experiments import ExperimentRecord, ExperimentService
from splitplot.services.flag_records import serve_now
from splitplot.services.writing import Change, Writing

_EVERYTHING = 2**31 - 1


class CopyRefusal(Enum):
    """Why there is no copy."""

    LEGACY_DUPLICATE = "Duplication is not supported for experiments using legacy metrics."
    LEGACY_COPY = "Copying is not supported for experiments using legacy metrics."
    NO_TARGET = "Target team not found."
    NO_ACCESS = "You do not have write access to the target project."


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy, and the project that it is in."""

    record: ExperimentRecord
    project: Project


class CopyService:
    """Copies experiments. A copy is one transaction, with the flag that is made for it.

    Args:
        metadata: Where experiments are kept.
        flag_source: What serves the flags.
        clock: The time.
        experiments: Reads what was written.
        new_uuid: Answers another uuid each time.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        flag_source: FlagSource,
        clock: Clock,
        experiments: ExperimentService,
        new_uuid: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._metadata = metadata
        self._flag_source = flag_source
        self._clock = clock
        self._experiments = experiments
        self._new_uuid = new_uuid

    def duplicate(
        self,
        project: Project,
        experiment_id: ExperimentId,
        request: CopyRequest,
        *,
        actor: User | None,
    ) -> ExperimentRecord | CopyRefusal:
        """Copy an experiment inside its project, as a draft.

        Raises:
            NotFound: The project has none with this id.
            InvalidInput: The flag that was asked for makes no experiment; then nothing was
                written.
        """
        around = self._around(project, actor)
        with self._metadata.transaction() as repositories:
            source = _get(repositories, project.id, experiment_id)
            if uses_legacy_metrics(source):
                return CopyRefusal.LEGACY_DUPLICATE
            flag = repositories.flags.find_by_key(project.id, request.flag_key or "")
            name = _free_name(repositories, source, request, around)
            copy = duplicated(source, request, flag, around, name=name)
            stored = _store(repositories, copy, around, actor)
        serve_now(self._flag_source)
        return self._experiments.get(project.id, stored)

    def copy_to_project(
        self,
        project: Project,
        experiment_id: ExperimentId,
        target_id: int,
        request: CopyRequest,
        *,
        principal: Principal,
    ) -> Copy | CopyRefusal:
        """Copy an experiment to another project of the organization, as a draft.

        Raises:
            NotFound: The project has none with this id.
            InvalidInput: The flag there makes no experiment; then nothing was written.
        """
        with self._metadata.transaction() as repositories:
            source = _get(repositories, project.id, experiment_id)
            if uses_legacy_metrics(source):
                return CopyRefusal.LEGACY_COPY
            target = repositories.accounts.find_project(ProjectId(target_id))
            if target is None or target.organization_id != project.organization_id:
                return CopyRefusal.NO_TARGET
            if not _may_write(repositories, principal, target):
                return CopyRefusal.NO_ACCESS
            around = self._around(target, principal.user)
            key = request.flag_key or source.flag.key
            flag = repositories.flags.find_by_key(target.id, key)
            name = _free_name(repositories, source, request, around)
            copy = copied_elsewhere(source, flag or key, around, name=name)
            stored = _store(repositories, copy, around, principal.user)
        serve_now(self._flag_source)
        return Copy(record=self._experiments.get(target.id, stored), project=target)

    def _around(self, project: Project, actor: User | None) -> Circumstances:
        return Circumstances(
            project=project,
            author=None if actor is None else actor.id,
            now=self._clock.now(),
            new_uuid=self._new_uuid,
        )


def _get(
    repositories: Repositories, project_id: ProjectId, experiment_id: ExperimentId
) -> Experiment:
    found = repositories.experiments.find(project_id, experiment_id)
    if found is None or found.deleted:
        raise NotFound("Not found.")
    return found


def _may_write(repositories: Repositories, principal: Principal, project: Project) -> bool:
    user = principal.user
    if user is None:
        return False
    rules = repositories.access_rules.concerning(user.id, [project.id])[project.id]
    try:
        check_access(principal, project, "experiment:write", rules=rules)
    except Forbidden:
        return False
    return True


def _free_name(
    repositories: Repositories, source: Experiment, request: CopyRequest, around: Circumstances
) -> str:
    taken = {
        experiment.name
        for archived in (False, True)
        for experiment in repositories.experiments.page(
            around.project.id,
            ExperimentListing(
                now=around.now, limit=_EVERYTHING, search=base_name(source), archived=archived
            ),
        ).items
    }
    return name_of_copy(source, request, taken=taken)


def _store(
    repositories: Repositories, copy: Experiment, around: Circumstances, actor: User | None
) -> ExperimentId:
    change = Change(project=around.project, actor=actor, now=around.now)
    writing = Writing(repositories, change)
    made = copy if copy.flag.id else _with_flag(writing, copy)
    return writing.add_experiment(made).id


def _with_flag(writing: Writing, copy: Experiment) -> Experiment:
    return replace(copy, flag=writing.add_flag(copy.flag))
