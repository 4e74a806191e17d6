from typing import Any

import pytest

from tests.api.management import (
    SPLIT,
    Experiments,
    Flags,
    broken_rule,
    made,
    mean_metric,
    refusal,
    variants,
)

pytestmark = pytest.mark.both_databases

THREE = variants(control=33, a=33, b=34)


def split_of(flag: dict[str, Any]) -> dict[str, float]:
    listed = flag["filters"]["multivariate"]["variants"]
    return {variant["key"]: variant["rollout_percentage"] for variant in listed}


def test_case_28_the_flags_key_cannot_be_changed(experiments: Experiments) -> None:
    draft = experiments.create(feature_flag_key="old")
    detail = "Can't update keys: get_feature_flag_key on Experiment"
    answer = experiments.try_patch(draft, feature_flag_key="new")
    assert refusal(answer) == ("invalid_input", detail, None)
    experiments.patch(draft, feature_flag_key="old")


def test_the_type_cannot_be_changed(experiments: Experiments) -> None:
    draft = experiments.create()
    answer = experiments.try_patch(draft, type="web")
    assert broken_rule(answer) == "Can't update keys: type on Experiment"
    answer = experiments.try_patch(draft, type="web", feature_flag_key="new")
    detail = "Can't update keys: get_feature_flag_key, type on Experiment"
    assert broken_rule(answer) == detail
    experiments.patch(draft, type="product")


def test_case_29_a_drafts_variants_reach_its_flag(experiments: Experiments, flags: Flags) -> None:
    draft = experiments.create(parameters={"feature_flag_variants": THREE})
    flag = draft["feature_flag"]
    flags.patch(flag, filters={**flag["filters"], "payloads": {"a": '{"colour": "red"}'}})
    four = variants(control=25, a=25, b=25, c=25)
    after = experiments.patch(draft, parameters={"feature_flag_variants": four})["feature_flag"]
    assert split_of(after) == {"control": 25, "a": 25, "b": 25, "c": 25}
    assert after["active"] is False
    assert after["filters"]["payloads"] == {"a": '{"colour": "red"}'}
    assert flags.get(flag)["filters"] == after["filters"]


def test_a_payload_of_a_variant_that_went_goes_too(experiments: Experiments, flags: Flags) -> None:
    draft = experiments.create(parameters={"feature_flag_variants": THREE})
    flag = draft["feature_flag"]
    flags.patch(flag, filters={**flag["filters"], "payloads": {"a": "1", "b": "2"}})
    two = variants(control=50, a=50)
    after = experiments.patch(draft, parameters={"feature_flag_variants": two})
    assert after["feature_flag"]["filters"]["payloads"] == {"a": "1"}


def test_case_30_the_rollout_stays_unless_it_is_given(experiments: Experiments) -> None:
    draft = experiments.create(parameters={"rollout_percentage": 80})
    kept = experiments.patch(draft, parameters={"feature_flag_variants": THREE})
    assert kept["feature_flag"]["filters"]["groups"][0]["rollout_percentage"] == 80
    changed = experiments.patch(draft, parameters={"rollout_percentage": 30})
    assert changed["feature_flag"]["filters"]["groups"][0]["rollout_percentage"] == 30
    assert split_of(changed["feature_flag"]) == {"control": 33, "a": 33, "b": 34}


@pytest.mark.parametrize("split", [{"control": 50, "a": 50}, {"control": 33, "a": 33, "c": 34}])
def test_case_31_a_launched_experiment_keeps_its_variants(
    experiments: Experiments, split: dict[str, float]
) -> None:
    running = experiments.launched(parameters={"feature_flag_variants": THREE})
    answer = experiments.try_patch(running, parameters={"feature_flag_variants": variants(**split)})
    detail = "Can't update feature_flag_variants on Experiment"
    assert refusal(answer) == ("invalid_input", detail, None)


def test_case_32_new_shares_of_a_launched_experiment_do_not_reach_the_flag(
    experiments: Experiments,
) -> None:
    running = experiments.launched(parameters={"feature_flag_variants": THREE})
    other = {"feature_flag_variants": variants(control=10, a=10, b=80)}
    after = experiments.patch(running, parameters=other)
    assert split_of(after["feature_flag"]) == {"control": 33, "a": 33, "b": 34}
    assert after["feature_flag"]["version"] == running["feature_flag"]["version"]
    forced = experiments.patch(running, parameters=other, update_feature_flag_params=True)
    assert split_of(forced["feature_flag"]) == {"control": 10, "a": 10, "b": 80}


