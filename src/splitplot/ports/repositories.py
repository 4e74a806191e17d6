"""What is kept in the metadata database, and the transaction around it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from splitplot.accounts.access import Sight
from splitplot.accounts.model import (
    Organization,
    OrganizationId,
    PersonalApiKey,
    Project,
    ProjectId,
    User,
    UserId,
)
from splitplot.experiments.lifecycle.activity import Span
from splitplot.experiments.model import (
    Experiment,
    ExperimentId,
    ExperimentType,
    HoldoutId,
    Status,
)
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.selection import FlagListing
from splitplot.people.identity import PeopleChanges
from splitplot.people.model import Group, Person
from splitplot.ports.actions import ActionRepository
from splitplot.ports.activity import ActivityRepository
from splitplot.ports.approvals import ApprovalRepository
from splitplot.ports.beside.simulations import SimulationRepository
from splitplot.ports.beside.warehouse import WarehouseTableRepository
from splitplot.ports.cohorts import CohortRepository
from splitplot.ports.flag_source import FlagSnapshot
from splitplot.ports.members import AccessRuleRepository, MemberRepository, SessionRepository
from splitplot.ports.sharing import (
    HoldoutRepository,
    SavedMetricRepository,
    ShareLinkRepository,
)
from splitplot.ports.timeseries import TimeseriesRepository

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list; `count` is the size of the whole list."""

    items: tuple[T, ...]
    count: int


class AccountRepository(Protocol):
    def has_users(self) -> bool: ...

    def add_organization(self, organization: Organization) -> None: ...

    def save_organization(self, organization: Organization) -> None: ...

    def add_project(self, project: Project, *, secret_hash: str) -> Project:
        """Store it under the next free id; the given id is ignored."""
        ...

    def save_project(self, project: Project) -> Project: ...

    def find_project(self, project_id: ProjectId) -> Project | None: ...

    def projects(self) -> tuple[Project, ...]: ...

    def set_project_secret(self, project_id: ProjectId, *, secret_hash: str) -> None: ...

    def find_project_by_secret_hash(self, secret_hash: str) -> Project | None: ...

    def add_user(self, user: User, *, password_hash: str) -> User:
        """Store user and memberships; the given id is ignored.

        Raises:
            Conflict: The e-mail address is taken (case does not matter).
        """
        ...

    def save_user(self, user: User) -> User:
        """Store all but the memberships.

        Raises:
            Conflict: The e-mail address is taken (case does not matter).
        """
        ...

    def set_password_hash(self, user_id: UserId, password_hash: str) -> None: ...

    def find_user(self, user_id: UserId) -> User | None: ...

    def find_user_by_email(self, email: str) -> tuple[User, str] | None:
        """The user and the password's hash."""
        ...

    def users(self, user_ids: Iterable[UserId]) -> Mapping[UserId, User]:
        """The users of these ids that exist, in one query."""
        ...

    def find_organization(self, organization_id: OrganizationId) -> Organization | None: ...

    def add_personal_key(self, key: PersonalApiKey, *, key_hash: str) -> None: ...

    def find_personal_key(self, key_hash: str) -> tuple[PersonalApiKey, User] | None:
        """The key and its active user."""
        ...

    def touch_personal_key(self, key_id: str, *, used_at: datetime) -> None: ...


class FlagRepository(Protocol):
    """Every write raises the project's flag revision in the same transaction."""

    def add(self, project_id: ProjectId, flag: Flag) -> Flag:
        """Store it under the next free id with version 1.

        Raises:
            Conflict: An undeleted flag of the project has the key.
        """
        ...

    def save(self, project_id: ProjectId, flag: Flag) -> Flag:
        """Store it with the next version, and answer it as stored.

        Raises:
            Conflict: The stored version is not `flag.version`: another write came between.
        """
        ...

    def find(self, project_id: ProjectId, flag_id: FlagId) -> Flag | None:
        """Soft-deleted flags too."""
        ...

    def find_by_key(self, project_id: ProjectId, key: str) -> Flag | None:
        """Undeleted flags only."""
        ...

    def page(
        self,
        project_id: ProjectId,
        listing: FlagListing,
        *,
        now: datetime,
        sight: Sight | None = None,
    ) -> Page[Flag]:
        """Undeleted flags that are in sight, in a fixed number of queries.

        Raises:
            InvalidInput: There is no such order.
        """
        ...

    def is_referenced(self, flag_id: FlagId) -> bool:
        """Whether any experiment stands on the flag, a deleted one too."""
        ...

    def revisions(self) -> Mapping[ProjectId, int]:
        """Every project's flag revision, in one query."""
        ...

    def snapshots(self, project_ids: Iterable[ProjectId]) -> tuple[FlagSnapshot, ...]:
        """What is served from memory for these projects, in a fixed number of queries."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentListing:
    """Which experiments to list; see the API's list parameters.

    Attributes:
        order: A field name with optional leading `-`: created_at, updated_at, name,
            start_date, end_date, duration, status.
        now: The instant that open durations are counted to.
        sight: What the one who asks sees; None is everything.
    """

    now: datetime
    limit: int = 100
    offset: int = 0
    status: Status | None = None
    archived: bool = False
    created_by_ids: tuple[UserId, ...] | None = None
    flag_id: FlagId | None = None
    type: ExperimentType | None = None
    search: str | None = None
    order: str = "-created_at"
    sight: Sight | None = None


class ExperimentRepository(Protocol):
    def add(self, experiment: Experiment) -> Experiment:
        """Store it, with its flag's id, under the next free id; its links are new ones."""
        ...

    def save(self, experiment: Experiment) -> Experiment:
        """Store all but the flag, and answer it with the flag as stored."""
        ...

    def remove(self, project_id: ProjectId, experiment_id: ExperimentId) -> None:
        """For good; its flag stays."""
        ...

    def find(self, project_id: ProjectId, experiment_id: ExperimentId) -> Experiment | None:
        """Soft-deleted experiments too."""
        ...

    def find_many(
        self,
        project_id: ProjectId,
        experiment_ids: Iterable[ExperimentId],
        *,
        sight: Sight | None = None,
    ) -> Mapping[ExperimentId, Experiment]:
        """Those of these ids that exist, are not deleted and are in sight."""
        ...

    def page(self, project_id: ProjectId, listing: ExperimentListing) -> Page[Experiment]:
        """Undeleted experiments, flags included, in a fixed number of queries."""
        ...

    def spans(self, project_id: ProjectId) -> tuple[Span, ...]:
        """Of every undeleted experiment that is not archived."""
        ...

    def of_flag(self, project_id: ProjectId, flag_id: FlagId) -> tuple[Experiment, ...]:
        """Undeleted experiments on the flag, oldest first."""
        ...

    def of_flags(self, project_id: ProjectId, flag_ids: Iterable[FlagId]) -> tuple[Experiment, ...]:
        """Undeleted experiments on any of these flags, oldest first."""
        ...

    def in_holdout(self, project_id: ProjectId, holdout_id: HoldoutId) -> tuple[Experiment, ...]:
        """Every experiment in the holdout, soft-deleted ones too."""
        ...

    def web_page(
        self, project_id: ProjectId, *, limit: int, offset: int, sight: Sight | None = None
    ) -> Page[Experiment]:
        """Undeleted experiments of the type web that are in sight, newest first."""
        ...

    def live_web(self, project_id: ProjectId) -> tuple[Experiment, ...]:
        """Those of the same that are neither archived nor stopped."""
        ...


