"""Who may do what in a project, where that is not the default."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from splitplot.accounts.access import (
    RESOURCES_OF_OBJECTS,
    AccessLevel,
    AccessRule,
    Resource,
)
from splitplot.accounts.members import Role, RoleId
from splitplot.accounts.model import Project, ProjectId, User, UserId
from splitplot.errors import InvalidInput
from splitplot.ports.repositories import Metadata, Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRequest:
    """A rule to be made or, without a level, to be taken away.

    Attributes:
        member: uuid of a user; with `role` at most one is given.
    """

    resource: Resource
    object_id: int | None
    level: AccessLevel | None
    member: UUID | None
    role: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRules:
    """The rules of a project, and those whom they name."""

    rules: tuple[AccessRule, ...]
    users: Mapping[UserId, User]
    roles: Mapping[RoleId, Role]


class AccessRuleService:
    """Access rules of projects.

    Args:
        metadata: Where they are kept.
    """

    def __init__(self, *, metadata: Metadata) -> None:
        self._metadata = metadata

    def creator_of(
        self, project_id: ProjectId, resource: Resource, object_id: int
    ) -> UserId | None:
        """Who made an object; None when nobody did, or there is none."""
        with self._metadata.reading() as repositories:
            return repositories.access_rules.creator_of(project_id, resource, object_id)[1]

    def of_project(
        self, project: Project, *, resource: Resource | None = None, object_id: int | None = None
    ) -> ProjectRules:
        """The project's rules, in the order in which they were made.

        Args:
            project: Whose.
            resource: Only those for this kind; None for all.
            object_id: Only those for this object, when a kind is given.
        """
        with self._metadata.reading() as repositories:
            rules = repositories.access_rules.of_project(project.id)
            if resource is not None:
                rules = tuple(
                    r for r in rules if r.resource is resource and r.object_id == object_id
                )
            users = {r.user_id for r in rules if r.user_id is not None}
            return ProjectRules(
                rules=rules,
                users=repositories.accounts.users(users),
                roles={r.id: r for r in repositories.members.roles(project.organization_id)},
            )

    def put(self, project: Project, request: RuleRequest) -> None:
        """Make, replace or take away one rule.

        Raises:
            InvalidInput: There is no such object, member or role here.
        """
        with self._metadata.transaction() as repositories:
            rule = AccessRule(
                project_id=project.id,
                resource=request.resource,
                level=request.level or AccessLevel.NONE,
                object_id=_object_id(repositories, project, request),
                user_id=_user_id(repositories, project, request.member),
                role_id=_role_id(repositories, project, request.role),
            )
            if request.level is None:
                repositories.access_rules.remove(rule)
            else:
                repositories.access_rules.put(rule)


def _object_id(repositories: Repositories, project: Project, request: RuleRequest) -> int | None:
    number = request.object_id
    if number is None:
        return None
    if request.resource not in RESOURCES_OF_OBJECTS:
        raise InvalidInput(
            f"Rules for single objects are not supported for {request.resource}.",
            attr="resource_id",
        )
    exists, _ = repositories.access_rules.creator_of(project.id, request.resource, number)
    if not exists:
        raise _unknown(number, attr="resource_id")
    return number


def _user_id(repositories: Repositories, project: Project, uuid: UUID | None) -> UserId | None:
    if uuid is None:
        return None
    for member in repositories.members.members(project.organization_id):
        if member.user.uuid == uuid:
            return member.user.id
    raise _unknown(uuid, attr="organization_member")


def _role_id(repositories: Repositories, project: Project, uuid: UUID | None) -> RoleId | None:
    if uuid is None:
        return None
    role = repositories.members.find_role(project.organization_id, RoleId(uuid))
    if role is None:
        raise _unknown(uuid, attr="role")
    return role.id


def _unknown(value: object, *, attr: str) -> InvalidInput:
    return InvalidInput(
        f'Invalid pk "{value}" - object does not exist.', code="does_not_exist", attr=attr
    )
