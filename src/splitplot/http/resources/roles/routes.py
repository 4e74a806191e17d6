"""`/api/organizations/:id/roles/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from splitplot.accounts.members import RoleId
from splitplot.http.auth import OrganizationCaller, PlatformOf, organization_access
from splitplot.http.bodies import Body
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.roles.schemas import (
    CREATE_BODY,
    PATCH_BODY,
    RoleBody,
    role_body,
    role_request,
)

router = APIRouter(prefix="/api/organizations/{organization_id}/roles", tags=["roles"])

Reader: TypeAlias = Annotated[OrganizationCaller, Depends(organization_access("organization:read"))]
Admin: TypeAlias = Annotated[
    OrganizationCaller, Depends(organization_access("organization:write", for_admins=True))
]


@router.get("/", response_model=PageBody[RoleBody])
def list_roles(caller: Reader, platform: PlatformOf, page: Paging) -> Mapping[str, object]:
    """The organization's roles, by name."""
    found = platform.members.roles.roles(caller.organization_id)
    shown = found[page.offset : page.offset + page.limit]
    return page_response([role_body(one) for one in shown], count=len(found), page=page)


@router.post("/", response_model=RoleBody, status_code=201, openapi_extra=CREATE_BODY)
def create_role(caller: Admin, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make a role."""
    asked = role_request(body, is_new=True)
    made = platform.members.roles.add(
        caller.organization_id, asked.name or "", asked.members or (), actor=caller.user
    )
    return role_body(made)


@router.get("/{role_id}/", response_model=RoleBody)
def read_role(caller: Reader, role_id: UUID, platform: PlatformOf) -> Mapping[str, object]:
    """One role."""
    return role_body(platform.members.roles.get(caller.organization_id, RoleId(role_id)))


@router.patch("/{role_id}/", response_model=RoleBody, openapi_extra=PATCH_BODY)
def change_role(
    caller: Admin, role_id: UUID, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Call it otherwise, or give it other members; the list replaces the one before."""
    asked = role_request(body)
    changed = platform.members.roles.change(
        caller.organization_id, RoleId(role_id), name=asked.name, members=asked.members
    )
    return role_body(changed)


@router.delete("/{role_id}/", status_code=204, response_class=Response)
def delete_role(caller: Admin, role_id: UUID, platform: PlatformOf) -> Response:
    """Destroy a role, and the access rules made for it."""
    platform.members.roles.remove(caller.organization_id, RoleId(role_id))
    return Response(status_code=204)
