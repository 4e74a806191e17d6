from typing import Any

import pytest

from splitplot.experiments.approvals.conditions import changed_paths, is_met, shares_in
from splitplot.filters.model import Properties

TEN: Properties = {"groups": [{"rollout_percentage": 10}]}
SIXTY: Properties = {"groups": [{"rollout_percentage": 60}]}


def about(kind: str, operator: str = ">", value: object = 50, **members: object) -> dict[str, Any]:
    named = {"type": kind, "field": "rollout_percentage", "operator": operator, "value": value}
    return {**named, **members}


def test_every_percentage_has_a_path() -> None:
    filters: Properties = {
        "groups": [{"rollout_percentage": 5}, {"rollout_percentage": None}, {}],
        "super_groups": [{"rollout_percentage": 6}],
        "holdout_groups": [{"rollout_percentage": 7}],
        "multivariate": {"variants": [{"key": "a", "rollout_percentage": 40}, {"key": "b"}]},
        "holdout": {"exclusion_percentage": 9},
    }
    assert shares_in(filters) == {
        "filters.groups[0].rollout_percentage": 5,
        "filters.groups[1].rollout_percentage": 100,
        "filters.groups[2].rollout_percentage": 100,
        "filters.super_groups[0].rollout_percentage": 6,
        "filters.holdout_groups[0].rollout_percentage": 7,
        "filters.multivariate.variants[a].rollout_percentage": 40,
        "filters.multivariate.variants[b].rollout_percentage": 0,
    }


@pytest.mark.parametrize("odd", [{}, {"groups": "x", "multivariate": 5}, {"groups": [5]}])
def test_what_cannot_be_read_has_no_percentages(odd: Properties) -> None:
    assert shares_in(odd) == {}


def test_a_path_changes_when_it_comes_goes_or_has_another_value() -> None:
    assert changed_paths({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 2, "d": 1}) == ("b", "c", "d")


def test_no_conditions_are_always_met() -> None:
    assert is_met({}, TEN, TEN)


@pytest.mark.parametrize(
    ("operator", "value", "met"),
    [
        (">", 59, True),
        (">", 60, False),
        ("<", 61, True),
        ("<", 60, False),
        (">=", 60, True),
        (">=", 61, False),
        ("<=", 60, True),
        ("<=", 59, False),
        ("==", 60, True),
        ("==", 10, False),
        ("!=", 10, True),
        ("!=", 60, False),
    ],
)
def test_before_after_looks_at_the_new_value(operator: str, value: float, *, met: bool) -> None:
    assert is_met(about("before_after", operator, value), TEN, SIXTY) is met


def test_before_after_is_met_by_any_path() -> None:
    after: Properties = {"groups": [{"rollout_percentage": 1}, {"rollout_percentage": 70}]}
    assert is_met(about("before_after"), TEN, after)


@pytest.mark.parametrize(
    ("operator", "value", "met"),
    [(">", 49, True), (">", 50, False), ("==", 50, True), ("<", 0, False)],
)
def test_the_amount_is_new_less_old(operator: str, value: float, *, met: bool) -> None:
    assert is_met(about("change_amount", operator, value), TEN, SIXTY) is met
    assert is_met(about("change_amount", "<", 0), SIXTY, TEN)


def test_an_amount_needs_both_sides() -> None:
    assert not is_met(about("change_amount", "!=", 0), {}, SIXTY)


def test_any_change_is_any_change() -> None:
    condition = {"type": "any_change", "field": "rollout_percentage"}
    assert is_met(condition, TEN, SIXTY)
    assert is_met(condition, {}, SIXTY)
    assert not is_met(condition, TEN, {**TEN, "payloads": {"true": "1"}})


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "any_change"},
        {"type": "before_after", "field": "moon"},
        about("before_after", "~"),
        about("before_after", value="50"),
        about("before_after", value=True),
        about("before_after", value=None),
        about("phase"),
    ],
)
def test_conditions_that_cannot_be_read_are_met(odd: dict[str, Any]) -> None:
    assert is_met(odd, TEN, TEN)
