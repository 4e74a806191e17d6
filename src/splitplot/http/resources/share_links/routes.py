"""`/api/projects/:id/experiments/:eid/share_links/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from splitplot.experiments.model import ExperimentId
from splitplot.experiments.sharing.share_links import DEFAULT_DAYS, MOST_DAYS, ShareLinkId
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.fields import Fields, or_null, read_fields, whole
from splitplot.http.models import ExactBody, Instant, PageBody, UserBlock
from splitplot.http.paging import Paging, page_response
from splitplot.http.wire import instant, user_block
from splitplot.services.sharing.share_links import ShareLinkRecord

router = APIRouter(
    prefix="/api/projects/{project_id}/experiments/{experiment_id}/share_links",
    tags=["experiments"],
)

_MAX_ID = 2**31 - 1
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("experiment:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("experiment:write"))]

_FIELDS: Fields = {"expires_in_days": ("days", or_null(whole))}
_NEW_BODY: dict[str, object] = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "expires_in_days": {
                            "type": ["integer", "null"],
                            "minimum": 1,
                            "maximum": MOST_DAYS,
                            "default": DEFAULT_DAYS,
                        }
                    },
                }
            }
        },
    }
}


class ShareLinkBody(ExactBody):
    """A link; the hint is what its token begins and ends with."""

    id: UUID
    hint: str
    created_at: Instant
    expires_at: Instant
    is_expired: bool
    created_by: UserBlock | None


class NewShareLinkBody(ShareLinkBody):
    """A new link with its token, which is never shown again."""

    token: str
    link: str


@router.get("/", response_model=PageBody[ShareLinkBody])
def list_share_links(
    caller: Reader, experiment_id: Number, platform: PlatformOf, page: Paging
) -> Mapping[str, object]:
    """The experiment's links, newest first; expired ones too."""
    found = platform.sharing.share_links.links(caller.project, ExperimentId(experiment_id))
    shown = found[page.offset : page.offset + page.limit]
    return page_response([_body(one) for one in shown], count=len(found), page=page)


@router.post("/", response_model=NewShareLinkBody, status_code=201, openapi_extra=_NEW_BODY)
def create_share_link(
    *, request: Request, caller: Writer, experiment_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Let everybody with the link read the experiment's results, until it expires."""
    read = read_fields(body, _FIELDS)
    record, token = platform.sharing.share_links.add(
        caller.project,
        ExperimentId(experiment_id),
        days=cast("int | None", read.get("days")),
        actor=caller.user,
    )
    return {**_body(record), "token": token, "link": f"{request.base_url}shared/{token}"}


@router.delete("/{link_id}/", status_code=204, response_class=Response)
def delete_share_link(
    caller: Writer, experiment_id: Number, link_id: UUID, platform: PlatformOf
) -> Response:
    """Take a link back; from now on it leads nowhere."""
    platform.sharing.share_links.remove(
        caller.project, ExperimentId(experiment_id), ShareLinkId(link_id), actor=caller.user
    )
    return Response(status_code=204)


def _body(record: ShareLinkRecord) -> Mapping[str, object]:
    link = record.link
    return {
        "id": str(link.id),
        "hint": link.hint,
        "created_at": instant(link.created_at),
        "expires_at": instant(link.expires_at),
        "is_expired": record.is_expired,
        "created_by": user_block(record.created_by),
    }
