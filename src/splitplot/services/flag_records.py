"""Making and changing flags by themselves. Serving them is `services/flags.py`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import structlog

from splitplot.accounts.access import Sight
from splitplot.accounts.model import Project, ProjectId, User, UserId
from splitplot.errors import NotFound, Unavailable
from splitplot.experiments.lifecycle.flag_records import (
    Edit,
    FlagValues,
    Neighbours,
    changed_flag,
    made_flag,
)
from splitplot.experiments.model import Experiment
from splitplot.flags.interchange.secret_payloads import with_sealed_payloads
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.selection import FlagListing, FlagStatus, status_of
from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata, Page, Repositories
from splitplot.ports.secrecy import Secrecy
from splitplot.services.writing import Change, Writing

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRecord:
    """A flag, who made it, who wrote it last, and the undeleted experiments on it."""

    flag: Flag
    status: FlagStatus
    created_by: User | None
    last_modified_by: User | None
    experiments: tuple[Experiment, ...] = ()


class FlagRecords:
    """The flags of each project, as people see and change them.

    Every change is one transaction, which changes the experiments on the flag too. When
    a change returns, the flag is served.
    """

    def __init__(
        self, *, metadata: Metadata, flag_source: FlagSource, clock: Clock, secrecy: Secrecy
    ) -> None:
        self._metadata = metadata
        self._flag_source = flag_source
        self._clock = clock
        self._secrecy = secrecy

    def page(
        self, project_id: ProjectId, listing: FlagListing, *, sight: Sight | None = None
    ) -> Page[FlagRecord]:
        """One page of the project's undeleted flags that are in sight."""
        now = self._clock.now()
        with self._metadata.reading() as repositories:
            page = repositories.flags.page(project_id, listing, now=now, sight=sight)
            return Page(items=self._records(repositories, project_id, page.items), count=page.count)

    def get(self, project_id: ProjectId, flag_id: FlagId) -> FlagRecord:
        """A flag; deleted ones too.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            flag = _get(repositories, project_id, flag_id)
            return self._record(repositories, project_id, flag)

    def create(self, project: Project, values: FlagValues, *, actor: User | None) -> FlagRecord:
        """Make a flag.

        Args:
            project: Where; its settings are the defaults.
            values: Have a key.
            actor: Who makes it; None when nobody in particular does.

        Raises:
            InvalidInput: The first rule that is broken.
        """
        change = Change(project=project, actor=actor, now=self._clock.now())
        author = None if actor is None else actor.id
        with self._metadata.transaction() as repositories:
            around = _neighbours(repositories, project.id)
            made = made_flag(values, project=project, author=author, around=around, now=change.now)
            made = with_sealed_payloads(made, None, self._secrecy.seal)
            stored = Writing(repositories, change).add_flag(made)
            record = self._record(repositories, project.id, stored)
        serve_now(self._flag_source)
        return record

    def update(
        self, project: Project, flag_id: FlagId, edit: Edit, *, actor: User | None
    ) -> FlagRecord:
        """Change a flag, and tell the experiments on it what it does now.

        Raises:
            NotFound: The project has none with this id.
            InvalidInput: The first rule that is broken; then nothing has changed.
            Conflict: Somebody else has changed the same in the meantime.
        """
        change = Change(project=project, actor=actor, now=self._clock.now())
        with self._metadata.transaction() as repositories:
            before = _get(repositories, project.id, flag_id)
            around = neighbours_of(repositories, project.id, before)
            after = changed_flag(before, edit, around=around, now=change.now)
            after = with_sealed_payloads(after, before, self._secrecy.seal)
            writing = Writing(repositories, change)
            stored = writing.save_flag(before, after)
            if after.filters is not before.filters:
                writing.tell_experiments(stored)
            record = self._record(repositories, project.id, stored)
        serve_now(self._flag_source)
        return record

    def _record(self, repositories: Repositories, project_id: ProjectId, flag: Flag) -> FlagRecord:
        return self._records(repositories, project_id, (flag,))[0]

    def _records(
        self, repositories: Repositories, project_id: ProjectId, flags: Collection[Flag]
    ) -> tuple[FlagRecord, ...]:
        now = self._clock.now()
        users = repositories.accounts.users(
            UserId(number)
            for flag in flags
            for number in (flag.created_by_id, flag.last_modified_by_id)
            if number is not None
        )
        experiments = _by_flag(
            repositories.experiments.of_flags(project_id, [flag.id for flag in flags])
        )

        def user(number: int | None) -> User | None:
            return None if number is None else users.get(UserId(number))

        return tuple(
            FlagRecord(
                flag=flag,
                status=status_of(flag, now=now),
                created_by=user(flag.created_by_id),
                last_modified_by=user(flag.last_modified_by_id),
                experiments=tuple(experiments[flag.id]),
            )
            for flag in flags
        )


def serve_now(flag_source: FlagSource) -> None:
    """Serve what was just committed; if that fails now, it is served a moment later."""
    try:
        flag_source.refresh()
    except Unavailable as error:
        log.warning("flags.served_later", reason=error.message)


def _get(repositories: Repositories, project_id: ProjectId, flag_id: FlagId) -> Flag:
    flag = repositories.flags.find(project_id, flag_id)
    if flag is None:
        raise NotFound("Not found.")
    return flag


def _neighbours(repositories: Repositories, project_id: ProjectId) -> Neighbours:
    snapshots = repositories.flags.snapshots((project_id,))
    return Neighbours(
        flags=tuple(flag for snapshot in snapshots for flag in snapshot.flags),
        cohorts=frozenset(number for snapshot in snapshots for number in snapshot.cohort_ids),
    )


def neighbours_of(repositories: Repositories, project_id: ProjectId, flag: Flag) -> Neighbours:
    """What the flag has to get on with, now."""
    editor = None
    if flag.last_modified_by_id is not None:
        editor = repositories.accounts.find_user(UserId(flag.last_modified_by_id))
    return replace(
        _neighbours(repositories, project_id),
        experiments=repositories.experiments.of_flag(project_id, flag.id),
        is_referenced=repositories.flags.is_referenced(flag.id),
        last_editor=None if editor is None else editor.email,
    )


def _by_flag(experiments: Iterable[Experiment]) -> dict[FlagId, list[Experiment]]:
    by_flag: dict[FlagId, list[Experiment]] = defaultdict(list)
    for experiment in experiments:
        by_flag[experiment.flag.id].append(experiment)
    return by_flag
