"""What the request bodies may hold, for the API's description."""

from collections.abc import Sequence

_FIELDS: dict[str, object] = {
    "name": {"type": "string", "maxLength": 400},
    "description": {"type": ["string", "null"], "maxLength": 1000},
    "filters": {
        "type": ["object", "null"],
        "additionalProperties": True,
        "description": "`properties`: nested groups of filters and behaviours.",
    },
    "groups": {
        "type": ["array", "null"],
        "items": {"type": "object"},
        "description": "The older form of `filters`.",
    },
    "is_static": {"type": "boolean", "description": "Persons are listed, not described."},
    "deleted": {"type": "boolean"},
    "_create_static_person_ids": {
        "type": "array",
        "items": {"type": "string"},
        "description": "The persons of a static cohort, by uuid or distinct id.",
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


# The route answers the same for every number, so it does not read it.
NOT_ALLOWED: dict[str, object] = {
    "parameters": [
        {"name": "cohort_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    ]
}
CREATE_BODY = _body(_FIELDS, ("name",))
PATCH_BODY = _body(_FIELDS)
