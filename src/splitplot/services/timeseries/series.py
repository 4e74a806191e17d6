"""A metric's days: reading them, and asking for them anew."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput, NotFound, Unavailable
from splitplot.experiments.history.days import days_of
from splitplot.experiments.history.requests import RequestStatus, SeriesRequest
from splitplot.experiments.history.series import Series, SeriesKey, series_of
from splitplot.experiments.metrics.fingerprint import metric_fingerprint
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.filters.model import Properties
from splitplot.ports.clock import Clock
from splitplot.ports.jobs import Job, Jobs
from splitplot.ports.repositories import Metadata, Repositories

RECALCULATE_SERIES = "recalculate_series"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRecord:
    """A metric's days, and the request that is computing them, if there is one."""

    experiment: Experiment
    series: Series
    request: SeriesRequest | None


class SeriesService:
    """The days of metrics.

    Args:
        metadata: Where they are kept.
        jobs: Where requests wait.
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

    def read(self, project: Project, key: SeriesKey) -> SeriesRecord:
        """What is known of the metric's days.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: It is a draft.
        """
        timezone = ZoneInfo(project.timezone)
        with self._metadata.reading() as repositories:
            experiment = get_experiment(repositories, project, key.experiment_id)
            if experiment.start_date is None:
                raise InvalidInput("Experiment has not been started yet")
            days = days_of(
                experiment.start_date,
                experiment.end_date,
                now=self._clock.now(),
                timezone=timezone,
            )
            known = repositories.timeseries.days(key)
            request = repositories.timeseries.active_request(experiment.id, key.fingerprint)
        return SeriesRecord(
            experiment=experiment,
            series=series_of(days, known, timezone=timezone),
            request=request,
        )

    def request(self, project: Project, key: SeriesKey, metric: Properties) -> SeriesRequest:
        """Have the metric's days computed anew; what is stored of them is gone at once.

        Asking again while that goes on changes nothing, and answers what goes on.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: It is a draft.
        """
        now = self._clock.now()
        with self._metadata.transaction() as repositories:
            experiment = get_experiment(repositories, project, key.experiment_id)
            if experiment.start_date is None:
                raise InvalidInput(
                    "Cannot recalculate timeseries for experiment that hasn't started"
                )
            request = repositories.timeseries.active_request(experiment.id, key.fingerprint)
            if request is None:
                request = SeriesRequest(
                    id=self._new_uuid(),
                    project_id=project.id,
                    key=key,
                    metric=metric,
                    context=metric_fingerprint(metric, experiment),
                    status=RequestStatus.PENDING,
                    created_at=now,
                    updated_at=now,
                )
                repositories.timeseries.delete_days(key)
                repositories.timeseries.add_request(request)
        promise(self._jobs, series_job(request))
        return request


def get_experiment(
    repositories: Repositories, project: Project, experiment_id: ExperimentId
) -> Experiment:
    """An undeleted experiment.

    Raises:
        NotFound: The project has none with this id.
    """
    found = repositories.experiments.find(project.id, experiment_id)
    if found is None or found.deleted:
        raise NotFound("Not found.")
    return found


def series_job(request: SeriesRequest) -> Job:
    """The job that does what is requested."""
    return Job(
        key=f"series-{request.id}",
        name=RECALCULATE_SERIES,
        arguments={"request_id": str(request.id)},
    )


def promise(jobs: Jobs, job: Job) -> None:
    """Add the job now, if that is possible; requests without a job are given one later."""
    with suppress(Unavailable):
        jobs.add(job)
