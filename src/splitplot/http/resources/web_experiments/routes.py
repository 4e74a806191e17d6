"""`/api/projects/:id/web_experiments/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from splitplot.accounts.access import Resource
from splitplot.experiments.model import ExperimentId
from splitplot.http.approvals import NEEDS_APPROVAL
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.web_experiments.documentation import CREATE_BODY, PATCH_BODY
from splitplot.http.resources.web_experiments.requests import create_request, patch_request
from splitplot.http.resources.web_experiments.schemas import (
    WebExperimentBody,
    web_experiment_body,
)

router = APIRouter(prefix="/api/projects/{project_id}/web_experiments", tags=["web experiments"])

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("experiment:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("experiment:write"))]


@router.get("/", response_model=PageBody[WebExperimentBody])
def list_web_experiments(
    caller: Reader, platform: PlatformOf, page: Paging
) -> Mapping[str, object]:
    """The project's web experiments, newest first."""
    found = platform.sharing.web_experiments.page(
        caller.project.id,
        limit=page.limit,
        offset=page.offset,
        sight=caller.sight(Resource.EXPERIMENT),
    )
    results = [web_experiment_body(experiment) for experiment in found.items]
    return page_response(results, count=found.count, page=page)


@router.post("/", response_model=WebExperimentBody, status_code=201, openapi_extra=CREATE_BODY)
def create_web_experiment(caller: Writer, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make a draft on an inactive flag of its own."""
    values = create_request(body)
    made = platform.sharing.web_experiments.create(caller.project, values, actor=caller.user)
    return web_experiment_body(made)


@router.get("/{experiment_id}/", response_model=WebExperimentBody)
def read_web_experiment(
    caller: Reader, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """One web experiment."""
    found = platform.sharing.web_experiments.get(caller.project.id, ExperimentId(experiment_id))
    return web_experiment_body(found)


@router.patch(
    "/{experiment_id}/",
    response_model=WebExperimentBody,
    responses=NEEDS_APPROVAL,
    openapi_extra=PATCH_BODY,
)
def change_web_experiment(
    caller: Writer, experiment_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Change what is named; `variants` replace all that there are, in the flag too."""
    values, number = patch_request(body), ExperimentId(experiment_id)
    changed = platform.sharing.web_experiments.update(
        caller.project, number, values, actor=caller.user
    )
    return web_experiment_body(changed)


@router.put(
    "/{experiment_id}/",
    response_model=WebExperimentBody,
    responses=NEEDS_APPROVAL,
    openapi_extra=CREATE_BODY,
)
def replace_web_experiment(
    caller: Writer, experiment_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """As PATCH, with name and variants."""
    values, number = create_request(body), ExperimentId(experiment_id)
    changed = platform.sharing.web_experiments.update(
        caller.project, number, values, actor=caller.user
    )
    return web_experiment_body(changed)


@router.delete("/{experiment_id}/", status_code=204, response_class=Response)
def delete_web_experiment(caller: Writer, experiment_id: Number, platform: PlatformOf) -> Response:
    """Forget a web experiment for good; its flag stays."""
    number = ExperimentId(experiment_id)
    platform.sharing.web_experiments.remove(caller.project, number, actor=caller.user)
    return Response(status_code=204)
