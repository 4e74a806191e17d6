"""Simulations of planned experiments."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import tables
from splitplot.experiments.history.requests import ACTIVE, RequestStatus
from splitplot.ports.beside.simulations import PowerSimulation
from splitplot.stats.simulations.power import SimulatedDesign, SimulatedLooks

_s = tables.power_simulations.c
_IS_ACTIVE = _s.status.in_([status.value for status in ACTIVE])


class SqlSimulations:
    """Implements `ports.beside.simulations.SimulationRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, simulation: PowerSimulation) -> None:
        self._connection.execute(
            insert(tables.power_simulations).values(
                id=simulation.id,
                project_id=simulation.project_id,
                design=asdict(simulation.design),
                total=simulation.total,
                created_at=simulation.created_at,
                **_progress(simulation),
            )
        )

    def save(self, simulation: PowerSimulation) -> None:
        self._connection.execute(
            update(tables.power_simulations)
            .where(_s.id == simulation.id)
            .values(**_progress(simulation))
        )

    def find(self, project_id: ProjectId, simulation_id: UUID) -> PowerSimulation | None:
        found = self._connection.execute(
            select(tables.power_simulations).where(
                _s.project_id == project_id, _s.id == simulation_id
            )
        )
        row = found.mappings().one_or_none()
        return None if row is None else _simulation_of(row)

    def active(self) -> tuple[PowerSimulation, ...]:
        found = self._connection.execute(
            select(tables.power_simulations).where(_IS_ACTIVE).order_by(_s.created_at)
        )
        return tuple(_simulation_of(row) for row in found.mappings())

    def count_active(self, project_id: ProjectId) -> int:
        count = self._connection.scalar(
            select(func.count())
            .select_from(tables.power_simulations)
            .where(_s.project_id == project_id, _IS_ACTIVE)
        )
        return count or 0


def _progress(simulation: PowerSimulation) -> dict[str, object]:
    return {
        "status": simulation.status.value,
        "looks": asdict(simulation.looks),
        "error": simulation.error,
        "updated_at": simulation.updated_at,
    }


def _simulation_of(row: RowMapping) -> PowerSimulation:
    looks = row["looks"]
    return PowerSimulation(
        id=row["id"],
        project_id=row["project_id"],
        design=SimulatedDesign(**row["design"]),
        total=row["total"],
        status=RequestStatus(row["status"]),
        looks=SimulatedLooks(
            experiments=looks["experiments"],
            found_at=tuple(looks["found_at"]),
            found_at_end=looks["found_at_end"],
        ),
        error=row["error"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
