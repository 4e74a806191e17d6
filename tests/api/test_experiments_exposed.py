"""The cohort of exposed persons, and exposure that is frozen to them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from splitplot.filters.model import Properties
from splitplot.flags.model import FlagId
from tests.api.cohorts import Cohorts
from tests.api.management import SPLIT, Experiments, Flags, Json, broken_rule, refusal
from tests.api.stack import Stack

NOW = datetime.now(UTC)
KEY = "checkout"
COHORT, FREEZE, UNFREEZE = (
    "create_exposure_cohort_for_experiment",
    "freeze_exposure",
    "unfreeze_exposure",
)


@pytest.fixture
def cohorts(stack: Stack) -> Cohorts:
    return Cohorts(stack=stack)


def running(experiments: Experiments, **body: object) -> Json:
    """An experiment on the flag `checkout` since two days ago."""
    started = (NOW - timedelta(days=2)).isoformat()
    return experiments.create(**({"feature_flag_key": KEY, "start_date": started} | body))


def call(cohorts: Cohorts, person: str, *, key: str = KEY, days_ago: float = 1) -> None:
    """The person is served a variant."""
    served = {"$feature_flag": key, "$feature_flag_response": "control", f"$feature/{key}": "test"}
    at = NOW - timedelta(days=days_ago)
    cohorts.capture("$feature_flag_called", person, served, at=at)


# The cohort of everybody who is exposed


def test_case_54_the_cohort_holds_who_was_exposed_since_the_start(
    experiments: Experiments, cohorts: Cohorts
) -> None:
    experiment = running(experiments, name="Checkout")
    for person in ("ann", "bob"):
        call(cohorts, person)
    call(cohorts, "cyd", days_ago=3)
    call(cohorts, "dan", key="other")
    answer = experiments.act(experiment, COHORT, ignored="x")
    assert answer.keys() == {"cohort"}
    cohort = answer["cohort"]
    assert cohort["name"] == 'Users exposed to experiment "Checkout"'
    assert (cohort["is_static"], cohort["experiment_set"]) == (False, [experiment["id"]])
    assert cohort["filters"] == {
        "properties": {
            "type": "OR",
            "values": [
                {
                    "type": "OR",
                    "values": [
                        {
                            "type": "behavioral",
                            "value": "performed_event",
                            "key": "$feature_flag_called",
                            "negation": False,
                            "event_type": "events",
                            "explicit_datetime": (NOW - timedelta(days=2)).isoformat(),
                            "event_filters": [
                                {
                                    "key": "$feature_flag",
                                    "value": [KEY],
                                    "operator": "exact",
                                    "type": "event",
                                }
                            ],
                        }
                    ],
                }
            ],
        }
    }
    cohorts.follow()
    assert cohorts.names(cohort) == ["ann", "bob"]
    assert experiments.get(experiment)["exposure_cohort"] == cohort["id"]
    assert refusal(experiments.try_act(experiment, COHORT)) == (
        "invalid_input",
        "Experiment already has an exposure cohort",
        None,
    )
    draft = experiments.create()
    assert refusal(experiments.try_act(draft, COHORT)) == (
        "invalid_input",
        "Experiment does not have a start date",
        None,
    )
    # Later ones come in by themselves, and a cohort that is gone can be made anew.
    call(cohorts, "eve")
    cohorts.follow()
    assert cohorts.names(cohort) == ["ann", "bob", "eve"]
    cohorts.patch(cohort, deleted=True)
    assert experiments.get(experiment)["exposure_cohort"] is None
    assert experiments.act(experiment, COHORT)["cohort"]["id"] != cohort["id"]


def custom(**entities: object) -> Json:
    return {"custom_exposure_filter": entities}


def behaviour_of(answer: Json) -> Json:
    """What the cohort asks of a person."""
    (inner,) = answer["cohort"]["filters"]["properties"]["values"]
    (leaf,) = inner["values"]
    found: Json = leaf
    return found


def test_a_custom_exposure_says_which_events_expose(
    experiments: Experiments, cohorts: Cohorts
) -> None:
    kept = [{"key": "plan", "value": "pro"}, {"key": "$feature/x", "value": "a", "type": "feature"}]
    dropped = [{"key": "id", "value": 3, "type": "cohort"}, {"key": "email", "type": "person"}]
    events = [{"id": "opened", "properties": kept + dropped}]
    experiment = running(experiments, parameters=custom(events=events, actions=[{"id": 3}]))
    leaf = behaviour_of(experiments.act(experiment, COHORT))
    assert (leaf["key"], leaf["event_type"]) == ("opened", "events")
    assert leaf["event_filters"] == [{"type": "event", **kept[0]}, kept[1]]
    cohorts.capture("opened", "ann", {"plan": "pro", "$feature/x": "a"})
    cohorts.capture("opened", "bob", {"plan": "pro"})
    cohorts.follow()
    (cohort,) = cohorts.listed()["results"]
    assert cohorts.names(cohort) == ["ann"]


@pytest.mark.parametrize("number", [7, "7"])
def test_an_action_exposes_by_its_number(experiments: Experiments, number: object) -> None:
    experiment = running(experiments, parameters=custom(actions=[{"id": number}]))
    leaf = behaviour_of(experiments.act(experiment, COHORT))
    assert (leaf["key"], leaf["event_type"]) == (7, "actions")


@pytest.mark.parametrize("number", ["seven", "", None, True, "9" * 20])
def test_an_action_without_a_number_is_refused(experiments: Experiments, number: object) -> None:
    experiment = running(experiments, parameters=custom(actions=[{"id": number}]))
    expected = ("invalid_input", "Invalid action ID", None)
    assert refusal(experiments.try_act(experiment, COHORT)) == expected
    assert experiments.get(experiment)["exposure_cohort"] is None


def test_a_cohort_needs_a_flag(experiments: Experiments, flags: Flags) -> None:
    draft = experiments.create()
    flags.patch(draft["feature_flag"], deleted=True)
    expected = ("invalid_input", "Experiment does not have a feature flag", None)
    assert refusal(experiments.try_act(draft, COHORT)) == expected


def test_an_exposure_that_cannot_be_followed_makes_no_cohort(
    experiments: Experiments, cohorts: Cohorts
) -> None:
    inside = [{"key": "tag_name", "value": "a", "type": "element"}]
    experiment = running(
        experiments, parameters=custom(events=[{"id": "opened", "properties": inside}])
    )
    assert refusal(experiments.try_act(experiment, COHORT))[0] == "invalid_input"
    assert cohorts.listed()["count"] == 0


@pytest.mark.parametrize("action", [COHORT, FREEZE, UNFREEZE])
def test_cohorts_of_the_exposed_are_for_writers_of_experiments_that_are_there(
    experiments: Experiments, action: str
) -> None:
    stack, experiment = experiments.stack, running(experiments)
    url = f"{experiments.url(experiment)}{action}/"
    key = {"Authorization": f"Bearer {stack.key(scopes=('experiment:read',))}"}
    assert refusal(stack.anonymous.post(url, headers=key), status=403) == (
        "permission_denied",
        "API key missing required scope 'experiment:write'",
        None,
    )
    assert refusal(stack.anonymous.post(url), status=401)[0] == "not_authenticated"
    assert refusal(stack.client.get(url), status=405)[1] == 'Method "GET" not allowed.'
    experiments.patch(experiment, deleted=True)
    for gone in (experiment, {"id": 999}):
        answer = experiments.try_act(gone, action)
        assert refusal(answer, status=404) == ("not_found", "Not found.", None)


# Frozen exposure


def condition_of(cohort_id: int) -> Json:
    return {"key": "id", "type": "cohort", "value": cohort_id, "operator": "in"}


def cohort_in(experiment: Json) -> int:
    """The cohort that every condition of the experiment's flag asks for."""
    groups = experiment["feature_flag"]["filters"]["groups"]
    (number,) = {
        each["value"] for group in groups for each in group["properties"] if each["key"] == "id"
    }
    assert all(condition_of(number) in group["properties"] for group in groups)
    return int(number)


