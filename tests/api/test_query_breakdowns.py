"""Results adjusted by what was before exposure, and results by breakdown value."""

from datetime import timedelta
from typing import Any

import pytest
from scipy import stats

from splitplot.experiments.plan import NO_VALUE, OTHER_VALUES
from splitplot.filters.model import JsonValue, Properties
from splitplot.ports.event_store import AppendBatch, ProjectEvent
from tests.api.stack import Stack
from tests.api.trial import EXPOSED_AT, PURCHASES, SIGNUP_TO_PURCHASE, Trial, launched
from tests.factories import an_event

DAY = timedelta(days=1)
BY_PLAN: Properties = {"breakdowns": [{"property": "plan", "type": "event"}]}


def happened(
    trial: Trial, name: str, unit: str, *, after: timedelta, **properties: JsonValue
) -> None:
    event = an_event(
        name=name,
        distinct_id=unit,
        timestamp=EXPOSED_AT + after,
        properties=properties,
        project_id=trial.stack.project.id,
    )
    trial.stack.platform.stores.events.append(
        AppendBatch(events=(ProjectEvent(project_id=trial.stack.project.id, event=event),))
    )


def exposed(trial: Trial, variant: str, unit: str, **properties: JsonValue) -> None:
    happened(
        trial,
        "$feature_flag_called",
        unit,
        after=timedelta(),
        **{"$feature_flag": "checkout-button", "$feature_flag_response": variant},
        **properties,
    )


def with_history(trial: Trial) -> None:
    """Sixty units each, who spend about what they spent before, in test 2 more."""
    for variant, gain in (("control", 0), ("test", 2)):
        for number in range(60):
            unit = f"{variant}-{number}"
            usual = 10 + 3 * (number % 20)
            exposed(trial, variant, unit)
            happened(trial, "purchase", unit, after=-DAY, amount=usual)
            happened(trial, "purchase", unit, after=-20 * DAY, amount=1000)
            happened(trial, "purchase", unit, after=DAY / 2, amount=usual + gain + number % 2)


# Covariates


def adjusted(days: int | None = 7, **frequentist: JsonValue) -> Properties:
    return {
        "method": "frequentist",
        "frequentist": frequentist,
        "cuped": {"enabled": True, "lookback_days": days},
    }


def test_what_units_did_before_takes_noise_out_of_the_result(stack: Stack) -> None:
    trial = launched(stack, stats_config=adjusted(difference_type="ABSOLUTE"))
    with_history(trial)

    answer = trial.ask(metric=PURCHASES)

    usual = [10 + 3 * (number % 20) for number in range(60)]
    values = [usual + number % 2 for number, usual in enumerate(usual)]
    assert answer["baseline"]["sum"] == sum(values)
    assert answer["baseline"]["covariate_sum"] == sum(usual)
    assert answer["baseline"]["covariate_sum_squares"] == sum(each**2 for each in usual)
    assert answer["baseline"]["covariate_sum_product"] == sum(
        value * before for value, before in zip(values, usual, strict=True)
    )
    (variant,) = answer["variant_results"]
    assert variant["sum"] == sum(values) + 120
    # Without the history that would be lost in the noise.
    assert stats.ttest_ind([value + 2 for value in values], values).pvalue > 0.5
    assert variant["p_value"] < 1e-6
    lower, upper = variant["confidence_interval"]
    assert 1.5 < lower < 2 < upper < 2.5
    judgement = variant["splitplot"]
    assert judgement["absolute"]["effect"] == pytest.approx(2)
    assert judgement["relative"]["effect"] == pytest.approx(120 / sum(values))
    assert judgement["verdict"] == "better"
    assert answer["warnings"] == []


def test_a_longer_lookback_sees_more(stack: Stack) -> None:
    trial = launched(stack, stats_config=adjusted(days=30))
    with_history(trial)
    baseline = trial.ask(metric=PURCHASES)["baseline"]
    assert baseline["covariate_sum"] == 60 * 1000 + sum(10 + 3 * (n % 20) for n in range(60))


def test_a_funnel_is_adjusted_by_who_did_the_last_step_before(stack: Stack) -> None:
    trial = launched(stack, stats_config=adjusted())
    trial.expose("control", 60, signups=20, amounts=(1.0,) * 10)
    trial.expose("test", 60, signups=40, amounts=(1.0,) * 20)
    for number in range(5, 15):
        happened(trial, "purchase", f"control-{number}", after=-DAY)
    baseline = trial.ask(metric=SIGNUP_TO_PURCHASE)["baseline"]
    assert (baseline["sum"], baseline["step_counts"]) == (10, [20, 10])
    assert [baseline[f"covariate_sum{end}"] for end in ("", "_squares", "_product")] == [10, 10, 5]


