"""Members, invites and roles of organizations."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from splitplot.accounts.members import Invite, InviteId, Member, Role, RoleId
from splitplot.accounts.model import MembershipLevel, OrganizationId, UserId
from splitplot.adapters.metadata import tables
from splitplot.adapters.metadata.repositories.accounts import SqlAccounts
from splitplot.errors import Conflict

_m = tables.memberships.c
_i = tables.invites.c
_r = tables.roles.c
_held = tables.role_members.c


class SqlMembers:
    """Implements `ports.members.MemberRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def members(self, organization_id: OrganizationId) -> tuple[Member, ...]:
        found = self._connection.execute(
            select(_m.user_id, _m.level, _m.joined_at)
            .where(_m.organization_id == organization_id)
            .order_by(_m.joined_at, _m.user_id)
        ).all()
        users = SqlAccounts(self._connection).users(UserId(row.user_id) for row in found)
        return tuple(
            Member(
                user=users[UserId(row.user_id)],
                level=MembershipLevel(row.level),
                joined_at=row.joined_at,
            )
            for row in found
        )

    def add_member(
        self,
        organization_id: OrganizationId,
        user_id: UserId,
        *,
        level: MembershipLevel,
        joined_at: datetime,
    ) -> None:
        own = _m.user_id == user_id
        if self._has(own & (_m.organization_id == organization_id)):
            raise Conflict("The user is a member already.")
        last = self._connection.scalar(select(func.max(_m.position)).where(own))
        self._connection.execute(
            insert(tables.memberships),
            {
                "user_id": user_id,
                "organization_id": organization_id,
                "position": 0 if last is None else last + 1,
                "level": level.value,
                "joined_at": joined_at,
            },
        )

    def set_level(
        self, organization_id: OrganizationId, user_id: UserId, level: MembershipLevel
    ) -> None:
        self._connection.execute(
            update(tables.memberships)
            .where(_m.organization_id == organization_id, _m.user_id == user_id)
            .values(level=level.value)
        )

    def remove_member(self, organization_id: OrganizationId, user_id: UserId) -> None:
        roles = select(_r.id).where(_r.organization_id == organization_id)
        p, a = tables.projects.c, tables.access_rules.c
        projects = select(p.id).where(p.organization_id == organization_id)
        for statement in (
            delete(tables.role_members).where(_held.user_id == user_id, _held.role_id.in_(roles)),
            delete(tables.access_rules).where(a.user_id == user_id, a.project_id.in_(projects)),
            delete(tables.memberships).where(
                _m.organization_id == organization_id, _m.user_id == user_id
            ),
        ):
            self._connection.execute(statement)

    def add_invite(self, invite: Invite, *, token_hash: str) -> None:
        row = {
            "id": invite.id,
            "organization_id": invite.organization_id,
            "email": invite.email,
            "level": invite.level.value,
            "created_at": invite.created_at,
            "expires_at": invite.expires_at,
            "created_by_id": invite.created_by_id,
            "token_hash": token_hash,
        }
        self._connection.execute(insert(tables.invites), row)

    def invites(self, organization_id: OrganizationId) -> tuple[Invite, ...]:
        found = self._connection.execute(
            select(tables.invites)
            .where(_i.organization_id == organization_id)
            .order_by(_i.created_at.desc(), _i.id)
        )
        return tuple(_invite_of(row) for row in found.mappings())

    def find_invite(self, token_hash: str) -> Invite | None:
        found = self._connection.execute(select(tables.invites).where(_i.token_hash == token_hash))
        row = found.mappings().one_or_none()
        return None if row is None else _invite_of(row)

    def delete_invite(self, organization_id: OrganizationId, invite_id: InviteId) -> bool:
        gone = self._connection.execute(
            delete(tables.invites).where(_i.organization_id == organization_id, _i.id == invite_id)
        )
        return gone.rowcount > 0

    def roles(self, organization_id: OrganizationId) -> tuple[Role, ...]:
        return self._roles(_r.organization_id == organization_id)

    def find_role(self, organization_id: OrganizationId, role_id: RoleId) -> Role | None:
        found = self._roles((_r.organization_id == organization_id) & (_r.id == role_id))
        return found[0] if found else None

    def save_role(self, role: Role) -> Role:
        of_organization = _r.organization_id == role.organization_id
        is_taken = exists().where(of_organization, _r.name == role.name, _r.id != role.id)
        if self._connection.scalar(select(is_taken)):
            raise Conflict("There is a role with this name.", attr="name")
        changed = self._connection.execute(
            update(tables.roles).where(of_organization, _r.id == role.id).values(name=role.name)
        )
        if changed.rowcount == 0:
            row = {
                "id": role.id,
                "organization_id": role.organization_id,
                "name": role.name,
                "created_at": role.created_at,
                "created_by_id": role.created_by_id,
            }
            self._connection.execute(insert(tables.roles), row)
        self._set_members(role)
        return self._roles(_r.id == role.id)[0]

    def delete_role(self, organization_id: OrganizationId, role_id: RoleId) -> bool:
        gone = self._connection.execute(
            delete(tables.roles).where(_r.organization_id == organization_id, _r.id == role_id)
        )
        return gone.rowcount > 0

    def role_ids_of(self, user_id: UserId) -> frozenset[RoleId]:
        found = self._connection.scalars(select(_held.role_id).where(_held.user_id == user_id))
        return frozenset(RoleId(number) for number in found)

    def _has(self, condition: ColumnElement[bool]) -> bool:
        return bool(self._connection.scalar(select(exists().where(condition))))

    def _set_members(self, role: Role) -> None:
        self._connection.execute(delete(tables.role_members).where(_held.role_id == role.id))
        if role.member_ids:
            self._connection.execute(
                insert(tables.role_members),
                [{"role_id": role.id, "user_id": number} for number in role.member_ids],
            )

    def _roles(self, condition: ColumnElement[bool]) -> tuple[Role, ...]:
        found = self._connection.execute(
            select(tables.roles).where(condition).order_by(_r.name, _r.id)
        )
        rows: Sequence[RowMapping] = found.mappings().all()
        members: dict[RoleId, list[UserId]] = {RoleId(row["id"]): [] for row in rows}
        holders = self._connection.execute(
            select(_held.role_id, _held.user_id)
            .where(_held.role_id.in_(members))
            .order_by(_held.user_id)
        )
        for row in holders:
            members[RoleId(row.role_id)].append(UserId(row.user_id))
        return tuple(_role_of(row, members[RoleId(row["id"])]) for row in rows)


def _invite_of(row: RowMapping) -> Invite:
    return Invite(
        id=InviteId(row["id"]),
        organization_id=OrganizationId(row["organization_id"]),
        email=row["email"],
        level=MembershipLevel(row["level"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        created_by_id=_user_id(row["created_by_id"]),
    )


def _role_of(row: RowMapping, members: Sequence[UserId]) -> Role:
    return Role(
        id=RoleId(row["id"]),
        organization_id=OrganizationId(row["organization_id"]),
        name=row["name"],
        created_at=row["created_at"],
        created_by_id=_user_id(row["created_by_id"]),
        member_ids=tuple(members),
    )


def _user_id(number: int | None) -> UserId | None:
    return None if number is None else UserId(number)
