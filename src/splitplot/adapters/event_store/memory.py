"""Events in the memory of this process: for tests, and as the plain reference."""

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.capabilities import MEMORY, require_known_filters
from splitplot.adapters.event_store.reference.counts import count_exposures, performers, tally
from splitplot.adapters.event_store.reference.funnels import reached
from splitplot.adapters.event_store.reference.recorded import Recorded
from splitplot.adapters.event_store.reference.summaries import summarize
from splitplot.adapters.event_store.warehouse.memory_tables import MemoryTables
from splitplot.adapters.event_store.warehouse.rows import TableRow
from splitplot.errors import InvalidInput
from splitplot.events.model import Event
from splitplot.experiments.plan import (
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
from splitplot.ports.event_store import (
    AppendBatch,
    EventSelection,
    Performer,
    PerformersPlan,
    PersonIdMapping,
    PersonProperties,
    Summed,
)


class _ProjectEvents:
    """All that is stored of one project."""

    def __init__(self) -> None:
        self.events: dict[UUID, Event] = {}
        # The revision that each event made, in the order of the events.
        self.places: list[int] = []
        self.mappings: dict[UUID, PersonIdMapping] = {}
        self.person_properties: dict[UUID, PersonProperties] = {}
        self.revision = 0

    def add(self, event: Event) -> None:
        if event.uuid not in self.events:
            self.revision += 1
            self.events[event.uuid] = event
            self.places.append(self.revision)

    def arrived(self, plan: PerformersPlan) -> Recorded:
        first = 0 if plan.after is None else bisect_right(self.places, plan.after)
        return Recorded(
            events=tuple(islice(self.events.values(), first, None)),
            person_ids=self.person_ids(),
            person_properties=self.properties_of_persons(),
            as_of=plan.as_of,
            zone=ZoneInfo(plan.timezone),
        )

    def recorded(self, plan: ExposurePlan, tables: Mapping[str, Sequence[TableRow]]) -> Recorded:
        return Recorded(
            events=tuple(
                event
                for event in self.events.values()
                if plan.known_until is None or event.timestamp <= plan.known_until
            ),
            person_ids=self.person_ids(),
            person_properties=self.properties_of_persons(),
            as_of=plan.end,
            zone=ZoneInfo(plan.timezone),
            tables=tables,
        )

    def properties_of_persons(self) -> dict[UUID, Properties]:
        return {person: row.properties for person, row in self.person_properties.items()}

    def person_ids(self) -> dict[UUID, UUID]:
        return {source: row.person_id for source, row in self.mappings.items()}


class MemoryEventStore:
    """An event store that forgets everything when the process ends."""

    capabilities = MEMORY
    precomputed = None

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._projects: dict[ProjectId, _ProjectEvents] = defaultdict(_ProjectEvents)
        self._people_revision = 0
        self._tables = MemoryTables()
        self.tables: TableStore = self._tables

    def known_ids(self, project_id: ProjectId, uuids: Sequence[UUID]) -> set[UUID]:
        with self._lock:
            return {uuid for uuid in uuids if uuid in self._projects[project_id].events}

    def append(self, batch: AppendBatch) -> None:
        with self._lock:
            for row in batch.events:
                self._projects[row.project_id].add(row.event)
            for mapping in batch.mappings:
                self._map(mapping)
            for properties in batch.person_properties:
                self._describe(properties)

    def revision(self, project_id: ProjectId) -> int:
        with self._lock:
            return self._projects[project_id].revision

    def people_revision(self) -> int:
        with self._lock:
            return self._people_revision

    def summarize(self, plan: SummaryPlan) -> tuple[VariantSummary, ...]:
        require_known_filters(plan)
        return summarize(self._recorded(plan.exposure), plan)

    def summarize_all(self, plans: Sequence[SummaryPlan]) -> tuple[Summed | InvalidInput, ...]:
        return tuple(self._summed_or_refused(plan) for plan in plans)

    def _summed_or_refused(self, plan: SummaryPlan) -> Summed | InvalidInput:
        try:
            return Summed(summaries=self.summarize(plan), sql=self.explain(plan))
        except InvalidInput as refusal:
            return refusal

    def count_exposures(self, plan: ExposurePlan) -> tuple[ExposureCount, ...]:
        require_known_filters(plan)
        return count_exposures(self._recorded(plan), plan)

    def tally(self, plan: TallyPlan) -> tuple[VariantTally, ...]:
        require_known_filters(plan)
        return tally(self._recorded(plan.carriers), plan)

    def reached(self, plan: ReachPlan) -> tuple[ReachedUnit, ...]:
        require_known_filters(plan)
        return reached(self._recorded(plan.exposure), plan)

    def explain(self, plan: SummaryPlan) -> str:
        require_known_filters(plan)
        return f"-- computed in memory, without SQL\n-- {plan!r}"

    def find_events(self, selection: EventSelection) -> tuple[Event, ...]:
        with self._lock:
            project = self._projects[selection.project_id]
            events, person_ids = tuple(project.events.values()), project.person_ids()
        found = [event for event in events if _is_selected(event, selection, person_ids)]
        found.sort(key=lambda event: (event.timestamp, event.uuid), reverse=True)
        return tuple(found[selection.offset : selection.offset + selection.limit])

    def performers(self, plan: PerformersPlan) -> tuple[Performer, ...]:
        require_known_filters(plan)
        with self._lock:
            recorded = self._projects[plan.project_id].arrived(plan)
        return performers(recorded, plan)

    def event_names(self, project_id: ProjectId) -> frozenset[str]:
        with self._lock:
            return frozenset(event.name for event in self._projects[project_id].events.values())

    def check(self) -> None:
        """Memory always answers."""

    def close(self) -> None:
        """Nothing to give back."""

    def _recorded(self, plan: ExposurePlan) -> Recorded:
        with self._lock:
            return self._projects[plan.project_id].recorded(plan, dict(self._tables.rows))

    def _map(self, mapping: PersonIdMapping) -> None:
        project = self._projects[mapping.project_id]
        known = project.mappings.get(mapping.source_id)
        if known is None or known.revision <= mapping.revision:
            project.mappings[mapping.source_id] = mapping
            project.revision += 1
        self._people_revision = max(self._people_revision, mapping.revision)

    def _describe(self, properties: PersonProperties) -> None:
        project = self._projects[properties.project_id]
        known = project.person_properties.get(properties.person_id)
        if known is None or known.revision <= properties.revision:
            project.person_properties[properties.person_id] = properties
            project.revision += 1
        self._people_revision = max(self._people_revision, properties.revision)


def _is_selected(event: Event, selection: EventSelection, person_ids: Mapping[UUID, UUID]) -> bool:
    people = selection.person_ids
    return (
        selection.name in (None, event.name)
        and selection.distinct_id in (None, event.distinct_id)
        and (selection.after is None or event.timestamp > selection.after)
        and (selection.before is None or event.timestamp < selection.before)
        and (people is None or person_ids.get(event.person_id, event.person_id) in people)
    )
