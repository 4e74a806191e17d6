from typing import Any

import pytest

from splitplot.flags import EvaluationContext, Stored
from tests.unit.flags.flag_cases import (
    GROUP_TYPES,
    NOW,
    ask_all,
    flag_of_case,
    load_cases,
    make_flag,
    summary,
)

SCENARIOS = load_cases("scenarios")["rows"]
OPERATORS = load_cases("operators")["rows"]


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: f"{case['id']} {case['name']}")
def test_every_scenario(case: dict[str, Any]) -> None:
    request, state = case["request"], case["state"]
    asked = EvaluationContext(
        distinct_id=request["distinct_id"],
        now=NOW,
        device_id=request.get("$device_id"),
        anon_distinct_id=request.get("$anon_distinct_id"),
        person_properties=request.get("person_properties", {}),
        groups=request.get("groups", {}),
        stored=Stored(
            properties=state.get("person", {}),
            group_properties=state.get("groupprops", {}),
            hash_ids=state.get("overrides", {}),
            static_cohorts={int(key): value for key, value in state.get("static", {}).items()},
        ),
    )
    answers = ask_all(
        [flag_of_case(document) for document in case["flags"]],
        asked,
        cohorts={int(key): value for key, value in state.get("cohorts", {}).items()},
    )
    assert {answer.flag_key: summary(answer) for answer in answers} == case["expected"]
    assert not answers.has_errors


@pytest.mark.parametrize("row", OPERATORS, ids=lambda row: row["id"])
@pytest.mark.parametrize("kind", ["person", "group"])
def test_every_operator_decides_a_condition(row: dict[str, Any], kind: str) -> None:
    document = {"key": "p", "type": kind, "value": row["value"]}
    if "operator" in row:
        document["operator"] = row["operator"]
    properties = {"p": row["property"]} if "property" in row else {}
    index = None if kind == "person" else 0
    flag = make_flag(
        "flag", {"properties": [document]}, filters={"aggregation_group_type_index": index}
    )
    asked = EvaluationContext(
        distinct_id="user-1",
        now=NOW,
        person_properties=properties if kind == "person" else {},
        groups={GROUP_TYPES[0]: "acme"},
        group_properties={GROUP_TYPES[0]: properties} if kind == "group" else {},
    )
    (answer,) = ask_all([flag], asked)
    assert answer.enabled is row["expected"]
    assert answer.reason == ("condition_match" if row["expected"] else "no_condition_match")
