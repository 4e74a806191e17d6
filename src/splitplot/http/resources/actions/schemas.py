"""Actions as they go over the wire."""

from splitplot.accounts.access import Resource
from splitplot.accounts.model import UserId
from splitplot.events.actions import TextMatching, step_document
from splitplot.http.auth import Caller
from splitplot.http.models import Document, ExactBody, Instant, UserBlock
from splitplot.http.wire import instant, user_block
from splitplot.services.event_actions.records import ActionRecord


class ActionStepBody(ExactBody):
    """One way for an event to be the action; null says nothing."""

    event: str | None
    properties: list[Document]
    selector: str | None
    tag_name: str | None
    text: str | None
    text_matching: TextMatching | None
    href: str | None
    href_matching: TextMatching | None
    url: str | None
    url_matching: TextMatching | None


class ActionBody(ExactBody):
    """An action. What belongs to other products is kept or empty."""

    id: int
    name: str
    description: str
    tags: list[str]
    post_to_slack: bool
    slack_message_format: str
    steps: list[ActionStepBody]
    created_at: Instant
    created_by: UserBlock | None
    updated_at: Instant
    deleted: bool
    is_calculating: bool
    last_calculated_at: Instant
    team_id: int
    is_action: bool
    bytecode_error: str | None
    pinned_at: Instant | None
    creation_context: str | None
    user_access_level: str | None


def action_body(record: ActionRecord, caller: Caller) -> dict[str, object]:
    """An `ActionBody` for whoever asks."""
    action = record.action
    author = None if action.created_by_id is None else UserId(action.created_by_id)
    return {
        "id": action.id,
        "name": action.name,
        "description": action.description,
        "tags": list(action.tags),
        "post_to_slack": action.post_to_slack,
        "slack_message_format": action.slack_message_format,
        "steps": [step_document(step) for step in action.steps],
        "created_at": instant(action.created_at),
        "created_by": user_block(record.created_by),
        "updated_at": instant(action.updated_at),
        "deleted": action.deleted,
        "is_calculating": False,
        # Nothing is calculated ahead: which events it is holds from the change on.
        "last_calculated_at": instant(action.updated_at),
        "team_id": caller.project.id,
        "is_action": True,
        "bytecode_error": None,
        "pinned_at": None,
        "creation_context": None,
        "user_access_level": caller.level_for(Resource.ACTION, created_by_id=author),
    }
