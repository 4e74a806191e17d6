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

TOO_FEW = "Feature flag must have at least 2 variants (control and at least one test variant)"


def keys_and_shares(flag: dict[str, Any]) -> list[tuple[str, float]]:
    return [
        (variant["key"], variant["rollout_percentage"])
        for variant in flag["filters"]["multivariate"]["variants"]
    ]


def test_case_01_a_basic_experiment_is_a_draft_with_defaults(experiments: Experiments) -> None:
    created = experiments.create()
    assert created["status"] == "draft"
    assert (created["start_date"], created["end_date"]) == (None, None)
    assert created["stats_config"] == {"method": "bayesian"}
    assert created["exposure_criteria"] == {"filterTestAccounts": True}
    assert created["type"] == "product"
    assert experiments.get(created) == created


def test_case_02_its_flag_is_inactive_and_splits_evenly(experiments: Experiments) -> None:
    flag = experiments.create(name="Button")["feature_flag"]
    assert flag["name"] == "Feature Flag for Experiment Button"
    assert flag["active"] is False
    assert keys_and_shares(flag) == [("control", 50), ("test", 50)]
    assert [group["properties"] for group in flag["filters"]["groups"]] == [[]]
    assert flag["filters"]["groups"][0]["rollout_percentage"] == 100


def test_case_03_a_start_date_launches_it_at_once(experiments: Experiments) -> None:
    created = experiments.create(start_date="2021-12-01T10:23")
    assert created["status"] == "running"
    assert created["feature_flag"]["active"] is True
    assert created["start_date"] == "2021-12-01T10:23:00Z"


@pytest.mark.parametrize(
    ("parameters", "share"),
    [({"rollout_percentage": 50}, 50), ({}, 100), ({"rollout_percentage": 0}, 0)],
)
def test_case_04_the_rollout_is_that_of_the_parameters(
    experiments: Experiments, parameters: dict[str, Any], share: int
) -> None:
    created = experiments.create(parameters=parameters)
    assert created["feature_flag"]["filters"]["groups"][0]["rollout_percentage"] == share


def test_case_05_three_variants_reach_the_flag_in_order(experiments: Experiments) -> None:
    split = variants(control=33, test_1=33, test_2=34)
    created = experiments.create(parameters={"feature_flag_variants": split})
    assert created["feature_flag"]["filters"]["multivariate"]["variants"] == split


def test_case_06_variants_without_control_are_refused(
    experiments: Experiments, flags: Flags
) -> None:
    split = variants(a=50, b=50)
    answer = experiments.post(
        name="x", feature_flag_key="x", parameters={"feature_flag_variants": split}
    )
    detail = "Feature flag variants must contain a control variant"
    assert refusal(answer) == ("invalid_input", detail, "parameters")
    assert flags.keys() == []


def test_case_07_control_alone_is_refused(experiments: Experiments) -> None:
    parameters = {"feature_flag_variants": variants(control=100)}
    answer = experiments.post(name="x", feature_flag_key="x", parameters=parameters)
    assert refusal(answer) == ("invalid_input", TOO_FEW, "parameters")


def test_case_08_twenty_variants_are_the_most(experiments: Experiments) -> None:
    split = variants(control=5, **{f"test_{number}": 5 for number in range(19)})
    assert len(split) == 20
    experiments.create(parameters={"feature_flag_variants": split})
    split.append({"key": "one-more", "rollout_percentage": 0})
    answer = experiments.post(
        name="x", feature_flag_key="x", parameters={"feature_flag_variants": split}
    )
    detail = "Feature flag variants must be less than 21"
    assert refusal(answer) == ("invalid_input", detail, "parameters")


def test_case_09_shares_have_to_sum_to_a_hundred(experiments: Experiments, flags: Flags) -> None:
    parameters = {"feature_flag_variants": variants(control=50, test=40)}
    answer = experiments.post(name="x", feature_flag_key="x", parameters=parameters)
    detail = "Invalid variant definitions: Variant rollout percentages must sum to 100."
    assert refusal(answer) == ("invalid_input", detail, "filters")
    assert experiments.listed()["count"] == 0
    assert flags.keys() == []


@pytest.mark.parametrize("beside", [{}, {"rollout_percentage": 7}])
def test_case_10_split_percent_is_the_share_and_wins(
    experiments: Experiments, beside: dict[str, int]
) -> None:
    split = [
        {"key": "control", "split_percent": 60, **beside},
        {"key": "test", "split_percent": 40, **beside},
    ]
    created = experiments.create(parameters={"feature_flag_variants": split})
    assert keys_and_shares(created["feature_flag"]) == [("control", 60), ("test", 40)]
    assert created["parameters"]["feature_flag_variants"] == [
        {"key": "control", "rollout_percentage": 60, "split_percent": 60},
        {"key": "test", "rollout_percentage": 40, "split_percent": 40},
    ]
    assert "split_percent" not in created["feature_flag"]["filters"]["multivariate"]["variants"][0]


