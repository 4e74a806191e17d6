from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.filters.model import JsonValue, Properties
from splitplot.flags import (
    EvaluationContext,
    Flag,
    Reason,
    Scope,
    Stored,
    compile_flags,
    evaluate,
)
from splitplot.flags.bucketing import HOLDOUT_PREFIX, encode_id, point_of, rollout_prefix
from tests.unit.flags.flag_cases import (
    GROUP_TYPES,
    NOW,
    ask,
    ask_all,
    condition,
    context,
    make_flag,
    summary,
    variants,
)

PRO: Properties = {"key": "plan", "type": "person", "operator": "exact", "value": "pro"}
AB = {"multivariate": variants(control=50, test=50)}
BY_COMPANY: Properties = {"aggregation_group_type_index": 0}


def _on_flag(flag_id: int, expected: JsonValue) -> Properties:
    return {
        "key": str(flag_id),
        "type": "flag",
        "operator": "flag_evaluates_to",
        "value": expected,
    }


# conditions


def test_a_flag_without_conditions_has_no_group_type() -> None:
    assert summary(ask(make_flag())) == {
        "enabled": False,
        "variant": None,
        "reason": "no_group_type",
        "condition_index": None,
        "payload": None,
    }


def test_stored_properties_count_where_the_request_is_silent() -> None:
    flag = make_flag("flag", condition(PRO))
    stored = Stored(properties={"plan": "pro"})
    assert ask(flag, EvaluationContext(distinct_id="u", now=NOW, stored=stored)).enabled
    overridden = EvaluationContext(
        distinct_id="u", now=NOW, stored=stored, person_properties={"plan": "free"}
    )
    assert not ask(flag, overridden).enabled


def test_the_distinct_id_is_a_property_unless_the_request_sends_one() -> None:
    flag = make_flag("flag", condition({"key": "distinct_id", "value": "user-1"}))
    stored = Stored(properties={"distinct_id": "other"})
    assert ask(flag, EvaluationContext(distinct_id="user-1", now=NOW, stored=stored)).enabled
    assert not ask(flag, context("user-1", {"distinct_id": "other"})).enabled


@pytest.mark.parametrize(
    ("initial", "present"),
    [("$initial_browser", "$browser"), ("$initial_utm_source", "utm_source")],
)
def test_a_missing_first_value_is_filled_from_the_present_one(initial: str, present: str) -> None:
    flag = make_flag("flag", condition({"key": initial, "value": "x"}))
    assert ask(flag, context("u", {present: "x"})).enabled
    assert not ask(flag, context("u", {present: "x", initial: "y"})).enabled
    assert not ask(flag, context("u")).enabled


def test_a_flag_names_the_properties_it_reads_with_their_stand_ins() -> None:
    flags = compile_flags([make_flag("flag", condition({"key": "$initial_gclid", "value": "x"}))])
    selection = flags.select(Scope())
    assert selection.person_keys == {"$initial_gclid", "gclid"}
    assert selection.depends_on_stored(context("u", {"gclid": "x"}))
    assert not selection.depends_on_stored(context("u", {"gclid": "x", "$initial_gclid": None}))


def test_the_distinct_id_is_never_looked_up() -> None:
    flags = compile_flags([make_flag("flag", condition({"key": "distinct_id", "value": "u"}))])
    assert not flags.select(Scope()).depends_on_stored(context("u"))


@pytest.mark.parametrize("kind", ["event", "session", "element", "hogql", "nonsense"])
def test_a_filter_about_something_else_never_holds(kind: str) -> None:
    assert not ask(
        make_flag("flag", condition({**PRO, "type": kind})), context("u", {"plan": "pro"})
    ).enabled


def test_a_value_nested_too_deeply_never_matches() -> None:
    deep: JsonValue = []
    for _ in range(5000):
        deep = [deep]
    assert not ask(make_flag("flag", condition(PRO)), context("u", {"plan": deep})).enabled


def test_variants_do_not_move_when_the_rollout_grows() -> None:
    small, large = (make_flag("flag", condition(rollout=share), filters=AB) for share in (30, 80))
    for number in range(300):
        asked = context(f"user-{number}")
        before = ask(small, asked)
        assert not before.enabled or before.value == ask(large, asked).value


