"""Where the activity log is kept."""

from dataclasses import dataclass
from typing import Protocol

from splitplot.accounts.access import Sight
from splitplot.accounts.activity import ActivityEntry
from splitplot.accounts.model import ProjectId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityListing:
    """Which entries to list; None and () ask nothing.

    Attributes:
        older_than: A place in the log, as in `ActivityPage`: entries before it.
        newer_than: Likewise, entries after it.
        flags: Which flags the one who asks sees; None is every one of them.
        experiments: Likewise.
    """

    limit: int = 100
    scopes: tuple[str, ...] = ()
    item_id: str | None = None
    user_id: UserId | None = None
    older_than: int | None = None
    newer_than: int | None = None
    flags: Sight | None = None
    experiments: Sight | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPage:
    """Entries, newest first, and where the log goes on.

    Attributes:
        older: The place from which older entries follow; None when there are none.
        newer: Likewise for newer ones.
    """

    entries: tuple[ActivityEntry, ...]
    older: int | None = None
    newer: int | None = None


class ActivityRepository(Protocol):
    """Entries are added, never changed."""

    def add(self, entry: ActivityEntry) -> None: ...

    def page(self, project_id: ProjectId, listing: ActivityListing) -> ActivityPage:
        """Entries of the project, newest first, in a fixed number of queries."""
        ...
