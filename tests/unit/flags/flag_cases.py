"""Flags, contexts and shared cases for the flag tests."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from splitplot.filters.model import JsonValue, Properties
from splitplot.flags import (
    Evaluation,
    EvaluationContext,
    Evaluations,
    Flag,
    FlagId,
    Scope,
    compile_flags,
    evaluate,
)

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
GROUP_TYPES = ("company", "team")


def load_cases(name: str) -> dict[str, Any]:
    document = json.loads(Path(f"tests/cases/flags/{name}.json").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def condition(
    *filters: Properties, rollout: float | None = 100, **extra: JsonValue
) -> dict[str, JsonValue]:
    return {"properties": list(filters), "rollout_percentage": rollout, **extra}


def variants(**percentages: float) -> dict[str, JsonValue]:
    return {
        "variants": [
            {"key": key, "rollout_percentage": percentage}
            for key, percentage in percentages.items()
        ]
    }


def make_flag(
    key: str = "flag",
    *groups: Properties,
    flag_id: int = 1,
    filters: Properties | None = None,
) -> Flag:
    return Flag(
        id=FlagId(flag_id),
        key=key,
        name="",
        filters={"groups": list(groups), **(filters or {})},
        active=True,
        created_at=NOW,
        updated_at=NOW,
    )


def flag_of_case(document: Mapping[str, Any]) -> Flag:
    flag = make_flag(document["key"], flag_id=document["id"], filters=document["filters"])
    rest = {name: document[name] for name in document if name not in ("id", "key", "filters")}
    return replace(flag, **rest)


def context(
    distinct_id: str = "user-1", person_properties: Properties | None = None
) -> EvaluationContext:
    return EvaluationContext(
        distinct_id=distinct_id, now=NOW, person_properties=person_properties or {}
    )


def ask_all(
    flags: list[Flag],
    asked: EvaluationContext | None = None,
    *,
    cohorts: Mapping[int, Properties] | None = None,
    scope: Scope | None = None,
) -> Evaluations:
    compiled = compile_flags(flags, group_types=GROUP_TYPES, cohorts=cohorts or {})
    return evaluate(compiled, asked or context(), scope=scope or Scope())


def ask(flag: Flag, asked: EvaluationContext | None = None) -> Evaluation:
    (answer,) = ask_all([flag], asked)
    return answer


def summary(answer: Evaluation) -> dict[str, object]:
    """The part of an answer that the shared scenarios state."""
    return {
        "enabled": answer.enabled,
        "variant": answer.variant,
        "reason": answer.reason,
        "condition_index": answer.condition_index,
        "payload": answer.payload,
    }
