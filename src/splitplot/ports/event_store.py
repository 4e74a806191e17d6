"""Where events live, and what can be asked about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from splitplot.accounts.model import ProjectId
from splitplot.errors import InvalidInput
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    EventSource,
    ExposureCount,
    ExposurePlan,
    ReachedUnit,
    ReachPlan,
    SummaryPlan,
    TallyPlan,
    VariantSummary,
    VariantTally,
)
from splitplot.filters.model import Properties
from splitplot.ports.beside.warehouse import TableStore
from splitplot.ports.precomputed import PrecomputedSummaries


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectEvent:
    project_id: ProjectId
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIdMapping:
    """The person of today for an id that was derived for a distinct id.

    Only ids that belong to another person than their own are ever mapped. The highest
    revision for a source wins.
    """

    project_id: ProjectId
    source_id: UUID
    person_id: UUID
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonProperties:
    """A person's properties of today, mirrored for filters. The highest revision wins."""

    project_id: ProjectId
    person_id: UUID
    properties: Properties
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendBatch:
    """What one commit writes: all of it or nothing."""

    events: tuple[ProjectEvent, ...]
    mappings: tuple[PersonIdMapping, ...] = ()
    person_properties: tuple[PersonProperties, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSelection:
    """Which events to read back; instants are exclusive bounds."""

    project_id: ProjectId
    limit: int = 100
    offset: int = 0
    name: str | None = None
    person_ids: tuple[UUID, ...] | None = None
    distinct_id: str | None = None
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformersPlan:
    """Who performed an event, according to what arrived after some other moment.

    Attributes:
        since: First instant at which the event counts, inclusive; None: any.
        until: Last instant, inclusive; None: any.
        after: An earlier `revision` of the project: only events that arrived later are
            looked at. Some that arrived just before may be too. None: every event.
        as_of: What relative dates in filters count back from.
        timezone: IANA name; filters read dates without an offset there.
    """

    project_id: ProjectId
    source: EventSource
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    as_of: datetime
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Performer:
    """A person of today, and when they last performed the event."""

    person_id: UUID
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """The sums of a plan, and what made them.

    Attributes:
        sql: What the store ran, the same for plans that were answered together; for
            people to read.
    """

    summaries: tuple[VariantSummary, ...]
    sql: str


class EventStore(Protocol):
    """Safe to call from several threads; `append` is called by one writer at a time.

    Attributes:
        tables: What plans name beside events.
        precomputed: What is kept to answer sooner; None for a store that keeps nothing.
    """

    @property
    def tables(self) -> TableStore: ...

    @property
    def precomputed(self) -> PrecomputedSummaries | None: ...

    def known_ids(self, project_id: ProjectId, uuids: Sequence[UUID]) -> set[UUID]:
        """Which of these events are already stored."""
        ...

    def append(self, batch: AppendBatch) -> None:
        """Write the batch as one durable transaction.

        Returns after it survives a crash of the process and of the machine. The events
        are not stored yet (the writer asked `known_ids`), and distinct.

        Raises:
            Unavailable: Nothing was written: the disk is full or the store is gone. The
                store is usable again once the cause is.
        """
        ...

    def revision(self, project_id: ProjectId) -> int:
        """A number that changes whenever an answer for the project could change.

        It grows, and events that arrive later have a later place than it.
        """
        ...

    def people_revision(self) -> int:
        """The highest revision ever appended with a mapping or person properties, or 0."""
        ...

    def summarize(self, plan: SummaryPlan) -> tuple[VariantSummary, ...]:
        """The plan's sums, one per analysed variant in the plan's order.

        A variant that nobody saw is there with zeros. Units of `$multiple` are not. With
        a breakdown these are the sums of one value, and the values come in any order;
        where no unit was exposed there is no value, and all units' sums are zeros.

        Raises:
            InvalidInput: The store refuses the plan.
            Unavailable: The store does not answer.
        """
        ...

    def summarize_all(self, plans: Sequence[SummaryPlan]) -> tuple[Summed | InvalidInput, ...]:
        """What `summarize` says of each plan, in their order, for less.

        Plans of one exposure share its computation, and the reading of events. In place
        of the sums of a plan that the store refuses there is its refusal.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    def count_exposures(self, plan: ExposurePlan) -> tuple[ExposureCount, ...]:
        """Units by variant and quarter of an hour of first exposure, `$multiple` included."""
        ...

    def tally(self, plan: TallyPlan) -> tuple[VariantTally, ...]:
        """The plan's counts, one per variant in the plan's order, zeros included."""
        ...

    def reached(self, plan: ReachPlan) -> tuple[ReachedUnit, ...]:
        """A page of the funnel's units, by name in the order of their characters.

        Raises:
            InvalidInput: The store refuses the plan.
            Unavailable: The store does not answer.
        """
        ...

    def explain(self, plan: SummaryPlan) -> str:
        """The SQL that `summarize` runs; for people to read."""
        ...

    def find_events(self, selection: EventSelection) -> tuple[Event, ...]:
        """Newest first; ties by uuid, descending."""
        ...

    def performers(self, plan: PerformersPlan) -> tuple[Performer, ...]:
        """Each person at most once, in any order."""
        ...

    def event_names(self, project_id: ProjectId) -> frozenset[str]:
        """Every event name that was ever stored for the project."""
        ...

    def check(self) -> None:
        """Raises Unavailable unless the store answers."""
        ...

    def close(self) -> None:
        """Idempotent; what was appended is safe whether or not this is called."""
        ...
