"""Links by which people without an account see one experiment, until a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType
from uuid import UUID

from splitplot.accounts.model import ProjectId, UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.model import ExperimentId

ShareLinkId = NewType("ShareLinkId", UUID)

DEFAULT_DAYS = 30
MOST_DAYS = 365
MOST_LINKS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLink:
    """A way to read one experiment. Only a one-way hash of its token is kept.

    Attributes:
        hint: First and last characters of the token, to tell links apart.
    """

    id: ShareLinkId
    project_id: ProjectId
    experiment_id: ExperimentId
    hint: str
    created_at: datetime
    expires_at: datetime
    created_by_id: UserId | None = None

    def is_expired(self, now: datetime) -> bool:
        """Whether it shows nothing any more."""
        return now >= self.expires_at


def lifetime_of(days: int | None) -> timedelta:
    """How long a new link works.

    Args:
        days: As somebody asked; None for the usual time.

    Raises:
        InvalidInput: It is no time at all, or longer than a year.
    """
    if days is None:
        return timedelta(days=DEFAULT_DAYS)
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(
            f"A link works for 1 to {MOST_DAYS} days.", code="out_of_range", attr="expires_in_days"
        )
    return timedelta(days=days)


def check_count(links: int) -> None:
    """Refuse one link more than anybody could look over.

    Raises:
        InvalidInput: There are enough.
    """
    if links >= MOST_LINKS:
        raise InvalidInput(
            f"An experiment has at most {MOST_LINKS} links; take one back first.",
            code="too_many_links",
        )
