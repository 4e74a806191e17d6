"""`/api/projects/:id/query/`."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from splitplot.accounts.access import Resource
from splitplot.accounts.model import Project
from splitplot.bootstrap import Platform
from splitplot.http.auth import Caller, PlatformOf, project_access, require_viewer
from splitplot.http.bodies import Body
from splitplot.http.resources.query.actors import ActorsAnswer, ActorsQuery, actors_body
from splitplot.http.resources.query.answers import exposure_body, metric_body
from splitplot.http.resources.query.documentation import (
    QUERY_BODY,
    ExposureAnswer,
    LaterAnswer,
    NothingKept,
)
from splitplot.http.resources.query.legacy import LegacyAnswer, legacy_body
from splitplot.http.resources.query.reading import query_of
from splitplot.http.resources.query.schemas import (
    ExperimentExposureQuery,
    ExperimentQuery,
    LegacyQuery,
    QueryRequest,
)
from splitplot.http.resources.query.status import owner_of, status_response
from splitplot.http.results.bodies import MetricAnswer
from splitplot.services.answers import Refresh

router = APIRouter(prefix="/api/projects/{project_id}/query", tags=["query"])

# What is kept once it is computed.
Kept: TypeAlias = ExperimentQuery | ExperimentExposureQuery | LegacyQuery
Asker = Annotated[Caller, Depends(project_access("query:read"))]


@router.post(
    "/",
    response_model=MetricAnswer | ExposureAnswer | LegacyAnswer | ActorsAnswer | NothingKept,
    response_model_exclude_unset=True,
    responses={202: {"model": LaterAnswer}},
    openapi_extra=QUERY_BODY,
)
def ask(caller: Asker, body: Body, platform: PlatformOf) -> Mapping[str, object] | JSONResponse:
    """Answer an `ExperimentQuery`, an `ExperimentExposureQuery`, or one of their older kinds.

    An `ActorsQuery` lists the people behind a step of a funnel metric. Of the others, with
    an async `refresh`, what has to be computed is answered by its status: fetch it by its id.
    """
    request, query = QueryRequest.model_validate(body), query_of(body)
    require_viewer(platform, caller, Resource.EXPERIMENT, query.experiment_id)
    if isinstance(query, ActorsQuery):
        return _find_actors(platform, caller.project, query)
    answer = partial(_answer, platform, caller.project, query)
    if not request.is_later:
        return answer(refresh=request.mode)
    # What cannot be asked is refused right away.
    kept = answer(refresh=Refresh.KEPT_ONLY)
    if request.mode is Refresh.REUSE and "last_refresh" in kept:
        return kept
    later = partial(answer, refresh=request.mode)
    running = platform.queries.running.start(
        owner_of(caller), later, query_id=request.client_query_id
    )
    return status_response(running, caller)


@router.get(
    "/{query_id}/",
    response_model=LaterAnswer,
    responses={202: {"model": LaterAnswer, "description": "It is still being computed."}},
)
def read_query_status(caller: Asker, query_id: str, platform: PlatformOf) -> JSONResponse:
    """How far a query is that was asked with an async `refresh`, and its answer at the end."""
    return status_response(platform.queries.running.find(owner_of(caller), query_id), caller)


@router.delete("/{query_id}/", status_code=204, response_class=Response)
def cancel_query(caller: Asker, query_id: str, platform: PlatformOf) -> Response:
    """Forget a query; if its turn has not come it is never computed."""
    platform.queries.running.cancel(owner_of(caller), query_id)
    return Response(status_code=204)


def _find_actors(platform: Platform, project: Project, query: ActorsQuery) -> Mapping[str, object]:
    source, request = query.source.source, query.request()
    actors = platform.queries.actors.find(project, source.experiment_id, source.metric, request)
    return actors_body(actors, query)


def _answer(
    platform: Platform, project: Project, query: Kept, *, refresh: Refresh
) -> Mapping[str, object]:
    if isinstance(query, ExperimentQuery):
        report = platform.results.metric_result(
            project,
            query.experiment_id,
            query.metric,
            refresh=refresh,
            recomputes=query.precomputation_mode == "direct",
        )
        return metric_body(report, query=query, project=project)
    if isinstance(query, LegacyQuery):
        return _answer_as_before(platform, project, query, refresh=refresh)
    summary = platform.results.exposures(project, query.request(), refresh=refresh)
    return exposure_body(summary, project=project)


def _answer_as_before(
    platform: Platform, project: Project, query: LegacyQuery, *, refresh: Refresh
) -> Mapping[str, object]:
    document = query.model_dump()
    report = platform.actions.legacy_results.query(
        project, query.experiment_id, document, refresh=refresh
    )
    return legacy_body(report, query=query, project=project)