def test_case_11_a_variant_needs_a_share(experiments: Experiments) -> None:
    parameters = {"feature_flag_variants": [{"key": "control"}, {"key": "test"}]}
    answer = experiments.post(name="x", feature_flag_key="x", parameters=parameters)
    _, detail, attr = refusal(answer)
    assert detail == (
        "Each variant must include split_percent (recommended) or rollout_percentage (deprecated)."
    )
    assert attr == "parameters"


@pytest.mark.parametrize(
    ("name", "code", "detail"),
    [
        (None, "null", "This field may not be null."),
        ("", "blank", "This field may not be blank."),
        ("x" * 401, "max_length", "Ensure this field has no more than 400 characters."),
    ],
)
def test_case_12_a_name_has_one_to_four_hundred_characters(
    experiments: Experiments, name: str | None, code: str, detail: str
) -> None:
    answer = experiments.post(name=name, feature_flag_key="x")
    assert refusal(answer) == (code, detail, "name")
    experiments.create(name="x" * 400)


@pytest.mark.parametrize("end", ["2024-01-01T00:00:00Z", "2023-12-31T00:00:00Z"])
def test_case_13_the_end_comes_after_the_start(experiments: Experiments, end: str) -> None:
    answer = experiments.post(
        name="x", feature_flag_key="x", start_date="2024-01-01T00:00:00Z", end_date=end
    )
    assert refusal(answer) == ("invalid_input", "End date must be after start date", None)


def test_case_13_an_end_alone_makes_a_draft(experiments: Experiments) -> None:
    assert experiments.create(end_date="2024-01-01T00:00:00Z")["status"] == "draft"


def test_case_14_an_existing_flag_is_used_as_it_is(experiments: Experiments, flags: Flags) -> None:
    flag = flags.create("shared", SPLIT, active=False)
    for name in ("first", "second"):
        created = experiments.create(
            name=name,
            feature_flag_key="shared",
            parameters={"feature_flag_variants": variants(control=10, other=90)},
        )
        assert created["feature_flag"]["id"] == flag["id"]
    after = flags.get(flag)
    assert (after["filters"], after["version"]) == (flag["filters"], 1)
    assert after["active"] is False
    assert len(after["experiment_set"]) == 2


def test_an_inactive_flag_makes_an_experiment_with_a_start_paused(
    experiments: Experiments, flags: Flags
) -> None:
    flags.create("off", SPLIT, active=False)
    created = experiments.create(feature_flag_key="off", start_date="2024-01-01")
    assert created["status"] == "paused"


@pytest.mark.parametrize(
    ("split", "detail"),
    [
        (
            {"test-1": 50, "test-2": 50},
            "Feature flag must have a variant with key 'control'",
        ),
        ({"control": 100}, TOO_FEW),
    ],
)
def test_case_15_an_existing_flag_has_to_fit(
    experiments: Experiments, flags: Flags, split: dict[str, float], detail: str
) -> None:
    flags.create("unfit", variants(**split))
    answer = experiments.post(name="x", feature_flag_key="unfit")
    assert refusal(answer) == ("invalid_input", detail, None)


def test_case_16_the_group_type_is_that_of_the_parameters(experiments: Experiments) -> None:
    by_group = experiments.create(parameters={"aggregation_group_type_index": 0})
    assert by_group["feature_flag"]["filters"]["aggregation_group_type_index"] == 0
    groups = by_group["feature_flag"]["filters"]["groups"]
    assert [group["aggregation_group_type_index"] for group in groups] == [0]
    by_person = experiments.create(filters={"aggregation_group_type_index": 0})
    assert by_person["feature_flag"]["filters"]["aggregation_group_type_index"] is None


@pytest.mark.parametrize(
    ("default", "said", "result"),
    [
        (False, True, True),
        (True, None, True),
        (True, False, False),
        (False, None, False),
    ],
)
def test_case_17_continuity_is_the_projects_unless_said(
    experiments: Experiments, *, default: bool, said: bool | None, result: bool
) -> None:
    client, url = experiments.stack.client, experiments.stack.url()
    made(client.patch(url, json={"flags_persistence_default": default}))
    parameters = {} if said is None else {"ensure_experience_continuity": said}
    flag = experiments.create(parameters=parameters)["feature_flag"]
    assert flag["ensure_experience_continuity"] is result


def test_case_18_the_projects_confidence_level_is_filled_in(experiments: Experiments) -> None:
    client, url = experiments.stack.client, experiments.stack.url()
    made(client.patch(url, json={"default_experiment_confidence_level": 0.9}))
    config = experiments.create()["stats_config"]
    assert config == {
        "method": "bayesian",
        "bayesian": {"ci_level": 0.9},
        "frequentist": {"alpha": 0.1},
    }
    kept = experiments.create(stats_config={"bayesian": {"ci_level": 0.99}})["stats_config"]
    assert kept["bayesian"] == {"ci_level": 0.99}


