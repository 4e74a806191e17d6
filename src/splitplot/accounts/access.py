"""The one place that says yes or no: who may do what, where.

Nothing here knows a status code; a refusal is `Forbidden` with the sentence to show.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from splitplot.accounts.members import RoleId
from splitplot.accounts.model import (
    MembershipLevel,
    OrganizationId,
    PersonalApiKey,
    Principal,
    Project,
    ProjectId,
    User,
    UserId,
)
from splitplot.errors import Forbidden

EVERYTHING = "*"
SCOPE_OBJECTS = (
    "action",
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
    "warehouse_table",
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


class Resource(StrEnum):
    """What access rules are made for; a rule for the project holds where no other does."""

    PROJECT = "project"
    EXPERIMENT = "experiment"
    EXPERIMENT_SAVED_METRIC = "experiment_saved_metric"
    FEATURE_FLAG = "feature_flag"
    COHORT = "cohort"
    ACTION = "action"
    PERSON = "person"
    ACTIVITY_LOG = "activity_log"


# Those whose single objects can have rules of their own.
RESOURCES_OF_OBJECTS = frozenset({Resource.EXPERIMENT, Resource.FEATURE_FLAG})

# Results are read with the experiments that they are of.
_RESOURCES = {name.value: name for name in Resource} | {
    "experiment_holdout": Resource.EXPERIMENT,
    "query": Resource.EXPERIMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """What somebody may do with a kind of objects, or with one of them, in a project.

    Attributes:
        object_id: None for every object of the kind.
        user_id: Whom it concerns; with `role_id` the members of a role, with neither
            everybody in the organization.
    """

    project_id: ProjectId
    resource: Resource
    level: AccessLevel
    object_id: int | None = None
    user_id: UserId | None = None
    role_id: RoleId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Which objects of one kind somebody sees in lists.

    Attributes:
        shows_others: Whether objects that are not named are seen.
        exceptions: The ids for which it is the other way round.
        user_id: Whose own objects are seen in any case.
    """

    shows_others: bool
    exceptions: frozenset[int]
    user_id: UserId

    def shows(self, object_id: int, *, created_by_id: int | None) -> bool:
        """Whether the object belongs in the list."""
        is_exception = object_id in self.exceptions
        return created_by_id == self.user_id or self.shows_others is not is_exception


