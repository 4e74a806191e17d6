"""`/api/projects/:id/experiments/:eid/…`: what concerns results by day."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from starlette.responses import JSONResponse

from splitplot.experiments.model import ExperimentId
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.errors import ErrorBody
from splitplot.http.resources.timeseries.requests import (
    RUN_BODY,
    SERIES_BODY,
    Asked,
    series_request,
    trigger_of,
)
from splitplot.http.resources.timeseries.schemas import (
    NoRunBody,
    RunBody,
    SeriesRequestBody,
    TimeseriesBody,
    existing_run_body,
    run_body,
    series_body,
    series_request_body,
)

router = APIRouter(
    prefix="/api/projects/{project_id}/experiments/{experiment_id}", tags=["experiments"]
)

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("experiment:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("experiment:write"))]
_NO_RUN: dict[int | str, dict[str, Any]] = {
    404: {"model": NoRunBody | ErrorBody, "description": "There is no such run."}
}


@router.post(
    "/recalculate_timeseries/", response_model=SeriesRequestBody, openapi_extra=SERIES_BODY
)
def recalculate_timeseries(
    caller: Writer, experiment_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Have a metric's days computed anew, in the background; asking twice is asking once."""
    key, metric = series_request(body, experiment_id)
    request = platform.timeseries.series.request(caller.project, key, metric)
    return series_request_body(request)


@router.get("/timeseries_results/", response_model=TimeseriesBody)
def read_timeseries(caller: Reader, key: Asked, platform: PlatformOf) -> Mapping[str, object]:
    """A metric's results by day, as far as they are computed."""
    record = platform.timeseries.series.read(caller.project, key)
    return series_body(record, key.metric_uuid, project=caller.project)


@router.post(
    "/metrics_recalculation/",
    response_model=RunBody,
    status_code=201,
    responses={200: {"model": RunBody, "description": "The run that is under way"}},
    openapi_extra=RUN_BODY,
)
def recalculate_metrics(
    caller: Writer,
    experiment_id: Number,
    *,
    body: Body,
    platform: PlatformOf,
    response: Response,
) -> Mapping[str, object]:
    """Have all metrics computed as of now, in the background."""
    number, trigger = ExperimentId(experiment_id), trigger_of(body)
    record = platform.timeseries.runs.request(caller.project, number, trigger)
    response.status_code = 200 if record.is_existing else 201
    return run_body(record, project=caller.project)


@router.get("/metrics_recalculation/latest/", response_model=RunBody, responses=_NO_RUN)
def read_latest_recalculation(
    caller: Reader, experiment_id: Number, platform: PlatformOf
) -> Mapping[str, object] | Response:
    """The run over all metrics that was completed last."""
    run = platform.timeseries.runs.latest(caller.project, ExperimentId(experiment_id))
    if run is None:
        return _no_run("No completed recalculation found")
    return existing_run_body(run, project=caller.project)


@router.get("/metrics_recalculation/{recalculation_id}/", response_model=RunBody, responses=_NO_RUN)
def read_recalculation(
    caller: Reader, experiment_id: Number, recalculation_id: UUID, platform: PlatformOf
) -> Mapping[str, object] | Response:
    """A run over all metrics, as far as it has come."""
    number = ExperimentId(experiment_id)
    run = platform.timeseries.runs.find(caller.project, number, recalculation_id)
    if run is None:
        return _no_run("Recalculation not found")
    return existing_run_body(run, project=caller.project)


def _no_run(detail: str) -> Response:
    return JSONResponse({"detail": detail}, status_code=404)
