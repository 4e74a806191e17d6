"""Frozen exposure, and the events that show who was exposed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.exposed import (
    exposing_events,
    exposure_cohort_filters,
    exposure_cohort_name,
    frozen_cohort_name,
)
from splitplot.experiments.lifecycle.actions import reset, ship_variant
from splitplot.experiments.lifecycle.freezing import check_freezable, frozen, thawed, unfreeze
from splitplot.experiments.model import Experiment, Status
from splitplot.experiments.plan import EventSource
from splitplot.filters.model import FilterKind, Properties, PropertyFilter
from tests.factories import NOON, a_flag, an_experiment, flag_filters

LATER = NOON + timedelta(days=9)
CONDITION: Properties = {"key": "id", "type": "cohort", "value": 7, "operator": "in"}
EMAIL: Properties = {"key": "email", "type": "person", "value": "a@b", "operator": "exact"}


def running(**filters: object) -> Experiment:
    rules = {**flag_filters("control", "test"), **filters}
    return an_experiment(start_date=NOON, flag=a_flag(filters=rules))  # type: ignore[arg-type]


def groups_of(experiment: Experiment) -> object:
    return experiment.flag.filters["groups"]


def test_every_condition_asks_for_the_cohort_and_later_no_longer() -> None:
    groups = [{"properties": [EMAIL], "variant": "test"}, {"rollout_percentage": 10}]
    before = running(groups=groups)
    after = frozen(before, 7, now=LATER)
    assert groups_of(after) == [
        {"properties": [EMAIL, CONDITION], "variant": "test"},
        {"rollout_percentage": 10, "properties": [CONDITION]},
    ]
    assert (after.status, after.updated_at, after.flag.updated_at) == (
        Status.EXPOSURE_FROZEN,
        LATER,
        LATER,
    )
    again = unfreeze(after, now=LATER)
    assert (again.status, again.frozen_cohort_id) == (Status.RUNNING, None)
    assert groups_of(again) == [groups[0], {"rollout_percentage": 10, "properties": []}]


def test_a_condition_that_somebody_took_out_is_not_missed() -> None:
    taken_out = replace(running(), frozen_cohort_id=7)
    again = unfreeze(taken_out, now=LATER)
    assert again.flag is taken_out.flag
    assert again.frozen_cohort_id is None


def test_only_frozen_exposure_thaws() -> None:
    experiment = running()
    assert thawed(experiment, now=LATER) is experiment
    with pytest.raises(InvalidInput, match="not frozen"):
        unfreeze(experiment, now=LATER)
    gone = replace(experiment, frozen_cohort_id=7, flag=a_flag(deleted=True))
    with pytest.raises(InvalidInput, match="feature flag linked"):
        unfreeze(gone, now=LATER)


def test_reset_and_ship_let_everybody_in_again() -> None:
    before = running()
    after = frozen(before, 7, now=LATER)
    draft = reset(after, now=LATER)
    assert (draft.status, groups_of(draft)) == (Status.DRAFT, groups_of(before))
    shipped = ship_variant(
        after, "test", conclusion=None, comment=None, to_everyone=False, now=LATER
    )
    assert (shipped.frozen_cohort_id, groups_of(shipped)) == (None, groups_of(before))


@pytest.mark.parametrize(
    ("experiment", "reason"),
    [
        (an_experiment(), "has not been launched yet"),
        (replace(running(), end_date=NOON), "has already ended"),
        (replace(running(), flag=a_flag(active=False)), "is paused"),
        (replace(running(), frozen_cohort_id=7), "already frozen"),
        (replace(running(), flag=a_flag(deleted=True)), "feature flag linked"),
        (running(aggregation_group_type_index=0), "aggregated by groups"),
        (running(groups=[{"aggregation_group_type_index": 1}]), "aggregated by groups"),
        (running(holdout={"id": 1}), "holdout"),
        (running(holdout_groups=[{}]), "holdout"),
        (running(feature_enrollment=True), "early access"),
        (running(super_groups=[{}]), "early access"),
        (running(groups=[]), "no condition sets"),
        (running(groups=None), "no condition sets"),
    ],
)
def test_what_cannot_be_frozen_says_why(experiment: Experiment, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        check_freezable(experiment)


def test_a_running_experiment_can_be_frozen() -> None:
    check_freezable(running())


# Who was exposed


def _is(key: str, value: object) -> PropertyFilter:
    return PropertyFilter(key=key, value=value, kind=FilterKind.EVENT)  # type: ignore[arg-type]


def test_the_flags_own_event_shows_what_it_served() -> None:
    assert exposing_events(running()) == EventSource(
        event="$feature_flag_called",
        filters=(
            _is("$feature_flag", "checkout-button"),
            _is("$feature_flag_response", ["control", "test"]),
        ),
    )


def test_an_event_of_ones_own_carries_the_variant() -> None:
    config: Properties = {"event": "opened", "properties": [{"key": "plan", "value": "pro"}]}
    experiment = replace(running(), exposure_criteria={"exposure_config": config})
    assert exposing_events(experiment) == EventSource(
        event="opened",
        filters=(_is("$feature/checkout-button", ["control", "test"]), _is("plan", "pro")),
    )


def test_an_action_carries_the_variant_too() -> None:
    config: Properties = {"kind": "ActionsNode", "id": 3}
    experiment = replace(running(), exposure_criteria={"exposure_config": config})
    assert exposing_events(experiment) == EventSource(
        event=None,
        filters=(_is("$feature/checkout-button", ["control", "test"]),),
        action_id=3,
    )


def asked_of(experiment: Experiment) -> Properties:
    group: Any = exposure_cohort_filters(experiment)["properties"]
    leaf: Properties = group["values"][0]["values"][0]
    return leaf


def custom(**entities: object) -> Experiment:
    return replace(running(), parameters={"custom_exposure_filter": entities})  # type: ignore[dict-item]


def test_the_cohort_asks_for_the_flags_event_since_the_start() -> None:
    assert asked_of(running()) == {
        "type": "behavioral",
        "value": "performed_event",
        "key": "$feature_flag_called",
        "event_type": "events",
        "event_filters": [
            {
                "key": "$feature_flag",
                "value": ["checkout-button"],
                "operator": "exact",
                "type": "event",
            }
        ],
        "negation": False,
        "explicit_datetime": "2025-03-01T12:00:00+00:00",
    }
    assert asked_of(custom()) == asked_of(running())


def test_filters_of_events_go_along_and_those_of_persons_do_not() -> None:
    told = [{"key": "a"}, {"key": "b", "type": "person"}, {"key": "c", "type": "hogql"}, "d"]
    for properties in (told, {"type": "AND", "values": told}):
        leaf = asked_of(custom(events=[{"id": "opened", "properties": properties}]))
        assert leaf["event_filters"] == [
            {"type": "event", "key": "a"},
            {"key": "c", "type": "hogql"},
        ]
    assert asked_of(custom(events=[{"id": "opened"}]))["event_filters"] == []


@pytest.mark.parametrize(("sent", "number"), [(7, 7), ("7", 7)])
def test_an_action_is_known_by_its_number(sent: object, number: int) -> None:
    leaf = asked_of(custom(actions=[{"id": sent}]))
    assert (leaf["key"], leaf["event_type"]) == (number, "actions")


@pytest.mark.parametrize("sent", ["x", None, True, "9" * 11])
def test_what_is_no_number_is_no_action(sent: object) -> None:
    with pytest.raises(InvalidInput, match="Invalid action ID"):
        asked_of(custom(actions=[{"id": sent}]))


@pytest.mark.parametrize(
    ("experiment", "reason"),
    [
        (replace(running(), flag=a_flag(deleted=True)), "does not have a feature flag"),
        (an_experiment(), "does not have a start date"),
        (replace(running(), exposure_cohort_id=3), "already has an exposure cohort"),
    ],
)
def test_there_is_a_time_for_a_cohort(experiment: Experiment, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        exposure_cohort_filters(experiment)


def test_cohorts_are_called_after_the_experiment() -> None:
    experiment = an_experiment(name="A")
    assert exposure_cohort_name(experiment) == 'Users exposed to experiment "A"'
    assert frozen_cohort_name(experiment) == 'Users frozen into experiment "A"'
