"""Links by which people without an account see one experiment."""

from sqlalchemy import Connection, RowMapping, delete, insert, select

from splitplot.accounts.model import ProjectId, UserId
from splitplot.adapters.metadata import tables
from splitplot.experiments.model import ExperimentId
from splitplot.experiments.sharing.share_links import ShareLink, ShareLinkId

_l = tables.share_links.c


class SqlShareLinks:
    """Implements `ports.sharing.ShareLinkRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, link: ShareLink, *, token_hash: str) -> None:
        row = {
            "id": link.id,
            "project_id": link.project_id,
            "experiment_id": link.experiment_id,
            "hint": link.hint,
            "token_hash": token_hash,
            "created_at": link.created_at,
            "expires_at": link.expires_at,
            "created_by_id": link.created_by_id,
        }
        self._connection.execute(insert(tables.share_links), row)

    def find(self, token_hash: str) -> ShareLink | None:
        found = self._connection.execute(
            select(tables.share_links).where(_l.token_hash == token_hash)
        )
        row = found.mappings().one_or_none()
        return None if row is None else _link_of(row)

    def of(self, experiment_id: ExperimentId) -> tuple[ShareLink, ...]:
        found = self._connection.execute(
            select(tables.share_links)
            .where(_l.experiment_id == experiment_id)
            .order_by(_l.created_at.desc(), _l.id)
        )
        return tuple(_link_of(row) for row in found.mappings())

    def remove(self, link_id: ShareLinkId) -> None:
        self._connection.execute(delete(tables.share_links).where(_l.id == link_id))


def _link_of(row: RowMapping) -> ShareLink:
    author = row[_l.created_by_id]
    return ShareLink(
        id=ShareLinkId(row[_l.id]),
        project_id=ProjectId(row[_l.project_id]),
        experiment_id=ExperimentId(row[_l.experiment_id]),
        hint=row[_l.hint],
        created_at=row[_l.created_at],
        expires_at=row[_l.expires_at],
        created_by_id=None if author is None else UserId(author),
    )
