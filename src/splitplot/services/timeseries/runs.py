"""All metrics of an experiment, computed once."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput
from splitplot.experiments.history.requests import MetricsRun, RequestStatus, metrics_of
from splitplot.experiments.model import ExperimentId
from splitplot.ports.clock import Clock
from splitplot.ports.jobs import Job, Jobs
from splitplot.ports.repositories import Metadata
from splitplot.services.timeseries.series import get_experiment, promise

RECALCULATE_METRICS = "recalculate_metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run, and whether it was there before it was asked for."""

    run: MetricsRun
    is_existing: bool


class RunService:
    """Runs over all metrics of an experiment.

    Args:
        metadata: Where they are kept.
        jobs: Where runs wait.
        clock: The time.
        new_uuid: Answers another uuid each time.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        jobs: Jobs,
        clock: Clock,
        new_uuid: Callable[[], UUID] = uuid4,
    ) -> None:
        self._metadata = metadata
        self._jobs = jobs
        self._clock = clock
        self._new_uuid = new_uuid

    def request(self, project: Project, experiment_id: ExperimentId, trigger: str) -> RunRecord:
        """Have all metrics computed, as of now; or the run that is under way.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: It is a draft.
        """
        now = self._clock.now()
        with self._metadata.transaction() as repositories:
            experiment = get_experiment(repositories, project, experiment_id)
            if experiment.start_date is None:
                raise InvalidInput("Cannot recalculate metrics for experiment that hasn't started")
            active = repositories.timeseries.active_run(experiment_id)
            run = active or MetricsRun(
                id=self._new_uuid(),
                project_id=project.id,
                experiment_id=experiment_id,
                trigger=trigger,
                as_of=now,
                total=len(metrics_of(experiment)),
                status=RequestStatus.PENDING,
                created_at=now,
                updated_at=now,
                results={},
            )
            if active is None:
                repositories.timeseries.add_run(run)
        promise(self._jobs, run_job(run))
        return RunRecord(run=run, is_existing=active is not None)

    def latest(self, project: Project, experiment_id: ExperimentId) -> MetricsRun | None:
        """The run that was completed last, if one was.

        Raises:
            NotFound: The project has no such experiment.
        """
        with self._metadata.reading() as repositories:
            get_experiment(repositories, project, experiment_id)
            return repositories.timeseries.latest_run(project.id, experiment_id)

    def find(
        self, project: Project, experiment_id: ExperimentId, run_id: UUID
    ) -> MetricsRun | None:
        """A run of the experiment, as far as it has come.

        Raises:
            NotFound: The project has no such experiment.
        """
        with self._metadata.reading() as repositories:
            get_experiment(repositories, project, experiment_id)
            return repositories.timeseries.find_run(project.id, experiment_id, run_id)


def run_job(run: MetricsRun) -> Job:
    """The job that does the run."""
    return Job(
        key=f"metrics-{run.id}",
        name=RECALCULATE_METRICS,
        arguments={
            "project_id": run.project_id,
            "experiment_id": run.experiment_id,
            "run_id": str(run.id),
        },
    )
