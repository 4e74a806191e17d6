"""Whom a flag is explained for, and the explanation, on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.filters.text import text_of
from splitplot.flags.explain import (
    ExplainedCondition,
    ExplainedFilter,
    ExplainedStep,
    Explanation,
)
from splitplot.flags.model import EvaluationContext
from splitplot.http.fields import document
from splitplot.http.models import ExactBody

_LONGEST_ID = 200
_OBJECT = {"type": "object", "additionalProperties": True}
EXPLAIN_BODY: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["distinct_id"],
                    "properties": {
                        "distinct_id": {"type": "string", "maxLength": _LONGEST_ID},
                        "device_id": {"type": ["string", "null"], "maxLength": _LONGEST_ID},
                        "person_properties": {
                            **_OBJECT,
                            "description": "Laid over what is stored about the person.",
                        },
                        "groups": {
                            "type": "object",
                            "additionalProperties": {"type": "string"},
                            "description": "Group type to the key of the unit's group.",
                        },
                        "group_properties": {"type": "object", "additionalProperties": _OBJECT},
                    },
                }
            }
        },
    }
}


class ExplainedFilterBody(ExactBody):
    """A filter of a condition, and whether it holds.

    `holds` is null when the filter's cohort does not exist. `value_seen` is the unit's own
    value of the property; `is_seen` says whether there is one.
    """

    key: str
    type: str
    operator: str | None
    value: object
    holds: bool | None
    is_seen: bool
    value_seen: object


class ExplainedConditionBody(ExactBody):
    """A release condition, asked whether or not an earlier one has decided.

    `hash_percentage` is where the unit falls on the line from 0 to 100: it is let in when
    that is at most `rollout_percentage`. `variant_hash_percentage` is where it falls among
    the variants; null when there is nothing to choose between.
    """

    index: int
    outcome: Literal["match", "out_of_rollout", "no_match", "no_unit", "failed"]
    is_reached: bool
    decides: bool
    filters: list[ExplainedFilterBody]
    rollout_percentage: float
    hash_percentage: float | None
    variant_hash_percentage: float | None
    variant: str | None


class ExplainedStepBody(ExactBody):
    """What is asked before the conditions; null where nobody is hashed."""

    kind: Literal["early_access", "super_condition", "holdout"]
    decides: bool
    rollout_percentage: float | None
    hash_percentage: float | None


class VariantRangeBody(ExactBody):
    """Units from `start_percentage` up to, but without, `end_percentage` get the variant."""

    key: str
    start_percentage: float
    end_percentage: float


class FlagExplanationBody(ExactBody):
    """What a flag serves to somebody, and how it came to that.

    `value` is the variant, or whether the flag is on. An inactive flag is explained as if
    it were active. `steps` and `conditions` are empty when the rules were not looked at.
    """

    flag_key: str
    value: bool | str
    enabled: bool
    variant: str | None
    reason: str
    description: str
    condition_index: int | None
    failed: bool
    steps: list[ExplainedStepBody]
    conditions: list[ExplainedConditionBody]
    variants: list[VariantRangeBody]


def explain_request(body: Properties, *, now: datetime) -> EvaluationContext:
    """Whom the flag is explained for; ids are taken as SDKs' requests are.

    Raises:
        InvalidInput: There is no distinct id, or a member is of another kind.
    """
    distinct_id = _id(body, "distinct_id")
    if distinct_id is None:
        raise InvalidInput("This field is required.", code="required", attr="distinct_id")
    person = _object(body, "person_properties")
    groups = _object(body, "groups")
    group_properties = _object(body, "group_properties")
    device_id = _id(body, "device_id") or _id(person, "$device_id", "person_properties")
    return EvaluationContext(
        distinct_id=distinct_id,
        now=now,
        device_id=device_id or None,
        person_properties=person,
        groups={name: key for name in groups if (key := _id(groups, name, "groups"))},
        group_properties={
            name: _object(group_properties, name, "group_properties") for name in group_properties
        },
    )


def _id(members: Properties, name: str, within: str = "") -> str | None:
    value = members.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidInput("Not a valid string.", attr=_place(name, within))
    return text_of(value)[:_LONGEST_ID]


def _object(members: Properties, name: str, within: str = "") -> Mapping[str, JsonValue]:
    value = members.get(name)
    return {} if value is None else document(value, _place(name, within))


def _place(name: str, within: str) -> str:
    return f"{within}.{name}" if within else name


def explanation_body(explanation: Explanation) -> dict[str, object]:
    """A `FlagExplanationBody`."""
    answer = explanation.evaluation
    return {
        "flag_key": answer.flag_key,
        "value": answer.value,
        "enabled": answer.enabled,
        "variant": answer.variant,
        "reason": answer.reason,
        "description": answer.description,
        "condition_index": answer.condition_index,
        "failed": answer.failed,
        "steps": [_step(step) for step in explanation.steps],
        "conditions": [_condition(condition) for condition in explanation.conditions],
        "variants": [
            {
                "key": one.key,
                "start_percentage": one.start * 100,
                "end_percentage": one.end * 100,
            }
            for one in explanation.variants
        ],
    }


def _step(step: ExplainedStep) -> dict[str, object]:
    return {
        "kind": step.kind,
        "decides": step.decides,
        "rollout_percentage": _percentage(step.share),
        "hash_percentage": _percentage(step.point),
    }


def _condition(condition: ExplainedCondition) -> dict[str, object]:
    return {
        "index": condition.index,
        "outcome": condition.outcome,
        "is_reached": condition.is_reached,
        "decides": condition.decides,
        "filters": [_filter(item) for item in condition.filters],
        "rollout_percentage": _percentage(condition.rollout_share),
        "hash_percentage": _percentage(condition.rollout_point),
        "variant_hash_percentage": _percentage(condition.variant_point),
        "variant": condition.pinned_variant,
    }


def _filter(item: ExplainedFilter) -> dict[str, object]:
    return {
        "key": item.filter.key,
        "type": item.filter.kind,
        "operator": item.filter.operator,
        "value": item.filter.value,
        "holds": item.holds,
        "is_seen": item.is_seen,
        "value_seen": item.seen,
    }


def _percentage(share: float | None) -> float | None:
    return None if share is None else share * 100
