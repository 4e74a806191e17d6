"""`GET …/experiments/:id/metrics_results/`: all metrics of an experiment at once."""

import json
from dataclasses import replace
from typing import Any

import pytest

from splitplot.filters.model import Properties
from tests.api.management import Experiments, Json, made, mean_metric, refusal
from tests.api.stack import Stack
from tests.api.trial import PURCHASES, SIGNUP_TO_PURCHASE, Trial, launched

pytestmark = pytest.mark.both_databases

CONTROL = tuple(float(10 + number % 7) for number in range(60))
TEST = tuple(float(12 + number % 9) for number in range(90))
SIGNUPS: Properties = {
    "kind": "ExperimentMetric",
    "metric_type": "funnel",
    "uuid": "signups",
    "name": "Signups",
    "series": [{"kind": "EventsNode", "event": "signup"}],
}
VISITS: Properties = {**SIGNUPS, "uuid": "visits", "name": "Visits", "guardrail_margin": 0.9}
FUNNEL: Properties = {**SIGNUP_TO_PURCHASE, "uuid": "funnel"}


@pytest.fixture
def trial(stack: Stack) -> Trial:
    trial = launched(stack, stats_config={"method": "frequentist"})
    trial.expose("control", 200, signups=90, amounts=CONTROL)
    trial.expose("test", 200, signups=120, amounts=TEST)
    return trial


def change(trial: Trial, **members: Any) -> None:  # noqa: ANN401 - members of an experiment
    with trial.stack.platform.stores.metadata.transaction() as repositories:
        found = repositories.experiments.find(trial.stack.project.id, trial.experiment.id)
        assert found is not None
        repositories.experiments.save(replace(found, **members))


def read(trial: Trial, **query: str) -> Json:
    url = trial.stack.url(f"experiments/{trial.experiment.id}/metrics_results/")
    answer = trial.stack.client.get(url, params=query)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def own(metric: Json) -> Json:
    figures: Json = metric["result"]["variant_results"][0]["splitplot"]
    return figures


def test_every_metric_has_its_role_and_the_result_that_a_query_gives(trial: Trial) -> None:
    change(trial, metrics=(PURCHASES, VISITS), metrics_secondary=(FUNNEL,))
    body = read(trial)
    assert [(m["key"], m["role"], m["margin"]) for m in body["metrics"]] == [
        (PURCHASES["uuid"], "primary", None),
        ("visits", "guardrail", 0.9),
        ("funnel", "secondary", None),
    ]
    assert (body["engine"], body["method"], body["level"]) == ("splitplot", "frequentist", 0.95)
    assert (body["correction"], body["success_share"]) == ("holm", 0.1)
    for metric, document in zip(body["metrics"], (PURCHASES, VISITS, FUNNEL), strict=True):
        assert metric["reason"] is None
        alone = trial.ask(metric=document)
        together = metric["result"]
        assert together["baseline"] == alone["baseline"]
        (one,), (other,) = together["variant_results"], alone["variant_results"]
        for name in ("p_value", "confidence_interval", "significant", "sum"):
            assert one[name] == other[name]
        assert one["splitplot"]["absolute"] == other["splitplot"]["absolute"]


def test_p_values_are_adjusted_for_their_families(trial: Trial) -> None:
    change(trial, metrics=(PURCHASES, SIGNUPS, VISITS), metrics_secondary=(FUNNEL,))
    purchases, signups, visits, funnel = read(trial)["metrics"]
    raw = sorted(own(metric)["p_value"] for metric in (purchases, signups))
    found = sorted(own(metric)["adjusted_p_value"] for metric in (purchases, signups))
    assert found == pytest.approx([2 * raw[0], max(2 * raw[0], raw[1])])
    primary = {"scope": "primary", "correction": "holm", "comparisons": 2}
    assert own(purchases)["family"] == own(signups)["family"] == primary
    assert own(funnel)["family"] == {"scope": "secondary", "correction": "bh", "comparisons": 1}
    assert (own(visits)["adjusted_p_value"], own(visits)["family"]) == (None, None)
    (alone,) = trial.ask(metric=PURCHASES)["variant_results"]
    assert alone["splitplot"]["family"] == {
        "scope": "metric", "correction": "holm", "comparisons": 1,
    }  # fmt: skip


@pytest.mark.parametrize("correction", ["bonferroni", "none"])
def test_the_correction_is_a_setting(trial: Trial, correction: str) -> None:
    config = {"method": "frequentist", "correction": correction}
    change(trial, metrics=(PURCHASES, SIGNUPS), stats_config=config)
    body = read(trial)
    figures = own(body["metrics"][0])
    if correction == "none":
        assert (body["correction"], figures["adjusted_p_value"]) == (None, None)
    else:
        assert figures["adjusted_p_value"] == pytest.approx(min(1, 2 * figures["p_value"]))