@given(distinct_id=st.text(min_size=1, max_size=20), rollout=st.floats(0, 100))
def test_the_quick_way_and_the_general_way_agree(distinct_id: str, rollout: float) -> None:
    always: Properties = {"key": "distinct_id", "operator": "is_set"}
    quick, general = (
        make_flag("flag", condition(*filters, rollout=rollout), filters=AB)
        for filters in ([], [always])
    )
    asked = context(distinct_id)
    assert summary(ask(quick, asked)) == summary(ask(general, asked))


# groups


def _of_company(key: str = "acme", **properties: JsonValue) -> EvaluationContext:
    return EvaluationContext(
        distinct_id="u",
        now=NOW,
        groups={"company": key},
        group_properties={"company": properties},
    )


def test_filters_of_a_group_condition_look_at_the_group() -> None:
    flag = make_flag("flag", condition({**PRO, "type": "group"}), filters=BY_COMPANY)
    assert ask(flag, _of_company(plan="pro")).enabled
    assert not ask(flag, _of_company(plan="free")).enabled
    plain = make_flag("flag", condition(PRO), filters=BY_COMPANY)
    assert ask(plain, _of_company(plan="pro")).enabled


def test_a_group_always_has_its_key_as_a_property() -> None:
    flag = make_flag("flag", condition({"key": "$group_key", "value": "acme"}), filters=BY_COMPANY)
    assert ask(flag, _of_company("acme")).enabled


def test_stored_group_properties_lie_under_those_of_the_request() -> None:
    flag = make_flag("flag", condition(PRO), filters=BY_COMPANY)
    stored = Stored(group_properties={"company": {"plan": "pro"}})
    assert ask(flag, replace(_of_company(), stored=stored)).enabled
    assert not ask(flag, replace(_of_company(plan="free"), stored=stored)).enabled


def test_a_person_condition_may_ask_about_a_group() -> None:
    about_company = {**PRO, "type": "group", "group_type_index": 0}
    flag = make_flag("flag", condition(about_company))
    assert ask(flag, _of_company(plan="pro")).enabled
    assert not ask(flag, context("u", {"plan": "pro"})).enabled
    without_index = make_flag("flag", condition({**PRO, "type": "group"}))
    assert not ask(without_index, _of_company(plan="pro")).enabled


def test_an_empty_group_key_is_no_group() -> None:
    assert ask(make_flag("flag", condition(), filters=BY_COMPANY), _of_company("")).reason == (
        Reason.NO_GROUP_TYPE
    )


def test_a_group_type_that_the_project_lacks_is_no_group() -> None:
    flag = make_flag("flag", condition(), filters={"aggregation_group_type_index": 4})
    assert ask(flag, _of_company()).reason == Reason.NO_GROUP_TYPE


def test_which_groups_must_be_looked_up() -> None:
    flags = compile_flags(
        [make_flag("flag", condition(PRO), filters=BY_COMPANY)], group_types=GROUP_TYPES
    )
    selection = flags.select(Scope())
    assert selection.stored_groups(_of_company()) == {0}
    assert selection.stored_groups(_of_company(plan="pro")) == set()
    assert selection.stored_groups(context()) == set()


def test_skipped_group_conditions_are_told_when_nothing_else_matched() -> None:
    flag = make_flag("flag", condition(PRO), condition(aggregation_group_type_index=0))
    assert ask(flag, _of_company()).enabled
    missed = ask(flag)
    assert missed.reason == Reason.NO_CONDITION_MATCH
    assert "skipped" in missed.description


# holdouts


@pytest.mark.parametrize(
    "holdout",
    [
        {"holdout": {"id": 42, "exclusion_percentage": 100}},
        {"holdout": {"id": 42, "exclusion_percentage": 250}},
        {
            "holdout_groups": [
                {"properties": [], "rollout_percentage": 100, "variant": "holdout-42"}
            ]
        },
    ],
)
def test_both_forms_of_a_holdout_keep_units_out(holdout: dict[str, JsonValue]) -> None:
    payloads = {"payloads": {"holdout-42": '"out"', "true": '"in"'}}
    answer = ask(make_flag("flag", condition(), filters={**holdout, **payloads, **AB}))
    assert summary(answer) == {
        "enabled": True,
        "variant": "holdout-42",
        "reason": "holdout_condition_value",
        "condition_index": None,
        "payload": '"out"',
    }


