"""What the request bodies may hold, for the API's description."""

from collections.abc import Sequence

_FIELDS: dict[str, object] = {
    "name": {"type": "string"},
    "key": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 400},
    "filters": {"type": "object", "additionalProperties": True},
    "deleted": {"type": "boolean"},
    "active": {"type": "boolean"},
    "ensure_experience_continuity": {"type": ["boolean", "null"]},
    "evaluation_contexts": {"type": "array", "items": {"type": "string"}},
    "evaluation_runtime": {"enum": ["all", "client", "server"]},
    "bucketing_identifier": {"enum": ["distinct_id", "device_id", None]},
    "has_encrypted_payloads": {"type": "boolean"},
    "creation_context": {"type": "string"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "is_remote_configuration": {"type": ["boolean", "null"]},
}
_AS_SEEN: dict[str, object] = {
    "version": {"type": ["integer", "null"], "description": "Of the flag as it was seen."},
    "original_flag": {
        "type": ["object", "null"],
        "additionalProperties": True,
        "description": "The flag as it was seen; with it, a change in between is a conflict.",
    },
}


def _body(fields: dict[str, object], required: Sequence[str] = ()) -> dict[str, object]:
    schema = {"type": "object", "properties": fields, "required": list(required)}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    }


CREATE_BODY = _body(_FIELDS, ("key",))
PATCH_BODY = _body({**_FIELDS, **_AS_SEEN})
# The route answers the same for every number, so it does not read it.
NOT_ALLOWED: dict[str, object] = {
    "parameters": [
        {"name": "flag_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    ]
}
