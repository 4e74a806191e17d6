"""Where approval policies and change requests are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from splitplot.accounts.access import Sight
from splitplot.accounts.model import OrganizationId, ProjectId, UserId
from splitplot.experiments.approvals.model import (
    ActionKey,
    ChangeRequest,
    ChangeRequestId,
    Policy,
    PolicyId,
    RequestState,
)
from splitplot.flags.model import FlagId


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestListing:
    """Which change requests to list; None and () ask nothing.

    Attributes:
        sight: Which flags the one who asks sees; None is every one of them.
    """

    limit: int = 100
    offset: int = 0
    states: tuple[RequestState, ...] = ()
    action_key: ActionKey | None = None
    requester_id: UserId | None = None
    flag_id: FlagId | None = None
    sight: Sight | None = None


class ApprovalRepository(Protocol):
    def policies(
        self, organization_id: OrganizationId, project_id: ProjectId
    ) -> tuple[Policy, ...]:
        """Those of the project and those for all projects, newest first."""
        ...

    def save_policy(self, policy: Policy) -> None:
        """Insert it, or replace the one with its id."""
        ...

    def delete_policy(self, policy_id: PolicyId) -> None: ...

    def add_request(self, request: ChangeRequest) -> None: ...

    def save_request(self, request: ChangeRequest) -> None:
        """Replace state and votes of the one with its id."""
        ...

    def find_request(
        self, project_id: ProjectId, request_id: ChangeRequestId
    ) -> ChangeRequest | None: ...

    def find_open(self, flag_id: FlagId, action_key: ActionKey) -> ChangeRequest | None:
        """The one that is pending or approved, overdue or not; there is at most one."""
        ...

    def requests(
        self, project_id: ProjectId, listing: RequestListing
    ) -> tuple[tuple[ChangeRequest, ...], int]:
        """One page of them, newest first, and how many there are."""
        ...

    def overdue(self, now: datetime) -> tuple[ChangeRequest, ...]:
        """Pending ones of all projects whose time is over."""
        ...
