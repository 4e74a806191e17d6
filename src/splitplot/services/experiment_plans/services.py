"""The services before and beside experiments, as one."""

from dataclasses import dataclass

from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.repositories import Metadata
from splitplot.services.experiment_plans.launches import LaunchService
from splitplot.services.experiment_plans.outlooks import OutlookService
from splitplot.services.experiment_plans.standings import StandingService
from splitplot.services.experiments import ExperimentService
from splitplot.services.results import ResultService


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPlanServices:
    """How long it takes, whether it can start, where all of them stand."""

    outlooks: OutlookService
    launches: LaunchService
    standings: StandingService


def experiment_plan_services(
    *,
    experiments: ExperimentService,
    results: ResultService,
    metadata: Metadata,
    store: EventStore,
    clock: Clock,
) -> ExperimentPlanServices:
    """All of them, on the same stores."""
    return ExperimentPlanServices(
        outlooks=OutlookService(
            experiments=experiments, metadata=metadata, store=store, clock=clock
        ),
        launches=LaunchService(
            experiments=experiments, metadata=metadata, store=store, clock=clock
        ),
        standings=StandingService(metadata=metadata, results=results, clock=clock),
    )
