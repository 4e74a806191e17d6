"""`/api/projects/:id/experiment_holdouts/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from splitplot.accounts.access import Resource
from splitplot.experiments.model import HoldoutId
from splitplot.http.approvals import NEEDS_APPROVAL
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.models import (
    ListedHoldoutBody,
    PageBody,
    UsingExperimentBody,
    listed_holdout_body,
    using_experiment_body,
)
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.experiment_holdouts.documentation import (
    CREATE_BODY,
    PATCH_BODY,
    PUT_BODY,
)
from splitplot.http.resources.experiment_holdouts.requests import (
    create_request,
    patch_request,
    put_request,
)

router = APIRouter(prefix="/api/projects/{project_id}/experiment_holdouts", tags=["holdouts"])

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("experiment_holdout:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("experiment_holdout:write"))]


@router.get("/", response_model=PageBody[ListedHoldoutBody])
def list_holdouts(caller: Reader, platform: PlatformOf, page: Paging) -> Mapping[str, object]:
    """The project's holdouts, newest first."""
    found = platform.sharing.holdouts.page(caller.project.id, limit=page.limit, offset=page.offset)
    results = [listed_holdout_body(record) for record in found.items]
    return page_response(results, count=found.count, page=page)


@router.post("/", response_model=ListedHoldoutBody, status_code=201, openapi_extra=CREATE_BODY)
def create_holdout(caller: Writer, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make a holdout."""
    values = create_request(body)
    return listed_holdout_body(
        platform.sharing.holdouts.create(caller.project, values, actor=caller.user)
    )


@router.get("/{holdout_id}/", response_model=ListedHoldoutBody)
def read_holdout(caller: Reader, holdout_id: Number, platform: PlatformOf) -> Mapping[str, object]:
    """One holdout."""
    return listed_holdout_body(
        platform.sharing.holdouts.get(caller.project.id, HoldoutId(holdout_id))
    )


@router.get("/{holdout_id}/experiments/", response_model=PageBody[UsingExperimentBody])
def list_experiments_in_holdout(
    caller: Reader, holdout_id: Number, platform: PlatformOf, page: Paging
) -> Mapping[str, object]:
    """The experiments in a holdout, oldest first."""
    found = platform.sharing.holdouts.experiments(
        caller.project.id, HoldoutId(holdout_id), sight=caller.sight(Resource.EXPERIMENT)
    )
    shown = found[page.offset : page.offset + page.limit]
    results = [using_experiment_body(experiment) for experiment in shown]
    return page_response(results, count=len(found), page=page)


@router.patch(
    "/{holdout_id}/",
    response_model=ListedHoldoutBody,
    responses=NEEDS_APPROVAL,
    openapi_extra=PATCH_BODY,
)
def change_holdout(
    caller: Writer, holdout_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Change what is named; other `filters` change the flags of all experiments in it."""
    values, number = patch_request(body), HoldoutId(holdout_id)
    return listed_holdout_body(
        platform.sharing.holdouts.update(caller.project, number, values, actor=caller.user)
    )


@router.put(
    "/{holdout_id}/",
    response_model=ListedHoldoutBody,
    responses=NEEDS_APPROVAL,
    openapi_extra=PUT_BODY,
)
def replace_holdout(
    caller: Writer, holdout_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """As PATCH, with a name."""
    values, number = put_request(body), HoldoutId(holdout_id)
    return listed_holdout_body(
        platform.sharing.holdouts.update(caller.project, number, values, actor=caller.user)
    )


@router.delete("/{holdout_id}/", status_code=204, response_class=Response, responses=NEEDS_APPROVAL)
def delete_holdout(caller: Writer, holdout_id: Number, platform: PlatformOf) -> Response:
    """Forget a holdout for good; everybody is let into its experiments, which run on."""
    platform.sharing.holdouts.remove(caller.project, HoldoutId(holdout_id), actor=caller.user)
    return Response(status_code=204)