def test_frozen_exposure_lets_in_only_who_was_exposed(
    experiments: Experiments, cohorts: Cohorts
) -> None:
    experiment = running(experiments, name="Checkout")
    for person in ("ann", "bob"):
        call(cohorts, person)
    call(cohorts, "cyd", days_ago=3)
    frozen = experiments.act(experiment, FREEZE)
    assert (frozen["status"], frozen["end_date"]) == ("exposure_frozen", None)
    assert frozen["feature_flag"]["version"] == experiment["feature_flag"]["version"] + 1
    cohort = cohorts.get({"id": cohort_in(frozen)})
    assert (cohort["is_static"], cohort["count"]) == (True, 2)
    assert cohorts.names(cohort) == ["ann", "bob"]
    assert [cohorts.serves(name)[KEY] for name in ("ann", "cyd", "eve")] == [True, False, False]
    # Who comes by later stays outside.
    call(cohorts, "eve")
    assert cohorts.serves("eve")[KEY] is False
    assert experiments.names(status="exposure_frozen") == ["Checkout"]
    assert experiments.names(status="running") == []
    assert experiments.get(experiment)["status"] == "exposure_frozen"


def test_unfreezing_undoes_exactly_that(
    experiments: Experiments, flags: Flags, cohorts: Cohorts
) -> None:
    email = {"key": "email", "type": "person", "value": "@acme.com", "operator": "icontains"}
    groups = [
        {"properties": [email], "rollout_percentage": 50, "variant": "test"},
        {"properties": [], "rollout_percentage": 80, "description": "rest"},
    ]
    filters = {"groups": groups, "multivariate": {"variants": SPLIT}, "payloads": {"test": '"x"'}}
    flags.create(KEY, filters=filters)
    experiment = running(experiments)
    call(cohorts, "ann")
    before = experiments.get(experiment)["feature_flag"]["filters"]
    frozen = experiments.act(experiment, FREEZE)
    assert cohort_in(frozen)
    assert email in frozen["feature_flag"]["filters"]["groups"][0]["properties"]
    thawed = experiments.act(experiment, UNFREEZE)
    assert (thawed["status"], thawed["feature_flag"]["filters"]) == ("running", before)
    assert refusal(experiments.try_act(experiment, UNFREEZE)) == (
        "invalid_input",
        "Experiment exposure is not frozen.",
        None,
    )
    assert experiments.act(experiment, FREEZE)["status"] == "exposure_frozen"


