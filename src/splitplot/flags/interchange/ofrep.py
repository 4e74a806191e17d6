"""A flag's answers in the words of OpenFeature: value, variant and reason."""

import json
from dataclasses import dataclass
from enum import StrEnum

from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import Evaluation, Flag, Reason, Rules
from splitplot.flags.wire import parse_rules

# The variants of a flag that has none.
_ON, _OFF = "on", "off"
# What a flag's document says when its payloads are its values.
TYPED = "typed_payloads"


class Resolved(StrEnum):
    """Why a flag has its value."""

    STATIC = "STATIC"
    TARGETING_MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"
    DISABLED = "DISABLED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What one flag serves, as OpenFeature clients read it.

    Attributes:
        metadata: What we know beyond that: scalars alone.
    """

    key: str
    value: JsonValue
    variant: str
    reason: Resolved
    metadata: Properties


class Resolver:
    """Puts one flag's answers into those words."""

    def __init__(self, flag: Flag) -> None:
        self.flag = flag
        self._rules: Rules = parse_rules(flag.filters)
        self._is_typed = flag.filters.get(TYPED) is True

    def resolution(self, evaluation: Evaluation) -> Resolution:
        """The flag's answer to one unit; it must not have failed."""
        if not evaluation.enabled:
            return self._off(evaluation.reason, Resolved.UNKNOWN, evaluation.condition_index)
        value, variant = evaluation.value, evaluation.variant
        payload = evaluation.payload if self._is_typed else None
        return self._resolution(
            value=value if payload is None else _parsed(payload),
            variant=_ON if variant is None else variant,
            reason=self._reason(evaluation),
            reason_code=evaluation.reason,
            condition_index=evaluation.condition_index,
        )

    def disabled(self) -> Resolution:
        """What the flag answers to everybody while it is inactive."""
        return self._off(Reason.FLAG_DISABLED, Resolved.DISABLED, None)

    def _off(self, reason_code: str, reason: Resolved, condition_index: int | None) -> Resolution:
        return self._resolution(
            value=False,
            variant=_OFF,
            reason=reason,
            reason_code=reason_code,
            condition_index=condition_index,
        )

    def _resolution(
        self,
        *,
        value: JsonValue,
        variant: str,
        reason: Resolved,
        reason_code: str,
        condition_index: int | None,
    ) -> Resolution:
        metadata: dict[str, JsonValue] = {
            "reason_code": reason_code,
            "flag_version": self.flag.version,
        }
        if condition_index is not None:
            metadata["condition_index"] = condition_index
        return Resolution(
            key=self.flag.key, value=value, variant=variant, reason=reason, metadata=metadata
        )

    def _reason(self, evaluation: Evaluation) -> Resolved:
        if evaluation.reason == Reason.HOLDOUT_CONDITION_VALUE:
            return Resolved.SPLIT
        if evaluation.reason != Reason.CONDITION_MATCH or evaluation.condition_index is None:
            return Resolved.TARGETING_MATCH
        condition = self._rules.conditions[evaluation.condition_index]
        if evaluation.variant is not None:
            is_pinned = condition.variant == evaluation.variant
            return Resolved.TARGETING_MATCH if is_pinned else Resolved.SPLIT
        if condition.rollout_share < 1:
            return Resolved.SPLIT
        return Resolved.TARGETING_MATCH if condition.filters else Resolved.STATIC


def _parsed(payload: JsonValue) -> JsonValue:
    """The payload's value; text that is not JSON is itself."""
    if not isinstance(payload, str):
        return payload
    try:
        value: JsonValue = json.loads(payload, parse_constant=_refuse)
    except ValueError:
        return payload
    return value


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