@pytest.mark.parametrize(
    "metric",
    [{**PURCHASES, "threshold": 5}, {**SIGNUP_TO_PURCHASE, "funnel_order_type": "unordered"}],
)
def test_where_there_is_no_covariate_results_are_as_they_were(
    stack: Stack, metric: Properties
) -> None:
    trial = launched(stack, stats_config=adjusted())
    trial.expose("control", 60, signups=20, amounts=(9.0,) * 10)
    trial.expose("test", 60, signups=40, amounts=(9.0,) * 20)
    answer = trial.ask(metric=metric)
    assert "covariate_sum" not in answer["baseline"]
    assert answer["variant_results"][0]["splitplot"]["reason"] is None


# Breakdowns


@pytest.fixture
def by_plan(stack: Stack) -> Trial:
    """Of each variant 60 units on pro, 10 on free and 1 without a plan; test buys more."""
    trial = launched(stack)
    plans: list[Properties] = [*[{"plan": "pro"}] * 60, *[{"plan": "free"}] * 10, {}]
    for variant, amount in (("control", 10), ("test", 14)):
        for number, properties in enumerate(plans):
            unit = f"{variant}-{number}"
            exposed(trial, variant, unit, **properties)
            happened(trial, "purchase", unit, after=DAY / 2, amount=amount + number % 5)
    return trial


def counts(part: dict[str, Any]) -> list[int]:
    return [part["baseline"]["number_of_samples"], part["variants"][0]["number_of_samples"]]


def test_each_value_has_a_result_of_its_own(by_plan: Trial) -> None:
    answer = by_plan.ask(metric={**PURCHASES, "breakdownFilter": BY_PLAN})

    pro, free, without = answer["breakdown_results"]
    assert [part["breakdown_value"] for part in (pro, free, without)] == [
        ["pro"],
        ["free"],
        [NO_VALUE],
    ]
    assert [counts(part) for part in (pro, free, without)] == [[60, 60], [10, 10], [1, 1]]
    assert pro["variants"][0]["chance_to_win"] > 0.99
    assert pro["variants"][0]["splitplot"]["family"]["scope"] == "breakdown"
    assert free["baseline"]["validation_failures"] == ["not-enough-exposures"]
    assert free["variants"][0]["chance_to_win"] is None
    whole = by_plan.ask(metric=PURCHASES)
    assert whole["breakdown_results"] is None
    assert (answer["baseline"], answer["variant_results"]) == (
        whole["baseline"],
        whole["variant_results"],
    )
    assert answer["warnings"] == []


def test_values_that_are_too_many_are_one(by_plan: Trial) -> None:
    asked = {**BY_PLAN, "breakdown_limit": 1}
    answer = by_plan.ask(metric={**PURCHASES, "breakdownFilter": asked})
    assert [part["breakdown_value"] for part in answer["breakdown_results"]] == [
        ["pro"],
        [OTHER_VALUES],
    ]
    assert counts(answer["breakdown_results"][1]) == [11, 11]


def test_several_properties_make_one_value(by_plan: Trial) -> None:
    asked: Properties = {
        "breakdowns": [
            {"property": "plan", "type": "event"},
            {"property": "country", "type": "person"},
        ]
    }
    answer = by_plan.ask(metric={**SIGNUP_TO_PURCHASE, "breakdownFilter": asked})
    assert [part["breakdown_value"] for part in answer["breakdown_results"]] == [
        ["pro", NO_VALUE],
        ["free", NO_VALUE],
        [NO_VALUE, NO_VALUE],
    ]
    assert answer["breakdown_results"][0]["baseline"]["step_counts"] == [0, 0]


def test_ratios_and_retention_are_divided_too(by_plan: Trial) -> None:
    purchase: Properties = {"kind": "EventsNode", "event": "purchase"}
    ratio: Properties = {
        "kind": "ExperimentMetric",
        "metric_type": "ratio",
        "numerator": PURCHASES["source"],
        "denominator": purchase,
        "breakdownFilter": BY_PLAN,
    }
    pro, *_ = by_plan.ask(metric=ratio)["breakdown_results"]
    assert (pro["baseline"]["sum"], pro["baseline"]["denominator_sum"]) == (720, 60)
    retention: Properties = {
        "kind": "ExperimentMetric",
        "metric_type": "retention",
        "start_event": purchase,
        "completion_event": purchase,
        "retention_window_start": 1,
        "retention_window_end": 7,
        "retention_window_unit": "day",
        "start_handling": "first_seen",
        "breakdownFilter": BY_PLAN,
    }
    pro, *_ = by_plan.ask(metric=retention)["breakdown_results"]
    assert (pro["baseline"]["number_of_samples"], pro["baseline"]["sum"]) == (60, 0)