def test_case_33_planning_notes_can_be_made_while_it_runs(experiments: Experiments) -> None:
    running = experiments.launched()
    after = experiments.patch(running, parameters={"recommended_sample_size": 1500})
    assert after["parameters"] == {"recommended_sample_size": 1500}


def test_case_34_a_start_date_launches_a_draft(experiments: Experiments) -> None:
    draft = experiments.create()
    assert experiments.patch(draft, description="x")["feature_flag"]["active"] is False
    launched = experiments.patch(draft, start_date="2024-01-01T00:00:00Z")
    assert launched["status"] == "running"
    assert launched["feature_flag"]["active"] is True
    moved = experiments.patch(draft, start_date="2024-02-01T00:00:00+02:00")
    assert moved["start_date"] == "2024-01-31T22:00:00Z"
    back = experiments.patch(draft, start_date=None)
    assert (back["status"], back["feature_flag"]["active"]) == ("draft", True)


def test_case_35_an_end_date_stops_it(experiments: Experiments) -> None:
    running = experiments.launched()
    after = experiments.patch(running, end_date="2099-01-01")
    assert after["status"] == "stopped"
    assert after["feature_flag"]["active"] is True


def test_case_36_there_are_no_global_filter_properties(experiments: Experiments) -> None:
    draft = experiments.create()
    answer = experiments.try_patch(draft, filters={"properties": [{"key": "x"}]})
    detail = "Experiments do not support global filter properties"
    assert refusal(answer) == ("invalid_input", detail, None)
    experiments.patch(draft, filters={"properties": []})


def test_case_37_a_changed_flag_changes_its_experiments_parameters(
    experiments: Experiments, flags: Flags
) -> None:
    draft = experiments.create(parameters={"minimum_detectable_effect": 5})
    flag = draft["feature_flag"]
    groups = [{"properties": [], "rollout_percentage": 100}]
    split = variants(control=10, test=90)
    filters = {"groups": groups, "multivariate": {"variants": split}}
    flags.patch(flag, filters={**filters, "aggregation_group_type_index": 1})
    parameters = experiments.get(draft)["parameters"]
    assert [item["split_percent"] for item in parameters["feature_flag_variants"]] == [10, 90]
    assert parameters["aggregation_group_type_index"] == 1
    assert parameters["minimum_detectable_effect"] == 5
    flags.patch(flag, filters=filters)
    assert "aggregation_group_type_index" not in experiments.get(draft)["parameters"]


def test_experiments_that_share_a_flag_see_the_same_variants(
    experiments: Experiments, flags: Flags
) -> None:
    flags.create("shared", SPLIT)
    first = experiments.create(feature_flag_key="shared")
    second = experiments.create(feature_flag_key="shared")
    split = variants(control=20, test=80)
    experiments.patch(first, parameters={"feature_flag_variants": split})
    other = experiments.get(second)
    assert split_of(other["feature_flag"]) == {"control": 20, "test": 80}
    shown = other["parameters"]["feature_flag_variants"]
    assert [item["rollout_percentage"] for item in shown] == [20, 80]


@pytest.mark.parametrize(
    "config",
    [
        {"kind": "ExperimentEventExposureConfig", "event": "seen", "properties": [], "extra": 1},
        {"event": "seen", "properties": [{"key": "plan", "operator": "is_not", "value": "free"}]},
        {"kind": "ActionsNode", "id": 5, "name": "Signed up"},
    ],
)
def test_case_38_exposure_criteria_are_kept_as_sent(
    experiments: Experiments, config: dict[str, Any]
) -> None:
    draft, criteria = experiments.create(), {"exposure_config": config, "own": [1]}
    assert experiments.patch(draft, exposure_criteria=criteria)["exposure_criteria"] == criteria


@pytest.mark.parametrize(
    ("criteria", "detail"),
    [
        ({"exposure_config": {"event": "x", "properties": [1]}}, "Invalid exposure criteria"),
        ({"filterTestAccounts": "yes"}, "filterTestAccounts must be a boolean"),
    ],
)
def test_case_38_unreadable_exposure_criteria_are_refused(
    experiments: Experiments, criteria: dict[str, Any], detail: str
) -> None:
    answer = experiments.try_patch(experiments.create(), exposure_criteria=criteria)
    assert refusal(answer) == ("invalid_input", detail, "exposure_criteria")


