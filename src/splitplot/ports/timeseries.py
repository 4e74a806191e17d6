"""What is kept of experiments' results: their days, and requests to compute them."""

from typing import Protocol
from uuid import UUID

from splitplot.accounts.model import ProjectId
from splitplot.experiments.history.requests import MetricsRun, SeriesRequest
from splitplot.experiments.history.series import DailyResult, SeriesKey
from splitplot.experiments.model import ExperimentId


class TimeseriesRepository(Protocol):
    def days(self, key: SeriesKey) -> tuple[DailyResult, ...]:
        """Every day that is kept, oldest first."""
        ...

    def save_day(self, key: SeriesKey, result: DailyResult) -> None:
        """Store it in place of the day's earlier result; `recorded_at` stays the first one."""
        ...

    def delete_days(self, key: SeriesKey) -> None: ...

    def add_request(self, request: SeriesRequest) -> None:
        """Store it; there is no active one of its experiment and fingerprint."""
        ...

    def save_request(self, request: SeriesRequest) -> None: ...

    def find_request(self, request_id: UUID) -> SeriesRequest | None: ...

    def active_request(
        self, experiment_id: ExperimentId, fingerprint: str
    ) -> SeriesRequest | None: ...

    def active_requests(self) -> tuple[SeriesRequest, ...]:
        """Of every project, oldest first."""
        ...

    def add_run(self, run: MetricsRun) -> None:
        """Store it; there is no active one of its experiment."""
        ...

    def save_run(self, run: MetricsRun) -> None: ...

    def find_run(
        self, project_id: ProjectId, experiment_id: ExperimentId, run_id: UUID
    ) -> MetricsRun | None: ...

    def active_run(self, experiment_id: ExperimentId) -> MetricsRun | None: ...

    def active_runs(self) -> tuple[MetricsRun, ...]:
        """Of every project, oldest first."""
        ...

    def latest_run(self, project_id: ProjectId, experiment_id: ExperimentId) -> MetricsRun | None:
        """The completed one that ended last."""
        ...
