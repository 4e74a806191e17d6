"""Policies, and the requests that wait under them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from splitplot.accounts.members import RoleId
from splitplot.accounts.model import MembershipLevel, OrganizationId, ProjectId, UserId
from splitplot.filters.model import Properties
from splitplot.flags.model import FlagId

PolicyId = NewType("PolicyId", UUID)
ChangeRequestId = NewType("ChangeRequestId", UUID)
DEFAULT_EXPIRY = timedelta(days=14)


class ActionKey(StrEnum):
    """What may need an approval."""

    ENABLE = "feature_flag.enable"
    DISABLE = "feature_flag.disable"
    UPDATE = "feature_flag.update"


class RequestState(StrEnum):
    """Where a change request stands; the first two wait."""

    PENDING = "pending"
    APPROVED = "approved"
    APPLIED = "applied"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FAILED = "failed"


OPEN = frozenset({RequestState.PENDING, RequestState.APPROVED})


class Validation(StrEnum):
    """Whether the change could still be made when that was last looked at."""

    VALID = "valid"
    INVALID = "invalid"
    EXPIRED = "expired"
    STALE = "stale"


class Decision(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvers:
    """Who may approve: these users, and whoever holds one of these roles.

    Attributes:
        quorum: How many approvals apply the change; at least 1.
    """

    quorum: int = 1
    users: tuple[UserId, ...] = ()
    roles: tuple[RoleId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a policy demands, and of whom.

    Attributes:
        conditions: As on the wire; `conditions.py` reads them.
        bypass_levels: Levels in the organization, as texts of their numbers, whose
            holders change at once.
        bypass_roles: Likewise for roles.
    """

    approvers: Approvers
    conditions: Properties
    allow_self_approve: bool = False
    bypass_levels: tuple[str, ...] = ()
    bypass_roles: tuple[RoleId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Changes of one kind need an approval.

    Attributes:
        project_id: None for all projects of the organization that have no own policy
            for the action.
        expires_after: How long a request under it waits.
    """

    id: PolicyId
    organization_id: OrganizationId
    project_id: ProjectId | None
    action_key: ActionKey
    terms: Terms
    created_at: datetime
    updated_at: datetime
    expires_after: timedelta = DEFAULT_EXPIRY
    enabled: bool = True
    created_by_id: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The change that was asked for, and the flag as it was then.

    Attributes:
        current_state: What of the flag needs the approval, as it was, by path.
        gated_changes: The same as it shall be.
        paths: What brought the policy in.
        change: Every field that shall change, as the body of a PATCH of the flag.
        version: Of the flag, before.
        updated_at: Of the flag, before.
        is_sealed: The payloads in it are secret.
    """

    flag_id: FlagId
    flag_key: str
    current_state: Properties
    gated_changes: Properties
    paths: tuple[str, ...]
    change: Properties
    version: int
    updated_at: datetime
    is_sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What somebody said to a request."""

    id: UUID
    user_id: UserId | None
    decision: Decision
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """A change of a flag that waits for approval, or waited.

    Attributes:
        terms: Of the policy, as they were when the change was asked for.
        validation_errors: Why it cannot be made any more.
        result_version: The flag's version after it was applied.
        votes: In the order in which they were given.
    """

    id: ChangeRequestId
    project_id: ProjectId
    action_key: ActionKey
    intent: Intent
    terms: Terms
    created_by_id: UserId | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    validated_at: datetime
    state: RequestState = RequestState.PENDING
    validation: Validation = Validation.VALID
    validation_errors: Properties | None = None
    applied_by_id: UserId | None = None
    applied_at: datetime | None = None
    apply_error: str = ""
    result_version: int | None = None
    votes: tuple[Vote, ...] = ()

    @property
    def approvals(self) -> int:
        """How many have approved."""
        return sum(vote.decision is Decision.APPROVED for vote in self.votes)

    @property
    def has_quorum(self) -> bool:
        return self.approvals >= self.terms.approvers.quorum

    def is_waiting(self, now: datetime) -> bool:
        """Whether it can still be decided."""
        return self.state is RequestState.PENDING and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody who changes, votes or looks on.

    Attributes:
        level: In the organization; None for a stranger.
        roles: That they hold.
    """

    user_id: UserId
    level: MembershipLevel | None = None
    roles: frozenset[RoleId] = frozenset()
