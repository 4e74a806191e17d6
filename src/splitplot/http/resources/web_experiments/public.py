"""`/api/web_experiments/`: what browsers ask for with the project's public token."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from splitplot.http.auth import PlatformOf
from splitplot.http.errors import ErrorBody
from splitplot.http.resources.web_experiments.schemas import (
    LiveExperiments,
    live_experiment_body,
)

router = APIRouter(prefix="/api/web_experiments", tags=["web experiments"])


@router.get(
    "/",
    response_model=LiveExperiments,
    responses={401: {"model": ErrorBody, "description": "No token, or one of no project."}},
)
def list_live_web_experiments(
    platform: PlatformOf,
    token: Annotated[str, Query(description="The project's public token.")] = "",
    api_key: Annotated[str, Query(description="The same under another name.")] = "",
) -> Mapping[str, object]:
    """Web experiments that are neither archived nor stopped, newest first."""
    live = platform.sharing.web_experiments.live(token or api_key)
    return {"experiments": [live_experiment_body(experiment) for experiment in live]}


@router.options("/", status_code=204, response_class=Response, include_in_schema=False)
async def tell_methods() -> Response:
    """What may be asked; to browsers that ask from another origin, `layers.cors` answers."""
    return Response(status_code=204, headers={"Allow": "GET, OPTIONS"})
