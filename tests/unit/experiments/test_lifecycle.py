from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle import actions
from splitplot.experiments.lifecycle.activity import Span, activity_of
from splitplot.experiments.lifecycle.linked_flag import shipped, with_parameters
from splitplot.experiments.model import Conclusion, Experiment
from tests.factories import NOON, a_flag, an_experiment

LATER = NOON + timedelta(days=1)
SPLIT: tuple[Any, ...] = (
    {"key": "control", "rollout_percentage": 50},
    {"key": "test", "rollout_percentage": 50},
)
FILTERS: dict[str, Any] = {
    "groups": [{"properties": [], "rollout_percentage": 100, "aggregation_group_type_index": None}],
    "multivariate": {"variants": list(SPLIT)},
    "aggregation_group_type_index": None,
    "holdout": None,
}
ON = a_flag(filters=FILTERS, active=True)
OFF = replace(ON, active=False)
GONE = replace(OFF, deleted=True)
DRAFT = an_experiment(flag=OFF)
RUNNING = an_experiment(flag=ON, start_date=NOON)
PAUSED = an_experiment(flag=OFF, start_date=NOON)
STOPPED = an_experiment(flag=ON, start_date=NOON, end_date=NOON + timedelta(hours=1))
ARCHIVED = replace(STOPPED, archived=True)

end = partial(actions.end, conclusion=None, comment=None)
ship = partial(
    actions.ship_variant, variant_key="test", conclusion=None, comment=None, to_everyone=True
)
NOT_LAUNCHED = "Experiment has not been launched yet."
ENDED = "Experiment has already ended."
NO_FLAG = "Experiment does not have a feature flag linked."

REFUSED: list[tuple[Callable[..., Experiment], Experiment, str]] = [
    (actions.launch, RUNNING, "Experiment has already been launched."),
    (actions.launch, PAUSED, "Experiment has already been launched."),
    (actions.launch, STOPPED, "Experiment has already been launched."),
    (
        actions.launch,
        replace(DRAFT, flag=GONE),
        "Experiment cannot be launched because its feature flag has been deleted.",
    ),
    (actions.pause, DRAFT, NOT_LAUNCHED),
    (actions.pause, STOPPED, ENDED),
    (actions.pause, PAUSED, "Experiment is already paused."),
    (actions.pause, replace(RUNNING, flag=GONE), NO_FLAG),
    (actions.resume, DRAFT, NOT_LAUNCHED),
    (actions.resume, STOPPED, ENDED),
    (actions.resume, RUNNING, "Experiment is not paused."),
    (actions.resume, replace(PAUSED, flag=GONE), NO_FLAG),
    (end, DRAFT, NOT_LAUNCHED),
    (end, STOPPED, ENDED),
    (ship, DRAFT, NOT_LAUNCHED),
    (ship, replace(RUNNING, flag=GONE), "Experiment does not have a linked feature flag."),
    (
        partial(ship, variant_key="no"),
        RUNNING,
        "Variant 'no' not found on feature flag.",
    ),
    (actions.archive, ARCHIVED, "Experiment is already archived."),
    (actions.archive, DRAFT, "Experiment must be ended before it can be archived."),
    (actions.archive, PAUSED, "Experiment must be ended before it can be archived."),
    (actions.unarchive, STOPPED, "Experiment is not archived."),
    (actions.reset, DRAFT, "Experiment is already in draft state."),
]


