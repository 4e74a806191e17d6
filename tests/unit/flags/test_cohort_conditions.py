"""Conditions that ask whether a person is in a cohort."""

from dataclasses import replace
from datetime import timedelta

import pytest

from splitplot.filters.model import JsonValue, Properties
from splitplot.flags import Evaluation, Scope, Stored, compile_flags
from splitplot.flags.condition_rules import cohorts_asked_about
from tests.unit.flags.flag_cases import NOW, ask_all, condition, context, make_flag

BOUGHT: Properties = {
    "type": "OR",
    "values": [
        {
            "type": "behavioral",
            "value": "performed_event",
            "key": "buy",
            "time_value": 1,
            "time_interval": "week",
        }
    ],
}
IN_LIST: Properties = {"key": "id", "type": "cohort", "value": 5, "operator": "in"}
HAS_BOUGHT: Properties = {"key": "id", "type": "cohort", "value": 6, "operator": "in"}


def ask(leaf: Properties, stored: Stored) -> Evaluation:
    flag = make_flag("flag", condition(leaf))
    (answer,) = ask_all([flag], replace(context(), stored=stored), cohorts={6: BOUGHT})
    return answer


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_list_is_asked(is_listed: bool) -> None:  # noqa: FBT001
    assert ask(IN_LIST, Stored(static_cohorts={5: is_listed})).enabled is is_listed


@pytest.mark.parametrize(("days_ago", "expected"), [(6, True), (8, False)])
def test_a_behaviour_is_asked(days_ago: int, *, expected: bool) -> None:
    performed = {(6, 0): NOW - timedelta(days=days_ago)}
    assert ask(HAS_BOUGHT, Stored(performed=performed)).enabled is expected


def test_what_nobody_knows_lets_nobody_in() -> None:
    answer = ask(HAS_BOUGHT, Stored())
    assert (answer.enabled, answer.failed) == (False, False)


@pytest.mark.parametrize("leaf", [IN_LIST, HAS_BOUGHT])
def test_stored_members_are_needed_whatever_the_request_says(leaf: Properties) -> None:
    flags = compile_flags([make_flag("flag", condition(leaf))], cohorts={6: BOUGHT})
    selection = flags.select(Scope())
    assert selection.cohort_lists == {leaf["value"]}
    assert selection.depends_on_stored(context(person_properties={"a": 1}))


def test_a_flag_without_such_cohorts_needs_none() -> None:
    german: Properties = {"type": "OR", "values": [{"key": "country", "value": "DE"}]}
    flags = compile_flags([make_flag("flag", condition(HAS_BOUGHT))], cohorts={6: german})
    selection = flags.select(Scope())
    assert selection.cohort_lists == frozenset()
    assert not selection.depends_on_stored(context(person_properties={"country": "DE"}))


def test_a_flag_fails_while_its_cohort_cannot_be_read() -> None:
    answers = ask_all(
        [make_flag("asks", condition(IN_LIST)), make_flag("plain", condition(), flag_id=2)],
        replace(context(), stored=Stored(is_known=False)),
    )
    assert {answer.flag_key: answer.failed for answer in answers} == {"asks": True, "plain": False}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"groups": [condition(IN_LIST, {"key": "plan"}), condition(HAS_BOUGHT)]}, {5, 6}),
        ({"groups": [condition({**IN_LIST, "value": "7"}, {**IN_LIST, "value": "x"})]}, {7}),
        ({"groups": [{"properties": None}, "all"]}, set()),
        ({"groups": None}, set()),
        ({}, set()),
    ],
)
def test_a_flag_names_the_cohorts_that_it_asks_about(
    filters: dict[str, JsonValue], expected: set[int]
) -> None:
    assert cohorts_asked_about(filters) == expected
