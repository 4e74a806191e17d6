"""`GET …/experiments/:id/health/`: what is wrong with an experiment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from splitplot.filters.model import Properties
from tests.api.management import Experiments, Json, refusal
from tests.api.stack import Stack
from tests.api.trial import PURCHASES, Trial, launched

pytestmark = pytest.mark.both_databases


def running(stack: Stack, *, exposed: tuple[int, int] = (100, 100)) -> Trial:
    """An experiment that runs, with so many units in control and test."""
    trial = launched(stack, end_date=None)
    trial.expose("control", exposed[0])
    trial.expose("test", exposed[1])
    return trial


def change(trial: Trial, **members: Any) -> None:  # noqa: ANN401 - members of an experiment
    """Put the experiment, or its flag by `flag_…`, into another state."""
    flag = {key[5:]: value for key, value in members.items() if key.startswith("flag_")}
    own = {key: value for key, value in members.items() if not key.startswith("flag_")}
    with trial.stack.platform.stores.metadata.transaction() as repositories:
        found = repositories.experiments.find(trial.stack.project.id, trial.experiment.id)
        assert found is not None
        repositories.flags.save(trial.stack.project.id, replace(found.flag, **flag))
        repositories.experiments.save(replace(found, **own))


def filters(*shares: int, groups: tuple[Properties, ...] = ({"rollout_percentage": 100},)) -> Json:
    named = zip(("control", "test"), shares, strict=True)
    return {
        "groups": [{"properties": [], **group} for group in groups],
        "multivariate": {
            "variants": [{"key": key, "rollout_percentage": share} for key, share in named]
        },
    }


def read(trial: Trial) -> Json:
    url = trial.stack.url(f"experiments/{trial.experiment.id}/health/")
    answer = trial.stack.client.get(url)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def only_finding(trial: Trial) -> Json:
    (finding,) = read(trial)["findings"]
    assert finding["message"].endswith(".")
    found: Json = finding
    return found


def test_a_sound_experiment_has_no_findings_and_shows_its_exposures(stack: Stack) -> None:
    trial = running(stack)
    body = read(trial)
    assert (body["experiment_id"], body["status"]) == (trial.experiment.id, "running")
    assert (body["findings"], body["exposures_reason"]) == ([], None)
    exposures = body["exposures"]
    assert (exposures["total"], exposures["by_variant"]) == (200, {"control": 100, "test": 100})
    assert exposures["date_from"] == "2025-03-01T00:00:00Z"
    assert exposures["sample_ratio"] == {
        "expected": {"control": 100.0, "test": 100.0},
        "p_value": 1.0,
        "sequential_p_value": 1.0,
        "is_mismatch": False,
    }
    assert exposures["bias_risk"] is None


def test_a_split_that_does_not_hold_is_found(stack: Stack) -> None:
    trial = running(stack, exposed=(300, 100))
    finding = only_finding(trial)
    assert (finding["code"], finding["severity"], finding["detail"]) == ("srm", "warning", None)
    assert finding["facts"]["expected"] == {"control": 200.0, "test": 200.0}
    assert finding["facts"]["p_value"] < 0.001
    assert finding["facts"]["sequential_p_value"] < 0.001
    assert read(trial)["exposures"]["sample_ratio"]["is_mismatch"] is True


def test_nobody_exposed_is_found(stack: Stack) -> None:
    finding = only_finding(running(stack, exposed=(0, 0)))
    assert (finding["code"], finding["severity"]) == ("zero_exposures", "warning")
    assert finding["facts"]["hours_since_launch"] > 24


def test_the_first_day_may_be_silent(stack: Stack) -> None:
    trial = running(stack, exposed=(0, 0))
    change(trial, start_date=datetime.now(UTC) - timedelta(hours=1))
    assert read(trial)["findings"] == []


def test_units_left_out_of_an_uneven_split_are_found(stack: Stack) -> None:
    trial = running(stack, exposed=(80, 20))
    change(trial, flag_filters=filters(80, 20))
    for variant in ("control", "test"):
        shown: Properties = {"$feature_flag": "checkout-button", "$feature_flag_response": variant}
        trial._append("$feature_flag_called", "both", 0, shown)
    finding = only_finding(trial)
    assert (finding["code"], finding["severity"]) == ("bias_risk_multiple_excluded", "warning")
    assert finding["facts"] == {
        "multiple_share": pytest.approx(1 / 101), "limit": 0.001, "exposed": 101,
    }  # fmt: skip
    assert read(trial)["exposures"]["bias_risk"] == {"multiple_share": pytest.approx(1 / 101)}


@pytest.mark.parametrize(
    ("pins", "severity", "detail"),
    [
        (("test", None), "info", "some_conditions_pinned"),
        (("test", "test"), "warning", "all_conditions_pinned"),
    ],
)
def test_pinned_release_conditions_are_found(
    stack: Stack, pins: tuple[str | None, ...], severity: str, detail: str
) -> None:
    trial = running(stack)
    groups: tuple[Properties, ...] = tuple(
        {"rollout_percentage": 100, "variant": pin} for pin in pins
    )
    change(trial, flag_filters=filters(50, 50, groups=groups))
    finding = only_finding(trial)
    assert finding["code"] == "forced_variant_release_condition"
    assert (finding["severity"], finding["detail"]) == (severity, detail)
    pinned = sum(pin is not None for pin in pins)
    assert finding["facts"] == {"pinned_conditions": pinned, "conditions": 2}


def test_a_flag_that_is_off_is_found_while_running(stack: Stack) -> None:
    trial = running(stack)
    change(trial, flag_active=False)
    finding = only_finding(trial)
    assert (finding["code"], finding["severity"]) == ("flag_off_while_running", "warning")
    assert finding["detail"] == "running_but_flag_disabled"
    assert finding["facts"] == {"is_active": False, "rollout": 1.0}


def test_a_flag_that_lets_nobody_in_is_found_while_running(stack: Stack) -> None:
    trial = running(stack)
    change(trial, flag_filters=filters(50, 50, groups=({"rollout_percentage": 0},)))
    finding = only_finding(trial)
    assert finding["detail"] == "running_but_no_rollout"
    assert finding["facts"] == {"is_active": True, "rollout": 0.0}


def test_a_variant_for_everybody_is_found_while_running(stack: Stack) -> None:
    trial = running(stack, exposed=(0, 50))
    change(trial, flag_filters=filters(0, 100))
    finding = only_finding(trial)
    assert (finding["code"], finding["severity"]) == ("variant_shipped_while_running", "warning")
    assert finding["facts"] == {"largest_share": 1.0}


def test_a_flag_that_goes_on_after_the_end_is_found(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("test", 5)
    finding = only_finding(trial)
    assert (finding["code"], finding["severity"]) == ("flag_live_after_end", "info")
    assert finding["facts"] == {"rollout": 1.0, "largest_share": 0.5}


def test_a_flag_that_begins_before_the_launch_is_found(stack: Stack) -> None:
    trial = launched(stack, start_date=None, end_date=None)
    finding = only_finding(trial)
    assert (finding["code"], finding["severity"]) == ("flag_live_before_launch", "info")
    exposures = read(trial)["exposures"]
    assert (exposures["total"], exposures["date_from"], exposures["date_to"]) == (0, None, None)


def test_a_launch_without_metrics_is_found(stack: Stack) -> None:
    trial = running(stack)
    change(trial, metrics=())
    finding = only_finding(trial)
    assert (finding["code"], finding["severity"], finding["facts"]) == ("no_metric", "info", {})
    change(trial, metrics_secondary=(PURCHASES,))
    assert read(trial)["findings"] == []


def test_exposures_that_cannot_be_counted_say_why_and_hide_no_finding(stack: Stack) -> None:
    trial = running(stack)
    change(trial, metrics=(), flag_filters={"groups": [{"rollout_percentage": 100}]})
    body = read(trial)
    assert body["exposures"] is None
    assert body["exposures_reason"]["code"] == "no_variants"
    assert [finding["code"] for finding in body["findings"]] == ["no_metric"]


def test_an_experiment_made_over_the_api_is_found_silent(experiments: Experiments) -> None:
    draft = experiments.create()
    url = f"{experiments.url(draft)}health/"
    assert experiments.stack.client.get(url).json()["findings"] == []
    experiments.act(draft, "launch")
    found = experiments.stack.client.get(url).json()
    assert (found["status"], [one["code"] for one in found["findings"]]) == (
        "running",
        ["no_metric"],
    )


def test_a_missing_experiment_has_no_health(stack: Stack) -> None:
    refusal(stack.client.get(stack.url("experiments/999/health/")), status=404)


def test_reading_health_needs_the_scope(stack: Stack) -> None:
    trial = running(stack)
    url = stack.url(f"experiments/{trial.experiment.id}/health/")
    for scope, status in (("experiment:read", 200), ("feature_flag:read", 403)):
        sent = {"Authorization": f"Bearer {stack.key(scopes=(scope,))}"}
        assert stack.anonymous.get(url, headers=sent).status_code == status
    assert stack.anonymous.get(url).status_code == 401
