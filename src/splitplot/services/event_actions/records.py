"""Making and changing actions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from splitplot.accounts.model import Project, ProjectId, User, UserId
from splitplot.errors import NotFound
from splitplot.events.actions import (
    Action,
    ActionValues,
    changed_action,
    check_free,
    made_action,
    step_document,
)
from splitplot.experiments.history.requests import metrics_of
from splitplot.experiments.history.series import SeriesKey
from splitplot.experiments.metrics.fingerprint import metric_fingerprint
from splitplot.experiments.metrics.mentions import mentions_action
from splitplot.experiments.model import Experiment
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import ExperimentListing, Metadata, Page, Repositories
from splitplot.services.writing import Change, Writing

SCOPE = "Action"
_EVERYTHING = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecord:
    """An action, and who made it (None when nobody did, or the user is gone)."""

    action: Action
    created_by: User | None


class EventActionService:
    """The actions of each project.

    Metrics and exposure criteria name them, so a change of one is a change of what all of
    these count; results of past days that counted it otherwise are forgotten.
    """

    def __init__(self, *, metadata: Metadata, clock: Clock) -> None:
        self._metadata = metadata
        self._clock = clock

    def page(
        self, project_id: ProjectId, *, search: str | None, limit: int, offset: int
    ) -> Page[ActionRecord]:
        """Undeleted actions by name; `search` is a part of the name."""
        part = (search or "").lower()
        with self._metadata.reading() as repositories:
            actions = repositories.actions.of_project(project_id)
            found = [action for action in actions if part in action.name.lower()]
            shown = found[offset : offset + limit]
            return Page(items=_records(repositories, shown), count=len(found))

    def get(self, project_id: ProjectId, action_id: int) -> ActionRecord:
        """An action; deleted ones too.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            return _record(repositories, _get(repositories, project_id, action_id))

    def create(self, project: Project, values: ActionValues, *, actor: User | None) -> ActionRecord:
        """Make an action.

        Args:
            project: Where.
            values: Have a name.
            actor: Who makes it; None when nobody in particular does.

        Raises:
            InvalidInput: The name is taken.
        """
        change = Change(project=project, actor=actor, now=self._clock.now())
        author = None if actor is None else actor.id
        made = made_action(values, author=author, now=change.now)
        with self._metadata.transaction() as repositories:
            _check_name(repositories, project.id, made)
            stored = repositories.actions.add(project.id, made)
            _log(repositories, change, None, stored)
            return _record(repositories, stored)

    def update(
        self, project: Project, action_id: int, values: ActionValues, *, actor: User | None
    ) -> ActionRecord:
        """Change what is named.

        Raises:
            NotFound: The project has none with this id.
            InvalidInput: The name is taken.
        """
        change = Change(project=project, actor=actor, now=self._clock.now())
        with self._metadata.transaction() as repositories:
            before = _get(repositories, project.id, action_id)
            after = changed_action(before, values, now=change.now)
            _check_name(repositories, project.id, after)
            stored = repositories.actions.save(project.id, after)
            if _meaning_of(stored) != _meaning_of(before):
                _forget_days(repositories, change, stored.id)
            _log(repositories, change, before, stored)
            return _record(repositories, stored)


def _get(repositories: Repositories, project_id: ProjectId, action_id: int) -> Action:
    action = repositories.actions.find(project_id, action_id)
    if action is None:
        raise NotFound("Not found.")
    return action


def _check_name(repositories: Repositories, project_id: ProjectId, action: Action) -> None:
    if not action.deleted:
        others = repositories.actions.of_project(project_id)
        check_free(action.name, (other for other in others if other.id != action.id))


def _meaning_of(action: Action) -> object:
    """What decides which events are the action."""
    return action.deleted, action.steps


def _forget_days(repositories: Repositories, change: Change, action_id: int) -> None:
    """Let go of the kept results that counted the action as it was."""
    for is_archived in (False, True):
        every = ExperimentListing(now=change.now, limit=_EVERYTHING, archived=is_archived)
        for experiment in repositories.experiments.page(change.project.id, every).items:
            for key in _series_of(experiment, action_id):
                repositories.timeseries.delete_days(key)


def _series_of(experiment: Experiment, action_id: int) -> Iterator[SeriesKey]:
    """The series of the experiment in which the action counts."""
    is_exposing = mentions_action(experiment.exposure_criteria, action_id)
    for uuid, metric in metrics_of(experiment).items():
        if is_exposing or mentions_action(metric, action_id):
            yield SeriesKey(
                experiment_id=experiment.id,
                metric_uuid=uuid,
                fingerprint=metric_fingerprint(metric, experiment),
            )


def _log(repositories: Repositories, change: Change, before: Action | None, after: Action) -> None:
    Writing(repositories, change).log(
        scope=SCOPE,
        item_id=after.id,
        name=after.name,
        before=None if before is None else _logged(before),
        after=_logged(after),
    )


def _logged(action: Action) -> Mapping[str, object]:
    return {
        "name": action.name,
        "description": action.description,
        "tags": list(action.tags),
        "steps": [step_document(step) for step in action.steps],
        "post_to_slack": action.post_to_slack,
        "slack_message_format": action.slack_message_format,
        "deleted": action.deleted,
    }


def _record(repositories: Repositories, action: Action) -> ActionRecord:
    return _records(repositories, (action,))[0]


def _records(repositories: Repositories, actions: Sequence[Action]) -> tuple[ActionRecord, ...]:
    authors = {UserId(each.created_by_id) for each in actions if each.created_by_id is not None}
    users = repositories.accounts.users(authors)
    return tuple(
        ActionRecord(
            action=each,
            created_by=(
                None if each.created_by_id is None else users.get(UserId(each.created_by_id))
            ),
        )
        for each in actions
    )
