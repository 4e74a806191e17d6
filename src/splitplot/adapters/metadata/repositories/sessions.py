"""Signed-in browsers, and the keys of users."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from splitplot.accounts.members import Session
from splitplot.accounts.model import PersonalApiKey, User, UserId
from splitplot.adapters.metadata import rows, tables
from splitplot.adapters.metadata.repositories.accounts import SqlAccounts

_s = tables.sessions.c
_k = tables.personal_keys.c
_CHANGEABLE = ("label", "scopes", "scoped_projects", "scoped_organizations")


class SqlSessions:
    """Implements `ports.members.SessionRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: Session, *, token_hash: str) -> None:
        row = {
            "id": session.id,
            "user_id": session.user_id,
            "token_hash": token_hash,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
        }
        self._connection.execute(insert(tables.sessions), row)

    def find(self, token_hash: str) -> tuple[Session, User] | None:
        found = self._connection.execute(select(tables.sessions).where(_s.token_hash == token_hash))
        row = found.mappings().one_or_none()
        if row is None:
            return None
        session = Session(
            id=row["id"],
            user_id=UserId(row["user_id"]),
            created_at=row["created_at"],
            expires_at=row["expires_at"],
        )
        user = SqlAccounts(self._connection).find_user(session.user_id)
        return (session, user) if user is not None and user.is_active else None

    def extend(self, session_id: str, *, expires_at: datetime) -> None:
        self._connection.execute(
            update(tables.sessions).where(_s.id == session_id).values(expires_at=expires_at)
        )

    def delete(self, token_hash: str) -> None:
        self._connection.execute(delete(tables.sessions).where(_s.token_hash == token_hash))

    def delete_of(self, user_id: UserId, *, but: str | None = None) -> None:
        others = delete(tables.sessions).where(_s.user_id == user_id)
        self._connection.execute(others if but is None else others.where(_s.id != but))

    def delete_expired(self, now: datetime) -> None:
        self._connection.execute(delete(tables.sessions).where(_s.expires_at <= now))

    def keys_of(self, user_id: UserId) -> tuple[PersonalApiKey, ...]:
        found = self._connection.execute(
            select(tables.personal_keys)
            .where(_k.user_id == user_id)
            .order_by(_k.created_at.desc(), _k.id)
        )
        return tuple(rows.personal_key_of(row) for row in found.mappings())

    def save_key(self, key: PersonalApiKey) -> None:
        row = rows.personal_key_row(key)
        self._connection.execute(
            update(tables.personal_keys)
            .where(_k.id == key.id, _k.user_id == key.user_id)
            .values({name: row[name] for name in _CHANGEABLE})
        )

    def delete_key(self, user_id: UserId, key_id: str) -> bool:
        gone = self._connection.execute(
            delete(tables.personal_keys).where(_k.user_id == user_id, _k.id == key_id)
        )
        return gone.rowcount > 0