def test_a_frozen_experiment_pauses_resumes_and_ends(
    experiments: Experiments, cohorts: Cohorts
) -> None:
    experiment = running(experiments)
    call(cohorts, "ann")
    experiments.act(experiment, FREEZE)
    assert experiments.act(experiment, "pause")["status"] == "paused"
    assert experiments.act(experiment, "resume")["status"] == "exposure_frozen"
    ended = experiments.act(experiment, "end")
    assert ended["status"] == "stopped"
    assert cohort_in(ended)


def test_reset_and_ship_undo_the_freeze(experiments: Experiments, cohorts: Cohorts) -> None:
    experiment = running(experiments)
    call(cohorts, "ann")
    before = experiments.get(experiment)["feature_flag"]["filters"]["groups"]
    experiments.act(experiment, FREEZE)
    reset = experiments.act(experiment, "reset")
    assert (reset["status"], reset["feature_flag"]["filters"]["groups"]) == ("draft", before)
    experiments.patch(experiment, start_date=(NOW - timedelta(days=2)).isoformat())
    assert experiments.act(experiment, FREEZE)["status"] == "exposure_frozen"
    shipped = experiments.act(experiment, "ship_variant", variant_key="test")
    assert shipped["status"] == "stopped"
    assert shipped["feature_flag"]["filters"]["groups"][1:] == before
    assert broken_rule(experiments.try_act(experiment, UNFREEZE)) == (
        "Experiment exposure is not frozen."
    )


