"""Requests to compute results again, and how far they have come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from splitplot.accounts.model import ProjectId
from splitplot.experiments.history.series import SeriesKey
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.filters.model import Properties


class RequestStatus(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_active(self) -> bool:
        return self in ACTIVE


ACTIVE = (RequestStatus.PENDING, RequestStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRequest:
    """That a metric's days be computed anew.

    Attributes:
        metric: Its document.
        context: The metric's own fingerprint when it was asked for: once it is another
            one, the experiment has changed, and days before and after do not compare.
        error: Why it failed.
    """

    id: UUID
    project_id: ProjectId
    key: SeriesKey
    metric: Properties
    context: str
    status: RequestStatus
    created_at: datetime
    updated_at: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricOutcome:
    """What came out for a metric of a run: a document, or why there is none."""

    fingerprint: str
    document: Properties | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsRun:
    """That all metrics of an experiment be computed once.

    Attributes:
        trigger: Who or what asked, in the client's words.
        as_of: The moment whose results these are.
        total: How many metrics there are.
        results: By metric uuid, as far as the run has come.
        error: Why it was given up.
    """

    id: UUID
    project_id: ProjectId
    experiment_id: ExperimentId
    trigger: str
    as_of: datetime
    total: int
    status: RequestStatus
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    results: Mapping[str, MetricOutcome]
    error: str | None = None

    @property
    def failed(self) -> int:
        """How many metrics could not be computed so far."""
        return sum(outcome.error is not None for outcome in self.results.values())

    def with_outcome(
        self, metric_uuid: str, outcome: MetricOutcome, *, now: datetime
    ) -> "MetricsRun":
        """The run with one metric more."""
        results = {**self.results, metric_uuid: outcome}
        return replace(self, results=results, updated_at=now)

    def ended(self, *, now: datetime, error: str | None = None) -> "MetricsRun":
        """The run when nothing is left to do, or when it is given up."""
        status = RequestStatus.COMPLETED if error is None else RequestStatus.FAILED
        return replace(self, status=status, error=error, updated_at=now, completed_at=now)


def metrics_of(experiment: Experiment) -> Mapping[str, Properties]:
    """An experiment's metrics by uuid: its own ones, then those that it shares."""
    shared = (link.metric.query for link in experiment.saved_metrics)
    every = (*experiment.metrics, *experiment.metrics_secondary, *shared)
    named = ((metric.get("uuid"), metric) for metric in every)
    return {uuid: metric for uuid, metric in named if isinstance(uuid, str) and uuid}
