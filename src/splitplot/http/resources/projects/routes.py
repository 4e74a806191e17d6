"""`/api/projects/`."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends

from splitplot.accounts.access import AccessLevel, Resource, check_organization_access
from splitplot.accounts.members import require_admin
from splitplot.accounts.model import Project
from splitplot.bootstrap import Platform
from splitplot.http.auth import Account, Caller, PlatformOf, account_access, project_access
from splitplot.http.bodies import Body
from splitplot.http.models import PageBody
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.projects.schemas import (
    CREATE_BODY,
    PATCH_BODY,
    NewProject,
    NewProjectBody,
    ProjectBody,
    ProjectItem,
    ProjectPatch,
    project_body,
    project_item,
)

router = APIRouter(prefix="/api/projects", tags=["projects"])

_PROJECT = Resource.PROJECT


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


@router.post("/", response_model=NewProjectBody, status_code=201, openapi_extra=CREATE_BODY)
def create_project(
    account: Annotated[Account, Depends(account_access("project:write"))],
    body: Body,
    platform: PlatformOf,
) -> Mapping[str, object]:
    """Make another project in the current organization, which its administrators may."""
    home = account.user.current_organization_id
    require_admin(check_organization_access(account.principal, home, "project:write"))
    made, secret = platform.accounts.add_project(home, NewProject.model_validate(body).applied_to)
    platform.stores.flag_source.refresh()
    body_of = project_body(made, AccessLevel.MANAGER, has_events=False)
    return body_of | {"secret_api_token": secret}


@router.get("/{project_id}/", response_model=ProjectBody)
def read_project(
    caller: Annotated[Caller, Depends(project_access("project:read"))],
    platform: PlatformOf,
) -> Mapping[str, object]:
    """One project with its settings."""
    has_events = _has_events(platform, caller.project)
    return project_body(caller.project, caller.level_for(_PROJECT), has_events=has_events)


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
    return project_body(project, caller.level_for(_PROJECT), has_events=has_events)


@router.patch("/{project_id}/rotate_secret_token/", response_model=NewProjectBody)
def rotate_secret_token(
    caller: Annotated[Caller, Depends(project_access("project:write"))],
    platform: PlatformOf,
) -> Mapping[str, object]:
    """Give the project another secret key, shown this once; the one before is worth nothing."""
    caller.require(AccessLevel.MANAGER, _PROJECT)
    secret = platform.accounts.rotate_secret(caller.project.id)
    has_events = _has_events(platform, caller.project)
    shown = project_body(caller.project, AccessLevel.MANAGER, has_events=has_events)
    return shown | {"secret_api_token": secret}


def _has_events(platform: Platform, project: Project) -> bool:
    return bool(platform.stores.events.event_names(project.id))
