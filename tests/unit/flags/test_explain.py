"""An explanation tells the decision that was made, and its parts agree with it."""

from typing import Any

import pytest

from splitplot.filters.model import Properties
from splitplot.flags import (
    EvaluationContext,
    Explanation,
    Flag,
    Scope,
    Stored,
    compile_flags,
)
from splitplot.flags.explain import ConditionOutcome
from tests.unit.flags.flag_cases import (
    GROUP_TYPES,
    NOW,
    condition,
    context,
    flag_of_case,
    load_cases,
    make_flag,
    variants,
)

SCENARIOS = load_cases("scenarios")["rows"]
PRO: Properties = {"key": "plan", "type": "person", "operator": "exact", "value": "pro"}
NO_COHORT: Properties = {"key": "id", "type": "cohort", "operator": "in", "value": 99}
FLAGS_OF_TWO: Properties = {"multivariate": variants(control=50, test=50)}


def explained(flag: Flag, asked: EvaluationContext | None = None) -> Explanation:
    selection = compile_flags([flag], group_types=GROUP_TYPES).select(Scope())
    found = selection.explain(flag.key, asked or context())
    assert found is not None
    return found


def asked_in(case: dict[str, Any]) -> EvaluationContext:
    request, state = case["request"], case["state"]
    return EvaluationContext(
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


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: f"{case['id']} {case['name']}")
def test_every_scenario_is_explained_as_it_is_decided(case: dict[str, Any]) -> None:
    cohorts = {int(key): value for key, value in case["state"].get("cohorts", {}).items()}
    flags = [flag_of_case(document) for document in case["flags"]]
    selection = compile_flags(flags, group_types=GROUP_TYPES, cohorts=cohorts).select(Scope())
    asked = asked_in(case)
    for answer in selection.evaluate(asked):
        explanation = selection.explain(answer.flag_key, asked)
        assert explanation is not None
        # The very object: a flag makes each of its answers once.
        assert explanation.evaluation is answer
        _check_parts(explanation)


def _check_parts(explanation: Explanation) -> None:
    answer = explanation.evaluation
    deciding = [item for item in explanation.conditions if item.decides]
    for item in deciding:
        assert answer.condition_index == item.index
        assert answer.reason in ("condition_match", "out_of_rollout_bound")
        assert (item.outcome is ConditionOutcome.MATCH) is answer.enabled
    for item in explanation.conditions:
        if item.outcome is ConditionOutcome.MATCH:
            assert all(each.holds for each in item.filters)
            assert item.rollout_point is not None
            assert item.rollout_point <= item.rollout_share
        if item.outcome is ConditionOutcome.OUT_OF_ROLLOUT:
            assert item.rollout_point is not None
            assert item.rollout_point > item.rollout_share
    if answer.reason == "condition_match":
        (decided,) = deciding
        assert answer.variant == _variant(explanation, decided.variant_point) or (
            answer.variant == decided.pinned_variant
        )


def _variant(explanation: Explanation, point: float | None) -> str | None:
    if point is None:
        return None
    ranges = explanation.variants
    return next((one.key for one in ranges if one.start <= point < one.end), None)


def test_points_and_ranges_show_which_variant_it_is() -> None:
    flag = make_flag("exp", condition(rollout=80), filters=FLAGS_OF_TWO)
    for number in range(50):
        explanation = explained(flag, context(f"user-{number}"))
        (item,) = explanation.conditions
        assert item.rollout_point is not None
        is_in = item.rollout_point <= 0.8
        assert explanation.evaluation.enabled is is_in
        if is_in:
            assert explanation.evaluation.variant == _variant(explanation, item.variant_point)
    assert [(one.key, one.start, one.end) for one in explanation.variants] == [
        ("control", 0.0, 0.5),
        ("test", 0.5, 1.0),
    ]


def test_an_empty_id_stands_at_zero() -> None:
    (item,) = explained(make_flag("f", condition(), filters=FLAGS_OF_TWO), context("")).conditions
    assert (item.rollout_point, item.variant_point) == (0, 0)