class PeopleRepository(Protocol):
    def find(self, project_id: ProjectId, distinct_ids: Iterable[str]) -> Mapping[str, Person]:
        """The persons behind these distinct ids; unknown ids are left out."""
        ...

    def find_by_ids(
        self, project_id: ProjectId, person_ids: Iterable[UUID]
    ) -> Mapping[UUID, Person]: ...

    def properties_behind(
        self, project_id: ProjectId, distinct_ids: Iterable[str]
    ) -> Mapping[str, tuple[UUID, Properties]]:
        """Whose these distinct ids are, and what is known of them; unknown ids are left out.

        One query, and it takes as long however many ids a person has.
        """
        ...

    def apply(self, project_id: ProjectId, changes: PeopleChanges) -> int:
        """Write the changes and answer their revision, higher than every one before."""
        ...

    def changed_since(self, revision: int) -> Sequence[tuple[ProjectId, Person, int]]:
        """Persons changed at a higher revision, with that revision, oldest first."""
        ...

    def page(
        self,
        project_id: ProjectId,
        *,
        distinct_id: str | None,
        search: str | None,
        limit: int,
        offset: int,
    ) -> Page[Person]:
        """Newest first.

        `search` is a case-insensitive part of a distinct id, or of the property `email`
        or `name`.
        """
        ...

    def group_types(self, project_id: ProjectId) -> tuple[str, ...]:
        """Names; the position is the index, 0 to 4."""
        ...

    def add_group_type(self, project_id: ProjectId, name: str) -> int | None:
        """The index of the type, new or known; None when five others are taken."""
        ...

    def find_groups(
        self, project_id: ProjectId, keys: Iterable[tuple[int, str]]
    ) -> Mapping[tuple[int, str], Group]: ...

    def save_group(self, project_id: ProjectId, group: Group) -> None:
        """Insert or replace it, by type index and key."""
        ...

    def continuity(self, project_id: ProjectId, person_id: UUID) -> Mapping[str, str]:
        """Flag key to the id that the person's assignment hashes, for continuity flags."""
        ...

    def add_continuity(
        self, project_id: ProjectId, person_id: UUID, hash_ids: Mapping[str, str]
    ) -> None:
        """First write wins: keys that are there stay as they are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """Every repository, bound to one transaction."""

    accounts: AccountRepository
    flags: FlagRepository
    experiments: ExperimentRepository
    people: PeopleRepository
    timeseries: TimeseriesRepository
    members: MemberRepository
    sessions: SessionRepository
    access_rules: AccessRuleRepository
    cohorts: CohortRepository
    activity: ActivityRepository
    approvals: ApprovalRepository
    holdouts: HoldoutRepository
    saved_metrics: SavedMetricRepository
    share_links: ShareLinkRepository
    actions: ActionRepository
    warehouse_tables: WarehouseTableRepository
    simulations: SimulationRepository


class Metadata(Protocol):
    """The metadata database. Thread-safe; the repositories inside a block are not."""

    def transaction(self) -> AbstractContextManager[Repositories]:
        """Commits at the end of the block, rolls back when it raises.

        Writers of one database take turns from the start of the block on, so what is
        read inside cannot be stale when it is written.

        Raises:
            Unavailable: The database is locked, full or gone; nothing was written.
        """
        ...

    def reading(self) -> AbstractContextManager[Repositories]:
        """A consistent view; writes are refused by convention, not by the database."""
        ...

    def check(self) -> None:
        """Raises Unavailable unless the database answers and its schema is current."""
        ...

    def close(self) -> None: ...
