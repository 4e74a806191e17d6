"""`/api/organizations/` and the members of each."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends
from starlette.responses import Response

from splitplot.accounts.access import membership_level
from splitplot.accounts.model import MembershipLevel
from splitplot.http.auth import (
    Account,
    OrganizationCaller,
    PlatformOf,
    account_access,
    organization_access,
)
from splitplot.http.bodies import Body
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.organizations.schemas import (
    LEVEL_BODY,
    PATCH_BODY,
    MemberBody,
    OrganizationItem,
    level_of,
    member_body,
    name_of,
    organization_body,
)

router = APIRouter(prefix="/api/organizations", tags=["organizations"])

Reader: TypeAlias = Annotated[OrganizationCaller, Depends(organization_access("organization:read"))]
Writer: TypeAlias = Annotated[
    OrganizationCaller, Depends(organization_access("organization:write"))
]
Admin: TypeAlias = Annotated[
    OrganizationCaller, Depends(organization_access("organization:write", for_admins=True))
]


@router.get("/", response_model=PageBody[OrganizationItem])
def list_organizations(
    account: Annotated[Account, Depends(account_access("organization:read"))],
    platform: PlatformOf,
    page: Paging,
) -> Mapping[str, object]:
    """The organizations that the caller belongs to."""
    found = platform.members.organizations.organizations_of(account.principal, account.user)
    shown = found[page.offset : page.offset + page.limit]
    results = [
        organization_body(one, level=membership_level(account.user, one.id) or _MEMBER)
        for one in shown
    ]
    return page_response(results, count=len(found), page=page)


_MEMBER = MembershipLevel.MEMBER


@router.get("/{organization_id}/", response_model=OrganizationItem)
def read_organization(caller: Reader, platform: PlatformOf) -> Mapping[str, object]:
    """One organization; `@current` is where the caller is at home."""
    found = platform.members.organizations.get(caller.organization_id)
    return organization_body(found, level=caller.level)


@router.patch("/{organization_id}/", response_model=OrganizationItem, openapi_extra=PATCH_BODY)
def change_organization(caller: Admin, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Call it otherwise."""
    changed = platform.members.organizations.rename(caller.organization_id, name_of(body))
    return organization_body(changed, level=caller.level)


@router.get("/{organization_id}/members/", response_model=PageBody[MemberBody])
def list_members(caller: Reader, platform: PlatformOf, page: Paging) -> Mapping[str, object]:
    """The members, in the order in which they joined."""
    found = platform.members.organizations.members(caller.organization_id)
    shown = found[page.offset : page.offset + page.limit]
    return page_response([member_body(one) for one in shown], count=len(found), page=page)


@router.patch(
    "/{organization_id}/members/{user_uuid}/", response_model=MemberBody, openapi_extra=LEVEL_BODY
)
def change_member(
    caller: Admin, user_uuid: str, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Make a member more or less than they are."""
    changed = platform.members.organizations.set_level(
        caller.user, caller.organization_id, user_uuid, level_of(body)
    )
    return member_body(changed)


@router.delete("/{organization_id}/members/{user_uuid}/", status_code=204, response_class=Response)
def remove_member(caller: Writer, user_uuid: str, platform: PlatformOf) -> Response:
    """Let a member go; everybody may let themselves go."""
    platform.members.organizations.remove(caller.user, caller.organization_id, user_uuid)
    return Response(status_code=204)