@pytest.mark.parametrize(
    "holdout",
    [
        {"holdout": None},
        {"holdout": {"id": 1, "exclusion_percentage": 0}},
        {"holdout": {"id": 1, "exclusion_percentage": -5}},
        {"holdout": {"id": 1}},
        {"holdout_groups": [{"properties": [PRO], "rollout_percentage": 100, "variant": "h"}]},
        {"holdout_groups": [{"properties": [], "rollout_percentage": 100}]},
        {"holdout_groups": "nonsense"},
    ],
)
def test_what_is_no_holdout_keeps_nobody_out(holdout: dict[str, JsonValue]) -> None:
    assert ask(make_flag("flag", condition(), filters=holdout)).reason == Reason.CONDITION_MATCH


HALF: Properties = {"holdout": {"id": 7, "exclusion_percentage": 50}}


def _is_held_out(unit_id: str) -> bool:
    return point_of(HOLDOUT_PREFIX, encode_id(unit_id)) <= 0.5


def test_the_same_units_are_held_out_of_every_flag() -> None:
    for key in ("a", "b"):
        for number in range(50):
            answer = ask(make_flag(key, condition(), filters=HALF), context(f"user-{number}"))
            assert (answer.variant == "holdout-7") is _is_held_out(f"user-{number}")


def test_a_flag_about_groups_holds_groups_out() -> None:
    flag = make_flag("flag", condition(), filters={**HALF, **BY_COMPANY})
    for number in range(50):
        answer = ask(flag, _of_company(f"acme-{number}"))
        assert (answer.variant == "holdout-7") is _is_held_out(f"acme-{number}")
    assert ask(flag).reason == Reason.NO_GROUP_TYPE


def test_without_a_device_the_person_is_held_out() -> None:
    flag = replace(make_flag("flag", condition(), filters=HALF), bucketing_identifier="device_id")
    for number in range(50):
        answer = ask(flag, context(f"user-{number}"))
        assert (answer.variant == "holdout-7") is _is_held_out(f"user-{number}")


# early access


@pytest.mark.parametrize(
    ("chosen", "enabled"),
    [(True, True), ("true", True), ("True", False), (1, False), (None, False)],
)
def test_the_enrollment_property_decides_alone(chosen: JsonValue, *, enabled: bool) -> None:
    flag = make_flag(
        "eaf",
        condition(),
        filters={"feature_enrollment": True, "payloads": {"true": "1"}, **BY_COMPANY},
    )
    answer = ask(flag, context("u", {"$feature_enrollment/eaf": chosen}))
    assert summary(answer) == {
        "enabled": enabled,
        "variant": None,
        "reason": "super_condition_value",
        "condition_index": 0,
        "payload": "1",
    }


SUPER: dict[str, JsonValue] = {
    "super_groups": [condition({**PRO, "value": "beta"}, rollout=100), condition(PRO)]
}


def test_the_first_super_group_decides_for_who_has_its_property() -> None:
    flag = make_flag("flag", condition(), filters=SUPER)
    assert ask(flag, context("u", {"plan": "beta"})).reason == Reason.SUPER_CONDITION_VALUE
    refused = ask(flag, context("u", {"plan": "pro"}))
    assert (refused.enabled, refused.reason) == (False, Reason.SUPER_CONDITION_VALUE)
    assert ask(flag, context("u")).reason == Reason.CONDITION_MATCH


def test_a_super_group_has_a_rollout() -> None:
    group = condition({"key": "plan", "operator": "is_set"}, rollout=50)
    flag = make_flag("flag", filters={"super_groups": [group]})
    for number in range(50):
        unit_id = f"user-{number}"
        inside = point_of(rollout_prefix("flag"), encode_id(unit_id)) <= 0.5
        assert ask(flag, context(unit_id, {"plan": 1})).enabled is inside


# dependencies


def test_a_flag_sees_the_variant_of_another() -> None:
    base = make_flag("base", condition(variant="test"), flag_id=10, filters=AB)
    for expected, enabled in (
        ("test", True),
        ("Test", False),
        (True, True),
        (False, False),
        (0, False),
    ):
        dependent = make_flag("dep", condition(_on_flag(10, expected)), flag_id=11)
        assert ask_all([dependent, base]).values()["dep"] is enabled


