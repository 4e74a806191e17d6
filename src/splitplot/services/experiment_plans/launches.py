"""What stands between an experiment and its next step, without taking it."""

from dataclasses import dataclass
from datetime import datetime

from splitplot.accounts.model import Project, ProjectId, User
from splitplot.errors import InvalidInput
from splitplot.experiments.ahead.flag_diff import DiffLine, flag_diff
from splitplot.experiments.ahead.readiness import (
    CALLS_WITHIN,
    EVENTS_WITHIN,
    LaunchCheck,
    LaunchFacts,
    launch_checks,
    metric_events,
)
from splitplot.experiments.approvals.policies import holding
from splitplot.experiments.deciding.roles import measured_metrics
from splitplot.experiments.lifecycle.actions import launch
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.plan import DEFAULT_EXPOSURE_EVENT
from splitplot.flags.model import Flag
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventSelection, EventStore
from splitplot.ports.repositories import Metadata
from splitplot.services.experiments import ExperimentService, Step
from splitplot.services.gate import party_of

# Of a flag's calls, so many of the newest are looked through.
_CALLS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPreview:
    """What a step would make of an experiment and its flag.

    Attributes:
        needs_approval: Somebody else would have to approve it first.
    """

    before: Experiment
    after: Experiment
    lines: tuple[DiffLine, ...]
    needs_approval: bool


class LaunchService:
    """Looks ahead. Nothing is changed."""

    def __init__(
        self,
        *,
        experiments: ExperimentService,
        metadata: Metadata,
        store: EventStore,
        clock: Clock,
    ) -> None:
        self._experiments = experiments
        self._metadata = metadata
        self._store = store
        self._clock = clock

    def checks(
        self, project: Project, experiment_id: ExperimentId, *, actor: User | None
    ) -> tuple[LaunchCheck, ...]:
        """Whether the experiment is ready to be launched.

        Raises:
            NotFound: The project has no such experiment.
            Unavailable: A store does not answer.
        """
        experiment = self._experiments.get(project.id, experiment_id).experiment
        now = self._clock.now()
        names = {
            name
            for metric in measured_metrics(experiment)
            for name in metric_events(metric.document)
        }
        return launch_checks(
            LaunchFacts(
                experiment=experiment,
                last_events={name: self._last_event(project.id, name, now) for name in names},
                last_call=self._last_call(project.id, experiment.flag, now),
                needs_approval=self._launch_is_held(project, experiment, actor),
            )
        )

    def preview(
        self, project: Project, experiment_id: ExperimentId, step: Step, *, actor: User | None
    ) -> StepPreview:
        """What the step would do, by the same function that does it.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: The step is not allowed now.
        """
        before = self._experiments.get(project.id, experiment_id).experiment
        after = step(before, now=self._clock.now())
        return StepPreview(
            before=before,
            after=after,
            lines=flag_diff(before.flag, after.flag),
            needs_approval=self._is_held(project, before.flag, after.flag, actor),
        )

    def _launch_is_held(self, project: Project, experiment: Experiment, actor: User | None) -> bool:
        try:
            after = launch(experiment, now=self._clock.now())
        except InvalidInput:
            return False
        return self._is_held(project, experiment.flag, after.flag, actor)

    def _is_held(self, project: Project, before: Flag, after: Flag, actor: User | None) -> bool:
        if actor is None:
            return False
        with self._metadata.reading() as repositories:
            policies = repositories.approvals.policies(project.organization_id, project.id)
            party = party_of(repositories, actor, project.organization_id)
        return holding(policies, before, after, project_id=project.id, party=party) is not None

    def _last_event(self, project_id: ProjectId, name: str, now: datetime) -> datetime | None:
        selection = EventSelection(
            project_id=project_id, limit=1, name=name, after=now - EVENTS_WITHIN
        )
        return next((event.timestamp for event in self._store.find_events(selection)), None)

    def _last_call(self, project_id: ProjectId, flag: Flag, now: datetime) -> datetime | None:
        selection = EventSelection(
            project_id=project_id,
            limit=_CALLS,
            name=DEFAULT_EXPOSURE_EVENT,
            after=now - CALLS_WITHIN,
        )
        calls = self._store.find_events(selection)
        return next(
            (one.timestamp for one in calls if one.properties.get("$feature_flag") == flag.key),
            None,
        )
