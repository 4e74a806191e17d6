"""What the request bodies may hold, for the API's description."""

from collections.abc import Sequence

_FIELDS = {
    "name": {"type": "string", "minLength": 1, "maxLength": 400},
    "description": {"type": ["string", "null"], "maxLength": 400},
    "query": {
        "type": "object",
        "properties": {
            "kind": {"const": "ExperimentMetric"},
            "metric_type": {"enum": ["mean", "funnel", "ratio", "retention"]},
        },
        "required": ["kind", "metric_type"],
        "additionalProperties": True,
    },
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 255}},
}


def _body(required: Sequence[str]) -> dict[str, object]:
    schema = {"type": "object", "properties": _FIELDS, "required": list(required)}
    return {
        "requestBody": {
            "required": bool(required),
            "content": {"application/json": {"schema": schema}},
        }
    }


CREATE_BODY = _body(("name", "query"))
PATCH_BODY = _body(())
