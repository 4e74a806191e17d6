"""What is asked about all experiments of a project together."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from splitplot.accounts.access import Resource
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.errors import ErrorBody
from splitplot.http.models import feature_flag_body
from splitplot.http.resources.experiments.callers import PREFIX, Reader, allow_only
from splitplot.http.resources.experiments.flag_choice import FlagQuery, choice_request
from splitplot.http.resources.experiments.schemas import (
    ActivityBody,
    EligibleFlags,
    PageError,
    activity_body,
)

router = APIRouter(prefix=PREFIX, tags=["experiments"])


@router.get("/stats/", response_model=ActivityBody)
def read_activity(caller: Reader, platform: PlatformOf) -> Mapping[str, object]:
    """How much was launched and ended in the last 30 days, and in the 30 before."""
    return activity_body(platform.experiments.activity(caller.project))


@router.get(
    "/eligible_feature_flags/",
    response_model=EligibleFlags,
    responses={400: {"model": PageError | ErrorBody, "description": "A parameter breaks a rule."}},
)
def list_eligible_flags(
    caller: Annotated[Caller, Depends(project_access("feature_flag:read"))],
    platform: PlatformOf,
    query: Annotated[FlagQuery, Depends()],
) -> Mapping[str, object] | Response:
    """Flags that an experiment can stand on: the first of two or more variants is the control."""
    listing = choice_request(query)
    if listing is None:
        return JSONResponse({"error": "Invalid limit or offset"}, status_code=400)
    sight = caller.sight(Resource.FEATURE_FLAG)
    found = platform.flag_records.page(caller.project.id, listing, sight=sight)
    results = [feature_flag_body(record, caller) for record in found.items]
    return {"results": results, "count": found.count}


allow_only(router, "/stats/", "GET")
allow_only(router, "/eligible_feature_flags/", "GET")
