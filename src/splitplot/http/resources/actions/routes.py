"""`/api/projects/:id/actions/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from splitplot.errors import MethodNotAllowed
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.errors import ErrorBody, error_response
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.actions.documentation import CREATE_BODY, NOT_ALLOWED, PATCH_BODY
from splitplot.http.resources.actions.requests import create_request, patch_request
from splitplot.http.resources.actions.schemas import ActionBody, action_body

router = APIRouter(prefix="/api/projects/{project_id}/actions", tags=["actions"])

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("action:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("action:write"))]


@router.get("/", response_model=PageBody[ActionBody])
def list_actions(
    caller: Reader,
    platform: PlatformOf,
    page: Paging,
    search: Annotated[str | None, Query(description="A part of the name.")] = None,
) -> Mapping[str, object]:
    """The project's undeleted actions, by name."""
    found = platform.event_actions.page(
        caller.project.id, search=search, limit=page.limit, offset=page.offset
    )
    results = [action_body(record, caller) for record in found.items]
    return page_response(results, count=found.count, page=page)


@router.post("/", response_model=ActionBody, status_code=201, openapi_extra=CREATE_BODY)
def create_action(caller: Writer, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make an action."""
    values = create_request(body)
    record = platform.event_actions.create(caller.project, values, actor=caller.user)
    return action_body(record, caller)


@router.get("/{action_id}/", response_model=ActionBody)
def read_action(caller: Reader, action_id: Number, platform: PlatformOf) -> Mapping[str, object]:
    """One action, deleted or not."""
    return action_body(platform.event_actions.get(caller.project.id, action_id), caller)


@router.patch("/{action_id}/", response_model=ActionBody, openapi_extra=PATCH_BODY)
def change_action(
    caller: Writer, action_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Change what is named; `deleted` puts the action away and brings it back."""
    values = patch_request(body)
    record = platform.event_actions.update(caller.project, action_id, values, actor=caller.user)
    return action_body(record, caller)


@router.put("/{action_id}/", response_model=ActionBody, openapi_extra=CREATE_BODY)
def replace_action(
    caller: Writer, action_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """As PATCH, with a name."""
    values = create_request(body)
    record = platform.event_actions.update(caller.project, action_id, values, actor=caller.user)
    return action_body(record, caller)


@router.delete(
    "/{action_id}/",
    status_code=405,
    response_model=ErrorBody,
    response_description="Always",
    openapi_extra=NOT_ALLOWED,
)
def refuse_to_delete_action(_caller: Writer) -> Response:
    """Actions are not destroyed; PATCH `deleted` instead."""
    refused = error_response(MethodNotAllowed('Method "DELETE" not allowed.'))
    refused.headers["Allow"] = "GET, PUT, PATCH"
    return refused
