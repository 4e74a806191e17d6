"""`/api/projects/:id/activity_log/`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query

from splitplot.accounts.access import Resource
from splitplot.accounts.model import UserId
from splitplot.errors import InvalidInput
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.fields import number_of
from splitplot.http.models import ExactBody, Instant, UserBlock
from splitplot.http.paging import PageRequest, Paging
from splitplot.http.wire import instant, user_block
from splitplot.ports.activity import ActivityListing
from splitplot.services.activity import LoggedChange

router = APIRouter(prefix="/api/projects/{project_id}/activity_log", tags=["activity"])

_OLDER, _NEWER = "o", "n"


class FieldChangeBody(ExactBody):
    """One field before and after."""

    type: str
    action: str
    field: str
    before: object
    after: object


class DetailBody(ExactBody):
    """What was changed."""

    name: str
    type: str | None
    changes: list[FieldChangeBody]


class EntryBody(ExactBody):
    """One change of one thing."""

    id: str
    user: UserBlock | None
    activity: str
    scope: str
    item_id: str
    detail: DetailBody
    created_at: Instant
    unread: bool


class LogBody(ExactBody):
    """A part of the log, newest first."""

    next: str | None
    previous: str | None
    results: list[EntryBody]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """The query parameters."""

    scope: Annotated[str | None, Query(description="Experiment, FeatureFlag, …")] = None
    scopes: Annotated[str | None, Query(description="Several of them, with commas.")] = None
    item_id: Annotated[str | None, Query(description="The id of what was changed.")] = None
    user: Annotated[str | None, Query(description="The id of who changed it.")] = None
    cursor: Annotated[str | None, Query(description="From `next` or `previous`.")] = None


@router.get("/", response_model=LogBody)
def list_activity(
    caller: Annotated[Caller, Depends(project_access("activity_log:read"))],
    platform: PlatformOf,
    page: Paging,
    query: Annotated[LogQuery, Depends()],
) -> Mapping[str, object]:
    """Who changed what in the project, newest first."""
    found = platform.activity.page(caller.project.id, _listing(query, page, caller))
    return {
        "next": None if found.older is None else _address(page, f"{_OLDER}{found.older}"),
        "previous": None if found.newer is None else _address(page, f"{_NEWER}{found.newer}"),
        "results": [_entry(change) for change in found.changes],
    }


def _listing(query: LogQuery, page: PageRequest, caller: Caller) -> ActivityListing:
    scopes = [query.scope or "", *(query.scopes or "").split(",")]
    older, newer = _place(query.cursor)
    return ActivityListing(
        limit=page.limit,
        scopes=tuple(word.strip() for word in scopes if word.strip()),
        item_id=query.item_id or None,
        user_id=UserId(number_of(query.user, "user")) if query.user else None,
        older_than=older,
        newer_than=newer,
        flags=caller.sight(Resource.FEATURE_FLAG),
        experiments=caller.sight(Resource.EXPERIMENT),
    )


def _place(cursor: str | None) -> tuple[int | None, int | None]:
    if not cursor:
        return None, None
    way, digits = cursor[0], cursor[1:]
    if way not in (_OLDER, _NEWER) or not digits.isascii() or not digits.isdigit():
        raise InvalidInput("Invalid cursor", attr="cursor")
    number = min(int(digits[:19]), 2**63 - 1)
    return (number, None) if way == _OLDER else (None, number)


def _address(page: PageRequest, cursor: str) -> str:
    pairs = [(name, value) for name, value in page.query if name != "cursor"]
    query = urlencode([*pairs, ("limit", str(page.limit)), ("cursor", cursor)])
    return str(page.url.replace(query=query))


def _entry(change: LoggedChange) -> dict[str, object]:
    entry = change.entry
    return {
        "id": str(entry.id),
        "user": user_block(change.user),
        "activity": entry.activity,
        "scope": entry.scope,
        "item_id": entry.item_id,
        "detail": {
            "name": entry.name,
            "type": entry.detail_type,
            "changes": [asdict(one) for one in entry.changes],
        },
        "created_at": instant(entry.created_at),
        "unread": False,
    }
