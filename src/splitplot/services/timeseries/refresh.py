"""What is computed by itself: every project's open experiments, once a day."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from splitplot.accounts.model import ProjectId
from splitplot.experiments.history.schedule import due_experiments, last_due
from splitplot.ports.clock import Clock
from splitplot.ports.jobs import Job, Jobs, JobState
from splitplot.ports.repositories import ExperimentListing, Metadata
from splitplot.services.timeseries.calculation import Calculation
from splitplot.services.timeseries.runs import run_job
from splitplot.services.timeseries.series import series_job

REFRESH_PROJECT = "refresh_project"
REFRESH_EXPERIMENT = "refresh_experiment"
_EVERYTHING = 2**31 - 1
_LOST = "It was tried several times and given up."


class RefreshService:
    """Gives jobs to what is due, and to requests that have none.

    Args:
        metadata: Where projects, experiments and requests are.
        jobs: Where jobs wait.
        calculation: Ends requests that are given up.
        clock: The time.
    """

    def __init__(
        self, *, metadata: Metadata, jobs: Jobs, calculation: Calculation, clock: Clock
    ) -> None:
        self._metadata = metadata
        self._jobs = jobs
        self._calculation = calculation
        self._clock = clock
        self._added: dict[ProjectId, datetime] = {}

    def add_due(self) -> None:
        """Add each project's run of today, or of yesterday before the hour has come.

        A run that was missed while nobody was there is made up for, but only the last one:
        it computes every day that is missing. Adding it twice is adding it once.

        Raises:
            Unavailable: A database does not answer.
        """
        now = self._clock.now()
        with self._metadata.reading() as repositories:
            projects = repositories.accounts.projects()
        for project in projects:
            due = last_due(now, project.experiment_recalculation_time)
            if self._added.get(project.id) == due or project.created_at > due:
                continue
            self._jobs.add(
                Job(
                    key=f"refresh-{project.id}-{due.isoformat()}",
                    name=REFRESH_PROJECT,
                    arguments={"project_id": project.id, "due": due.isoformat()},
                )
            )
            self._added[project.id] = due

    def refresh_project(self, project_id: ProjectId, due: datetime) -> None:
        """Add a job for every experiment of the project that the run is for.

        Raises:
            Unavailable: A database does not answer.
        """
        listing = ExperimentListing(now=due, limit=_EVERYTHING)
        with self._metadata.reading() as repositories:
            found = repositories.experiments.page(project_id, listing).items
        for experiment in due_experiments(found, due=due):
            self._jobs.add(
                Job(
                    key=f"refresh-{project_id}-{experiment.id}-{due.isoformat()}",
                    name=REFRESH_EXPERIMENT,
                    arguments={"project_id": project_id, "experiment_id": experiment.id},
                )
            )

    def reconcile(self) -> None:
        """Give every active request a job, and end those whose job was given up.

        A request is stored before its job is added; a crash may come between.

        Raises:
            Unavailable: A database does not answer.
        """
        for job, give_up in self._active():
            match self._jobs.state(job.key):
                case None:
                    self._jobs.add(job)
                case JobState.FAILED | JobState.DONE:
                    give_up()

    def _active(self) -> Iterator[tuple[Job, Callable[[], None]]]:
        with self._metadata.reading() as repositories:
            requests = repositories.timeseries.active_requests()
            runs = repositories.timeseries.active_runs()
        for request in requests:
            yield (
                series_job(request),
                partial(self._calculation.give_up_request, request.id, _LOST),
            )
        for run in runs:
            yield run_job(run), partial(self._calculation.give_up_run, run, _LOST)
