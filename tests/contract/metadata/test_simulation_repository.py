"""Simulations: as far as they have come, and which are not through."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from splitplot.accounts.model import Project
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.experiments.history.requests import RequestStatus
from splitplot.ports.beside.simulations import PowerSimulation
from splitplot.stats.simulations.power import SimulatedDesign, SimulatedLooks, nothing_yet
from tests.factories import NOON

DESIGN = SimulatedDesign(difference=0.1, variance=1 / 3, units=10**9, looks=3, tuning=0.7e12)


def a_simulation(project: Project, number: int = 1) -> PowerSimulation:
    return PowerSimulation(
        id=UUID(int=number),
        project_id=project.id,
        design=DESIGN,
        total=1_000_000,
        status=RequestStatus.PENDING,
        looks=nothing_yet(DESIGN),
        error=None,
        created_at=NOON + timedelta(seconds=number),
        updated_at=NOON,
    )


def test_a_simulation_comes_back_as_far_as_it_has_come(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    first, second = a_simulation(project), a_simulation(project, 2)
    looks = SimulatedLooks(experiments=20_000, found_at=(1, 2, 3), found_at_end=17_000)
    further = replace(
        first, status=RequestStatus.IN_PROGRESS, looks=looks, updated_at=NOON + timedelta(hours=1)
    )
    with metadata.transaction() as repositories:
        repositories.simulations.add(second)
        repositories.simulations.add(first)
        repositories.simulations.save(further)
    with metadata.transaction() as repositories:
        simulations = repositories.simulations
        assert simulations.find(project.id, first.id) == further
        assert simulations.find(other_project.id, first.id) is None
        assert simulations.active() == (further, second)
        assert simulations.count_active(other_project.id) == 0
        failed = replace(second, status=RequestStatus.FAILED, error="no")
        simulations.save(failed)
        assert simulations.find(project.id, second.id) == failed
        assert (simulations.active(), simulations.count_active(project.id)) == ((further,), 1)
