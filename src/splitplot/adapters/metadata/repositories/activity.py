"""The activity log: appended to, and read newest first."""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    Text,
    and_,
    cast,
    insert,
    literal,
    or_,
    select,
)

from splitplot.accounts.access import Sight
from splitplot.accounts.activity import ActivityEntry, FieldChange, plain
from splitplot.accounts.model import ProjectId, UserId
from splitplot.adapters.metadata import tables
from splitplot.adapters.metadata.rows import Row
from splitplot.adapters.metadata.statements import seen
from splitplot.ports.activity import ActivityListing, ActivityPage

_a = tables.activity_log.c


class SqlActivity:
    """Implements `ports.activity.ActivityRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entry: ActivityEntry) -> None:
        self._connection.execute(insert(tables.activity_log), _entry_row(entry))

    def page(self, project_id: ProjectId, listing: ActivityListing) -> ActivityPage:
        """One entry more than asked for tells whether the log goes on."""
        conditions = _conditions(project_id, listing)
        backwards = listing.newer_than is not None
        found = self._rows(conditions, listing, backwards=backwards)
        goes_on, shown = len(found) > listing.limit, found[: listing.limit]
        if backwards:
            shown = shown[::-1]
        if not shown:
            return ActivityPage(entries=())
        newest, oldest = shown[0]["number"], shown[-1]["number"]
        has_older = backwards or goes_on
        has_newer = goes_on if backwards else listing.older_than is not None
        return ActivityPage(
            entries=tuple(_entry_of(row) for row in shown),
            older=oldest if has_older else None,
            newer=newest if has_newer else None,
        )

    def _rows(
        self, conditions: list[ColumnElement[bool]], listing: ActivityListing, *, backwards: bool
    ) -> Sequence[RowMapping]:
        order = _a.number.asc() if backwards else _a.number.desc()
        found = self._connection.execute(
            select(tables.activity_log).where(*conditions).order_by(order).limit(listing.limit + 1)
        )
        return found.mappings().all()


def _conditions(project_id: ProjectId, listing: ActivityListing) -> list[ColumnElement[bool]]:
    conditions = [_a.project_id == project_id]
    if listing.scopes:
        conditions.append(_a.scope.in_(listing.scopes))
    if listing.item_id is not None:
        conditions.append(_a.item_id == listing.item_id)
    if listing.user_id is not None:
        conditions.append(_a.user_id == listing.user_id)
    if listing.older_than is not None:
        conditions.append(_a.number < listing.older_than)
    if listing.newer_than is not None:
        conditions.append(_a.number > listing.newer_than)
    if listing.experiments is not None:
        conditions.append(_in_sight("Experiment", tables.experiments, listing.experiments))
    if listing.flags is not None:
        conditions.append(_in_sight("FeatureFlag", tables.flags, listing.flags))
        # They tell what flags are to do; whose entries those are is not noted beside them.
        conditions.append(_a.scope != "ChangeRequest")
    return conditions


def _in_sight(scope: str, table: Table, sight: Sight) -> ColumnElement[bool]:
    """Entries about other kinds of things, and those about things that are seen.

    What shares the kind's scope without being one of it is seen like the kind as a whole.
    """
    ids = select(cast(table.c.id, Text)).where(*seen(table.c, sight))
    is_one = _a.detail_type.is_(None)
    return or_(
        _a.scope != scope,
        and_(is_one, _a.item_id.in_(ids)),
        and_(~is_one, literal(sight.shows_others)),
    )


def _entry_row(entry: ActivityEntry) -> Row:
    return {
        "id": entry.id,
        "project_id": entry.project_id,
        "user_id": entry.user_id,
        "activity": entry.activity,
        "scope": entry.scope,
        "item_id": entry.item_id,
        "name": entry.name,
        "detail_type": entry.detail_type,
        "changes": [plain(change) for change in entry.changes],
        "created_at": entry.created_at,
    }


def _entry_of(row: RowMapping) -> ActivityEntry:
    return ActivityEntry(
        id=row["id"],
        project_id=ProjectId(row["project_id"]),
        user_id=None if row["user_id"] is None else UserId(row["user_id"]),
        activity=row["activity"],
        scope=row["scope"],
        item_id=row["item_id"],
        name=row["name"],
        detail_type=row["detail_type"],
        changes=tuple(FieldChange(**change) for change in row["changes"]),
        created_at=row["created_at"],
    )
