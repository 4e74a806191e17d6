"""`/api/projects/:id/feature_flags/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from splitplot.accounts.access import Resource
from splitplot.flags.model import FlagId
from splitplot.http.approvals import NEEDS_APPROVAL
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.models import FeatureFlagBody, PageBody, feature_flag_body
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.feature_flags.documentation import (
    CREATE_BODY,
    NOT_ALLOWED,
    PATCH_BODY,
)
from splitplot.http.resources.feature_flags.explanation import (
    EXPLAIN_BODY,
    FlagExplanationBody,
    explain_request,
    explanation_body,
)
from splitplot.http.resources.feature_flags.requests import (
    ListQuery,
    create_request,
    listing_request,
    patch_request,
    put_request,
)

router = APIRouter(prefix="/api/projects/{project_id}/feature_flags", tags=["feature flags"])

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("feature_flag:read"))]
# What is stored about a person shows in the explanation.
Explainer: TypeAlias = Annotated[
    Caller, Depends(project_access("feature_flag:read", "person:read"))
]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("feature_flag:write"))]


@router.get("/", response_model=PageBody[FeatureFlagBody])
def list_flags(
    caller: Reader, platform: PlatformOf, page: Paging, query: Annotated[ListQuery, Depends()]
) -> Mapping[str, object]:
    """The project's undeleted flags; newest first unless another order is asked for."""
    listing = listing_request(query, page)
    if listing is None:
        return page_response([], count=0, page=page)
    sight = caller.sight(Resource.FEATURE_FLAG)
    found = platform.flag_records.page(caller.project.id, listing, sight=sight)
    results = [feature_flag_body(record, caller) for record in found.items]
    return page_response(results, count=found.count, page=page)


@router.post("/", response_model=FeatureFlagBody, status_code=201, openapi_extra=CREATE_BODY)
def create_flag(caller: Writer, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make a flag."""
    values = create_request(body)
    record = platform.flag_records.create(caller.project, values, actor=caller.user)
    return feature_flag_body(record, caller)


@router.get("/{flag_id}/", response_model=FeatureFlagBody)
def read_flag(caller: Reader, flag_id: Number, platform: PlatformOf) -> Mapping[str, object]:
    """One flag, deleted or not."""
    record = platform.flag_records.get(caller.project.id, FlagId(flag_id))
    return feature_flag_body(record, caller)


@router.patch(
    "/{flag_id}/",
    response_model=FeatureFlagBody,
    responses=NEEDS_APPROVAL,
    openapi_extra=PATCH_BODY,
)
def change_flag(
    caller: Writer, flag_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Change what is named; `deleted` puts the flag away and brings it back."""
    edit = patch_request(body)
    record = platform.flag_records.update(caller.project, FlagId(flag_id), edit, actor=caller.user)
    return feature_flag_body(record, caller)


@router.put(
    "/{flag_id}/",
    response_model=FeatureFlagBody,
    responses=NEEDS_APPROVAL,
    openapi_extra=CREATE_BODY,
)
def replace_flag(
    caller: Writer, flag_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """As PATCH, with a key."""
    edit = put_request(body)
    record = platform.flag_records.update(caller.project, FlagId(flag_id), edit, actor=caller.user)
    return feature_flag_body(record, caller)


@router.post("/{flag_id}/explain/", response_model=FlagExplanationBody, openapi_extra=EXPLAIN_BODY)
def explain_flag(
    caller: Explainer, flag_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """What a flag serves to somebody, and why; what is stored about them counts."""
    context = explain_request(body, now=platform.flags.now())
    explanation = platform.flags.explain(caller.project.id, FlagId(flag_id), context)
    return explanation_body(explanation)


@router.delete(
    "/{flag_id}/",
    status_code=405,
    response_class=Response,
    response_description="Always",
    openapi_extra=NOT_ALLOWED,
)
def refuse_to_delete_flag(_caller: Writer) -> Response:
    """Flags are not destroyed; PATCH `deleted` instead."""
    return Response(status_code=405, headers={"Allow": "GET, PATCH, PUT"})
