"""`/api/projects/:id/change_requests/`."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Path

from splitplot.accounts.access import Resource
from splitplot.experiments.approvals.model import ChangeRequestId
from splitplot.http.approvals.bodies import ChangeRequestBody, change_request_body
from splitplot.http.approvals.refusal import REFUSES_VOTES
from splitplot.http.auth import Caller, PlatformOf, project_access, require_viewer
from splitplot.http.bodies import Body
from splitplot.http.models import ExactBody, PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.change_requests.requests import (
    ListQuery,
    listing_request,
    reason_in,
)
from splitplot.services.approvals.requests import Decided

router = APIRouter(prefix="/api/projects/{project_id}/change_requests", tags=["approvals"])

Number: TypeAlias = Annotated[UUID, Path(alias="request_id")]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("approvals:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("approvals:write"))]
_REASON: dict[str, object] = {
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"reason": {"type": "string"}}}
            }
        }
    }
}


class DecidedBody(ExactBody):
    """What came of a vote."""

    status: Literal["approved", "applied", "failed", "rejected", "canceled"]
    message: str
    change_request: ChangeRequestBody


@router.get("/", response_model=PageBody[ChangeRequestBody])
def list_change_requests(
    caller: Reader, platform: PlatformOf, page: Paging, query: Annotated[ListQuery, Depends()]
) -> Mapping[str, object]:
    """The project's change requests, newest first."""
    listing = listing_request(query, page, sight=caller.sight(Resource.FEATURE_FLAG))
    if listing is None:
        return page_response([], count=0, page=page)
    found = platform.approvals.requests.page(caller.project.id, listing)
    party = platform.approvals.requests.party(caller.project, caller.user)
    now = platform.stores.clock.now()
    results = [change_request_body(record, party, now=now) for record in found.items]
    return page_response(results, count=found.count, page=page)


@router.get("/{request_id}/", response_model=ChangeRequestBody)
def read_change_request(
    caller: Reader, request_id: Number, platform: PlatformOf
) -> Mapping[str, object]:
    """One change request."""
    record = platform.approvals.requests.get(caller.project.id, ChangeRequestId(request_id))
    require_viewer(platform, caller, Resource.FEATURE_FLAG, record.request.intent.flag_id)
    party = platform.approvals.requests.party(caller.project, caller.user)
    return change_request_body(record, party, now=platform.stores.clock.now())


@router.post(
    "/{request_id}/approve/",
    response_model=DecidedBody,
    responses=REFUSES_VOTES,
    openapi_extra=_REASON,
)
def approve_change_request(
    caller: Writer, request_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Vote for a change; the last vote that is needed applies it."""
    decided = platform.approvals.requests.approve(
        caller.project, ChangeRequestId(request_id), reason_in(body), actor=caller.user
    )
    return _decided_body(decided, caller, platform)


@router.post(
    "/{request_id}/reject/",
    response_model=DecidedBody,
    responses=REFUSES_VOTES,
    openapi_extra=_REASON,
)
def reject_change_request(
    caller: Writer, request_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Vote against a change, with a reason; that ends it."""
    decided = platform.approvals.requests.reject(
        caller.project, ChangeRequestId(request_id), reason_in(body), actor=caller.user
    )
    return _decided_body(decided, caller, platform)


@router.post("/{request_id}/cancel/", response_model=DecidedBody, openapi_extra=_REASON)
def cancel_change_request(
    caller: Writer, request_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Take an own request back."""
    decided = platform.approvals.requests.cancel(
        caller.project, ChangeRequestId(request_id), reason_in(body), actor=caller.user
    )
    return _decided_body(decided, caller, platform)


def _decided_body(decided: Decided, caller: Caller, platform: PlatformOf) -> Mapping[str, object]:
    party = platform.approvals.requests.party(caller.project, caller.user)
    shown = change_request_body(decided.record, party, now=platform.stores.clock.now())
    return {"status": decided.status, "message": decided.message, "change_request": shown}
