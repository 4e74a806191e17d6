"""Who is in a cohort now."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput
from splitplot.people.behaviour import behaviours_of
from splitplot.people.cohort_filters import cohorts_in, with_members
from splitplot.people.cohort_records import StoredCohort
from splitplot.people.cohort_rules import only_behaviour
from splitplot.people.cohorts import Candidate, Cohort, compile_cohort
from splitplot.people.model import Person
from splitplot.ports.cohorts import Memberships
from splitplot.ports.repositories import Metadata, Repositories

P = TypeVar("P")

# Their ids are a part of the query.
MOST_FILTERED = 50_000
_PERSONS_AT_A_TIME = 1_000


def with_cohorts(metadata: Metadata, project: Project, plan: P, *, now: datetime) -> P:
    """The plan with the persons of today in the place of the cohorts that it filters by.

    Raises:
        InvalidInput: There is no such cohort, or it has too many persons for a filter.
    """
    numbers = cohorts_in(plan)
    if not numbers:
        return plan
    with metadata.reading() as repositories:
        return with_members(
            plan, {number: _listed(repositories, project, number, now=now) for number in numbers}
        )


def _listed(
    repositories: Repositories, project: Project, number: int, *, now: datetime
) -> tuple[UUID, ...]:
    cohort = repositories.cohorts.find(project.id, number)
    if cohort is None or cohort.deleted:
        raise InvalidInput(f"Cohort with id {number} does not exist", code="cohort_does_not_exist")
    ids = Members(repositories, project, cohort, now=now).ids(limit=MOST_FILTERED + 1)
    if len(ids) > MOST_FILTERED:
        raise InvalidInput(
            f"Cohort {number} has more than {MOST_FILTERED} persons, "
            "too many for a filter in experiment results.",
            code="cohort_too_large",
        )
    return ids


class Members:
    """The persons of one cohort, as the repositories' transaction sees them.

    Args:
        repositories: Of a transaction, or of a view.
        project: Whose cohort.
        cohort: As stored.
        now: What relative dates count back from.
    """

    def __init__(
        self, repositories: Repositories, project: Project, cohort: StoredCohort, *, now: datetime
    ) -> None:
        self._repositories = repositories
        self._project = project
        self._cohort = cohort
        self._now = now

    def page(self, *, limit: int, offset: int) -> tuple[Person, ...]:
        """Stored persons, in the order of their ids."""
        if not self._is_a_list:
            return tuple(islice(self._satisfying(), offset, offset + limit))
        ids = self._repositories.cohorts.member_ids(
            self._cohort.id, since=self._since, limit=limit, offset=offset
        )
        persons = self._repositories.people.find_by_ids(self._project.id, ids)
        return tuple(persons[person_id] for person_id in ids)

    def count(self) -> int:
        """How many stored persons there are."""
        if not self._is_a_list:
            return sum(1 for _ in self._satisfying())
        return self._repositories.cohorts.count_members(self._cohort.id, since=self._since)

    def ids(self, *, limit: int) -> tuple[UUID, ...]:
        """At most so many, those included who are in it and are no stored persons."""
        if not self._is_a_list:
            return tuple(person.id for person in islice(self._satisfying(), limit))
        return self._repositories.cohorts.member_ids(
            self._cohort.id, since=self._since, limit=limit, offset=0, stored_only=False
        )

    @property
    def _is_a_list(self) -> bool:
        """Whether the members are listed, those of the one behaviour it asks for included."""
        return self._cohort.is_static or only_behaviour(self._cohort.group) is not None

    @property
    def _since(self) -> datetime | None:
        if self._cohort.is_static:
            return None
        (behaviour,) = behaviours_of(self._cohort.group)
        return behaviour.bound(now=self._now)

    def _satisfying(self) -> Iterator[Person]:
        """Every stored person is asked."""
        cohorts = self._repositories.cohorts.of_project(self._project.id)
        compiled = compile_cohort(
            self._cohort.id,
            {each.id: each.group for each in cohorts if not each.is_static},
            zone=ZoneInfo(self._project.timezone),
        )
        static = [each.id for each in cohorts if each.is_static]
        for persons, lists in self._everybody(compiled):
            for person in persons:
                memberships = lists.get(person.id, {})
                candidate = Candidate.of(
                    person.properties, memberships, static_cohorts=static, now=self._now
                )
                if compiled.has(candidate):
                    yield person

    def _everybody(self, cohort: Cohort) -> Iterator[tuple[list[Person], dict[UUID, Memberships]]]:
        """The project's persons by and by, each time with what they are members of."""
        people, cohorts = self._repositories.people, self._repositories.cohorts
        after: UUID | None = None
        while True:
            ids = cohorts.person_ids(self._project.id, after=after, limit=_PERSONS_AT_A_TIME)
            if not ids:
                return
            persons = people.find_by_ids(self._project.id, ids)
            yield [persons[number] for number in ids], dict(cohorts.memberships(cohort.lists, ids))
            after = ids[-1]
