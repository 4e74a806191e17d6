"""What OFREP clients send, read into a context, and what they are answered."""

from collections.abc import Mapping
from datetime import datetime

from splitplot.errors import InvalidInput, Undecodable
from splitplot.filters.model import JsonValue, Properties
from splitplot.filters.text import text_of
from splitplot.flags import Evaluation, EvaluationContext
from splitplot.flags.interchange.ofrep import Resolution
from splitplot.http.decoding import json_value

_LONGEST_ID = 200
_TARGETING_KEY, _GROUPS, _DEVICE_ID = "targetingKey", "groups", "$device_id"
_NO_PROPERTIES = frozenset({_TARGETING_KEY, _GROUPS, _DEVICE_ID})


def context_of(body: bytes, *, now: datetime) -> EvaluationContext:
    """Whom the flags are evaluated for. Attributes are properties of the person.

    Raises:
        Undecodable: The body is no JSON.
        InvalidInput: It is no context, or one without a targeting key.
    """
    if not body.strip():
        raise Undecodable("The request's body is empty.")
    request = json_value(body)
    context = request.get("context", {}) if isinstance(request, Mapping) else None
    if not isinstance(context, Mapping):
        raise InvalidInput("`context` must be an object.", code="INVALID_CONTEXT")
    targeting_key = _id(context, _TARGETING_KEY)
    if not targeting_key:
        raise InvalidInput("The context has no targeting key.", code="TARGETING_KEY_MISSING")
    groups = context.get(_GROUPS)
    return EvaluationContext(
        distinct_id=targeting_key,
        now=now,
        device_id=_id(context, _DEVICE_ID),
        person_properties={k: v for k, v in context.items() if k not in _NO_PROPERTIES},
        groups=_groups(groups) if groups is not None else {},
    )


def resolution_body(resolution: Resolution) -> dict[str, JsonValue]:
    """A flag's answer."""
    return {
        "key": resolution.key,
        "value": resolution.value,
        "reason": resolution.reason,
        "variant": resolution.variant,
        "metadata": resolution.metadata,
    }


def failure_body(key: str | None, *, code: str, details: str) -> dict[str, JsonValue]:
    """Why there is no answer: for one flag, or for all when there is no key."""
    named: dict[str, JsonValue] = {} if key is None else {"key": key}
    return {**named, "errorCode": code, "errorDetails": details}


def failed_flag_body(evaluation: Evaluation) -> dict[str, JsonValue]:
    """Why one of many flags has no answer."""
    return failure_body(evaluation.flag_key, code="GENERAL", details=evaluation.description)


def _groups(value: JsonValue) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidInput("`groups` must be an object.", code="INVALID_CONTEXT")
    found = {name: _id(value, name) for name in value}
    return {name: key for name, key in found.items() if key}


def _id(fields: Properties, name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidInput(f"`{name}` must be a text.", code="INVALID_CONTEXT")
    return text_of(value)[:_LONGEST_ID]
