"""Organizations, projects, users and their keys."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, exists, insert, select, update

from splitplot.accounts.model import (
    Organization,
    OrganizationId,
    PersonalApiKey,
    Project,
    ProjectId,
    User,
    UserId,
)
from splitplot.adapters.metadata import rows, tables
from splitplot.adapters.metadata.statements import insert_numbered, raise_flags_revision
from splitplot.errors import Conflict


class SqlAccounts:
    """Implements `ports.repositories.AccountRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def has_users(self) -> bool:
        return bool(self._connection.scalar(select(exists(select(tables.users.c.id)))))

    def add_organization(self, organization: Organization) -> None:
        self._connection.execute(insert(tables.organizations), rows.organization_row(organization))

    def save_organization(self, organization: Organization) -> None:
        o = tables.organizations
        self._connection.execute(
            update(o).where(o.c.id == organization.id).values(rows.organization_row(organization))
        )

    def find_organization(self, organization_id: OrganizationId) -> Organization | None:
        o = tables.organizations
        found = self._connection.execute(select(o).where(o.c.id == organization_id))
        row = found.mappings().one_or_none()
        return None if row is None else rows.organization_of(row)

    def add_project(self, project: Project, *, secret_hash: str) -> Project:
        row = rows.project_row(project) | {"secret_hash": secret_hash, "flags_revision": 1}
        number = insert_numbered(self._connection, tables.projects, row)
        return self._project(tables.projects.c.id == number)

    def save_project(self, project: Project) -> Project:
        raise_flags_revision(self._connection, project.id)
        is_it = tables.projects.c.id == project.id
        self._connection.execute(
            update(tables.projects).where(is_it).values(rows.project_row(project))
        )
        return self._project(is_it)

    def set_project_secret(self, project_id: ProjectId, *, secret_hash: str) -> None:
        p = tables.projects
        self._connection.execute(
            update(p).where(p.c.id == project_id).values(secret_hash=secret_hash)
        )

    def find_project(self, project_id: ProjectId) -> Project | None:
        return self._find_project(tables.projects.c.id == project_id)

    def find_project_by_secret_hash(self, secret_hash: str) -> Project | None:
        return self._find_project(tables.projects.c.secret_hash == secret_hash)

    def projects(self) -> tuple[Project, ...]:
        found = self._connection.execute(select(tables.projects).order_by(tables.projects.c.id))
        return tuple(rows.project_of(row) for row in found.mappings())

    def add_user(self, user: User, *, password_hash: str) -> User:
        self._require_free(user.email)
        row = rows.user_row(user) | {"password_hash": password_hash}
        user_id = UserId(insert_numbered(self._connection, tables.users, row))
        if user.memberships:
            self._connection.execute(
                insert(tables.memberships),
                [
                    rows.membership_row(
                        membership,
                        user_id=user_id,
                        position=position,
                        joined_at=user.date_joined,
                    )
                    for position, membership in enumerate(user.memberships)
                ],
            )
        return self.users([user_id])[user_id]

    def save_user(self, user: User) -> User:
        self._require_free(user.email, but=user.id)
        u = tables.users
        self._connection.execute(update(u).where(u.c.id == user.id).values(rows.user_row(user)))
        return self.users([user.id])[user.id]

    def set_password_hash(self, user_id: UserId, password_hash: str) -> None:
        u = tables.users
        self._connection.execute(
            update(u).where(u.c.id == user_id).values(password_hash=password_hash)
        )

    def find_user(self, user_id: UserId) -> User | None:
        return self.users([user_id]).get(user_id)

    def find_user_by_email(self, email: str) -> tuple[User, str] | None:
        found = self._users(tables.users.c.email_key == rows.email_key(email))
        return found[0] if found else None

    def users(self, user_ids: Iterable[UserId]) -> Mapping[UserId, User]:
        found = self._users(tables.users.c.id.in_(set(user_ids)))
        return {user.id: user for user, _ in found}

    def add_personal_key(self, key: PersonalApiKey, *, key_hash: str) -> None:
        row = rows.personal_key_row(key) | {"key_hash": key_hash}
        self._connection.execute(insert(tables.personal_keys), row)

    def find_personal_key(self, key_hash: str) -> tuple[PersonalApiKey, User] | None:
        k = tables.personal_keys
        found = self._connection.execute(select(k).where(k.c.key_hash == key_hash))
        row = found.mappings().one_or_none()
        if row is None:
            return None
        key = rows.personal_key_of(row)
        user = self.find_user(key.user_id)
        return (key, user) if user is not None and user.is_active else None

    def touch_personal_key(self, key_id: str, *, used_at: datetime) -> None:
        k = tables.personal_keys
        self._connection.execute(update(k).where(k.c.id == key_id).values(last_used_at=used_at))

    def _require_free(self, email: str, *, but: UserId | None = None) -> None:
        u = tables.users.c
        is_taken = exists().where(u.email_key == rows.email_key(email), u.id != (but or 0))
        if self._connection.scalar(select(is_taken)):
            raise Conflict("A user with this e-mail address exists.", attr="email")

    def _find_project(self, condition: ColumnElement[bool]) -> Project | None:
        found = self._connection.execute(select(tables.projects).where(condition))
        row = found.mappings().one_or_none()
        return None if row is None else rows.project_of(row)

    def _project(self, condition: ColumnElement[bool]) -> Project:
        found = self._connection.execute(select(tables.projects).where(condition))
        return rows.project_of(found.mappings().one())

    def _users(self, condition: ColumnElement[bool]) -> list[tuple[User, str]]:
        """Users with their memberships and the password's hash, in one query."""
        u, m = tables.users, tables.memberships
        found = self._connection.execute(
            select(u, m)
            .select_from(u.outerjoin(m, m.c.user_id == u.c.id))
            .where(condition)
            .order_by(u.c.id, m.c.position)
        )
        users = []
        for _, group in groupby(found.mappings(), key=lambda row: row[u.c.id]):
            of_user = list(group)
            memberships = tuple(
                rows.membership_of(row) for row in of_user if row[m.c.organization_id] is not None
            )
            user = rows.user_of(of_user[0], memberships)
            users.append((user, str(of_user[0][u.c.password_hash])))
        return users