def check_access(
    principal: Principal,
    project: Project,
    scope: str,
    *,
    rules: Collection[AccessRule] = (),
    level: AccessLevel | None = None,
) -> None:
    """Let the principal do what needs `scope` inside the project, or refuse.

    Args:
        principal: Who asks.
        project: Where.
        scope: `object:read` or `object:write`, as in `SCOPES`.
        rules: The project's access rules that concern the user.
        level: The principal's for the one object that is asked for; without it the kind of
            objects counts.

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
    if level_of(principal, project, rules=rules) is AccessLevel.NONE:
        raise Forbidden("You don't have access to the project.")
    needed = AccessLevel.VIEWER if scope.endswith(":read") else AccessLevel.EDITOR
    if level is None:
        level = _level_for_kind(principal, project, scope, rules)
    require_level(level, needed)


def check_organization_access(
    principal: Principal, organization_id: OrganizationId, scope: str
) -> MembershipLevel:
    """Let the principal do what needs `scope` in the organization, or refuse.

    Returns:
        What the user is there.

    Raises:
        Forbidden: As for `check_account_access`; or the key is for other organizations, or
            the user no member.
    """
    user = check_account_access(principal, scope, ignores_narrowing=False)
    if principal.key is not None:
        _check_organization(principal.key, organization_id)
    level = membership_level(user, organization_id)
    if level is None:
        raise Forbidden("You don't have access to the organization.")
    return level


def check_grant(
    principal: Principal,
    scopes: tuple[str, ...],
    *,
    organizations: Collection[OrganizationId],
) -> None:
    """Refuse a key that hands out what it does not hold itself.

    Args:
        principal: Who makes or changes a key.
        scopes: What that key shall be allowed; none is everything.
        organizations: What it shall be narrowed to; none is all of them.
    """
    own = principal.key
    if own is None:
        return
    lacking = [scope for scope in scopes or (EVERYTHING,) if not _holds(own, scope)]
    if lacking:
        raise Forbidden(f"API key missing required scope '{lacking[0]}'")
    narrowed = own.scoped_organizations
    if narrowed and not (organizations and set(organizations) <= set(narrowed)):
        raise Forbidden("An API key cannot give access to other organizations than its own.")


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


def sees_project(
    principal: Principal, project: Project, *, rules: Collection[AccessRule] = ()
) -> bool:
    """Whether the project belongs in a list of projects made for the principal."""
    if principal.user is None:
        return principal.project_secret_of == project.id
    key = principal.key
    if key is not None and key.scoped_projects and project.id not in key.scoped_projects:
        return False
    organizations = key.scoped_organizations if key is not None else ()
    if organizations and project.organization_id not in organizations:
        return False
    return level_of(principal, project, rules=rules) is not AccessLevel.NONE


def level_of(
    principal: Principal,
    project: Project,
    *,
    created_by_id: UserId | int | None = None,
    resource: Resource = Resource.PROJECT,
    object_id: int | None = None,
    rules: Iterable[AccessRule] = (),
) -> AccessLevel:
    """The principal's effective level for an object of the project, or a kind of objects.

    The organization's admins manage everything. Who has no access to the project has none
    to what is in it. The object's creator manages it. Of the rules those for the object
    count first, then those for its kind, then those for the project; among them those for
    the user before those for their roles (of these the highest), and these before those
    for everybody. Without any rule members may edit.

    Args:
        principal: Who asks.
        project: The object's project.
        created_by_id: The object's creator, when it has one.
        resource: Its kind.
        object_id: None for the kind as a whole.
        rules: The project's rules that concern the user.
    """
    user = principal.user
    membership = membership_level(user, project.organization_id) if user is not None else None
    if user is None or membership is None:
        return AccessLevel.NONE
    if membership >= MembershipLevel.ADMIN:
        return AccessLevel.MANAGER
    ruled = tuple(rules)
    of_project = _ruled(ruled, Resource.PROJECT, None)
    if of_project is AccessLevel.NONE:
        return AccessLevel.NONE
    if user.id == created_by_id:
        return AccessLevel.MANAGER
    of_object = None if object_id is None else _ruled(ruled, resource, object_id)
    return of_object or _ruled(ruled, resource, None) or of_project or AccessLevel.EDITOR


def sight_of(
    principal: Principal, project: Project, resource: Resource, rules: Collection[AccessRule]
) -> Sight | None:
    """Which objects of the kind the principal sees in lists; None is every one of them."""
    if principal.user is None:
        return None
    named = {r.object_id for r in rules if r.resource is resource and r.object_id is not None}
    seen = {
        number
        for number in named
        if level_of(principal, project, resource=resource, object_id=number, rules=rules)
        is not AccessLevel.NONE
    }
    kind = level_of(principal, project, resource=resource, rules=rules)
    shows_others = kind is not AccessLevel.NONE
    exceptions = named - seen if shows_others else seen
    if shows_others and not exceptions:
        return None
    return Sight(
        shows_others=shows_others, exceptions=frozenset(exceptions), user_id=principal.user.id
    )


def resource_of(scope: str) -> Resource:
    """What kind of objects a scope is about."""
    return _RESOURCES.get(scope.partition(":")[0], Resource.PROJECT)


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


def _level_for_kind(
    principal: Principal, project: Project, scope: str, rules: Collection[AccessRule]
) -> AccessLevel:
    """For what is not about one object; a list may be read for the sake of a few objects."""
    resource = resource_of(scope)
    level = level_of(principal, project, resource=resource, rules=rules)
    inherits = scope.partition(":")[0] in _PART_OF
    if level is AccessLevel.NONE and scope.endswith(":read") and not inherits:
        sight = sight_of(principal, project, resource, rules)
        if sight is not None and sight.exceptions:
            return AccessLevel.VIEWER
    return level


def _ruled(
    rules: Iterable[AccessRule], resource: Resource, object_id: int | None
) -> AccessLevel | None:
    fitting = [r for r in rules if r.resource is resource and r.object_id == object_id]
    for subject in (
        [r.level for r in fitting if r.user_id is not None],
        [r.level for r in fitting if r.role_id is not None],
        [r.level for r in fitting if r.user_id is None and r.role_id is None],
    ):
        if subject:
            return max(subject, key=list(AccessLevel).index)
    return None


def _holds(key: PersonalApiKey, scope: str) -> bool:
    if scope == EVERYTHING:
        return not key.scopes or EVERYTHING in key.scopes
    return has_scope(key.scopes, scope)


def _check_narrowing(key: PersonalApiKey, project: Project) -> None:
    if key.scoped_projects and project.id not in key.scoped_projects:
        raise Forbidden(f"API key does not have access to the requested project: ID {project.id}.")
    _check_organization(key, project.organization_id)


def _check_organization(key: PersonalApiKey, organization_id: OrganizationId) -> None:
    if key.scoped_organizations and organization_id not in key.scoped_organizations:
        raise Forbidden(
            f"API key does not have access to the requested organization: ID {organization_id}."
        )


def _check_scope(key: PersonalApiKey, scope: str) -> None:
    if not has_scope(key.scopes, scope):
        name, _, action = scope.partition(":")
        required = f"{_PART_OF.get(name, name)}:{action}"
        raise Forbidden(f"API key missing required scope '{required}'")