def test_null_clears_and_absence_keeps(experiments: Experiments) -> None:
    cleared = {
        "description": "why",
        "parameters": {"minimum_detectable_effect": 5},
        "scheduling_config": {"timeseries": True},
        "conclusion": "won",
        "conclusion_comment": "great",
        "start_date": "2024-01-01T00:00:00Z",
        "end_date": "2024-02-01T00:00:00Z",
        "exposure_criteria": {"filterTestAccounts": False},
        "primary_metrics_ordered_uuids": ["a"],
        "secondary_metrics_ordered_uuids": ["b"],
    }
    experiment = experiments.create(**cleared)
    kept = experiments.patch(experiment, name="Other")
    assert {key: kept[key] for key in cleared} == cleared
    after = experiments.patch(kept, **dict.fromkeys(cleared))
    assert {key: after[key] for key in cleared} == dict.fromkeys(cleared)


@pytest.mark.parametrize(
    "field",
    [
        "name", "archived", "deleted", "filters", "secondary_metrics", "stats_config",
        "exposure_preaggregation_enabled", "feature_flag_key",
    ],
)  # fmt: skip
def test_fields_that_always_have_a_value_cannot_be_null(
    experiments: Experiments, field: str
) -> None:
    answer = experiments.try_patch(experiments.create(), **{field: None})
    assert refusal(answer) == ("null", "This field may not be null.", field)


def test_metrics_can_be_replaced_in_any_state(experiments: Experiments) -> None:
    stopped = experiments.stopped(metrics=[mean_metric(uuid="a"), mean_metric(uuid="b")])
    after = experiments.patch(stopped, metrics=[mean_metric(uuid="c"), mean_metric(uuid="b")])
    assert after["primary_metrics_ordered_uuids"] == ["b", "c"]
    emptied = experiments.patch(stopped, metrics=None)
    assert (emptied["metrics"], emptied["primary_metrics_ordered_uuids"]) == ([], [])


def test_an_incomplete_order_is_refused(experiments: Experiments) -> None:
    draft = experiments.create(metrics=[mean_metric(uuid="a"), mean_metric(uuid="b")])
    advice = "This is likely a frontend bug - please refresh and try again."
    answer = experiments.try_patch(draft, primary_metrics_ordered_uuids=["b"])
    detail = f"primary_metrics_ordered_uuids is missing UUIDs: ['a']. {advice}"
    assert refusal(answer) == ("invalid_input", detail, None)
    answer = experiments.try_patch(draft, primary_metrics_ordered_uuids=None)
    detail = f"primary_metrics_ordered_uuids is null but primary metrics exist. {advice}"
    assert refusal(answer) == ("invalid_input", detail, None)
    turned = experiments.patch(draft, primary_metrics_ordered_uuids=["b", "a", "x"])
    assert turned["primary_metrics_ordered_uuids"] == ["b", "a", "x"]


def test_a_fingerprint_follows_start_and_configuration(experiments: Experiments) -> None:
    draft = experiments.create(metrics=[mean_metric()])
    seen = {draft["metrics"][0]["fingerprint"]}
    for change in ({"stats_config": {"method": "frequentist"}}, {"start_date": "2024-01-01"}):
        seen.add(experiments.patch(draft, **change)["metrics"][0]["fingerprint"])
    assert len(seen) == 3
    renamed = experiments.patch(draft, name="Other")
    assert renamed["metrics"][0]["fingerprint"] in seen


def test_a_refused_change_changes_nothing(experiments: Experiments, flags: Flags) -> None:
    draft = experiments.create(metrics=[mean_metric(uuid="a")])
    answer = experiments.try_patch(
        draft,
        name="Other",
        parameters={"feature_flag_variants": THREE},
        primary_metrics_ordered_uuids=[],
    )
    assert answer.status_code == 400
    assert experiments.get(draft) == draft
    assert flags.get(draft["feature_flag"])["version"] == 1


def test_a_put_needs_name_and_key_and_is_not_archived(experiments: Experiments) -> None:
    stopped = experiments.act(experiments.stopped(), "archive")
    client, url = experiments.stack.client, experiments.url(stopped)
    assert refusal(client.put(url, json={}))[2] == "name"
    assert refusal(client.put(url, json={"name": "x"}))[2] == "feature_flag_key"
    body = {"name": "x", "feature_flag_key": stopped["feature_flag_key"]}
    after = made(client.put(url, json=body))
    assert (after["name"], after["archived"], after["status"]) == ("x", False, "stopped")
