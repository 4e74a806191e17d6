"""The flags of each project, held in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from splitplot.accounts.model import Project, ProjectId
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagSnapshot:
    """All that evaluation needs of one project, consistent at one revision.

    Attributes:
        flags: Undeleted flags, inactive ones included, ordered by key.
        group_types: Group type names; the position is the type's index.
        cohorts: Dynamic cohorts without behaviours, id to property groups as on the wire.
        behavioural_cohorts: Dynamic cohorts that ask for behaviours, likewise.
        static_cohorts: Cohorts whose members are listed.
        revision: Grows with every write to flags, cohorts, group types or the project.
    """

    project: Project
    flags: tuple[Flag, ...]
    group_types: tuple[str, ...] = ()
    cohorts: Mapping[int, Properties]
    behavioural_cohorts: Mapping[int, Properties] = field(default_factory=dict)
    static_cohorts: frozenset[int] = frozenset()
    revision: int

    @property
    def cohort_ids(self) -> frozenset[int]:
        """Every cohort that a condition may ask about."""
        return frozenset({*self.cohorts, *self.behavioural_cohorts, *self.static_cohorts})


class FlagSource(Protocol):
    def find(self, api_token: str) -> FlagSnapshot | None:
        """The snapshot of the project with this public token. No database is asked."""
        ...

    def find_project(self, project_id: ProjectId) -> FlagSnapshot | None:
        """The same, by the project's id."""
        ...

    def refresh(self) -> None:
        """Take in every committed change. Cheap when there is none; thread-safe."""
        ...
