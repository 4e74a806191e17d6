"""The services about an experiment as a whole, as one."""

from dataclasses import dataclass

from splitplot.ports.clock import Clock
from splitplot.services.experiment_results.health import HealthService
from splitplot.services.experiment_results.overview import OverviewService
from splitplot.services.experiments import ExperimentService
from splitplot.services.results import ResultService


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentResultServices:
    """What the metrics say together, and what is wrong."""

    overview: OverviewService
    health: HealthService


def experiment_result_services(
    *, experiments: ExperimentService, results: ResultService, clock: Clock
) -> ExperimentResultServices:
    """All of them, on the same services."""
    return ExperimentResultServices(
        overview=OverviewService(experiments=experiments, results=results, clock=clock),
        health=HealthService(experiments=experiments, results=results, clock=clock),
    )
