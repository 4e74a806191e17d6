"""Computing what was asked for, in steps that are kept one by one.

Every call may be made twice for the same work, and after a break: it does what is missing.
"""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from splitplot.accounts.model import Project, ProjectId
from splitplot.errors import SplitplotError, Unavailable
from splitplot.experiments.documents import metric_document
from splitplot.experiments.history.days import ExperimentDay, days_of
from splitplot.experiments.history.looks import turns_to_significant
from splitplot.experiments.history.requests import (
    MetricOutcome,
    MetricsRun,
    RequestStatus,
    SeriesRequest,
    metrics_of,
)
from splitplot.experiments.history.series import DailyResult, SeriesKey, missing_days
from splitplot.experiments.metrics.fingerprint import metric_fingerprint
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.filters.model import Properties
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata
from splitplot.services.answers import Answer
from splitplot.services.results import MetricReport, ResultService
from splitplot.services.timeseries.announcements import Announcements

_GONE = "The experiment has been changed or reset since; ask again."


class Calculation:
    """Does what requests ask for.

    Args:
        metadata: Where requests and results are kept.
        results: Computes one result.
        clock: The time.
        announcements: Tells of metrics that became significant.
        checkpoint: Called between two steps; it raises when the process is to end.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        results: ResultService,
        clock: Clock,
        announcements: Announcements,
        checkpoint: Callable[[], None],
    ) -> None:
        self._metadata = metadata
        self._results = results
        self._clock = clock
        self._announcements = announcements
        self._checkpoint = checkpoint

    def run_request(self, request_id: UUID) -> None:
        """Compute the days of a request that are missing.

        Raises:
            Unavailable: A store does not answer; what is computed is kept.
        """
        with self._metadata.reading() as repositories:
            request = repositories.timeseries.find_request(request_id)
        if request is None or not request.status.is_active:
            return
        project, experiment = self._find(request.project_id, request.key.experiment_id)
        if (
            experiment is None
            or project is None
            or metric_fingerprint(request.metric, experiment) != request.context
        ):
            self._end_request(request, error=_GONE)
            return
        self._save_request(replace(request, status=RequestStatus.IN_PROGRESS))
        last = self._walk(project, experiment, request.metric, request.key)
        self._end_request(request, error=last)

    def give_up_request(self, request_id: UUID, error: str) -> None:
        """Say that a request will not be done."""
        with self._metadata.reading() as repositories:
            request = repositories.timeseries.find_request(request_id)
        if request is not None and request.status.is_active:
            self._end_request(request, error=error)

    def refresh(self, project_id: ProjectId, experiment_id: ExperimentId) -> None:
        """Compute the days of all metrics of an experiment that are missing, today's again.

        Of a metric that was not significant before an event is sent.

        Raises:
            Unavailable: A store does not answer; what is computed is kept.
        """
        project, experiment = self._find(project_id, experiment_id)
        if project is None or experiment is None:
            return
        for uuid, metric in metrics_of(experiment).items():
            key = SeriesKey(
                experiment_id=experiment_id,
                metric_uuid=uuid,
                fingerprint=metric_fingerprint(metric, experiment),
            )
            self._walk(project, experiment, metric, key)
            with self._metadata.reading() as repositories:
                turns = turns_to_significant(repositories.timeseries.days(key))
            self._announcements.send(project, experiment, metric, key=key, turns=turns)

    def run_metrics(self, project_id: ProjectId, experiment_id: ExperimentId, run_id: UUID) -> None:
        """Compute the metrics of a run that are missing.

        Raises:
            Unavailable: A store does not answer; what is computed is kept.
        """
        with self._metadata.reading() as repositories:
            run = repositories.timeseries.find_run(project_id, experiment_id, run_id)
        if run is None or not run.status.is_active:
            return
        project, experiment = self._find(project_id, experiment_id)
        if project is None or experiment is None:
            self._save_run(run.ended(now=self._clock.now(), error=_GONE))
            return
        run = replace(run, status=RequestStatus.IN_PROGRESS)
        for uuid, metric in metrics_of(experiment).items():
            if uuid in run.results:
                continue
            self._checkpoint()
            outcome = self._outcome(project, experiment, metric, run)
            run = run.with_outcome(uuid, outcome, now=self._clock.now())
            self._save_run(run)
        self._save_run(run.ended(now=self._clock.now()))

    def give_up_run(self, run: MetricsRun, error: str) -> None:
        """Say that a run will not be done."""
        with self._metadata.reading() as repositories:
            now = repositories.timeseries.find_run(run.project_id, run.experiment_id, run.id)
        if now is not None and now.status.is_active:
            self._save_run(now.ended(now=self._clock.now(), error=error))

    def _find(
        self, project_id: ProjectId, experiment_id: ExperimentId
    ) -> tuple[Project | None, Experiment | None]:
        """The project, and the experiment if it is launched and not deleted."""
        with self._metadata.reading() as repositories:
            project = repositories.accounts.find_project(project_id)
            found = repositories.experiments.find(project_id, experiment_id)
        is_there = found is not None and not found.deleted and found.start_date is not None
        return project, found if is_there else None

    def _walk(
        self, project: Project, experiment: Experiment, metric: Properties, key: SeriesKey
    ) -> str | None:
        """Compute the missing days, oldest first; why nothing came of it, if nothing did."""
        start = experiment.start_date
        assert start is not None  # noqa: S101 `_find` has seen to it
        now, timezone = self._clock.now(), ZoneInfo(project.timezone)
        days = days_of(start, experiment.end_date, now=now, timezone=timezone)
        with self._metadata.reading() as repositories:
            known = repositories.timeseries.days(key)
        missing = missing_days(days, known)
        errors = []
        for day in missing:
            self._checkpoint()
            result = self._day(project, experiment, metric, day)
            with self._metadata.transaction() as repositories:
                repositories.timeseries.save_day(key, result)
            if result.error is not None:
                errors.append(result.error)
        return errors[-1] if len(errors) == len(days) and errors else None

    def _day(
        self, project: Project, experiment: Experiment, metric: Properties, day: ExperimentDay
    ) -> DailyResult:
        answer, error = self._answer(project, experiment, metric, day)
        now = self._clock.now()
        return DailyResult(
            day=day.day,
            query_from=experiment.start_date or day.as_of,
            query_to=day.as_of,
            key="" if answer is None else answer.key,
            document=None if answer is None else _document(metric, answer.value),
            error=error,
            recorded_at=now,
            computed_at=now,
        )

    def _answer(
        self, project: Project, experiment: Experiment, metric: Properties, day: ExperimentDay
    ) -> tuple[Answer[MetricReport] | None, str | None]:
        """The day's result, or why the question has none."""
        try:
            return self._results.result_as_of(project, experiment, metric, day.as_of), None
        except Unavailable:
            raise
        except SplitplotError as error:
            return None, error.message

    def _outcome(
        self, project: Project, experiment: Experiment, metric: Properties, run: MetricsRun
    ) -> MetricOutcome:
        fingerprint = metric_fingerprint(metric, experiment)
        try:
            answer = self._results.result_as_of(project, experiment, metric, run.as_of)
        except Unavailable:
            raise
        except SplitplotError as error:
            return MetricOutcome(fingerprint=fingerprint, error=error.message)
        return MetricOutcome(fingerprint=fingerprint, document=_document(metric, answer.value))

    def _end_request(self, request: SeriesRequest, *, error: str | None) -> None:
        status = RequestStatus.COMPLETED if error is None else RequestStatus.FAILED
        self._save_request(replace(request, status=status, error=error))

    def _save_request(self, request: SeriesRequest) -> None:
        with self._metadata.transaction() as repositories:
            repositories.timeseries.save_request(replace(request, updated_at=self._clock.now()))

    def _save_run(self, run: MetricsRun) -> None:
        with self._metadata.transaction() as repositories:
            repositories.timeseries.save_run(run)


def _document(metric: Properties, report: MetricReport) -> Properties:
    return metric_document(
        metric, report.result, kind=report.kind, sql=report.sql, limitations=report.limitations
    )
