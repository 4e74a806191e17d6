"""`/api/projects/:id/experiment_saved_metrics/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from splitplot.accounts.access import Resource
from splitplot.experiments.model import SavedMetricId
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.models import PageBody, UsingExperimentBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.experiment_saved_metrics.documentation import (
    CREATE_BODY,
    PATCH_BODY,
)
from splitplot.http.resources.experiment_saved_metrics.requests import (
    create_request,
    patch_request,
)
from splitplot.http.resources.experiment_saved_metrics.schemas import (
    SavedMetricBody,
    saved_metric_body,
    user_of_metric_body,
)

router = APIRouter(
    prefix="/api/projects/{project_id}/experiment_saved_metrics", tags=["saved metrics"]
)

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("experiment_saved_metric:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("experiment_saved_metric:write"))]


@router.get("/", response_model=PageBody[SavedMetricBody])
def list_saved_metrics(caller: Reader, platform: PlatformOf, page: Paging) -> Mapping[str, object]:
    """The project's saved metrics, by name."""
    found = platform.sharing.saved_metrics.page(
        caller.project.id, limit=page.limit, offset=page.offset
    )
    results = [saved_metric_body(record, caller) for record in found.items]
    return page_response(results, count=found.count, page=page)


@router.post("/", response_model=SavedMetricBody, status_code=201, openapi_extra=CREATE_BODY)
def create_saved_metric(caller: Writer, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make a saved metric."""
    values = create_request(body)
    record = platform.sharing.saved_metrics.create(caller.project, values, actor=caller.user)
    return saved_metric_body(record, caller)


@router.get("/{metric_id}/", response_model=SavedMetricBody)
def read_saved_metric(
    caller: Reader, metric_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """One saved metric."""
    record = platform.sharing.saved_metrics.get(caller.project.id, SavedMetricId(metric_id))
    return saved_metric_body(record, caller)


@router.get("/{metric_id}/experiments/", response_model=PageBody[UsingExperimentBody])
def list_experiments_with_saved_metric(
    caller: Reader, metric_id: Number, platform: PlatformOf, page: Paging
) -> Mapping[str, object]:
    """The experiments that have a saved metric, oldest first; a change of it changes all."""
    number = SavedMetricId(metric_id)
    found = platform.sharing.saved_metrics.experiments(
        caller.project.id, number, sight=caller.sight(Resource.EXPERIMENT)
    )
    shown = found[page.offset : page.offset + page.limit]
    results = [user_of_metric_body(experiment, number) for experiment in shown]
    return page_response(results, count=len(found), page=page)


@router.patch("/{metric_id}/", response_model=SavedMetricBody, openapi_extra=PATCH_BODY)
def change_saved_metric(
    caller: Writer, metric_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Change what is named, for all experiments that have the metric."""
    values, number = patch_request(body), SavedMetricId(metric_id)
    record = platform.sharing.saved_metrics.update(
        caller.project, number, values, actor=caller.user
    )
    return saved_metric_body(record, caller)


@router.put("/{metric_id}/", response_model=SavedMetricBody, openapi_extra=CREATE_BODY)
def replace_saved_metric(
    caller: Writer, metric_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """As PATCH, with name and query."""
    values, number = create_request(body), SavedMetricId(metric_id)
    record = platform.sharing.saved_metrics.update(
        caller.project, number, values, actor=caller.user
    )
    return saved_metric_body(record, caller)


@router.delete("/{metric_id}/", status_code=204, response_class=Response)
def delete_saved_metric(caller: Writer, metric_id: Number, platform: PlatformOf) -> Response:
    """Forget a saved metric for good; its experiments are without it then."""
    platform.sharing.saved_metrics.remove(
        caller.project, SavedMetricId(metric_id), actor=caller.user
    )
    return Response(status_code=204)
