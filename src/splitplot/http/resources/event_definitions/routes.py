"""`/api/projects/:id/event_definitions/` and `property_definitions/`."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Depends, Query

from splitplot.errors import InvalidInput
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.fields.query import listed
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.event_definitions.schemas import (
    EventDefinitionBody,
    PropertyDefinitionBody,
    property_definition_body,
)

router = APIRouter(prefix="/api/projects/{project_id}", tags=["events"])

_MOST_NAMES = 20
Reader: TypeAlias = Annotated[Caller, Depends(project_access("query:read"))]
Search: TypeAlias = Annotated[
    str | None, Query(description="Only names that contain this; case does not matter.")
]


@router.get("/event_definitions/", response_model=PageBody[EventDefinitionBody])
def list_event_definitions(
    caller: Reader, platform: PlatformOf, page: Paging, search: Search = None
) -> Mapping[str, object]:
    """Every event name that was ever captured, in alphabetical order."""
    names = platform.events.event_names(caller.project.id)
    found = [{"name": name} for name in names if _contains(name, search)]
    shown = found[page.offset : page.offset + page.limit]
    return page_response(shown, count=len(found), page=page)


@router.get("/property_definitions/", response_model=PageBody[PropertyDefinitionBody])
def list_property_definitions(
    caller: Reader,
    platform: PlatformOf,
    page: Paging,
    *,
    kind: Annotated[
        Literal["event", "person"], Query(alias="type", description="Whose properties.")
    ] = "event",
    event_names: Annotated[
        str | None,
        Query(description="Only events of these names; a JSON list, or names with commas between."),
    ] = None,
    search: Search = None,
) -> Mapping[str, object]:
    """Properties that the newest 500 events (of each name) or persons carry, common ones first."""
    project_id = caller.project.id
    if kind == "person":
        definitions = platform.events.person_properties(project_id)
    else:
        definitions = platform.events.event_properties(project_id, _names(event_names))
    found = [property_definition_body(one) for one in definitions if _contains(one.name, search)]
    shown = found[page.offset : page.offset + page.limit]
    return page_response(shown, count=len(found), page=page)


def _contains(name: str, search: str | None) -> bool:
    return (search or "").lower() in name.lower()


def _names(sent: str | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in listed(sent) if isinstance(name, str) and name))
    if len(names) > _MOST_NAMES:
        raise InvalidInput(f"At most {_MOST_NAMES} names are possible.", attr="event_names")
    return names
