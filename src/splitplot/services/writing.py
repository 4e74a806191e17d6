"""Writing flags and experiments on somebody's behalf: the one way in which both change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from splitplot.accounts.activity import (
    ActivityEntry,
    FieldChange,
    activity_between,
    changes_between,
)
from splitplot.accounts.model import Project, User
from splitplot.experiments.lifecycle.logged import flag_changes, logged_experiment, logged_flag
from splitplot.experiments.lifecycle.parameters import with_flags_split
from splitplot.experiments.model import Experiment
from splitplot.flags.model import Flag
from splitplot.ports.repositories import Repositories
from splitplot.services.gate import require_no_approval

EXPERIMENT = "Experiment"
FEATURE_FLAG = "FeatureFlag"


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
    """The writes of one change, inside the transaction that the repositories are bound to.

    Each write leaves an entry in the activity log of the project. Changes of flags that
    policies hold back do not come to pass: somebody else has to approve them first.

    Args:
        repositories: Of the transaction.
        change: Who, where and when. What nobody in particular does is never held back.
        is_approved: The change has passed that gate.
    """

    def __init__(
        self, repositories: Repositories, change: Change, *, is_approved: bool = False
    ) -> None:
        self._repositories = repositories
        self._change = change
        self._is_approved = is_approved

    def add_flag(self, flag: Flag) -> Flag:
        """Store a new flag, and answer it as stored."""
        stored = self._repositories.flags.add(self._change.project.id, self._signed(flag))
        self._log_flag(None, stored)
        return stored

    def save_flag(self, before: Flag, after: Flag) -> Flag:
        """Store a changed flag, and answer it as stored; the same flag is not written.

        Raises:
            Conflict: The stored version is not `after.version`: another write came between.
            ApprovalRequired: Somebody else has to approve the change first.
            InvalidInput: Several policies hold the change back.
        """
        if after is before:
            return before
        change = self._change
        if change.actor is not None and not self._is_approved:
            require_no_approval(
                self._repositories,
                change.project,
                before,
                after,
                actor=change.actor,
                now=change.now,
            )
        stored = self._repositories.flags.save(change.project.id, self._signed(after))
        self._log_flag(before, stored)
        return stored

    def add_experiment(self, experiment: Experiment) -> Experiment:
        """Store a new experiment on a stored flag, and answer it as stored."""
        stored = self._repositories.experiments.add(experiment)
        self._log_experiment(None, stored)
        return stored

    def save_experiment(self, before: Experiment, after: Experiment) -> Experiment:
        """Store a changed experiment and its flag, and answer it as stored."""
        self.save_flag(before.flag, after.flag)
        stored = self._repositories.experiments.save(after)
        self._log_experiment(before, stored)
        return stored

    def tell_experiments(self, flag: Flag, *, but: Experiment | None = None) -> None:
        """Write a flag's new split into the undeleted experiments on it.

        Args:
            flag: As stored.
            but: One that knows it already.
        """
        for experiment in self._repositories.experiments.of_flag(self._change.project.id, flag.id):
            if but is None or experiment.id != but.id:
                parameters = with_flags_split(experiment.parameters, flag.filters)
                self.save_experiment(experiment, replace(experiment, parameters=parameters))

    def log(
        self,
        *,
        scope: str,
        item_id: object,
        name: str,
        detail_type: str | None = None,
        before: Mapping[str, object] | None,
        after: Mapping[str, object] | None,
        activity: str | None = None,
    ) -> None:
        """Note what changed in the activity log; two equal states leave no entry.

        Args:
            scope: The kind of thing: `Experiment`, `FeatureFlag`, `Cohort`, …
            item_id: The thing's id.
            name: What it is called after the change.
            detail_type: `holdout` or `shared_metric`, which share the scope of experiments.
            before: Its fields by their names on the wire; None when it is new.
            after: Likewise; None when it is gone. `deleted` among the fields tells
                deleting and restoring from other changes.
            activity: The word for the change, where the states do not tell.
        """
        changes = changes_between(before, after, scope=scope)
        if not changes and before is not None and after is not None:
            return
        self._note(
            changes,
            scope=scope,
            item_id=item_id,
            name=name,
            detail_type=detail_type,
            activity=activity or activity_between(before, after),
        )

    def _note(
        self,
        changes: tuple[FieldChange, ...],
        *,
        scope: str,
        item_id: object,
        name: str,
        detail_type: str | None = None,
        activity: str,
    ) -> None:
        change = self._change
        self._repositories.activity.add(
            ActivityEntry(
                id=uuid4(),
                project_id=change.project.id,
                user_id=None if change.actor is None else change.actor.id,
                activity=activity,
                scope=scope,
                item_id=str(item_id),
                name=name,
                detail_type=detail_type,
                changes=changes,
                created_at=change.now,
            )
        )

    def _signed(self, flag: Flag) -> Flag:
        actor = self._change.actor
        return replace(flag, last_modified_by_id=None if actor is None else actor.id)

    def _log_flag(self, before: Flag | None, after: Flag) -> None:
        changes = flag_changes(before, after, scope=FEATURE_FLAG)
        if not changes:
            return
        was = None if before is None else logged_flag(before)
        self._note(
            changes,
            scope=FEATURE_FLAG,
            item_id=after.id,
            name=after.key,
            activity=activity_between(was, logged_flag(after)),
        )

    def _log_experiment(self, before: Experiment | None, after: Experiment) -> None:
        self.log(
            scope=EXPERIMENT,
            item_id=after.id,
            name=after.name,
            before=None if before is None else logged_experiment(before),
            after=logged_experiment(after),
        )
