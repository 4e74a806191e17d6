"""Users on the wire."""

from splitplot.accounts.access import membership_level
from splitplot.accounts.model import Organization, Project, User
from splitplot.filters.model import JsonValue
from splitplot.http.models import ExactBody, Instant, UserBlock
from splitplot.http.wire import instant, slug_of, user_block
from splitplot.services.accounts import Surroundings


class OrganizationName(ExactBody):
    """An organization among others."""

    id: str
    name: str
    slug: str


class Team(ExactBody):
    """A project in the words of its users."""

    id: int
    uuid: str
    organization: str
    name: str
    api_token: str
    timezone: str


class OrganizationBody(OrganizationName):
    """The user's present organization, and its projects under both of their names."""

    created_at: Instant
    membership_level: int
    teams: list[Team]
    projects: list[Team]


class UserBody(UserBlock):
    """The user behind a key."""

    is_staff: bool
    date_joined: Instant
    organization: OrganizationBody | None
    organizations: list[OrganizationName]
    team: Team | None


def user_body(user: User, around: Surroundings) -> dict[str, JsonValue]:
    """A `UserBody`: the user, their organizations and their current project."""
    current = {o.id: o for o in around.organizations}.get(user.current_organization_id)
    project = {p.id: p for p in around.projects}.get(user.current_project_id)
    return {
        **(user_block(user) or {}),
        "is_staff": False,
        "date_joined": instant(user.date_joined),
        "organization": _organization(current, user, around.projects) if current else None,
        "organizations": [_organization_name(o) for o in around.organizations],
        "team": _project(project) if project else None,
    }


def _organization(
    organization: Organization, user: User, projects: tuple[Project, ...]
) -> dict[str, JsonValue]:
    own = [_project(p) for p in projects if p.organization_id == organization.id]
    return {
        **_organization_name(organization),
        "created_at": instant(organization.created_at),
        "membership_level": membership_level(user, organization.id),
        "teams": own,
        "projects": own,
    }


def _organization_name(organization: Organization) -> dict[str, JsonValue]:
    return {
        "id": str(organization.id),
        "name": organization.name,
        "slug": slug_of(organization.name),
    }


def _project(project: Project) -> dict[str, JsonValue]:
    return {
        "id": project.id,
        "uuid": str(project.uuid),
        "organization": str(project.organization_id),
        "name": project.name,
        "api_token": project.api_token,
        "timezone": project.timezone,
    }
