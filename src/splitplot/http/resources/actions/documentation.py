"""What the request bodies may hold, for the API's description."""

from collections.abc import Sequence

from splitplot.events.actions import TextMatching

_TEXT: dict[str, object] = {"type": ["string", "null"]}
_MATCHING: dict[str, object] = {"enum": [*TextMatching, None]}
_STEP: dict[str, object] = {
    "type": "object",
    "properties": {
        "event": {"type": ["string", "null"], "description": "Null stands for every event."},
        "properties": {
            "type": ["array", "null"],
            "items": {"type": "object"},
            "description": "Filters, all of which have to hold.",
        },
        "url": {
            "type": ["string", "null"],
            "description": "Compared with `$current_url`; `%` in a part stands for anything.",
        },
        "url_matching": _MATCHING,
        "selector": _TEXT,
        "tag_name": _TEXT,
        "text": _TEXT,
        "text_matching": _MATCHING,
        "href": _TEXT,
        "href_matching": _MATCHING,
    },
}
_FIELDS: dict[str, object] = {
    "name": {"type": "string", "maxLength": 400},
    "description": {"type": ["string", "null"], "maxLength": 4000},
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 255}},
    "steps": {
        "type": ["array", "null"],
        "items": _STEP,
        "description": "An event that is any of the steps is the action.",
    },
    "post_to_slack": {"type": "boolean"},
    "slack_message_format": {"type": ["string", "null"], "maxLength": 1200},
    "deleted": {"type": "boolean"},
}


def _body(required: Sequence[str] = ()) -> dict[str, object]:
    schema = {"type": "object", "properties": _FIELDS, "required": list(required)}
    return {
        "requestBody": {
            "required": bool(required),
            "content": {"application/json": {"schema": schema}},
        }
    }


# The route answers the same for every number, so it does not read it.
NOT_ALLOWED: dict[str, object] = {
    "parameters": [
        {"name": "action_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    ]
}
CREATE_BODY = _body(("name",))
PATCH_BODY = _body()
