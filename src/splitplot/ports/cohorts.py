"""Where cohorts and their members are kept."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from splitplot.accounts.model import ProjectId
from splitplot.people.cohort_records import Member, StoredCohort

# A cohort and the number of its behaviour, to when the person last showed it. None: the
# person is listed.
Memberships: TypeAlias = Mapping[tuple[int, int], datetime | None]


class CohortRepository(Protocol):
    """Adding and saving raises the project's flag revision in the same transaction."""

    def add(self, project_id: ProjectId, cohort: StoredCohort) -> StoredCohort:
        """Store it under the next free id; the given id is ignored."""
        ...

    def save(self, project_id: ProjectId, cohort: StoredCohort) -> StoredCohort:
        """Store all of it, and answer it as stored.

        Raises:
            NotFound: The project has none with this id.
        """
        ...

    def save_progress(self, cohort: StoredCohort) -> bool:
        """Store what came out of finding its members: nothing that people write.

        Returns:
            False, and nothing is stored, when the filters are others by now, or the
            cohort is deleted.
        """
        ...

    def find(self, project_id: ProjectId, cohort_id: int) -> StoredCohort | None:
        """Soft-deleted cohorts too."""
        ...

    def of_project(self, project_id: ProjectId) -> tuple[StoredCohort, ...]:
        """Undeleted ones, newest first."""
        ...

    def described(self) -> Sequence[tuple[ProjectId, StoredCohort]]:
        """Every project's undeleted cohorts that are not static, oldest first."""
        ...

    def exposed_experiments(self, project_id: ProjectId) -> Mapping[int, tuple[int, ...]]:
        """Cohort to the undeleted experiments whose exposed persons it holds, by id."""
        ...

    def set_members(self, cohort_id: int, person_ids: Iterable[UUID]) -> None:
        """Make these the cohort's list, and count those that are stored persons."""
        ...

    def add_members(self, cohort_id: int, members: Iterable[Member]) -> None:
        """Of two times at which a member showed a behaviour the later one is kept."""
        ...

    def remove_members(self, cohort_id: int, person_ids: Iterable[UUID] | None = None) -> None:
        """Take these persons out; None: all of them."""
        ...

    def memberships(
        self, cohort_ids: Iterable[int], person_ids: Iterable[UUID]
    ) -> Mapping[UUID, Memberships]:
        """What of these cohorts each of the persons is in; who is in none is left out."""
        ...

    def member_ids(
        self,
        cohort_id: int,
        *,
        behaviour: int = 0,
        since: datetime | None = None,
        limit: int,
        offset: int,
        stored_only: bool = True,
    ) -> tuple[UUID, ...]:
        """Who is listed, or showed the behaviour at `since` or later, by id.

        Unless `stored_only` is false, who is no stored person is left out.
        """
        ...

    def count_members(
        self, cohort_id: int, *, behaviour: int = 0, since: datetime | None = None
    ) -> int:
        """How many stored persons there are of these."""
        ...

    def person_ids(
        self, project_id: ProjectId, *, after: UUID | None, limit: int
    ) -> tuple[UUID, ...]:
        """The project's stored persons in the order of their ids, from behind `after`."""
        ...