def test_a_win_with_a_guardrail_that_holds_ships(trial: Trial) -> None:
    change(trial, metrics=(PURCHASES, VISITS))
    (decision,) = read(trial)["decisions"]
    assert (decision["variant"], decision["should_ship"]) == ("test", True)
    assert decision["blocking"] == []
    assert [(check["kind"], check["metric"]) for check in decision["checks"]] == [
        ("success", PURCHASES["uuid"]),
        ("non_inferiority", "visits"),
        ("deterioration", PURCHASES["uuid"]),
        ("deterioration", "visits"),
        ("quality", None),
        ("quality", None),
    ]
    assert all(check["is_passed"] for check in decision["checks"])


def test_a_decision_says_what_stands_in_its_way(trial: Trial) -> None:
    errors: Properties = {**VISITS, "uuid": "errors", "goal": "decrease", "guardrail_margin": 0.01}
    change(trial, metrics=(PURCHASES, errors))
    (decision,) = read(trial)["decisions"]
    assert decision["should_ship"] is False
    assert [(check["kind"], check["message"]) for check in decision["blocking"]] == [
        ("non_inferiority", "'Visits' may lose its margin or more."),
        ("deterioration", "'Visits' is worse."),
    ]


def test_a_split_that_does_not_hold_blocks(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("control", 300, amounts=CONTROL)
    trial.expose("test", 100, amounts=TEST)
    (decision,) = read(trial)["decisions"]
    assert [check["name"] for check in decision["blocking"]] == ["sample_ratio"]


def test_a_metric_that_cannot_be_computed_says_why_and_hides_no_other(trial: Trial) -> None:
    old: Properties = {"kind": "ExperimentTrendsQuery", "uuid": "old", "count_query": {}}
    change(trial, metrics=(PURCHASES, old))
    first, second = read(trial)["metrics"]
    assert own(first)["family"]["comparisons"] == 2
    assert (second["key"], second["result"]) == ("old", None)
    assert "ExperimentMetric" in second["reason"]["message"]


def test_without_metrics_there_is_nothing_to_decide(trial: Trial) -> None:
    change(trial, metrics=())
    body = read(trial)
    assert (body["metrics"], body["decisions"]) == ([], [])


def test_the_compatible_engine_answers_compatible_figures_alone(trial: Trial) -> None:
    before = read(trial)["metrics"][0]["result"]["variant_results"][0]
    change(trial, stats_config={"method": "frequentist", "engine": "posthog"})
    body = read(trial)
    after = body["metrics"][0]["result"]["variant_results"][0]
    assert (body["engine"], body["decisions"]) == ("posthog", [])
    assert {**after, "splitplot": None} == {**before, "splitplot": None}
    assert after["splitplot"]["reason"]["code"] == "engine_posthog"
    assert after["splitplot"]["verdict"] is None


def test_results_are_kept_unless_new_ones_are_asked_for(trial: Trial) -> None:
    def is_cached(**query: str) -> bool:
        cached: bool = read(trial, **query)["metrics"][0]["result"]["is_cached"]
        return cached

    assert is_cached() is False
    assert is_cached() is True
    assert is_cached(refresh="true") is False


def test_few_conversions_are_judged_all_the_same(stack: Stack) -> None:
    trial = launched(stack, stats_config={"method": "frequentist"})
    trial.expose("control", 195, signups=4)
    trial.expose("test", 200, signups=12)
    change(trial, metrics=(SIGNUPS,))
    (metric,) = read(trial)["metrics"]
    (variant,) = metric["result"]["variant_results"]
    assert metric["result"]["baseline"]["validation_failures"] == ["not-enough-metric-data"]
    assert (variant["p_value"], variant["confidence_interval"]) == (None, None)
    assert variant["splitplot"]["approach"] == "exact"
    assert variant["splitplot"]["p_value"] == pytest.approx(0.0712883276, rel=1e-8)
    assert variant["splitplot"]["absolute"]["interval"] == pytest.approx(
        [-0.000583162558, 0.0832445352], rel=1e-8
    )


def test_no_number_in_an_answer_is_nan(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("control", 60, amounts=(1e200,) * 60)
    trial.expose("test", 60, amounts=(5.0,) * 60)
    change(trial, metrics=(PURCHASES, VISITS, FUNNEL))

    def refuse(word: str) -> float:
        raise AssertionError(word)

    url = trial.stack.url(f"experiments/{trial.experiment.id}/metrics_results/")
    json.loads(trial.stack.client.get(url).text, parse_constant=refuse)


def test_a_draft_has_no_results(stack: Stack) -> None:
    trial = launched(stack, start_date=None, end_date=None)
    url = stack.url(f"experiments/{trial.experiment.id}/metrics_results/")
    assert refusal(stack.client.get(url))[0] == "not_launched"


def test_an_experiment_that_is_not_there_is_not_found(stack: Stack) -> None:
    refusal(stack.client.get(stack.url("experiments/999/metrics_results/")), status=404)


def test_reading_results_needs_the_scope(trial: Trial) -> None:
    url = trial.stack.url(f"experiments/{trial.experiment.id}/metrics_results/")
    key = trial.stack.key(scopes=("feature_flag:read",))
    sent = {"Authorization": f"Bearer {key}"}
    assert trial.stack.anonymous.get(url, headers=sent).status_code == 403
    assert trial.stack.anonymous.get(url).status_code == 401


def test_guardrails_are_made_over_the_api(experiments: Experiments) -> None:
    stack = experiments.stack
    shared = made(
        stack.client.post(
            stack.url("experiment_saved_metrics/"),
            json={"name": "Latency", "query": mean_metric("slow")},
        ),
        status=201,
    )
    link = {"id": shared["id"], "metadata": {"type": "secondary", "guardrail_margin": 0.05}}
    experiment = experiments.launched(
        metrics=[mean_metric("paid", name="Paid"), mean_metric("left", guardrail_margin=0.02)],
        saved_metrics_ids=[link],
        allow_unknown_events=True,
    )
    body = made(stack.client.get(f"{experiments.url(experiment)}metrics_results/"))
    assert [(m["name"], m["role"], m["margin"]) for m in body["metrics"]] == [
        ("Paid", "primary", None),
        (None, "guardrail", 0.02),
        ("Latency", "guardrail", 0.05),
    ]
    (decision,) = body["decisions"]
    assert [check["message"] for check in decision["blocking"]] == [
        f"The guardrail {body['metrics'][1]['key']!r} cannot be judged yet.",
        "The guardrail 'Latency' cannot be judged yet.",
        "No primary metric can be judged yet.",
    ]


@pytest.mark.parametrize("margin", [0, -0.1, 1.1, "much"])
def test_a_margin_that_is_no_share_is_refused(experiments: Experiments, margin: object) -> None:
    metric = mean_metric("paid", guardrail_margin=margin)
    _, detail, attr = refusal(
        experiments.post(
            name="x", feature_flag_key="x", metrics=[metric], allow_unknown_events=True
        )
    )
    assert (attr, "guardrail_margin" in detail) == ("metrics", True)


# What screens show


def test_every_treatment_has_a_reading_that_its_judgement_bears_out(trial: Trial) -> None:
    change(trial, metrics=(PURCHASES, VISITS), metrics_secondary=(FUNNEL,))
    body = read(trial)
    assert body["doubt"] is None
    words = {"better": "better", "worse": "worse", "no difference shown": "not_yet"}
    for metric in body["metrics"]:
        (reading,) = metric["readings"]
        figures = own(metric)
        assert (reading["variant"], reading["reason"]) == ("test", None)
        assert reading["absolute"] == figures["absolute"]
        assert reading["relative"] == figures["relative"]
        assert reading["relative_wings"] == figures["always_valid"]["relative"]
        if metric["role"] == "guardrail":
            assert (reading["verdict"], reading["limit"]) == ("safe", -0.9)
        else:
            assert (reading["verdict"], reading["limit"]) == (words[figures["verdict"]], None)
        assert metric["goal"] == "increase"


def test_a_split_that_does_not_hold_withholds_verdicts(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("control", 300, amounts=CONTROL)
    trial.expose("test", 100, amounts=TEST)
    body = read(trial)
    (reading,) = body["metrics"][0]["readings"]
    assert body["doubt"]["code"] == reading["reason"]["code"] == "sample_ratio"
    assert reading["verdict"] == "withheld"
    assert reading["relative"] is not None


def test_another_baseline_is_a_way_to_look(trial: Trial) -> None:
    usual, turned = read(trial), read(trial, baseline="test")
    (one,), (other,) = (body["metrics"][0]["readings"] for body in (usual, turned))
    assert (one["variant"], other["variant"]) == ("test", "control")
    assert one["absolute"]["effect"] == pytest.approx(-other["absolute"]["effect"])
    (gone,) = read(trial, baseline="nobody")["metrics"]
    assert (gone["result"], gone["reason"]["code"]) == (None, "no_control_variant")


def test_progress_is_counted_against_the_plan(trial: Trial) -> None:
    assert read(trial)["progress"]["planned_units"] is None
    change(trial, parameters={"recommended_sample_size": 1600})
    progress = read(trial)["progress"]
    assert (progress["units"], progress["planned_units"], progress["share"]) == (400, 1600, 0.25)
    assert progress["days"] == pytest.approx(2.75)
    assert progress["days_left"] is None


def test_a_funnel_says_how_many_reached_each_step(trial: Trial) -> None:
    change(trial, metrics=(FUNNEL,))
    (metric,) = read(trial)["metrics"]
    steps = metric["result"]["baseline"]["splitplot"]["steps"]
    assert [step["count"] for step in steps] == [200, 90, 60]
    assert [step["share_of_previous"] for step in steps] == pytest.approx([1, 0.45, 2 / 3])
    assert own(metric)["steps"][2]["share_of_first"] == pytest.approx(0.45)
