"""Who belongs to an organization, who is invited, and in which roles its members are."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

from splitplot.accounts.model import MembershipLevel, OrganizationId, User, UserId
from splitplot.errors import Forbidden, InvalidInput

RoleId = NewType("RoleId", UUID)
InviteId = NewType("InviteId", UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user in one organization."""

    user: User
    level: MembershipLevel
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A name for some members, by which they get access or approve changes together."""

    id: RoleId
    organization_id: OrganizationId
    name: str
    created_at: datetime
    created_by_id: UserId | None = None
    member_ids: tuple[UserId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """An offer to join. Only a one-way hash of its token is kept."""

    id: InviteId
    organization_id: OrganizationId
    email: str
    level: MembershipLevel
    created_at: datetime
    expires_at: datetime
    created_by_id: UserId | None = None

    def is_expired(self, now: datetime) -> bool:
        """Whether it is too late to accept."""
        return now >= self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser. Only a one-way hash of its token is kept."""

    id: str
    user_id: UserId
    created_at: datetime
    expires_at: datetime


def require_admin(level: MembershipLevel | None) -> MembershipLevel:
    """The level of who manages an organization; a lower one is refused."""
    if level is None or level < MembershipLevel.ADMIN:
        raise Forbidden("Only administrators of the organization may do this.")
    return level


def require_grantable(own: MembershipLevel, level: MembershipLevel) -> None:
    """Refuse to make somebody more than the one who does it is."""
    if level > own:
        raise Forbidden("You cannot give a higher level than your own.")


def check_level_change(
    own: MembershipLevel, member: Member, level: MembershipLevel, *, owners: int
) -> None:
    """Let an administrator give a member another level, or refuse.

    Args:
        own: What the administrator is.
        member: As they are now.
        level: What they shall be.
        owners: How many owners the organization has now.
    """
    require_grantable(own, level)
    _require_not_above(own, member)
    if level < MembershipLevel.OWNER:
        _keep_an_owner(member, owners=owners)


def check_removal(own: MembershipLevel | None, member: Member, *, owners: int) -> None:
    """Let a member be removed, or refuse.

    Args:
        own: What the one who removes is; None for the member, who may always leave.
        member: Who is to go.
        owners: How many owners the organization has now.
    """
    if own is not None:
        _require_not_above(own, member)
    _keep_an_owner(member, owners=owners)


def _require_not_above(own: MembershipLevel, member: Member) -> None:
    if member.level > own:
        raise Forbidden("You cannot change a member whose level is higher than your own.")


def _keep_an_owner(member: Member, *, owners: int) -> None:
    if member.level is MembershipLevel.OWNER and owners <= 1:
        raise InvalidInput("An organization keeps at least one owner.", code="last_owner")
