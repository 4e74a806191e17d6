"""`/api/projects/:id/query/`."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends

from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.resources.query.answers import exposure_body, metric_body
from splitplot.http.resources.query.documentation import (
    QUERY_BODY,
    ExposureAnswer,
    MetricAnswer,
    NothingKept,
)
from splitplot.http.resources.query.schemas import ExperimentQuery, QueryRequest, query_of

router = APIRouter(prefix="/api/projects/{project_id}/query", tags=["query"])


@router.post(
    "/",
    response_model=MetricAnswer | ExposureAnswer | NothingKept,
    response_model_exclude_unset=True,
    openapi_extra=QUERY_BODY,
)
def ask(
    caller: Annotated[Caller, Depends(project_access("query:read"))],
    body: Body,
    platform: PlatformOf,
) -> Mapping[str, object]:
    """Answer an `ExperimentQuery` or an `ExperimentExposureQuery`."""
    mode = QueryRequest.model_validate(body).mode
    query, project, results = query_of(body), caller.project, platform.results
    if isinstance(query, ExperimentQuery):
        report = results.metric_result(project, query.experiment_id, query.metric, refresh=mode)
        return metric_body(report, query=query, project=project)
    summary = results.exposures(project, query.request(), refresh=mode)
    return exposure_body(summary, project=project)
