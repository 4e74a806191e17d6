"""Reading the activity log."""

from collections.abc import Mapping
from dataclasses import dataclass

from splitplot.accounts.activity import ActivityEntry
from splitplot.accounts.model import ProjectId, User, UserId
from splitplot.ports.activity import ActivityListing
from splitplot.ports.repositories import Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedChange:
    """An entry, and who made the change (None when nobody did, or the user is gone)."""

    entry: ActivityEntry
    user: User | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Entries, newest first, and the places from which the log goes on either way."""

    changes: tuple[LoggedChange, ...]
    older: int | None
    newer: int | None


class ActivityReader:
    """Who changed what in each project."""

    def __init__(self, *, metadata: Metadata) -> None:
        self._metadata = metadata

    def page(self, project_id: ProjectId, listing: ActivityListing) -> LogPage:
        """One page of the project's log."""
        with self._metadata.reading() as repositories:
            page = repositories.activity.page(project_id, listing)
            users: Mapping[UserId, User] = repositories.accounts.users(
                {entry.user_id for entry in page.entries if entry.user_id is not None}
            )
        return LogPage(
            changes=tuple(
                LoggedChange(
                    entry=entry,
                    user=None if entry.user_id is None else users.get(entry.user_id),
                )
                for entry in page.entries
            ),
            older=page.older,
            newer=page.newer,
        )
