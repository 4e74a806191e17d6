"""`/api/projects/:id/events/`."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends

from splitplot.http.auth import Caller, PlatformOf, project_access_by_any
from splitplot.http.paging import Paging
from splitplot.http.resources.events.schemas import EventQuery, EventsBody, events_page

router = APIRouter(prefix="/api/projects/{project_id}/events", tags=["events"])


@router.get("/", response_model=EventsBody)
def list_events(
    caller: Annotated[Caller, Depends(project_access_by_any("query:read", "person:read"))],
    platform: PlatformOf,
    query: Annotated[EventQuery, Depends()],
    page: Paging,
) -> Mapping[str, object]:
    """Events of the project, newest first, each with its person of today."""
    seen = platform.events.events(query.selection(caller.project.id, page))
    return events_page(seen, page)
