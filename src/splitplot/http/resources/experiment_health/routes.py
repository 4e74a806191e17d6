"""`/api/projects/:id/experiments/:eid/health/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path

from splitplot.experiments.model import ExperimentId
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.resources.experiment_health.schemas import HealthBody, health_body

router = APIRouter(
    prefix="/api/projects/{project_id}/experiments/{experiment_id}", tags=["experiments"]
)

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]


@router.get("/health/", response_model=HealthBody)
def read_experiment_health(
    caller: Annotated[Caller, Depends(project_access("experiment:read"))],
    experiment_id: Number,
    platform: PlatformOf,
) -> Mapping[str, object]:
    """What is wrong with the experiment as it is now, and who was exposed to it."""
    health = platform.experiment_results.health.check(caller.project, ExperimentId(experiment_id))
    return health_body(health)
