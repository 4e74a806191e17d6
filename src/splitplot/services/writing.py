"""Writing flags and experiments on somebody's behalf: the one way in which both change."""

from dataclasses import dataclass
from datetime import datetime

from splitplot.accounts.model import Project, User
from splitplot.experiments.model import Experiment
from splitplot.flags.model import Flag
from splitplot.ports.repositories import Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes something, where and when.

    Attributes:
        actor: None when nobody in particular does: a project's secret key, or a job.
    """

    project: Project
    actor: User | None
    now: datetime


class Writing:
    """The writes of one change, inside the transaction that the repositories are bound to."""

    def __init__(self, repositories: Repositories, change: Change) -> None:
        self._repositories = repositories
        self._change = change

    def add_flag(self, flag: Flag) -> Flag:
        """Store a new flag, and answer it as stored."""
        return self._repositories.flags.add(self._change.project.id, flag)

    def save_flag(self, before: Flag, after: Flag) -> Flag:
        """Store a changed flag, and answer it as stored; the same flag is not written.

        Raises:
            Conflict: The stored version is not `after.version`: another write came between.
        """
        if after is before:
            return before
        return self._repositories.flags.save(self._change.project.id, after)

    def add_experiment(self, experiment: Experiment) -> Experiment:
        """Store a new experiment on a stored flag, and answer it as stored."""
        return self._repositories.experiments.add(experiment)

    def save_experiment(self, before: Experiment, after: Experiment) -> Experiment:
        """Store a changed experiment and its flag, and answer it as stored."""
        self.save_flag(before.flag, after.flag)
        return self._repositories.experiments.save(after)
