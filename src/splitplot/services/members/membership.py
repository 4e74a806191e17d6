"""Organizations and the people in them."""

from dataclasses import replace

from splitplot.accounts.access import membership_level
from splitplot.accounts.members import Member, check_level_change, check_removal, require_admin
from splitplot.accounts.model import (
    MembershipLevel,
    Organization,
    OrganizationId,
    Principal,
    User,
)
from splitplot.errors import NotFound
from splitplot.ports.repositories import Metadata, Repositories


class MembershipService:
    """The members of organizations; one owner at least remains.

    Args:
        metadata: Where they are kept.
    """

    def __init__(self, *, metadata: Metadata) -> None:
        self._metadata = metadata

    def organizations_of(self, principal: Principal, user: User) -> tuple[Organization, ...]:
        """Those that the user belongs to, and that the principal's key is not kept out of."""
        narrowed = () if principal.key is None else principal.key.scoped_organizations
        homes = [m.organization_id for m in user.memberships]
        with self._metadata.reading() as repositories:
            found = [
                repositories.accounts.find_organization(home)
                for home in homes
                if not narrowed or home in narrowed
            ]
        return tuple(one for one in found if one is not None)

    def get(self, organization_id: OrganizationId) -> Organization:
        """An organization.

        Raises:
            NotFound: There is none with this id.
        """
        with self._metadata.reading() as repositories:
            return _organization(repositories, organization_id)

    def rename(self, organization_id: OrganizationId, name: str | None) -> Organization:
        """Call it otherwise, if there is a name; raises what `get` does."""
        with self._metadata.transaction() as repositories:
            known = _organization(repositories, organization_id)
            renamed = replace(known, name=name or known.name)
            repositories.accounts.save_organization(renamed)
        return renamed

    def members(self, organization_id: OrganizationId) -> tuple[Member, ...]:
        """In the order in which they joined."""
        with self._metadata.reading() as repositories:
            return repositories.members.members(organization_id)

    def set_level(
        self, actor: User, organization_id: OrganizationId, user_uuid: str, level: MembershipLevel
    ) -> Member:
        """Make a member more or less than they are.

        Raises:
            NotFound: There is no such member.
            Forbidden: The actor may not.
            InvalidInput: No owner would be left.
        """
        with self._metadata.transaction() as repositories:
            own = require_admin(_level(repositories, actor, organization_id))
            members = repositories.members.members(organization_id)
            member = _member(members, user_uuid)
            check_level_change(own, member, level, owners=_owners(members))
            repositories.members.set_level(organization_id, member.user.id, level)
        return replace(member, level=level)

    def remove(self, actor: User, organization_id: OrganizationId, user_uuid: str) -> None:
        """Let a member go; everybody may let themselves go.

        Raises:
            NotFound: There is no such member.
            Forbidden: The actor may not.
            InvalidInput: No owner would be left.
        """
        with self._metadata.transaction() as repositories:
            members = repositories.members.members(organization_id)
            own = _level(repositories, actor, organization_id)
            leaves = str(actor.uuid) == user_uuid
            level = None if leaves else require_admin(own)
            member = _member(members, user_uuid)
            check_removal(level, member, owners=_owners(members))
            repositories.members.remove_member(organization_id, member.user.id)
            _move_away(repositories, member.user, organization_id)


def _organization(repositories: Repositories, organization_id: OrganizationId) -> Organization:
    found = repositories.accounts.find_organization(organization_id)
    if found is None:
        raise NotFound("Organization not found.")
    return found


def _level(
    repositories: Repositories, actor: User, organization_id: OrganizationId
) -> MembershipLevel | None:
    """What the actor is at this moment."""
    known = repositories.accounts.find_user(actor.id)
    return None if known is None else membership_level(known, organization_id)


def _member(members: tuple[Member, ...], user_uuid: str) -> Member:
    for member in members:
        if str(member.user.uuid) == user_uuid:
            return member
    raise NotFound("Not found.")


def _owners(members: tuple[Member, ...]) -> int:
    return sum(member.level is MembershipLevel.OWNER for member in members)


def _move_away(repositories: Repositories, user: User, left: OrganizationId) -> None:
    """Put who has left an organization into another one of theirs, if there is one."""
    if user.current_organization_id != left:
        return
    homes = [m.organization_id for m in user.memberships if m.organization_id != left]
    for project in repositories.accounts.projects():
        if project.organization_id in homes:
            moved = replace(
                user,
                current_project_id=project.id,
                current_organization_id=project.organization_id,
            )
            repositories.accounts.save_user(moved)
            return
