"""What the request bodies may hold, for the API's description."""

from collections.abc import Sequence

_FIELDS = {
    "name": {"type": "string", "minLength": 1, "maxLength": 400},
    "description": {"type": ["string", "null"], "maxLength": 400},
    "filters": {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {
                "properties": {"type": "array", "items": {"type": "object"}},
                "rollout_percentage": {"type": "number", "minimum": 0, "maximum": 100},
            },
            "required": ["rollout_percentage"],
            "additionalProperties": True,
        },
    },
}


def _body(required: Sequence[str]) -> dict[str, object]:
    schema = {"type": "object", "properties": _FIELDS, "required": list(required)}
    return {
        "requestBody": {
            "required": bool(required),
            "content": {"application/json": {"schema": schema}},
        }
    }


CREATE_BODY = _body(("name", "filters"))
PATCH_BODY = _body(())
PUT_BODY = _body(("name",))