def test_who_saw_a_variant_by_a_custom_exposure_is_frozen_in(
    experiments: Experiments, cohorts: Cohorts
) -> None:
    config = {
        "kind": "ExperimentEventExposureConfig",
        "event": "opened",
        "properties": [{"key": "plan", "value": "pro", "operator": "exact", "type": "event"}],
    }
    experiment = running(experiments, exposure_criteria={"exposure_config": config})
    cohorts.capture("opened", "ann", {f"$feature/{KEY}": "test", "plan": "pro"})
    cohorts.capture("opened", "bob", {f"$feature/{KEY}": "test", "plan": "free"})
    cohorts.capture("opened", "cyd", {f"$feature/{KEY}": False, "plan": "pro"})
    frozen = experiments.act(experiment, FREEZE)
    assert cohorts.names({"id": cohort_in(frozen)}) == ["ann"]


def test_what_cannot_be_frozen_is_refused(experiments: Experiments, cohorts: Cohorts) -> None:
    def refused(experiment: Json) -> str:
        code, detail, attr = refusal(experiments.try_act(experiment, FREEZE))
        assert (code, attr) == ("invalid_input", None)
        return detail

    assert refused(experiments.create()) == "Experiment has not been launched yet."
    assert refused(experiments.stopped()) == "Experiment has already ended."
    paused = experiments.launched()
    experiments.act(paused, "pause")
    assert refused(paused) == "Experiment is paused. Resume it before freezing its exposure."
    assert refused(running(experiments, feature_flag_key="unseen")) == (
        "Exposure cannot be frozen: nobody has been exposed yet."
    )
    experiment = running(experiments)
    call(cohorts, "ann")
    experiments.act(experiment, FREEZE)
    assert refused(experiment) == "Experiment exposure is already frozen."
    by_group = running(
        experiments, feature_flag_key="grouped", parameters={"aggregation_group_type_index": 0}
    )
    call(cohorts, "ann", key="grouped")
    assert refused(by_group) == (
        "Exposure cannot be frozen: the feature flag is aggregated by groups."
    )
    assert cohorts.listed()["count"] == 1


@pytest.mark.parametrize(
    ("members", "detail"),
    [
        ({"holdout": {"id": 1, "exclusion_percentage": 10}}, "has a holdout"),
        ({"holdout_groups": [{"properties": []}]}, "has a holdout"),
        ({"feature_enrollment": True}, "is for early access"),
        ({"super_groups": [{"properties": []}]}, "is for early access"),
        ({"groups": []}, "has no condition sets"),
    ],
)
def test_a_flag_that_decides_about_more_is_not_frozen(
    experiments: Experiments, cohorts: Cohorts, members: Properties, detail: str
) -> None:
    experiment = running(experiments)
    call(cohorts, "ann")
    _set_filters(experiments.stack, experiment, members)
    answer = refusal(experiments.try_act(experiment, FREEZE))
    assert answer == (
        "invalid_input",
        f"Exposure cannot be frozen: the feature flag {detail}.",
        None,
    )


def _set_filters(stack: Stack, experiment: Json, members: Properties) -> None:
    """Writes the flag past its own rules, as older releases might have left it."""
    with stack.platform.stores.metadata.transaction() as repositories:
        flag = repositories.flags.find(stack.project.id, FlagId(experiment["feature_flag"]["id"]))
        assert flag is not None
        changed = replace(flag, filters={**flag.filters, **members})
        repositories.flags.save(stack.project.id, changed)