def test_a_dependency_may_be_named_by_key() -> None:
    base = make_flag("base", condition(), flag_id=10)
    named = {**_on_flag(10, expected=True), "key": "base"}
    assert ask_all([make_flag("dep", condition(named), flag_id=11), base]).values()["dep"] is True


def test_another_operator_never_matches_a_flag() -> None:
    base = make_flag("base", condition(), flag_id=10)
    wrong = {**_on_flag(10, expected=True), "operator": "exact"}
    answers = ask_all([base, make_flag("dep", condition(wrong), flag_id=11)])
    assert answers.values() == {"base": True, "dep": False}


def test_a_dependency_outside_the_scope_counts_as_false() -> None:
    base = replace(make_flag("base", condition(), flag_id=10), evaluation_runtime="server")
    answers = ask_all([base, make_flag("dep", condition(_on_flag(10, expected=False)), flag_id=11)])
    assert answers.values() == {"dep": True}


def test_what_depends_on_a_missing_dependency_misses_it_too() -> None:
    middle = make_flag("middle", condition(_on_flag(99, expected=False)), flag_id=1)
    top = make_flag("top", condition(_on_flag(1, expected=False)), flag_id=2)
    answers = ask_all([middle, top])
    assert [answer.reason for answer in answers] == [Reason.MISSING_DEPENDENCY] * 2
    assert not answers.has_errors


def test_a_deleted_flag_is_a_missing_dependency() -> None:
    base = replace(make_flag("base", condition(), flag_id=10), deleted=True)
    (answer,) = ask_all([base, make_flag("dep", condition(_on_flag(10, expected=True)))])
    assert answer.reason == Reason.MISSING_DEPENDENCY


def _cycle() -> list[Flag]:
    return [
        make_flag("a", condition(_on_flag(2, expected=True)), flag_id=1),
        make_flag("b", condition(_on_flag(1, expected=True)), flag_id=2),
        make_flag("behind", condition(_on_flag(1, expected=True)), flag_id=3),
        make_flag("fine", condition(), flag_id=4),
    ]


def test_flags_in_and_behind_a_cycle_are_left_out() -> None:
    answers = ask_all(_cycle())
    assert answers.values() == {"fine": True}
    assert answers.has_errors


def test_a_cycle_that_nobody_asks_about_is_no_error() -> None:
    answers = ask_all(_cycle(), scope=Scope(flag_keys=frozenset({"fine"})))
    assert answers.values() == {"fine": True}
    assert not answers.has_errors


def test_an_inactive_flag_breaks_a_cycle() -> None:
    first, *rest = _cycle()
    answers = ask_all([replace(first, active=False), *rest])
    assert answers.values() == {"b": False, "behind": False, "fine": True}


def test_asking_for_a_flag_asks_for_what_it_depends_on() -> None:
    flags = [
        make_flag("base", condition(), flag_id=1),
        make_flag("dep", condition(_on_flag(1, expected=True)), flag_id=2),
        make_flag("other", condition(), flag_id=3),
    ]
    answers = ask_all(flags, scope=Scope(flag_keys=frozenset({"dep", "unknown"})))
    assert answers.values() == {"base": True, "dep": True}


# cohorts


IN_5: Properties = {"key": "id", "type": "cohort", "operator": "in", "value": 5}
BEHAVIOURAL: dict[int, Properties] = {
    5: {"type": "AND", "values": [{"type": "behavioral", "key": "x"}]}
}


def test_an_unknown_cohort_fails_the_flag_and_no_other() -> None:
    flags = [
        make_flag("bad", condition(IN_5), flag_id=1),
        make_flag("good", condition(), flag_id=2),
    ]
    answers = ask_all(flags)
    failed, good = answers
    assert (failed.failed, failed.enabled, failed.reason) == (True, False, "cohort_not_found")
    assert good.enabled
    assert answers.has_errors


def test_cohorts_are_asked_last() -> None:
    flag = make_flag("flag", condition(IN_5, PRO))
    assert ask(flag, context("u", {"plan": "free"})).reason == Reason.NO_CONDITION_MATCH


def test_a_cohort_filter_with_another_operator_never_holds() -> None:
    flag = make_flag("flag", condition({**IN_5, "operator": "gt"}))
    assert not ask(flag).enabled


