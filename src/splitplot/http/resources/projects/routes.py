"""`/api/projects/`."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends

from splitplot.accounts.model import Project
from splitplot.bootstrap import Platform
from splitplot.http.auth import Account, Caller, PlatformOf, account_access, project_access
from splitplot.http.bodies import Body
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.projects.schemas import (
    PATCH_BODY,
    ProjectBody,
    ProjectItem,
    ProjectPatch,
    project_body,
    project_item,
)

router = APIRouter(prefix="/api/projects", tags=["projects"])


@router.get("/", response_model=PageBody[ProjectItem])
def list_projects(
    account: Annotated[Account, Depends(account_access("project:read"))],
    platform: PlatformOf,
    page: Paging,
) -> Mapping[str, object]:
    """The projects that the caller may see, oldest first."""
    projects = platform.accounts.projects_seen_by(account.principal)
    shown = projects[page.offset : page.offset + page.limit]
    return page_response(
        [project_item(p, has_events=_has_events(platform, p)) for p in shown],
        count=len(projects),
        page=page,
    )


@router.get("/{project_id}/", response_model=ProjectBody)
def read_project(
    caller: Annotated[Caller, Depends(project_access("project:read"))],
    platform: PlatformOf,
) -> Mapping[str, object]:
    """One project with its settings."""
    has_events = _has_events(platform, caller.project)
    return project_body(caller.project, caller.principal, has_events=has_events)


@router.patch("/{project_id}/", response_model=ProjectBody, openapi_extra=PATCH_BODY)
def change_project(
    caller: Annotated[Caller, Depends(project_access("project:write"))],
    body: Body,
    platform: PlatformOf,
) -> Mapping[str, object]:
    """Change the settings that are named; the others stay."""
    patch = ProjectPatch.model_validate(body)
    project = platform.accounts.change_project(caller.project.id, patch.applied_to)
    has_events = _has_events(platform, project)
    return project_body(project, caller.principal, has_events=has_events)


def _has_events(platform: Platform, project: Project) -> bool:
    return bool(platform.store.event_names(project.id))
