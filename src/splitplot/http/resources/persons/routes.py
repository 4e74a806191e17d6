"""`/api/projects/:id/persons/`."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from splitplot.http.auth import Caller, PlatformOf, project_access_by_any
from splitplot.http.paging import Paging, page_response
from splitplot.http.wire import person_block

router = APIRouter(prefix="/api/projects/{project_id}/persons", tags=["persons"])


@router.get("/")
def list_persons(
    caller: Annotated[Caller, Depends(project_access_by_any("person:read", "query:read"))],
    platform: PlatformOf,
    page: Paging,
    *,
    distinct_id: Annotated[
        str | None, Query(description="Only the person who has this distinct id.")
    ] = None,
    search: Annotated[
        str | None,
        Query(description="Only those with this in a distinct id, e-mail address or name."),
    ] = None,
) -> Mapping[str, object]:
    """Persons of the project, newest first."""
    found = platform.events.persons(
        caller.project.id,
        distinct_id=distinct_id or None,
        search=search or None,
        limit=page.limit,
        offset=page.offset,
    )
    return page_response([person_block(p) for p in found.items], count=found.count, page=page)
