"""What is kept about members, their sessions, and who may do what."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from splitplot.accounts.access import AccessRule, Resource
from splitplot.accounts.members import Invite, InviteId, Member, Role, RoleId, Session
from splitplot.accounts.model import (
    MembershipLevel,
    OrganizationId,
    PersonalApiKey,
    ProjectId,
    User,
    UserId,
)


class MemberRepository(Protocol):
    """Members, invites and roles of organizations."""

    def members(self, organization_id: OrganizationId) -> tuple[Member, ...]:
        """In the order in which they joined."""
        ...

    def add_member(
        self,
        organization_id: OrganizationId,
        user_id: UserId,
        *,
        level: MembershipLevel,
        joined_at: datetime,
    ) -> None:
        """Raises Conflict when the user is a member already."""
        ...

    def set_level(
        self, organization_id: OrganizationId, user_id: UserId, level: MembershipLevel
    ) -> None: ...

    def remove_member(self, organization_id: OrganizationId, user_id: UserId) -> None:
        """Their roles, and rules made for them there, go too."""
        ...

    def add_invite(self, invite: Invite, *, token_hash: str) -> None: ...

    def invites(self, organization_id: OrganizationId) -> tuple[Invite, ...]:
        """Newest first."""
        ...

    def find_invite(self, token_hash: str) -> Invite | None: ...

    def delete_invite(self, organization_id: OrganizationId, invite_id: InviteId) -> bool:
        """Whether there was one."""
        ...

    def roles(self, organization_id: OrganizationId) -> tuple[Role, ...]:
        """By name."""
        ...

    def find_role(self, organization_id: OrganizationId, role_id: RoleId) -> Role | None: ...

    def save_role(self, role: Role) -> Role:
        """Insert or replace it, with exactly these members.

        Raises:
            Conflict: Another role of the organization has the name.
        """
        ...

    def delete_role(self, organization_id: OrganizationId, role_id: RoleId) -> bool:
        """Whether there was one; rules made for it go too."""
        ...

    def role_ids_of(self, user_id: UserId) -> frozenset[RoleId]:
        """The roles that the user holds, in every organization."""
        ...


class SessionRepository(Protocol):
    """Signed-in browsers, and the keys of users."""

    def add(self, session: Session, *, token_hash: str) -> None: ...

    def find(self, token_hash: str) -> tuple[Session, User] | None:
        """The session and its active user."""
        ...

    def extend(self, session_id: str, *, expires_at: datetime) -> None: ...

    def delete(self, token_hash: str) -> None: ...

    def delete_of(self, user_id: UserId, *, but: str | None = None) -> None:
        """Every session of the user, but the one with this id."""
        ...

    def delete_expired(self, now: datetime) -> None: ...

    def keys_of(self, user_id: UserId) -> tuple[PersonalApiKey, ...]:
        """Newest first."""
        ...

    def save_key(self, key: PersonalApiKey) -> None:
        """Replace label, scopes and narrowing."""
        ...

    def delete_key(self, user_id: UserId, key_id: str) -> bool:
        """Whether there was one."""
        ...


class AccessRuleRepository(Protocol):
    """Who may do what in projects, where that is not the default."""

    def of_project(self, project_id: ProjectId) -> tuple[AccessRule, ...]:
        """Every rule of the project, in the order in which they were made."""
        ...

    def concerning(
        self, user_id: UserId, project_ids: Collection[ProjectId]
    ) -> Mapping[ProjectId, tuple[AccessRule, ...]]:
        """The rules of these projects that are for everybody, the user, or a role of theirs."""
        ...

    def put(self, rule: AccessRule) -> None:
        """Insert it, or replace the one with the same subject and object."""
        ...

    def remove(self, rule: AccessRule) -> None:
        """Whatever its level is."""
        ...

    def creator_of(
        self, project_id: ProjectId, resource: Resource, object_id: int
    ) -> tuple[bool, UserId | None]:
        """Whether there is such an object, and who made it."""
        ...