def test_a_metrics_own_events_can_tell_the_value(by_plan: Trial) -> None:
    for variant in ("control", "test"):
        happened(by_plan, "purchase", f"{variant}-0", after=DAY / 4, plan="basic")
        happened(by_plan, "purchase", f"{variant}-1", after=DAY * 3 / 4, plan="basic")
    asked = {**PURCHASES, "breakdownFilter": BY_PLAN}
    first = by_plan.ask(metric={**asked, "breakdownAttributionType": "first_touch"})
    assert [part["breakdown_value"] for part in first["breakdown_results"]] == [
        [NO_VALUE],
        ["basic"],
    ]
    assert [counts(part) for part in first["breakdown_results"]] == [[70, 70], [1, 1]]
    last = by_plan.ask(metric={**asked, "breakdownAttributionType": "last_touch"})
    assert last["breakdown_results"][1]["baseline"]["sum"] == 11
    assert last["cache_key"] != first["cache_key"]


def test_a_metric_is_split_by_what_was_bought(by_plan: Trial) -> None:
    for variant in ("control", "test"):
        happened(by_plan, "purchase", f"{variant}-0", after=DAY / 4, item="hat", amount=3)
    whole = by_plan.ask(metric=PURCHASES)
    answer = by_plan.ask(metric={**PURCHASES, "value_breakdown_property": "item"})
    assert (answer["baseline"], answer["variant_results"], answer["warnings"]) == (
        whole["baseline"],
        whole["variant_results"],
        [],
    )
    without, hats = answer["breakdown_results"]
    assert [part["breakdown_value"] for part in (without, hats)] == [[NO_VALUE], ["hat"]]
    assert counts(hats) == counts(without) == [71, 71]
    assert hats["baseline"]["sum"] == 3
    assert without["baseline"]["sum"] + 3 == whole["baseline"]["sum"]
    again = by_plan.ask(metric={**PURCHASES, "value_breakdown_property": "item"})
    assert again["is_cached"] is True


def test_a_link_has_breakdowns_of_its_own(by_plan: Trial) -> None:
    stack = by_plan.stack
    saved = stack.client.post(
        stack.url("experiment_saved_metrics/"),
        json={"name": "Paid", "query": {**PURCHASES, "uuid": "shared"}},
    ).json()
    metadata = {"type": "secondary", "breakdowns": [{"property": "plan", "type": "event"}]}
    experiment = f"experiments/{by_plan.experiment.id}/"
    link = {"id": saved["id"], "metadata": metadata}
    body = {"saved_metrics_ids": [link], "primary_metrics_ordered_uuids": [PURCHASES["uuid"]]}
    changed = stack.client.patch(stack.url(experiment), json=body)
    assert changed.status_code == 200, changed.text
    answer = stack.client.get(stack.url(f"{experiment}metrics_results/"))
    assert answer.status_code == 200, answer.text
    results = [metric["result"]["breakdown_results"] for metric in answer.json()["metrics"]]
    assert results[0] is None
    assert [part["breakdown_value"] for part in results[1]] == [["pro"], ["free"], [NO_VALUE]]


def test_nobody_has_no_value(stack: Stack) -> None:
    answer = launched(stack).ask(metric={**PURCHASES, "breakdownFilter": BY_PLAN})
    assert answer["breakdown_results"] is None
    assert answer["baseline"]["number_of_samples"] == 0


@pytest.mark.parametrize("breakdown", [{}, {"property": ""}, {"property": 7}])
def test_a_breakdown_without_a_property_is_refused(stack: Stack, breakdown: Properties) -> None:
    trial = launched(stack)
    metric = {**PURCHASES, "breakdownFilter": {"breakdowns": [breakdown]}}
    query = {"kind": "ExperimentQuery", "experiment_id": trial.experiment.id, "metric": metric}
    refused = stack.client.post(stack.url("query/"), json={"query": query})
    assert (refused.status_code, refused.json()["attr"]) == (400, "metric__breakdownFilter")