@pytest.mark.parametrize("method", ["garbage", "", 42])
def test_case_19_an_unknown_method_is_refused(experiments: Experiments, method: object) -> None:
    answer = experiments.post(name="x", feature_flag_key="x", stats_config={"method": method})
    detail = f"Invalid stats method: '{method}'. Must be one of: bayesian, frequentist"
    assert broken_rule(answer) == detail


def test_case_20_a_key_has_only_simple_characters(experiments: Experiments) -> None:
    detail = "Only letters, numbers, hyphens (-) & underscores (_) are allowed."
    answer = experiments.post(name="x", feature_flag_key="bad key!")
    assert refusal(answer) == ("invalid_key", detail, "key")
    assert experiments.listed()["count"] == 0


def test_the_first_wrong_field_is_reported(experiments: Experiments) -> None:
    answer = experiments.post(metrics=3, description=[], conclusion="amazing")
    assert refusal(answer) == ("required", "This field is required.", "name")
    answer = experiments.post(name="x", metrics=3, conclusion="amazing")
    assert refusal(answer)[2] == "feature_flag_key"
    answer = experiments.post(name="x", feature_flag_key="x", metrics=3, conclusion="amazing")
    assert refusal(answer) == ("invalid_input", "Metrics must be a list", "metrics")


def test_metrics_get_uuids_fingerprints_and_an_order(experiments: Experiments) -> None:
    created = experiments.create(
        metrics=[mean_metric(), mean_metric(uuid="mine")],
        metrics_secondary=None,
        primary_metrics_ordered_uuids=["mine"],
    )
    first, second = created["metrics"]
    assert second["uuid"] == "mine"
    assert created["primary_metrics_ordered_uuids"] == ["mine", first["uuid"]]
    assert created["secondary_metrics_ordered_uuids"] is None
    assert first["fingerprint"] == second["fingerprint"]
    assert len(first["fingerprint"]) == 64


def test_unknown_events_are_refused_only_on_request(experiments: Experiments) -> None:
    created = experiments.create(metrics=[mean_metric("never-sent")])
    answer = experiments.post(
        name="x",
        feature_flag_key="x",
        metrics=[mean_metric("never-sent")],
        allow_unknown_events=False,
    )
    assert broken_rule(answer).startswith("Event(s) 'never-sent' not found.")
    answer = experiments.try_patch(
        created, metrics=[mean_metric("nor-this")], allow_unknown_events=False
    )
    assert broken_rule(answer).startswith("Event(s) 'nor-this' not found.")


def test_a_form_can_make_an_experiment(experiments: Experiments) -> None:
    stack = experiments.stack
    data = {"name": "Form", "feature_flag_key": "form", "archived": "false"}
    created = made(stack.client.post(stack.url("experiments/"), data=data), status=201)
    assert (created["name"], created["archived"]) == ("Form", False)


def test_what_clients_may_not_write_is_ignored(experiments: Experiments) -> None:
    created = experiments.create(id=77, status="running", created_at="2001-01-01", unheard_of=1)
    assert (created["id"], created["status"]) == (1, "draft")
    assert not created["created_at"].startswith("2001")


def test_the_answer_has_every_field_in_order(experiments: Experiments) -> None:
    created = experiments.create(_create_in_folder="Growth")
    assert created["_create_in_folder"] == "Growth"
    assert list(created)[:38] == [
        "id", "name", "description", "start_date", "end_date", "feature_flag_key",
        "feature_flag", "holdout", "holdout_id", "exposure_cohort", "parameters",
        "secondary_metrics", "saved_metrics", "saved_metrics_ids", "filters", "archived",
        "deleted", "created_by", "created_at", "updated_at", "type", "exposure_criteria",
        "metrics", "metrics_secondary", "stats_config", "scheduling_config",
        "_create_in_folder", "conclusion", "conclusion_comment",
        "primary_metrics_ordered_uuids", "secondary_metrics_ordered_uuids",
        "exposure_preaggregation_enabled", "status", "user_access_level",
        "only_count_matured_users", "excluded_variants",
    ]  # fmt: skip
    assert created["created_by"].keys() == {
        "id", "uuid", "distinct_id", "first_name", "last_name", "email", "is_email_verified",
        "hedgehog_config", "role_at_organization",
    }  # fmt: skip
    assert list(created["feature_flag"]) == [
        "id", "team_id", "name", "key", "filters", "deleted", "active",
        "ensure_experience_continuity", "has_encrypted_payloads", "version",
        "evaluation_runtime", "bucketing_identifier", "evaluation_contexts",
    ]  # fmt: skip
