"""The one place that says yes or no: who may do what, where.

Nothing here knows a status code; a refusal is `Forbidden` with the sentence to show.
"""

from enum import StrEnum

from splitplot.accounts.model import (
    MembershipLevel,
    OrganizationId,
    PersonalApiKey,
    Principal,
    Project,
    User,
    UserId,
)
from splitplot.errors import Forbidden

EVERYTHING = "*"
SCOPE_OBJECTS = (
    "activity_log",
    "approvals",
    "cohort",
    "experiment",
    "experiment_holdout",
    "experiment_saved_metric",
    "feature_flag",
    "organization",
    "person",
    "personal_api_key",
    "project",
    "query",
    "user",
)
SCOPES = frozenset(f"{name}:{action}" for name in SCOPE_OBJECTS for action in ("read", "write"))

# Holdouts belong to experiments: a key for those opens them, and a key of their own too.
_PART_OF = {"experiment_holdout": "experiment"}
# What a project's secret key may read; everything else needs a person.
_SECRET_KEY_SCOPES = frozenset({"feature_flag:read"})


class AccessLevel(StrEnum):
    """What someone may do with an object; a later member may do more."""

    NONE = "none"
    VIEWER = "viewer"
    EDITOR = "editor"
    MANAGER = "manager"

    def includes(self, other: "AccessLevel") -> bool:
        """Whether this level allows all that the other does."""
        order = list(AccessLevel)
        return order.index(self) >= order.index(other)


def check_access(principal: Principal, project: Project, scope: str) -> None:
    """Let the principal do what needs `scope` inside the project, or refuse.

    Args:
        principal: Who asks.
        project: Where.
        scope: `object:read` or `object:write`, as in `SCOPES`.

    Raises:
        Forbidden: With the first of the key's narrowing, the key's scopes, the user's
            membership and the user's level that does not allow it.
    """
    if principal.user is None:
        _check_secret_key(principal, project, scope)
        return
    if principal.key is not None:
        _check_narrowing(principal.key, project)
        _check_scope(principal.key, scope)
    if not is_member(principal.user, project.organization_id):
        raise Forbidden("You don't have access to the project.")
    needed = AccessLevel.VIEWER if scope.endswith(":read") else AccessLevel.EDITOR
    require_level(level_of(principal, project), needed)


def check_account_access(principal: Principal, scope: str, *, ignores_narrowing: bool) -> User:
    """Let the principal do what needs `scope` outside every project, or refuse.

    Args:
        principal: Who asks.
        scope: `object:read` or `object:write`, as in `SCOPES`.
        ignores_narrowing: True for what concerns only the user, so that a key narrowed
            to some projects may use it too.

    Returns:
        The user behind the principal.

    Raises:
        Forbidden: The principal is a project, or the key lacks the scope or is narrowed
            to projects.
    """
    if principal.user is None:
        raise Forbidden("This action does not support project secret API key access")
    if principal.key is not None:
        if principal.key.scoped_projects and not ignores_narrowing:
            raise Forbidden(
                "API keys with scoped projects are only supported on project-based endpoints."
            )
        _check_scope(principal.key, scope)
    return principal.user


def refuse_keys(principal: Principal) -> None:
    """Refuse whoever came by a key: some actions are for signed-in people only."""
    if principal.key is not None or principal.user is None:
        raise Forbidden("This action does not support personal API key access")


def is_member(user: User, organization_id: OrganizationId) -> bool:
    """Whether the user belongs to the organization."""
    return membership_level(user, organization_id) is not None


def membership_level(user: User, organization_id: OrganizationId) -> MembershipLevel | None:
    """What the user is in the organization, or None for a stranger."""
    for membership in user.memberships:
        if membership.organization_id == organization_id:
            return membership.level
    return None


def sees_project(principal: Principal, project: Project) -> bool:
    """Whether the project belongs in a list of projects made for the principal."""
    if principal.user is None:
        return principal.project_secret_of == project.id
    key = principal.key
    if key is not None and key.scoped_projects and project.id not in key.scoped_projects:
        return False
    organizations = key.scoped_organizations if key is not None else ()
    if organizations and project.organization_id not in organizations:
        return False
    return is_member(principal.user, project.organization_id)


def level_of(
    principal: Principal, project: Project, *, created_by_id: UserId | int | None = None
) -> AccessLevel:
    """The principal's effective level for an object of the project.

    Members may edit; the object's creator and the organization's admins manage it.

    Args:
        principal: Who asks.
        project: The object's project.
        created_by_id: The object's creator, when it has one.
    """
    user = principal.user
    level = membership_level(user, project.organization_id) if user is not None else None
    if user is None or level is None:
        return AccessLevel.NONE
    if level >= MembershipLevel.ADMIN or user.id == created_by_id:
        return AccessLevel.MANAGER
    return AccessLevel.EDITOR


def require_level(level: AccessLevel, needed: AccessLevel) -> None:
    """Refuse a level that does not include the one that is needed."""
    if not level.includes(needed):
        raise Forbidden(f"You do not have {needed} access to this resource.")


def has_scope(scopes: tuple[str, ...], required: str) -> bool:
    """Whether a key with these scopes may do what needs the required one.

    No scopes at all, and `*`, mean everything; writing includes reading.
    """
    if not scopes or EVERYTHING in scopes:
        return True
    name, _, action = required.partition(":")
    actions = ("write",) if action == "write" else ("read", "write")
    objects = (name, _PART_OF[name]) if name in _PART_OF else (name,)
    return any(f"{o}:{a}" in scopes for o in objects for a in actions)


def _check_secret_key(principal: Principal, project: Project, scope: str) -> None:
    if scope not in _SECRET_KEY_SCOPES:
        raise Forbidden("This action does not support project secret API key access")
    if principal.project_secret_of != project.id:
        raise Forbidden(f"API key does not have access to the requested project: ID {project.id}.")


def _check_narrowing(key: PersonalApiKey, project: Project) -> None:
    if key.scoped_projects and project.id not in key.scoped_projects:
        raise Forbidden(f"API key does not have access to the requested project: ID {project.id}.")
    if key.scoped_organizations and project.organization_id not in key.scoped_organizations:
        raise Forbidden(
            "API key does not have access to the requested organization: "
            f"ID {project.organization_id}."
        )


def _check_scope(key: PersonalApiKey, scope: str) -> None:
    if not has_scope(key.scopes, scope):
        name, _, action = scope.partition(":")
        required = f"{_PART_OF.get(name, name)}:{action}"
        raise Forbidden(f"API key missing required scope '{required}'")