def test_later_conditions_are_asked_too_and_told_apart() -> None:
    flag = make_flag("f", condition(), condition(PRO))
    first, second = explained(flag, context("u", {"plan": "free"})).conditions
    assert (first.decides, first.is_reached) == (True, True)
    assert (second.decides, second.is_reached) == (False, False)
    assert second.outcome is ConditionOutcome.NO_MATCH
    (asked,) = second.filters
    assert (asked.holds, asked.is_seen, asked.seen) == (False, True, "free")


def test_a_property_that_nobody_knows_is_told_apart_from_null() -> None:
    flag = make_flag("f", condition(PRO))
    ((unknown,),) = (item.filters for item in explained(flag).conditions)
    ((null,),) = (item.filters for item in explained(flag, context("u", {"plan": None})).conditions)
    assert (unknown.is_seen, null.is_seen) == (False, True)


def test_group_properties_are_those_of_the_group() -> None:
    asked: Properties = {
        "key": "size",
        "type": "group",
        "group_type_index": 0,
        "operator": "gt",
        "value": 5,
    }
    flag = make_flag("f", condition(asked), filters={"aggregation_group_type_index": 0})
    by_group = EvaluationContext(
        distinct_id="u",
        now=NOW,
        groups={"company": "acme"},
        group_properties={"company": {"size": 7}},
    )
    (item,) = explained(flag, by_group).conditions
    assert (item.outcome, item.filters[0].seen) == (ConditionOutcome.MATCH, 7)
    (item,) = explained(flag, context()).conditions
    assert item.outcome is ConditionOutcome.NO_UNIT
    assert (item.rollout_point, item.variant_point) == (None, None)
    assert (item.filters[0].holds, item.filters[0].is_seen) == (False, False)


def test_what_comes_before_the_conditions_is_explained() -> None:
    early: Properties = {
        "feature_enrollment": True,
        "super_groups": [condition({"key": "beta", "type": "person", "value": ["true"]})],
        "holdout": {"id": 3, "exclusion_percentage": 100},
    }
    flag = make_flag("f", condition(), filters=early)
    explanation = explained(flag)
    assert [(step.kind, step.decides) for step in explanation.steps] == [
        ("early_access", False),
        ("super_condition", False),
        ("holdout", True),
    ]
    assert explanation.steps[0].point is None
    assert explanation.steps[2].point is not None
    assert explanation.evaluation.variant == "holdout-3"
    (item,) = explanation.conditions
    assert not item.is_reached
    enrolled = explained(flag, context("u", {"$feature_enrollment/f": True}))
    assert [step.decides for step in enrolled.steps] == [True, False, False]


def test_a_cohort_that_is_gone_fails_the_flag_and_says_where() -> None:
    explanation = explained(make_flag("f", condition(NO_COHORT)))
    (item,) = explanation.conditions
    assert explanation.evaluation.failed
    assert (item.outcome, item.decides) == (ConditionOutcome.FAILED, True)
    assert item.filters[0].holds is None
    early = make_flag("f", condition(), filters={"super_groups": [_super_with(PRO, NO_COHORT)]})
    asked = context("u", {"plan": "pro"})
    explanation = explained(early, asked)
    assert explanation.evaluation.failed
    assert [step.decides for step in explanation.steps] == [True]


def _super_with(*leaves: Properties) -> Properties:
    return {"properties": list(leaves), "rollout_percentage": 100}


def test_rules_that_were_not_looked_at_are_not_explained() -> None:
    missing: Properties = {
        "key": "7",
        "type": "flag",
        "operator": "flag_evaluates_to",
        "value": True,
    }
    explanation = explained(make_flag("f", condition(missing)))
    assert explanation.evaluation.reason == "missing_dependency"
    assert explanation.conditions == ()
    unknown = EvaluationContext(distinct_id="u", now=NOW, stored=Stored(is_known=False))
    explanation = explained(make_flag("f", condition(PRO)), unknown)
    assert explanation.evaluation.failed
    assert explanation.conditions == ()


def test_a_flag_out_of_sight_has_no_explanation() -> None:
    selection = compile_flags([make_flag("f", condition())]).select(Scope())
    assert selection.explain("other", context()) is None
