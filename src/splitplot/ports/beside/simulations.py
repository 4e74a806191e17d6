"""Where simulations are kept while they run, and after."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from splitplot.accounts.model import ProjectId
from splitplot.experiments.history.requests import RequestStatus
from splitplot.stats.simulations.power import SimulatedDesign, SimulatedLooks


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSimulation:
    """Experiments to be simulated, and what came out so far.

    Attributes:
        total: How many experiments there shall be.
        looks: Of those that are done.
        error: Why it was given up.
    """

    id: UUID
    project_id: ProjectId
    design: SimulatedDesign
    total: int
    status: RequestStatus
    looks: SimulatedLooks
    error: str | None
    created_at: datetime
    updated_at: datetime


class SimulationRepository(Protocol):
    def add(self, simulation: PowerSimulation) -> None: ...

    def save(self, simulation: PowerSimulation) -> None:
        """Store how far it has come."""
        ...

    def find(self, project_id: ProjectId, simulation_id: UUID) -> PowerSimulation | None: ...

    def active(self) -> tuple[PowerSimulation, ...]:
        """Those of every project that are not through."""
        ...

    def count_active(self, project_id: ProjectId) -> int: ...
