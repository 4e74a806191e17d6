"""What the request bodies may hold, for the API's description.

The bodies are read by hand, so that absent and null stay apart; this says the same.
"""

from collections.abc import Mapping, Sequence

from splitplot.experiments.model import Conclusion, ExperimentType
from splitplot.stats.running_time import PlannedMetric

_OBJECT = {"type": "object", "additionalProperties": True}
_OBJECT_OR_NULL = {"type": ["object", "null"], "additionalProperties": True}
_OBJECTS = {"type": "array", "items": _OBJECT}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_BOOLEAN = {"type": "boolean"}
_DATE = {"type": ["string", "null"], "format": "date-time"}
_UUIDS = {"type": ["array", "null"], "items": {"type": "string"}}
_CONCLUSION = {"enum": [*Conclusion, None]}

_FIELDS: Mapping[str, object] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 400},
    "description": {"type": ["string", "null"], "maxLength": 3000},
    "start_date": _DATE,
    "end_date": _DATE,
    "feature_flag_key": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 400},
    "holdout_id": {"type": ["integer", "null"]},
    "parameters": _OBJECT_OR_NULL,
    "secondary_metrics": _OBJECTS,
    "saved_metrics_ids": {
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "properties": {"id": {"type": "integer"}, "metadata": _OBJECT_OR_NULL},
            "required": ["id"],
        },
    },
    "filters": _OBJECT,
    "archived": _BOOLEAN,
    "deleted": _BOOLEAN,
    "type": {"enum": [*ExperimentType, None]},
    "exposure_criteria": _OBJECT_OR_NULL,
    "metrics": {"type": ["array", "null"], "items": _OBJECT},
    "metrics_secondary": {"type": ["array", "null"], "items": _OBJECT},
    "stats_config": _OBJECT,
    "scheduling_config": _OBJECT_OR_NULL,
    "_create_in_folder": _TEXT_OR_NULL,
    "conclusion": _CONCLUSION,
    "conclusion_comment": _TEXT_OR_NULL,
    "primary_metrics_ordered_uuids": _UUIDS,
    "secondary_metrics_ordered_uuids": _UUIDS,
    "exposure_preaggregation_enabled": _BOOLEAN,
    "only_count_matured_users": _BOOLEAN,
    "excluded_variants": {"type": "array", "items": {"type": "string"}},
    "allow_unknown_events": _BOOLEAN,
    "update_feature_flag_params": _BOOLEAN,
}
_ENDING: Mapping[str, object] = {
    "conclusion": _CONCLUSION,
    "conclusion_comment": _TEXT_OR_NULL,
}


def _body(fields: Mapping[str, object], required: Sequence[str] = ()) -> dict[str, object]:
    schema = {"type": "object", "properties": fields, "required": list(required)}
    return {
        "requestBody": {
            "required": bool(required),
            "content": {"application/json": {"schema": schema}},
        }
    }


CREATE_BODY = _body(_FIELDS, ("name", "feature_flag_key"))
PATCH_BODY = _body(_FIELDS)
END_BODY = _body(_ENDING)
SHIP_BODY = _body(
    {"variant_key": {"type": "string"}, **_ENDING, "release_to_everyone": _BOOLEAN},
    ("variant_key",),
)
_COPY_FIELDS: Mapping[str, object] = {
    "name": {"type": ["string", "null"], "minLength": 1, "maxLength": 400},
    "feature_flag_key": {"type": ["string", "null"], "minLength": 1},
}
DUPLICATE_BODY = _body(_COPY_FIELDS)
COPY_BODY = _body({"target_team_id": {"type": "integer"}, **_COPY_FIELDS}, ("target_team_id",))
_NUMBER = {"type": ["number", "null"]}
RUNNING_TIME_BODY = _body(
    {
        "metric_type": {"enum": [*PlannedMetric]},
        "minimum_detectable_effect": {"type": "number", "description": "In percent."},
        "number_of_variants": {"type": ["integer", "null"], "minimum": 1, "default": 2},
        "exposure_rate_per_day": _NUMBER,
        "baseline_value": _NUMBER,
        "baseline_stats": {
            "type": ["object", "null"],
            "properties": {
                "number_of_samples": {"type": "integer", "minimum": 0},
                "sum": {"type": "number"},
                "sum_squares": _NUMBER,
                "denominator_sum": _NUMBER,
                "denominator_sum_squares": _NUMBER,
                "numerator_denominator_sum_product": _NUMBER,
                "step_counts": {"type": ["array", "null"], "items": {"type": "number"}},
            },
            "required": ["number_of_samples", "sum"],
        },
        "variance": _NUMBER,
    },
    ("metric_type", "minimum_detectable_effect"),
)
# The route answers the same for every number, so it does not read it.
NOT_ALLOWED: dict[str, object] = {
    "parameters": [
        {
            "name": "experiment_id",
            "in": "path",
            "required": True,
            "schema": {"type": "integer"},
        }
    ]
}
