"""`/api/projects/:id/power_simulations/`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from splitplot.experiments.history.requests import RequestStatus
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.models import ExactBody, Instant
from splitplot.http.wire import instant
from splitplot.ports.beside.simulations import PowerSimulation
from splitplot.services.simulations.power import BLOCK, MOST_EXPERIMENTS
from splitplot.stats.simulations.power import SimulatedDesign, power_of

_LARGEST = 1e12

router = APIRouter(prefix="/api/projects/{project_id}/power_simulations", tags=["experiments"])

Reader: TypeAlias = Annotated[Caller, Depends(project_access("experiment:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("experiment:write"))]


class NewSimulation(BaseModel):
    """An experiment of two equal arms that is looked at as its units come in.

    `difference` and `variance` are those of one unit's value; `units` come to each arm.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    difference: Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)]
    variance: Annotated[float, Field(ge=1 / _LARGEST, le=_LARGEST)]
    units: Annotated[int, Field(strict=True, ge=1, le=10**9)]
    looks: Annotated[int, Field(strict=True, ge=1, le=200)] = 30
    alpha: Annotated[float, Field(ge=1e-6, le=0.5)] = 0.05
    tuning: Annotated[float, Field(ge=1, le=_LARGEST)] | None = None
    experiments: Annotated[int, Field(strict=True, ge=BLOCK, le=MOST_EXPERIMENTS)] = 100_000


class DesignBody(ExactBody):
    """What is simulated."""

    difference: float
    variance: float
    units: int
    looks: int
    alpha: float
    tuning: float | None


class PowerBody(ExactBody):
    """What the simulated experiments say; shares are of all of them.

    `always_valid` are the shares found by each look, by a test that may be read at any time;
    `at_end` is the share that a single test of all units finds.
    """

    always_valid: list[float]
    always_valid_error: float
    at_end: float
    at_end_error: float
    units_used: float


class SimulationBody(ExactBody):
    """A simulation, as far as it has come."""

    id: str
    status: RequestStatus
    design: DesignBody
    experiments: int
    completed_experiments: int
    power: PowerBody | None
    error: str | None
    created_at: Instant
    updated_at: Instant


@router.post("/", response_model=SimulationBody, status_code=201)
def start_power_simulation(
    caller: Writer, body: NewSimulation, platform: PlatformOf
) -> Mapping[str, object]:
    """Simulate a planned experiment in the background, many times."""
    asked = body.model_dump()
    experiments = asked.pop("experiments")
    simulation = platform.power_simulations.start(
        caller.project, SimulatedDesign(**asked), experiments=experiments
    )
    return _simulation_body(simulation)


@router.get("/{simulation_id}/", response_model=SimulationBody)
def read_power_simulation(
    caller: Reader, simulation_id: UUID, platform: PlatformOf
) -> Mapping[str, object]:
    """A simulation: how far it is, and what its experiments say so far."""
    return _simulation_body(platform.power_simulations.get(caller.project.id, simulation_id))


def _simulation_body(simulation: PowerSimulation) -> Mapping[str, object]:
    done = simulation.looks.experiments
    power = power_of(simulation.design, simulation.looks) if done else None
    return {
        "id": str(simulation.id),
        "status": simulation.status,
        "design": asdict(simulation.design),
        "experiments": simulation.total,
        "completed_experiments": done,
        "power": None if power is None else asdict(power),
        "error": simulation.error,
        "created_at": instant(simulation.created_at),
        "updated_at": instant(simulation.updated_at),
    }
