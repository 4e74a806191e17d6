"""Where actions are kept."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from splitplot.accounts.model import ProjectId
from splitplot.events.actions import Action


class ActionRepository(Protocol):
    def add(self, project_id: ProjectId, action: Action) -> Action:
        """Store it under the next free id; the given id is ignored."""
        ...

    def save(self, project_id: ProjectId, action: Action) -> Action:
        """Store all of it, and answer it as stored.

        Raises:
            NotFound: The project has none with this id.
        """
        ...

    def find(self, project_id: ProjectId, action_id: int) -> Action | None:
        """Soft-deleted actions too."""
        ...

    def find_many(self, project_id: ProjectId, action_ids: Iterable[int]) -> Mapping[int, Action]:
        """Those of these ids that exist, soft-deleted ones too, in one query."""
        ...

    def of_project(self, project_id: ProjectId) -> tuple[Action, ...]:
        """Undeleted ones, by name and then by id."""
        ...
