"""What `POST /api/projects/:id/query/` refuses, and how."""

from typing import Any

import httpx
import pytest

from splitplot.experiments.model import Experiment
from tests.api.stack import Stack
from tests.api.trial import PURCHASES, Trial, launched


@pytest.fixture
def trial(stack: Stack) -> Trial:
    return launched(stack)


def refusal(trial: Trial, body: object, *, status: int = 400) -> dict[str, Any]:
    response = trial.stack.client.post(trial.stack.url("query/"), json=body)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    assert set(answer) == {"type", "code", "detail", "attr"}
    assert answer["type"] == "validation_error"
    return answer


def asked(trial: Trial, **changes: object) -> dict[str, object]:
    query = {"kind": "ExperimentQuery", "experiment_id": trial.experiment.id, "metric": PURCHASES}
    return {"query": {**query, **changes}}


@pytest.mark.parametrize(
    ("body", "code", "attr"),
    [
        ({}, "required", "query"),
        ({"query": None}, "null", "query"),
        ({"query": []}, "not_a_dict", "query"),
        ({"query": {}}, "required", "query__kind"),
        ({"query": {"kind": "TrendsQuery"}}, "unsupported_query", "query__kind"),
        ({"query": {"kind": ["ExperimentQuery"]}}, "unsupported_query", "query__kind"),
        ({"query": {"kind": "ExperimentQuery"}, "refresh": "now"}, "invalid_choice", "refresh"),
        ({"query": {"kind": "ExperimentQuery", "metric": {}}}, "required", "experiment_id"),
        ({"query": {"kind": "ExperimentQuery", "experiment_id": 1}}, "required", "metric"),
        ({"query": {"kind": "ExperimentExposureQuery"}}, "required", "feature_flag"),
        (
            {"query": {"kind": "ExperimentExposureQuery", "feature_flag": {}}},
            "required",
            "feature_flag__key",
        ),
        (
            {"query": {"kind": "ExperimentExposureQuery", "feature_flag": {"key": ""}}},
            "blank",
            "feature_flag__key",
        ),
    ],
)
def test_a_query_that_cannot_be_read_names_the_field(
    trial: Trial, body: object, code: str, attr: str
) -> None:
    answer = refusal(trial, body)
    assert (answer["code"], answer["attr"]) == (code, attr)


@pytest.mark.parametrize("experiment_id", [0, -1, 999, 10**15])
def test_an_experiment_that_is_not_there_is_named(trial: Trial, experiment_id: int) -> None:
    expected = f"Experiment with id {experiment_id} not found"
    assert refusal(trial, asked(trial, experiment_id=experiment_id))["detail"] == expected
    exposures = {"query": trial.exposure_query(experiment_id=experiment_id)}
    assert refusal(trial, exposures)["detail"] == expected


def test_a_draft_has_no_results(stack: Stack) -> None:
    trial = launched(stack, start_date=None, end_date=None)
    assert refusal(trial, asked(trial))["code"] == "not_launched"


def test_a_baseline_that_is_not_there_is_an_error(stack: Stack) -> None:
    trial = launched(stack, stats_config={"baseline_variant_key": "nobody"})
    assert refusal(trial, asked(trial))["code"] == "no_control_variant"


@pytest.mark.parametrize(
    "metric",
    [
        {
            "kind": "ExperimentMetric",
            "metric_type": "ratio",
            "numerator": PURCHASES["source"],
            "denominator": {
                "kind": "EventsNode",
                "math": "avg",
                "math_property": "$session_duration",
                "math_property_type": "session_properties",
            },
        },
    ],
)
def test_a_metric_that_cannot_be_computed_says_so(trial: Trial, metric: object) -> None:
    answer = refusal(trial, asked(trial, metric=metric))
    assert (answer["code"], answer["attr"]) == ("not_supported", "metric")


