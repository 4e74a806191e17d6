"""Actions."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, RowMapping, select, update

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata import tables
from splitplot.adapters.metadata.rows import Row
from splitplot.adapters.metadata.statements import (
    chunks,
    in_code_point_order,
    insert_numbered,
)
from splitplot.errors import NotFound
from splitplot.events.actions import Action, read_steps, step_document

_a = tables.actions.c


class SqlActions:
    """Implements `ports.actions.ActionRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, project_id: ProjectId, action: Action) -> Action:
        row = _row(action) | {"project_id": project_id}
        return self._get(project_id, insert_numbered(self._connection, tables.actions, row))

    def save(self, project_id: ProjectId, action: Action) -> Action:
        self._connection.execute(
            update(tables.actions)
            .where(_a.project_id == project_id, _a.id == action.id)
            .values(_row(action))
        )
        return self._get(project_id, action.id)

    def find(self, project_id: ProjectId, action_id: int) -> Action | None:
        return self.find_many(project_id, (action_id,)).get(action_id)

    def find_many(self, project_id: ProjectId, action_ids: Iterable[int]) -> Mapping[int, Action]:
        found = [
            _action_of(row)
            for chunk in chunks(action_ids)
            for row in self._connection.execute(
                select(tables.actions).where(_a.project_id == project_id, _a.id.in_(chunk))
            ).mappings()
        ]
        return {action.id: action for action in found}

    def of_project(self, project_id: ProjectId) -> tuple[Action, ...]:
        found = self._connection.execute(
            select(tables.actions)
            .where(_a.project_id == project_id, ~_a.deleted)
            .order_by(in_code_point_order(self._connection, _a.name), _a.id)
        )
        return tuple(_action_of(row) for row in found.mappings())

    def _get(self, project_id: ProjectId, action_id: int) -> Action:
        action = self.find(project_id, action_id)
        if action is None:
            raise NotFound("There is no such action.")
        return action


def _action_of(row: RowMapping) -> Action:
    return Action(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        tags=tuple(row["tags"]),
        steps=read_steps(row["steps"]),
        post_to_slack=row["post_to_slack"],
        slack_message_format=row["slack_message_format"],
        deleted=row["deleted"],
        created_at=row["created_at"],
        created_by_id=row["created_by_id"],
        updated_at=row["updated_at"],
    )


def _row(action: Action) -> Row:
    """All but id and project."""
    return {
        "name": action.name,
        "description": action.description,
        "tags": list(action.tags),
        "steps": [step_document(step) for step in action.steps],
        "post_to_slack": action.post_to_slack,
        "slack_message_format": action.slack_message_format,
        "deleted": action.deleted,
        "created_at": action.created_at,
        "created_by_id": action.created_by_id,
        "updated_at": action.updated_at,
    }