@pytest.mark.parametrize(("step", "experiment", "detail"), REFUSED)
def test_a_step_at_the_wrong_time_is_refused(
    step: Callable[..., Experiment], experiment: Experiment, detail: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        step(experiment, now=LATER)
    error = refused.value
    assert (error.message, error.code, error.attr) == (detail, "invalid_input", None)


ALLOWED: list[tuple[Callable[..., Experiment], Experiment, Experiment]] = [
    (
        actions.launch,
        DRAFT,
        replace(RUNNING, start_date=LATER, flag=replace(ON, updated_at=LATER)),
    ),
    (actions.launch, replace(DRAFT, flag=ON), replace(RUNNING, start_date=LATER)),
    (actions.pause, RUNNING, replace(PAUSED, flag=replace(OFF, updated_at=LATER))),
    (actions.resume, PAUSED, replace(RUNNING, flag=replace(ON, updated_at=LATER))),
    (end, replace(PAUSED, conclusion=Conclusion.WON), replace(PAUSED, end_date=LATER)),
    (actions.archive, STOPPED, ARCHIVED),
    (actions.unarchive, ARCHIVED, STOPPED),
    (actions.unarchive, replace(DRAFT, archived=True), DRAFT),
    (
        actions.reset,
        replace(ARCHIVED, conclusion=Conclusion.LOST, conclusion_comment="x"),
        replace(DRAFT, flag=ON),
    ),
]


@pytest.mark.parametrize(("step", "before", "after"), ALLOWED)
def test_a_step_changes_what_it_is_for_and_nothing_else(
    step: Callable[..., Experiment], before: Experiment, after: Experiment
) -> None:
    assert step(before, now=LATER) == replace(after, updated_at=LATER)


def test_a_launch_needs_a_fit_flag() -> None:
    alone = {**FILTERS, "multivariate": {"variants": [SPLIT[0]]}}
    with pytest.raises(InvalidInput, match="must have at least 2 variants"):
        actions.launch(replace(DRAFT, flag=replace(OFF, filters=alone)), now=LATER)
    others = {**FILTERS, "multivariate": {"variants": [SPLIT[1], {"key": "b"}]}}
    with pytest.raises(InvalidInput, match="must have a variant with key 'control'"):
        actions.launch(replace(DRAFT, flag=replace(OFF, filters=others)), now=LATER)


def test_a_shipped_variant_ends_what_has_not_ended() -> None:
    assert ship(RUNNING, now=LATER).end_date == LATER
    assert ship(STOPPED, now=LATER).end_date == STOPPED.end_date
    concluded = replace(STOPPED, conclusion=Conclusion.WON, conclusion_comment="x")
    kept = ship(concluded, now=LATER)
    assert (kept.conclusion, kept.conclusion_comment) == (Conclusion.WON, "x")
    said = ship(concluded, now=LATER, conclusion=Conclusion.LOST, comment="")
    assert (said.conclusion, said.conclusion_comment) == (Conclusion.LOST, "")


def test_shipping_drops_all_but_conditions_variants_and_payloads() -> None:
    named = {**SPLIT[0], "name": ""}, {**SPLIT[1], "name": "Red", "own": 1}
    filters = {
        **FILTERS,
        "multivariate": {"variants": named},
        "holdout": {"id": 1},
        "payloads": {"test": "1"},
    }
    flag = replace(ON, filters=filters)
    assert shipped(flag, "test", to_everyone=True, now=LATER).filters == {
        "groups": (
            {
                "properties": [],
                "rollout_percentage": 100,
                "description": (
                    "Added automatically when the experiment was ended to keep only one variant."
                ),
                "aggregation_group_type_index": None,
            },
            *FILTERS["groups"],
        ),
        "payloads": {"test": "1"},
        "multivariate": {
            "variants": (
                {"key": "control", "rollout_percentage": 0},
                {"key": "test", "name": "Red", "rollout_percentage": 100},
            )
        },
        "aggregation_group_type_index": None,
    }
    kept = shipped(flag, "test", to_everyone=False, now=LATER).filters
    assert kept["holdout"] == {"id": 1}
    assert kept["groups"] == FILTERS["groups"]


def test_shipping_twice_is_shipping_once() -> None:
    once = shipped(ON, "test", to_everyone=True, now=LATER)
    assert shipped(once, "test", to_everyone=True, now=LATER) is once


def test_a_flag_without_conditions_gets_one_when_it_ships() -> None:
    bare = replace(ON, filters={"multivariate": {"variants": SPLIT}, "groups": None})
    groups = shipped(bare, "test", to_everyone=True, now=LATER).filters["groups"]
    assert isinstance(groups, tuple)
    assert len(groups) == 1


def test_a_new_group_type_reaches_every_condition() -> None:
    flag = replace(OFF, filters={**FILTERS, "groups": [{"properties": []}, {"properties": []}]})
    parameters = {"aggregation_group_type_index": 3}
    filters: Any = with_parameters(flag, parameters, cohorts=(), now=LATER).filters
    assert filters["aggregation_group_type_index"] == 3
    assert [group["aggregation_group_type_index"] for group in filters["groups"]] == [3, 3]


def test_parameters_that_change_nothing_leave_the_flag_alone() -> None:
    nothing_new: list[dict[str, Any]] = [
        {},
        {"rollout_percentage": 100},
        {"feature_flag_variants": list(SPLIT)},
    ]
    for parameters in nothing_new:
        assert with_parameters(OFF, parameters, cohorts=(), now=LATER) is OFF


def test_activity_counts_days_in_the_projects_time_zone() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    now = datetime(2025, 3, 31, 20, tzinfo=tokyo)
    first_evening = datetime(2025, 3, 1, 0, 30, tzinfo=tokyo)
    before = first_evening - timedelta(hours=1)
    spans = [
        Span(first_evening, None),
        Span(before, now),
        Span(before - timedelta(days=29), before),
        Span(before - timedelta(days=30), None),
        Span(None, None),
    ]
    found = activity_of(spans, now=now, timezone=tokyo)
    assert (found.launched, found.launched_before) == (1, 2)
    assert (found.completed, found.active) == (1, 2)
    assert found.percent_change == -50.0


def test_growth_from_nothing_is_all_or_none() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert activity_of([], now=NOON, timezone=tokyo).percent_change == 0.0
    one = [Span(NOON, None)]
    assert activity_of(one, now=NOON, timezone=tokyo).percent_change == 100.0
