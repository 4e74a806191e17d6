"""What the request bodies may hold, for the API's description."""

from collections.abc import Sequence

_OBJECT = {"type": "object", "additionalProperties": True}
_VARIANT = {
    "type": "object",
    "properties": {
        "rollout_percentage": {"type": "number", "minimum": 0, "maximum": 100},
        "transforms": {"type": ["array", "null"], "items": _OBJECT},
        "conditions": {"type": ["object", "string", "null"], "additionalProperties": True},
    },
    "required": ["rollout_percentage"],
    "additionalProperties": True,
}
_FIELDS = {
    "name": {"type": "string", "minLength": 1, "maxLength": 400},
    "created_at": {"type": "string", "format": "date-time"},
    "variants": {
        "type": "object",
        "properties": {"control": _VARIANT},
        "required": ["control"],
        "additionalProperties": _VARIANT,
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


CREATE_BODY = _body(("name", "variants"))
PATCH_BODY = _body(())
