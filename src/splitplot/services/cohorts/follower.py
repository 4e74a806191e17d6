"""Keeping cohorts up to date with what people do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from splitplot.accounts.model import Project, ProjectId
from splitplot.errors import InvalidInput, NotFound
from splitplot.experiments.plan import EventSource
from splitplot.people.behaviour import Behaviour, behaviours_of
from splitplot.people.cohort_records import CohortId, Member, StoredCohort
from splitplot.people.cohort_rules import only_behaviour
from splitplot.people.identity import derived_person_id
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore, Performer, PerformersPlan
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.cohorts.members import Members

log = structlog.get_logger(__name__)

# A look costs a query for each behaviour; cohorts are to follow within a minute.
_LOOK_EVERY = timedelta(seconds=10)
_RETRY_AFTER = timedelta(minutes=1)
# Members come and go with time and with their properties, too.
_COUNT_EVERY = timedelta(hours=1)
# Writers take turns: none of them is to wait long for this one.
_MEMBERS_AT_A_TIME = 10_000


class CohortFollower:
    """Finds the members of cohorts that ask for behaviours, and counts those of the others.

    It reads events that arrived since it last looked, never all of them again. Whatever
    is interrupted is done once more from the last place that was noted, which changes
    nothing that was done: a member is added once, with the latest time.

    `follow` may run in several processes at once.
    """

    def __init__(self, *, metadata: Metadata, store: EventStore, clock: Clock) -> None:
        self._metadata = metadata
        self._store = store
        self._clock = clock
        self._looked: dict[CohortId, datetime] = {}

    def follow(self) -> None:
        """Take in what arrived. Cheap when nothing did.

        Raises:
            Unavailable: A store does not answer; what is missing is taken in next time.
        """
        now = self._clock.now()
        with self._metadata.reading() as repositories:
            described = repositories.cohorts.described()
            if not described:
                return
            projects = {project.id: project for project in repositories.accounts.projects()}
        for project_id, cohort in described:
            if self._is_due(project_id, cohort, now):
                self._looked[cohort.id] = now
                self._calculate(projects[project_id], cohort, now)

    def _is_due(self, project_id: ProjectId, cohort: StoredCohort, now: datetime) -> bool:
        if cohort.is_calculating:
            return True
        looked = self._looked.get(cohort.id)
        pause = _RETRY_AFTER if cohort.errors_calculating else _LOOK_EVERY
        if looked is not None and now - looked < pause:
            return False
        return (
            bool(cohort.errors_calculating)
            or _is_stale(cohort, now)
            or (cohort.is_behavioural and self._store.revision(project_id) != cohort.followed_to)
        )

    def _calculate(self, project: Project, cohort: StoredCohort, now: datetime) -> None:
        try:
            after = self._followed(project, cohort, now) if cohort.is_behavioural else cohort
            if after is None:
                return
            if cohort.is_calculating or after.count is None or _is_stale(cohort, now):
                after = self._counted(project, after, now)
        except (InvalidInput, NotFound) as error:
            log.warning("cohort.not_calculated", cohort=cohort.id, reason=error.message)
            errors = cohort.errors_calculating + 1
            after = replace(cohort, is_calculating=False, errors_calculating=errors)
        with self._metadata.transaction() as repositories:
            repositories.cohorts.save_progress(after)

    def _followed(
        self, project: Project, cohort: StoredCohort, now: datetime
    ) -> StoredCohort | None:
        """The cohort once the members are stored who are new; None: it is another by now."""
        # Before the events are read: who was merged later is known by the other store.
        people_revision = self._store.people_revision()
        arrived = self._store.revision(project.id)
        after = cohort.followed_to
        if after is not None and after > arrived:
            after = None  # the event store is another one than before
        found: list[Member] = []
        for number, behaviour in enumerate(behaviours_of(cohort.group)):
            if behaviour.event is not None:
                plan = _plan(project, behaviour, after=after, now=now)
                found += _members(self._store.performers(plan), number)
        if not self._store_members(project, cohort, found, people_revision):
            return None
        # Where every person has to be asked, that is done from time to time.
        is_recounted = bool(found) and only_behaviour(cohort.group) is not None
        count = None if is_recounted else cohort.count
        return replace(cohort, followed_to=arrived, count=count, errors_calculating=0)

    def _store_members(
        self,
        project: Project,
        cohort: StoredCohort,
        members: Sequence[Member],
        people_revision: int,
    ) -> bool:
        for start in range(0, len(members), _MEMBERS_AT_A_TIME):
            with self._metadata.transaction() as repositories:
                stored = repositories.cohorts.find(project.id, cohort.id)
                if stored is None or stored.deleted or stored.version != cohort.version:
                    return False
                heirs = _heirs(repositories, project.id, people_revision)
                repositories.cohorts.add_members(
                    cohort.id,
                    [
                        replace(member, person_id=heirs.get(member.person_id, member.person_id))
                        for member in members[start : start + _MEMBERS_AT_A_TIME]
                    ],
                )
        return True

    def _counted(self, project: Project, cohort: StoredCohort, now: datetime) -> StoredCohort:
        with self._metadata.reading() as repositories:
            count = Members(repositories, project, cohort, now=now).count()
        return replace(
            cohort, count=count, is_calculating=False, last_calculation=now, errors_calculating=0
        )


def _is_stale(cohort: StoredCohort, now: datetime) -> bool:
    return cohort.last_calculation is None or now - cohort.last_calculation >= _COUNT_EVERY


def _plan(
    project: Project, behaviour: Behaviour, *, after: int | None, now: datetime
) -> PerformersPlan:
    # Who last performed it before the window is not in it, and never will be by that event.
    bounds = [each for each in (behaviour.since, behaviour.bound(now=now)) if each is not None]
    return PerformersPlan(
        project_id=project.id,
        source=EventSource(event=behaviour.event, filters=behaviour.filters),
        since=max(bounds, default=None),
        until=behaviour.until,
        after=after,
        as_of=now,
        timezone=project.timezone,
    )


def _members(performers: Sequence[Performer], number: int) -> list[Member]:
    return [
        Member(person_id=each.person_id, behaviour=number, last_at=each.last_at)
        for each in performers
    ]


def _heirs(repositories: Repositories, project_id: ProjectId, revision: int) -> Mapping[UUID, UUID]:
    """Who is whom, as far as the event store did not know yet at this revision of people."""
    return {
        derived_person_id(project_id, name): person.id
        for owner, person, _ in repositories.people.changed_since(revision)
        if owner == project_id
        for name in person.distinct_ids
    }
