"""`/api/projects/:id/access_controls/`."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from splitplot.accounts.access import AccessLevel, Resource
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.resources.access_controls.schemas import (
    PUT_BODY,
    AccessControlsBody,
    rule_request,
    rules_body,
    which_of,
)

router = APIRouter(prefix="/api/projects/{project_id}/access_controls", tags=["access controls"])


@router.get("/", response_model=AccessControlsBody)
def list_access_rules(
    caller: Annotated[Caller, Depends(project_access("project:read"))],
    platform: PlatformOf,
    resource: Annotated[str | None, Query(description="Rules for this kind only.")] = None,
    resource_id: Annotated[str | None, Query(description="Rules for this object only.")] = None,
) -> Mapping[str, object]:
    """The project's access rules; who has no rule may edit, administrators manage."""
    kind, number = which_of({"resource": resource or "", "resource_id": resource_id or ""})
    found = platform.members.access_rules.of_project(
        caller.project, resource=kind, object_id=number
    )
    return rules_body(found, level=caller.level_for(Resource.PROJECT))


@router.put("/", response_model=AccessControlsBody, openapi_extra=PUT_BODY)
def put_access_rule(
    caller: Annotated[Caller, Depends(project_access("project:write"))],
    body: Body,
    platform: PlatformOf,
) -> Mapping[str, object]:
    """Make or replace one rule; without a level it is taken away."""
    caller.require(AccessLevel.MANAGER, Resource.PROJECT)
    asked = rule_request(body)
    platform.members.access_rules.put(caller.project, asked)
    found = platform.members.access_rules.of_project(
        caller.project, resource=asked.resource, object_id=asked.object_id
    )
    return rules_body(found, level=caller.level_for(Resource.PROJECT))
