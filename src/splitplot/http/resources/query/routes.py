"""`/api/projects/:id/query/`."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends

from splitplot.accounts.access import Resource
from splitplot.accounts.model import Project
from splitplot.http.auth import Caller, PlatformOf, project_access, require_viewer
from splitplot.http.bodies import Body
from splitplot.http.resources.query.answers import exposure_body, metric_body
from splitplot.http.resources.query.documentation import (
    QUERY_BODY,
    ExposureAnswer,
    NothingKept,
)
from splitplot.http.resources.query.legacy import LegacyAnswer, legacy_body
from splitplot.http.resources.query.schemas import (
    ExperimentQuery,
    LegacyQuery,
    QueryRequest,
    query_of,
)
from splitplot.http.results.bodies import MetricAnswer
from splitplot.services.answers import Refresh

router = APIRouter(prefix="/api/projects/{project_id}/query", tags=["query"])


@router.post(
    "/",
    response_model=MetricAnswer | ExposureAnswer | LegacyAnswer | NothingKept,
    response_model_exclude_unset=True,
    openapi_extra=QUERY_BODY,
)
def ask(
    caller: Annotated[Caller, Depends(project_access("query:read"))],
    body: Body,
    platform: PlatformOf,
) -> Mapping[str, object]:
    """Answer an `ExperimentQuery`, an `ExperimentExposureQuery`, or one of their older kinds."""
    mode = QueryRequest.model_validate(body).mode
    query, project, results = query_of(body), caller.project, platform.results
    require_viewer(platform, caller, Resource.EXPERIMENT, query.experiment_id)
    if isinstance(query, ExperimentQuery):
        report = results.metric_result(project, query.experiment_id, query.metric, refresh=mode)
        return metric_body(report, query=query, project=project)
    if isinstance(query, LegacyQuery):
        return _ask_as_before(platform, project, query, refresh=mode)
    summary = results.exposures(project, query.request(), refresh=mode)
    return exposure_body(summary, project=project)


def _ask_as_before(
    platform: PlatformOf, project: Project, query: LegacyQuery, *, refresh: Refresh
) -> Mapping[str, object]:
    document = query.model_dump()
    report = platform.actions.legacy_results.query(
        project, query.experiment_id, document, refresh=refresh
    )
    return legacy_body(report, query=query, project=project)
