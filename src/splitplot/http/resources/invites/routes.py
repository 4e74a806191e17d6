"""`/api/organizations/:id/invites/`, and `/api/invites/:token/` for who is invited."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from splitplot.accounts.members import InviteId
from splitplot.http.auth import OrganizationCaller, PlatformOf, organization_access
from splitplot.http.bodies import Body
from splitplot.http.layers.cookies import address_of, give_cookie, refuse_other_pages
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.invites.schemas import (
    ACCEPT_BODY,
    INVITE_BODY,
    REFUSALS,
    InviteBody,
    OfferBody,
    WelcomeBody,
    invite_body,
    invite_request,
    newcomer_of,
    offer_body,
    welcome_body,
)

router = APIRouter(prefix="/api", tags=["invites"])

Reader: TypeAlias = Annotated[
    OrganizationCaller, Depends(organization_access("organization:read", for_admins=True))
]
Admin: TypeAlias = Annotated[
    OrganizationCaller, Depends(organization_access("organization:write", for_admins=True))
]


@router.get("/organizations/{organization_id}/invites/", response_model=PageBody[InviteBody])
def list_invites(caller: Reader, platform: PlatformOf, page: Paging) -> Mapping[str, object]:
    """Invites that nobody has accepted, newest first."""
    found = platform.members.invites.invites(caller.organization_id)
    shown = found[page.offset : page.offset + page.limit]
    return page_response([invite_body(one) for one in shown], count=len(found), page=page)


@router.post(
    "/organizations/{organization_id}/invites/",
    response_model=InviteBody,
    status_code=201,
    openapi_extra=INVITE_BODY,
)
def create_invite(
    request: Request, caller: Admin, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Invite somebody. No mail is sent; the link is in this answer and never again."""
    asked = invite_request(body)
    record, token = platform.members.invites.add(
        caller.organization_id,
        asked.email,
        level=asked.level,
        lasts=asked.lasts,
        actor=caller.user,
        own_level=caller.level,
    )
    return invite_body(record, token=token, link=f"{request.base_url}invites/{token}")


@router.delete(
    "/organizations/{organization_id}/invites/{invite_id}/",
    status_code=204,
    response_class=Response,
)
def delete_invite(caller: Admin, invite_id: UUID, platform: PlatformOf) -> Response:
    """Take an invite back; its link is worth nothing from now on."""
    platform.members.invites.remove(caller.organization_id, InviteId(invite_id))
    return Response(status_code=204)


@router.get("/invites/{token}/", response_model=OfferBody)
def read_offer(token: str, platform: PlatformOf) -> Mapping[str, object]:
    """What the link invites to."""
    return offer_body(platform.members.invites.offer(token))


@router.post(
    "/invites/{token}/",
    response_model=WelcomeBody,
    status_code=201,
    responses=REFUSALS,
    openapi_extra=ACCEPT_BODY,
    dependencies=[Depends(refuse_other_pages)],
)
def accept_invite(
    *, request: Request, response: Response, token: str, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Join, with a new account or with the one that has the address; the answer signs in."""
    newcomer = newcomer_of(body)
    signed_in = platform.members.invites.accept(token, newcomer, address=address_of(request))
    give_cookie(response, request, signed_in, platform.members.sessions.policy)
    return welcome_body(signed_in)
