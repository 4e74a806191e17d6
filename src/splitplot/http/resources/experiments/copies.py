"""Copies of experiments."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from splitplot.experiments.lifecycle.copies import CopyRequest
from splitplot.experiments.model import ExperimentId
from splitplot.filters.model import Properties
from splitplot.http.auth import PlatformOf
from splitplot.http.bodies import Body
from splitplot.http.errors import ErrorBody
from splitplot.http.fields import Fields, or_null, read_fields, text, whole
from splitplot.http.models import ExactBody
from splitplot.http.resources.experiments.callers import PREFIX, Number, Writer
from splitplot.http.resources.experiments.documentation import COPY_BODY, DUPLICATE_BODY
from splitplot.http.resources.experiments.schemas import ExperimentBody, experiment_body
from splitplot.services.actions.copies import CopyRefusal

router = APIRouter(prefix=PREFIX, tags=["experiments"])

_STATUS = {CopyRefusal.NO_TARGET: 404, CopyRefusal.NO_ACCESS: 403}
_DUPLICATE: Fields = {
    "name": ("name", or_null(text(max_length=400))),
    "feature_flag_key": ("flag_key", or_null(text())),
}
_COPY: Fields = {"target_team_id": ("target_id", whole), **_DUPLICATE}


class Refused(ExactBody):
    """Why there is no copy."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyTarget:
    """Where a copy goes, and what is asked of it."""

    project_id: int
    copy: CopyRequest


@router.post(
    "/{experiment_id}/duplicate/",
    response_model=ExperimentBody,
    openapi_extra=DUPLICATE_BODY,
    responses={400: {"model": Refused | ErrorBody, "description": "There is no copy."}},
)
def duplicate_experiment(
    caller: Writer, experiment_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object] | Response:
    """Ask the same question again, as a draft; on the same flag unless a key is given."""
    number, request = ExperimentId(experiment_id), _request(read_fields(body, _DUPLICATE))
    made = platform.actions.copies.duplicate(caller.project, number, request, actor=caller.user)
    return _refused(made) if isinstance(made, CopyRefusal) else experiment_body(made, caller)


@router.post(
    "/{experiment_id}/copy_to_project/",
    response_model=ExperimentBody,
    status_code=201,
    openapi_extra=COPY_BODY,
    responses={
        status: {"model": Refused | ErrorBody, "description": "There is no copy."}
        for status in (400, 403, 404)
    },
)
def copy_experiment_to_project(
    caller: Writer, experiment_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object] | Response:
    """Ask the same question in another project of the organization, as a draft."""
    target, number = _target(body), ExperimentId(experiment_id)
    made = platform.actions.copies.copy_to_project(
        caller.project, number, target.project_id, target.copy, principal=caller.principal
    )
    if isinstance(made, CopyRefusal):
        return _refused(made)
    return experiment_body(made.record, replace(caller, project=made.project))


def _request(read: Mapping[str, object]) -> CopyRequest:
    return CopyRequest(
        name=cast("str | None", read.get("name")),
        flag_key=cast("str | None", read.get("flag_key")),
    )


def _target(body: Properties) -> CopyTarget:
    read = read_fields(body, _COPY, required=("target_team_id",))
    return CopyTarget(project_id=cast("int", read["target_id"]), copy=_request(read))


def _refused(refusal: CopyRefusal) -> Response:
    return JSONResponse({"detail": refusal.value}, status_code=_STATUS.get(refusal, 400))
