"""Which service call does a job of which name."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from splitplot.accounts.model import ProjectId
from splitplot.bootstrap import Platform
from splitplot.experiments.model import ExperimentId
from splitplot.filters.model import JsonValue
from splitplot.ports.jobs import Job, Work
from splitplot.services.simulations.power import SIMULATE_POWER
from splitplot.services.timeseries.refresh import REFRESH_EXPERIMENT, REFRESH_PROJECT
from splitplot.services.timeseries.runs import RECALCULATE_METRICS
from splitplot.services.timeseries.series import RECALCULATE_SERIES

EXPIRE_APPROVALS = "expire_approvals"

Arguments: TypeAlias = dict[str, JsonValue]


def work_of(platform: Platform) -> Work:
    """Does every job that the platform's services add."""
    calls = _calls(platform)

    def work(job: Job) -> None:
        calls[job.name](job.arguments)

    return work


def _calls(platform: Platform) -> Mapping[str, Callable[[Arguments], object]]:
    calculation, refresh = platform.timeseries.calculation, platform.timeseries.refresh
    return {
        RECALCULATE_SERIES: lambda given: calculation.run_request(UUID(str(given["request_id"]))),
        RECALCULATE_METRICS: lambda given: calculation.run_metrics(
            _project(given), _experiment(given), UUID(str(given["run_id"]))
        ),
        REFRESH_PROJECT: lambda given: refresh.refresh_project(
            _project(given), datetime.fromisoformat(str(given["due"]))
        ),
        REFRESH_EXPERIMENT: lambda given: calculation.refresh(_project(given), _experiment(given)),
        SIMULATE_POWER: lambda given: platform.power_simulations.run(
            _project(given), UUID(str(given["simulation_id"]))
        ),
        EXPIRE_APPROVALS: lambda _: platform.approvals.requests.expire_overdue(),
    }


def _project(given: Arguments) -> ProjectId:
    return ProjectId(int(str(given["project_id"])))


def _experiment(given: Arguments) -> ExperimentId:
    return ExperimentId(int(str(given["experiment_id"])))
