"""Roles: names for some members of an organization."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from uuid import UUID

from splitplot.accounts.members import Role, RoleId
from splitplot.accounts.model import OrganizationId, User, UserId
from splitplot.errors import Conflict, InvalidInput, NotFound
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata, Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRecord:
    """A role with its members, and who made it."""

    role: Role
    members: tuple[User, ...]
    created_by: User | None


class RoleService:
    """The roles of organizations.

    Args:
        metadata: Where they are kept.
        clock: The time.
        entropy: Answers that many unpredictable bytes.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        clock: Clock,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._metadata = metadata
        self._clock = clock
        self._entropy = entropy

    def roles(self, organization_id: OrganizationId) -> tuple[RoleRecord, ...]:
        """By name."""
        with self._metadata.reading() as repositories:
            found = repositories.members.roles(organization_id)
            return tuple(_record(repositories, role) for role in found)

    def get(self, organization_id: OrganizationId, role_id: RoleId) -> RoleRecord:
        """One role.

        Raises:
            NotFound: The organization has none with this id.
        """
        with self._metadata.reading() as repositories:
            return _record(repositories, _get(repositories, organization_id, role_id))

    def add(
        self,
        organization_id: OrganizationId,
        name: str,
        members: Collection[UUID],
        *,
        actor: User,
    ) -> RoleRecord:
        """Make a role.

        Raises:
            InvalidInput: The name is taken, or somebody is no member of the organization.
        """
        role = Role(
            id=RoleId(UUID(bytes=self._entropy(16), version=4)),
            organization_id=organization_id,
            name=name,
            created_at=self._clock.now(),
            created_by_id=actor.id,
        )
        with self._metadata.transaction() as repositories:
            return _saved(repositories, role, members)

    def change(
        self,
        organization_id: OrganizationId,
        role_id: RoleId,
        *,
        name: str | None = None,
        members: Collection[UUID] | None = None,
    ) -> RoleRecord:
        """Call it otherwise, or give it other members; None changes nothing.

        Raises what `get` and `add` do.
        """
        with self._metadata.transaction() as repositories:
            role = _get(repositories, organization_id, role_id)
            return _saved(repositories, replace(role, name=name or role.name), members)

    def remove(self, organization_id: OrganizationId, role_id: RoleId) -> None:
        """Destroy a role, and the access rules made for it; raises what `get` does."""
        with self._metadata.transaction() as repositories:
            if not repositories.members.delete_role(organization_id, role_id):
                raise NotFound("Not found.")


def _get(repositories: Repositories, organization_id: OrganizationId, role_id: RoleId) -> Role:
    found = repositories.members.find_role(organization_id, role_id)
    if found is None:
        raise NotFound("Not found.")
    return found


def _saved(repositories: Repositories, role: Role, members: Collection[UUID] | None) -> RoleRecord:
    if members is not None:
        role = replace(role, member_ids=_user_ids(repositories, role.organization_id, members))
    try:
        return _record(repositories, repositories.members.save_role(role))
    except Conflict as error:
        raise InvalidInput(error.message, code="unique", attr=error.attr) from error


def _user_ids(
    repositories: Repositories, organization_id: OrganizationId, uuids: Collection[UUID]
) -> tuple[UserId, ...]:
    known = {m.user.uuid: m.user.id for m in repositories.members.members(organization_id)}
    for number in uuids:
        if number not in known:
            raise InvalidInput(
                f'Invalid pk "{number}" - object does not exist.',
                code="does_not_exist",
                attr="members",
            )
    return tuple(sorted({known[number] for number in uuids}))


def _record(repositories: Repositories, role: Role) -> RoleRecord:
    makers = () if role.created_by_id is None else (role.created_by_id,)
    users = repositories.accounts.users((*role.member_ids, *makers))
    return RoleRecord(
        role=role,
        members=tuple(users[number] for number in role.member_ids if number in users),
        created_by=None if role.created_by_id is None else users.get(role.created_by_id),
    )
