"""What a flag does in plain lines, and which of them a change replaces."""

from dataclasses import replace

import pytest

from splitplot.experiments.ahead.flag_diff import Mark, flag_diff, flag_lines
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag
from tests.factories import a_flag, flag_filters


def with_filter(condition: Properties) -> Flag:
    return a_flag(filters={"groups": [{"properties": [condition], "rollout_percentage": 12.5}]})


def test_every_part_of_a_flag_is_a_line() -> None:
    filters: Properties = {
        **flag_filters("control", "test"),
        "holdout": {"id": 3, "exclusion_percentage": 10},
        "groups": [
            {"properties": [], "rollout_percentage": 100},
            {"properties": [], "rollout_percentage": 33.333, "variant": "test"},
        ],
    }
    assert flag_lines(a_flag(filters=filters)) == (
        "The flag is on.",
        "Rule 1: 100% of everybody.",
        "Rule 2: 33.33% of everybody, who get 'test'.",
        "Variant 'control': 50% of them.",
        "Variant 'test': 50% of them.",
        "Holdout 'holdout-3': 10% are kept out.",
    )
    assert flag_lines(a_flag(active=False))[0] == "The flag is off: nobody gets a variant."


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"key": "plan", "type": "person", "value": "pro"}, "plan exact pro"),
        (
            {"key": "plan", "type": "person", "operator": "is_not", "value": ["a", "b"]},
            "plan is not a, b",
        ),
        ({"key": "plan", "type": "person", "operator": "is_set"}, "plan is set"),
        (
            {"key": "plan", "type": "person", "operator": "no_such", "value": 1},
            "plan (unknown comparison) 1",
        ),
        ({"key": "id", "type": "cohort", "value": 7}, "in cohort 7"),
        ({"key": "id", "type": "cohort", "value": 7, "negation": True}, "not in cohort 7"),
    ],
)
def test_a_condition_is_said_in_words(condition: Properties, words: str) -> None:
    assert flag_lines(with_filter(condition))[1] == f"Rule 1: 12.5% of {words}."


def test_a_diff_marks_what_goes_and_comes_part_by_part() -> None:
    before = a_flag()
    after = replace(before, active=False, filters=flag_filters("control", "other"))
    found = [(line.mark, line.text) for line in flag_diff(before, after)]
    assert found == [
        (Mark.REMOVED, "The flag is on."),
        (Mark.ADDED, "The flag is off: nobody gets a variant."),
        (Mark.SAME, "Rule 1: 100% of everybody."),
        (Mark.SAME, "Variant 'control': 50% of them."),
        (Mark.REMOVED, "Variant 'test': 50% of them."),
        (Mark.ADDED, "Variant 'other': 50% of them."),
    ]
    assert {line.mark for line in flag_diff(before, before)} == {Mark.SAME}