def test_a_cohort_of_behaviour_is_neither_in_nor_out_and_says_so() -> None:
    for operator in ("in", "not_in"):
        flag = make_flag("flag", condition({**IN_5, "operator": operator}))
        (answer,) = ask_all([flag], cohorts=BEHAVIOURAL)
        assert not answer.enabled
        assert "behaviour" in answer.description


def test_a_cohort_reads_the_person_even_on_a_flag_about_groups() -> None:
    cohorts: dict[int, Properties] = {5: {"type": "AND", "values": [PRO]}}
    flag = make_flag("flag", condition(IN_5), filters=BY_COMPANY)
    asked = replace(_of_company(), person_properties={"plan": "pro"})
    assert ask_all([flag], asked, cohorts=cohorts).values() == {"flag": True}


# identity


def test_a_kept_id_is_hashed_only_by_flags_that_keep_their_experience() -> None:
    flag = make_flag("flag", condition(), filters=AB)
    keeping = replace(flag, ensure_experience_continuity=True)
    for number in range(50):
        asked = EvaluationContext(
            distinct_id=f"user-{number}",
            anon_distinct_id=f"anon-{number}",
            now=NOW,
            stored=Stored(hash_ids={"other": "x"}),
        )
        kept = replace(asked, stored=Stored(hash_ids={"flag": f"kept-{number}"}))
        assert ask(flag, kept).value == ask(flag, context(f"user-{number}")).value
        assert ask(keeping, asked).value == ask(flag, context(f"anon-{number}")).value
        assert ask(keeping, kept).value == ask(flag, context(f"kept-{number}")).value


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (make_flag("f", condition()), False),
        (make_flag("f", condition(rollout=50)), True),
        (make_flag("f", condition(), filters=AB), True),
        (make_flag("f", condition(), filters=HALF), True),
        (make_flag("f", condition(rollout=50), filters=BY_COMPANY), False),
        (replace(make_flag("f", condition(rollout=50)), bucketing_identifier="device_id"), False),
    ],
)
def test_a_kept_id_is_needed_only_where_a_hash_of_the_person_matters(
    flag: Flag, *, expected: bool
) -> None:
    keeping = replace(flag, ensure_experience_continuity=True)
    selection = compile_flags([keeping], group_types=GROUP_TYPES).select(Scope())
    assert bool(selection.continuity_keys) is expected


# what is served, and to whom


def test_inactive_and_deleted_flags_are_not_answered() -> None:
    flags = [
        replace(make_flag("off", condition(), flag_id=1), active=False),
        replace(make_flag("gone", condition(), flag_id=2), deleted=True),
        make_flag("on", condition(), flag_id=3),
    ]
    assert ask_all(flags).values() == {"on": True}


def test_an_encrypted_payload_is_not_served() -> None:
    flag = make_flag("flag", condition(), filters={"payloads": {"true": "secret"}})
    assert ask(replace(flag, has_encrypted_payloads=True)).payload is None


def test_a_payload_is_handed_through_as_it_is_stored() -> None:
    flag = make_flag("flag", condition(), filters={"payloads": {"true": {"a": [1]}}})
    assert ask(flag).payload == {"a": [1]}


def test_flags_that_need_what_could_not_be_read_fail_and_the_others_do_not() -> None:
    flags = [
        make_flag("person", condition(PRO), flag_id=1),
        make_flag("company", condition(PRO), flag_id=2, filters=BY_COMPANY),
        replace(
            make_flag("kept", condition(rollout=50), flag_id=3), ensure_experience_continuity=True
        ),
        make_flag("plain", condition(), flag_id=4),
        make_flag("dep", condition(_on_flag(4, expected=True)), flag_id=5),
    ]
    unknown = replace(_of_company(), stored=Stored(is_known=False))
    answers = ask_all(flags, unknown)
    assert {answer.flag_key for answer in answers if answer.failed} == {"person", "company", "kept"}
    assert answers.values()["dep"] is True
    assert answers.has_errors
    told = replace(
        unknown,
        person_properties={"plan": "pro"},
        group_properties={"company": {"plan": "pro"}},
    )
    assert {answer.flag_key for answer in ask_all(flags, told) if answer.failed} == {"kept"}


def test_a_flag_set_answers_without_a_scope() -> None:
    assert evaluate(compile_flags([make_flag("on", condition())]), context()).values() == {
        "on": True
    }
