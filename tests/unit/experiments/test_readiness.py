"""Whether a draft is ready to be launched."""

from dataclasses import replace
from datetime import timedelta

import pytest

from splitplot.experiments.ahead.readiness import (
    CheckCode,
    LaunchFacts,
    State,
    launch_checks,
    metric_events,
)
from splitplot.experiments.model import Experiment
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import Flag
from tests.factories import NOON, a_flag, a_mean_metric, an_experiment, flag_filters

READY = an_experiment(
    flag=a_flag(active=False),
    description="Because it is shorter, more people buy.",
    metrics=(a_mean_metric(),),
    parameters={"recommended_running_time": 14},
)
FACTS = LaunchFacts(experiment=READY, last_events={"purchase": NOON}, last_call=NOON)


def states(facts: LaunchFacts) -> dict[CheckCode, State]:
    return {check.code: check.state for check in launch_checks(facts)}


def with_flag(flag: Flag) -> LaunchFacts:
    return replace(FACTS, experiment=replace(READY, flag=flag))


def test_a_ready_draft_passes_every_check() -> None:
    found = launch_checks(FACTS)
    assert {check.state for check in found} == {State.PASS}
    assert {check.code for check in found} == set(CheckCode)


@pytest.mark.parametrize(
    ("flag", "code", "state"),
    [
        (a_flag(deleted=True), CheckCode.VARIANTS, State.FAIL),
        (a_flag(filters=flag_filters("one", "two")), CheckCode.VARIANTS, State.FAIL),
        (
            a_flag(active=False, filters=flag_filters("control", "test", rollout_percentage=0)),
            CheckCode.ROLLOUT,
            State.FAIL,
        ),
        (a_flag(active=True), CheckCode.ROLLOUT, State.WARN),
        (
            a_flag(
                active=False,
                filters={
                    **flag_filters("control", "test"),
                    "groups": [{"properties": [], "variant": "test"}],
                },
            ),
            CheckCode.ROLLOUT,
            State.WARN,
        ),
        (
            a_flag(
                active=False,
                filters={
                    **flag_filters("control"),
                    "multivariate": {
                        "variants": [
                            {"key": "control", "rollout_percentage": 100},
                            {"key": "test", "rollout_percentage": 0},
                        ]
                    },
                },
            ),
            CheckCode.VARIANTS,
            State.WARN,
        ),
    ],
    ids=["deleted", "no control", "nobody", "on already", "fixed variant", "empty variant"],
)
def test_flags_that_need_a_look(flag: Flag, code: CheckCode, state: State) -> None:
    assert states(with_flag(flag))[code] is state


@pytest.mark.parametrize(
    ("experiment", "code", "state"),
    [
        (replace(READY, description=" "), CheckCode.HYPOTHESIS, State.WARN),
        (replace(READY, description=None), CheckCode.HYPOTHESIS, State.WARN),
        (replace(READY, metrics=()), CheckCode.PRIMARY_METRIC, State.FAIL),
        (replace(READY, parameters=None), CheckCode.PLAN, State.WARN),
        (
            replace(READY, parameters={"recommended_running_time": True}),
            CheckCode.PLAN,
            State.WARN,
        ),
    ],
    ids=["blank", "none", "no metric", "no plan", "no number"],
)
def test_drafts_that_need_a_look(experiment: Experiment, code: CheckCode, state: State) -> None:
    assert states(replace(FACTS, experiment=experiment))[code] is state


def test_what_was_not_seen_is_named() -> None:
    found = {check.code: check for check in launch_checks(replace(FACTS, last_events={}))}
    assert found[CheckCode.METRIC_EVENTS].state is State.WARN
    assert "'purchase'" in found[CheckCode.METRIC_EVENTS].message
    assert found[CheckCode.METRIC_EVENTS].seen_at is None
    assert states(replace(FACTS, last_call=None))[CheckCode.FLAG_CALLED] is State.WARN
    assert states(replace(FACTS, needs_approval=True))[CheckCode.APPROVAL] is State.WARN


def test_the_oldest_sighting_of_a_metrics_events_is_shown() -> None:
    steps: list[JsonValue] = [{"kind": "EventsNode", "event": name} for name in ("seen", "bought")]
    funnel: Properties = {"kind": "ExperimentMetric", "metric_type": "funnel", "series": steps}
    early = NOON - timedelta(days=3)
    two = replace(READY, metrics=(funnel, funnel))
    facts = replace(FACTS, experiment=two, last_events={"seen": early, "bought": NOON})
    found = [one for one in launch_checks(facts) if one.code is CheckCode.METRIC_EVENTS]
    assert [one.seen_at for one in found] == [early, early]
    assert "2 primary metrics" in next(
        one.message for one in launch_checks(facts) if one.code is CheckCode.PRIMARY_METRIC
    )


def test_the_events_of_a_metric_are_those_of_its_event_nodes() -> None:
    document: Properties = {
        "series": (
            {"kind": "EventsNode", "event": "one"},
            {"kind": "ActionsNode", "id": 3, "event": "not this"},
            {"kind": "EventsNode", "event": None},
            {"kind": "EventsNode", "event": "one"},
        )
    }
    assert metric_events(document) == ("one",)
    action = replace(READY, metrics=({"metric_type": "mean", "source": {"kind": "ActionsNode"}},))
    found = states(replace(FACTS, experiment=action))
    assert CheckCode.METRIC_EVENTS not in found, "actions are other people's events"
