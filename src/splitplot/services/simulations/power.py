"""Simulations that go on after a break where they were."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import numpy as np

from splitplot.accounts.model import Project, ProjectId
from splitplot.errors import InvalidInput, NotFound
from splitplot.experiments.history.requests import RequestStatus
from splitplot.ports.beside.simulations import PowerSimulation
from splitplot.ports.clock import Clock
from splitplot.ports.jobs import Job, Jobs, JobState
from splitplot.ports.repositories import Metadata
from splitplot.services.timeseries.series import promise
from splitplot.stats.simulations.power import SimulatedDesign, nothing_yet, simulate

SIMULATE_POWER = "simulate_power"
MOST_EXPERIMENTS = 1_000_000
# Between two blocks a simulation is stored, and may be broken off.
BLOCK = 10_000
_MOST_ACTIVE = 5
_LOST = "It was tried several times and given up."


class PowerSimulationService:
    """Simulates planned experiments, block by block.

    The random numbers of a block follow from the simulation's id and the block's number: one
    that was broken off comes to the result that it would have come to.

    Args:
        metadata: Where simulations are kept.
        jobs: Where they wait.
        clock: The time.
        checkpoint: Called between two blocks; it raises when the process is to end.
    """

    def __init__(
        self, *, metadata: Metadata, jobs: Jobs, clock: Clock, checkpoint: Callable[[], None]
    ) -> None:
        self._metadata = metadata
        self._jobs = jobs
        self._clock = clock
        self._checkpoint = checkpoint

    def start(
        self, project: Project, design: SimulatedDesign, *, experiments: int
    ) -> PowerSimulation:
        """Have experiments simulated.

        Raises:
            InvalidInput: They are too many, or too many simulations go on already.
        """
        if not BLOCK <= experiments <= MOST_EXPERIMENTS:
            raise InvalidInput(
                f"experiments must be from {BLOCK} to {MOST_EXPERIMENTS}.", attr="experiments"
            )
        now = self._clock.now()
        simulation = PowerSimulation(
            id=uuid4(),
            project_id=project.id,
            design=design,
            total=experiments,
            status=RequestStatus.PENDING,
            looks=nothing_yet(design),
            error=None,
            created_at=now,
            updated_at=now,
        )
        with self._metadata.transaction() as repositories:
            if repositories.simulations.count_active(project.id) >= _MOST_ACTIVE:
                raise InvalidInput(
                    f"At most {_MOST_ACTIVE} simulations go on at once in a project.",
                    code="too_many_simulations",
                )
            repositories.simulations.add(simulation)
        promise(self._jobs, _job(simulation))
        return simulation

    def get(self, project_id: ProjectId, simulation_id: UUID) -> PowerSimulation:
        """A simulation, as far as it has come.

        Raises:
            NotFound: The project has none with this id.
        """
        with self._metadata.reading() as repositories:
            simulation = repositories.simulations.find(project_id, simulation_id)
        if simulation is None:
            raise NotFound("Not found.")
        return simulation

    def run(self, project_id: ProjectId, simulation_id: UUID) -> None:
        """Simulate what is missing.

        Raises:
            Unavailable: The database does not answer; what is done is kept.
        """
        with self._metadata.reading() as repositories:
            simulation = repositories.simulations.find(project_id, simulation_id)
        while simulation is not None and simulation.status.is_active:
            self._checkpoint()
            simulation = self._with_next_block(simulation)
            with self._metadata.transaction() as repositories:
                repositories.simulations.save(simulation)

    def reconcile(self) -> None:
        """Give every simulation that is not through a job, and end those whose was given up.

        Raises:
            Unavailable: A database does not answer.
        """
        with self._metadata.reading() as repositories:
            active = repositories.simulations.active()
        for simulation in active:
            job = _job(simulation)
            match self._jobs.state(job.key):
                case None:
                    self._jobs.add(job)
                case JobState.FAILED | JobState.DONE:
                    self._give_up(simulation)

    def _with_next_block(self, simulation: PowerSimulation) -> PowerSimulation:
        done = simulation.looks.experiments
        count = min(BLOCK, simulation.total - done)
        random = np.random.default_rng([simulation.id.int, done])
        draws = random.standard_normal((count, simulation.design.looks))
        looks = simulation.looks + simulate(simulation.design, draws)
        is_through = looks.experiments >= simulation.total
        return replace(
            simulation,
            looks=looks,
            status=RequestStatus.COMPLETED if is_through else RequestStatus.IN_PROGRESS,
            updated_at=self._clock.now(),
        )

    def _give_up(self, simulation: PowerSimulation) -> None:
        """Unless it has ended since."""
        with self._metadata.transaction() as repositories:
            now = repositories.simulations.find(simulation.project_id, simulation.id)
            if now is not None and now.status.is_active:
                repositories.simulations.save(
                    replace(
                        now,
                        status=RequestStatus.FAILED,
                        error=_LOST,
                        updated_at=self._clock.now(),
                    )
                )


def _job(simulation: PowerSimulation) -> Job:
    return Job(
        key=f"power-{simulation.id}",
        name=SIMULATE_POWER,
        arguments={
            "project_id": simulation.project_id,
            "simulation_id": str(simulation.id),
        },
    )
