"""Organizations, projects, users and the keys they hold."""

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import IntEnum
from typing import NewType
from uuid import UUID

from splitplot.filters.model import Properties

OrganizationId = NewType("OrganizationId", UUID)
ProjectId = NewType("ProjectId", int)
UserId = NewType("UserId", int)


class MembershipLevel(IntEnum):
    """What a member is in an organization; higher may do more."""

    MEMBER = 1
    ADMIN = 8
    OWNER = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    id: OrganizationId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who signs in. The password's hash never leaves the repository."""

    id: UserId
    uuid: UUID
    distinct_id: str
    email: str
    first_name: str
    last_name: str
    is_active: bool
    is_email_verified: bool | None
    role_at_organization: str | None
    current_organization_id: OrganizationId
    current_project_id: ProjectId
    date_joined: datetime
    memberships: "tuple[Membership, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    organization_id: OrganizationId
    level: MembershipLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a team measures: the scope of every flag, event and experiment.

    Attributes:
        api_token: Public `phc_…` token that SDKs send; identifies, does not authorize.
        timezone: IANA name; calendar days of results are days there.
        test_account_filters: Filter objects as on the wire that mark internal users out.
        default_stats_method: `bayesian` or `frequentist`.
        default_confidence_level: 0.90, 0.95, 0.99 or None.
        default_cuped_lookback_days: How long before exposure the covariates of new
            experiments reach back, 1 to 30; None: their results are not adjusted.
        flags_persistence_default: Whether new flags keep experience across login.
        default_only_count_matured_users: Whether new experiments leave out units whose
            time to convert is not over.
        experiment_recalculation_time: When a day's results are computed, in UTC.
    """

    id: ProjectId
    uuid: UUID
    organization_id: OrganizationId
    name: str
    api_token: str
    timezone: str
    created_at: datetime
    test_account_filters: tuple[Properties, ...] = ()
    default_stats_method: str = "bayesian"
    default_confidence_level: float | None = None
    default_cuped_lookback_days: int | None = None
    flags_persistence_default: bool = False
    default_only_count_matured_users: bool = False
    experiment_recalculation_time: time = time(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalApiKey:
    """A user's key for scripts. Only a one-way hash of its value is kept.

    Attributes:
        scopes: `object:read`, `object:write` or `*`; empty means everything.
        scoped_projects: Empty means every project of the user.
        scoped_organizations: Empty means every organization of the user.
    """

    id: str
    user_id: UserId
    label: str
    mask: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    scoped_projects: tuple[ProjectId, ...] = ()
    scoped_organizations: tuple[OrganizationId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking: a user, by way of a personal key, or a project by its secret key.

    Exactly one of `user` and `project_secret_of` is set; `key` is set when the user
    came by a personal key, `session_id` when by a session.
    """

    user: User | None = None
    key: PersonalApiKey | None = field(default=None)
    project_secret_of: ProjectId | None = None
    session_id: str | None = None