@pytest.mark.parametrize(
    "metric",
    [
        {},
        {"kind": "ExperimentMetric"},
        {**PURCHASES, "conversion_window": -1, "conversion_window_unit": "day"},
        {**PURCHASES, "breakdownFilter": {"breakdowns": [{"property": key} for key in "abcd"]}},
        {"kind": "ExperimentMetric", "metric_type": "funnel", "series": []},
        {"kind": "ExperimentMetric", "metric_type": "funnel", "series": None},
        {"kind": "ExperimentMetric", "metric_type": "ratio", "numerator": PURCHASES["source"]},
        {
            "kind": "ExperimentMetric",
            "metric_type": "retention",
            "start_event": {"kind": "EventsNode", "event": "signup"},
            "completion_event": {"kind": "EventsNode", "event": "back"},
            "retention_window_start": 7,
            "retention_window_end": 1,
            "retention_window_unit": "day",
            "start_handling": "first_seen",
        },
    ],
)
def test_a_metric_that_cannot_be_read_is_an_error(trial: Trial, metric: object) -> None:
    assert refusal(trial, asked(trial, metric=metric))["code"] == "invalid_input"


@pytest.mark.parametrize(
    "change",
    [
        {"start_date": "yesterday"},
        {"start_date": "0001-01-01T00:00:00+14:00"},
        {"end_date": 10**30},
        {"exposure_criteria": {"filterTestAccounts": 3}},
        {"feature_flag": {"key": "checkout-button", "filters": {}}},
        {"feature_flag": {"key": "checkout-button", "filters": {"multivariate": [1]}}},
        {"exposure_criteria": []},
    ],
)
def test_exposures_that_cannot_be_counted_are_an_error(
    trial: Trial, change: dict[str, object]
) -> None:
    refusal(trial, {"query": trial.exposure_query(**change)})


@pytest.mark.parametrize(
    "change",
    [
        {"start_date": "0001-01-01T00:00:00Z", "end_date": "0001-01-02T00:00:00Z"},
        {"start_date": "9999-12-31T23:59:59Z", "end_date": "0001-01-02T00:00:00Z"},
        {"start_date": "9999-12-31T23:59:59Z", "end_date": None},
        {"start_date": "1960-01-01", "end_date": "1970-01-02"},
    ],
)
@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_windows_at_the_ends_of_the_calendar_are_answered(
    trial: Trial, change: dict[str, object], timezone: str
) -> None:
    trial.stack.client.patch(trial.stack.url(), json={"timezone": timezone}).raise_for_status()
    answer = trial.ask(**trial.exposure_query(**change))
    assert answer["total_exposures"] == {"control": 0, "test": 0}


def ask_with(client: httpx.Client, trial: Trial, key: str | None) -> httpx.Response:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return client.post(trial.stack.url("query/"), json=asked(trial), headers=headers)


def test_a_key_needs_the_scope_of_queries(trial: Trial) -> None:
    anonymous = trial.stack.anonymous
    allowed = trial.stack.key(scopes=("query:read",))
    other = trial.stack.key(scopes=("experiment:write",))
    assert ask_with(anonymous, trial, allowed).status_code == 200
    assert ask_with(anonymous, trial, other).status_code == 403
    assert ask_with(anonymous, trial, None).status_code == 401


def test_another_projects_experiment_is_not_found(trial: Trial) -> None:
    experiment: Experiment = trial.experiment
    missing = trial.stack.client.post("/api/projects/999/query/", json=asked(trial))
    assert (missing.status_code, experiment.project_id) == (404, trial.stack.project.id)


@pytest.mark.parametrize("path", ["query", "query/"])
@pytest.mark.parametrize("prefix", ["projects", "environments"])
def test_both_spellings_of_the_path_answer(trial: Trial, prefix: str, path: str) -> None:
    url = f"/api/{prefix}/{trial.stack.project.id}/{path}"
    assert trial.stack.client.post(url, json=asked(trial)).status_code == 200


def test_beyond_the_capacity_no_query_is_taken(trial: Trial) -> None:
    running = trial.stack.platform.queries.running
    running._most_waiting = 0
    body = {**asked(trial), "refresh": "force_async"}
    answer = trial.stack.client.post(trial.stack.url("query/"), json=body)
    assert (answer.status_code, answer.json()["code"]) == (429, "query_at_capacity")
    assert answer.headers["Retry-After"] == "1"
