from dataclasses import replace
from datetime import timedelta

import pytest

from splitplot.filters.model import Properties
from splitplot.ports.event_store import AppendBatch, ProjectEvent
from tests.api.management import Json, broken_rule, made, refusal
from tests.api.stack import Stack
from tests.api.trial import END, EXPOSED_AT, Trial, launched
from tests.factories import an_event

KEY = "checkout-button"
FUNNEL: Properties = {
    "insight": "FUNNELS",
    "events": [{"id": "paid", "order": 1}, {"id": "viewed", "order": 0}],
}
TREND: Properties = {"insight": "TRENDS", "events": [{"id": "purchase"}]}
REVENUE: Properties = {
    "insight": "TRENDS",
    "events": [{"id": "purchase", "math": "avg", "math_property": "amount"}],
}


def legacy(
    stack: Stack,
    *,
    filters: Properties | None = None,
    secondary: tuple[Properties, ...] = (),
    parameters: Properties | None = None,
    is_draft: bool = False,
) -> Trial:
    """A launched experiment of the first years."""
    trial = launched(stack)
    old = replace(
        trial.experiment,
        filters=filters or {},
        metrics=(),
        secondary_metrics=secondary,
        parameters=parameters,
        start_date=None if is_draft else trial.experiment.start_date,
    )
    with stack.platform.stores.metadata.transaction() as repositories:
        return replace(trial, experiment=repositories.experiments.save(old))


def happen(
    trial: Trial,
    name: str,
    variant: str,
    people: range | int,
    *,
    after: timedelta = timedelta(),
    properties: Properties | None = None,
) -> None:
    """Some persons of a variant do something, each once."""
    project_id = trial.stack.project.id
    people = range(people) if isinstance(people, int) else people
    served: Properties = {f"$feature/{KEY}": variant}
    if name == "$feature_flag_called":
        served = {"$feature_flag": KEY, "$feature_flag_response": variant}
    said = {**served, **(properties or {})}
    events = (
        an_event(
            name=name,
            distinct_id=f"{variant}-{number}",
            timestamp=EXPOSED_AT + after,
            properties=said,
            project_id=project_id,
        )
        for number in people
    )
    trial.stack.platform.stores.events.append(
        AppendBatch(
            events=tuple(ProjectEvent(project_id=project_id, event=event) for event in events)
        )
    )


def url(trial: Trial, path: str = "results/") -> str:
    return trial.stack.url(f"experiments/{trial.experiment.id}/{path}")


def results(trial: Trial, path: str = "results/", **query: str) -> Json:
    return made(trial.stack.client.get(url(trial, path), params=query))


def convert(trial: Trial, variant: str, *, viewed: int, paid: int) -> None:
    happen(trial, "viewed", variant, viewed)
    happen(trial, "paid", variant, paid, after=timedelta(minutes=1))


def test_a_funnel_is_judged_by_its_conversions(stack: Stack) -> None:
    trial = legacy(stack, filters=FUNNEL)
    convert(trial, "control", viewed=1000, paid=100)
    convert(trial, "test", viewed=1000, paid=120)
    # What is not among the steps, or comes too late, converts nobody.
    happen(trial, "paid", "test", range(120, 130), after=timedelta(days=30))
    happen(trial, "paid", "test", range(130, 140), after=END + timedelta(seconds=1) - EXPOSED_AT)
    answer = results(trial)
    assert answer.keys() == {"result", "last_refresh", "is_cached"}
    result = answer["result"]
    assert result.keys() == {
        "insight",
        "probability",
        "significant",
        "significance_code",
        "filters",
        "variants",
        "expected_loss",
        "credible_intervals",
    }
    assert result["variants"] == [
        {"key": "control", "success_count": 100, "failure_count": 900},
        {"key": "test", "success_count": 120, "failure_count": 880},
    ]
    # The reference figures of the engine for these counts.
    assert result["probability"] == pytest.approx(
        {"control": 0.07681656103, "test": 0.923183439}, abs=1e-6
    )
    assert result["expected_loss"] == pytest.approx(0.001623271838, abs=1e-8)
    assert result["credible_intervals"]["control"] == pytest.approx(
        [0.0829363985, 0.1201691299], abs=1e-6
    )
    assert (result["significant"], result["significance_code"]) == (True, "significant")
    assert result["filters"] == FUNNEL
    assert [
        [(step["name"], step["count"], step["breakdown_value"]) for step in steps]
        for steps in result["insight"]
    ] == [
        [("viewed", 1000, ["control"]), ("paid", 100, ["control"])],
        [("viewed", 1000, ["test"]), ("paid", 120, ["test"])],
    ]


def test_a_trend_is_judged_by_counts_for_unique_exposures(stack: Stack) -> None:
    trial = legacy(stack, filters=TREND)
    for variant, count in (("control", 100), ("test", 120)):
        for _ in range(2):
            # Being asked for twice exposes nobody twice.
            happen(trial, "$feature_flag_called", variant, 1000)
        happen(trial, "purchase", variant, count - 10)
        happen(trial, "purchase", variant, 10, after=timedelta(minutes=1))
    happen(trial, "purchase", "control", 7, after=timedelta(days=-9))
    happen(trial, "purchase", "unknown", 7)
    result = results(trial)["result"]
    assert result["variants"] == [
        {"key": "control", "count": 100, "exposure": 1, "absolute_exposure": 1000},
        {"key": "test", "count": 120, "exposure": 1, "absolute_exposure": 1000},
    ]
    assert result["probability"] == pytest.approx(
        {"control": 0.08919078531, "test": 0.9108092147}, abs=1e-6
    )
    assert result["p_value"] == pytest.approx(0.0006145974495, abs=1e-8)
    assert "expected_loss" not in result
    assert [(one["label"], one["count"]) for one in result["insight"]] == [
        ("purchase - control", 100),
        ("purchase - test", 120),
    ]


def test_a_trend_of_values_takes_every_figure_for_a_sum(stack: Stack) -> None:
    trial = legacy(stack, filters=REVENUE)
    for variant, amount in (("control", 50), ("test", 60)):
        happen(trial, "$feature_flag_called", variant, 500)
        happen(trial, "purchase", variant, 500, properties={"amount": amount})
    result = results(trial)["result"]
    assert [(one["count"], one["absolute_exposure"]) for one in result["variants"]] == [
        (25000, 500),
        (30000, 500),
    ]
    assert result["credible_intervals"]["test"] == pytest.approx(
        [55.15267236, 64.21515453], abs=1e-6
    )


def test_a_custom_exposure_tells_how_many_were_exposed(stack: Stack) -> None:
    custom = {"events": [{"id": "opened", "math": "dau"}]}
    trial = legacy(stack, filters=TREND, parameters={"custom_exposure_filter": custom})
    for variant, opened in (("control", 200), ("test", 300)):
        happen(trial, "opened", variant, opened)
        happen(trial, "purchase", variant, 20)
    variants = results(trial)["result"]["variants"]
    assert [(one["exposure"], one["absolute_exposure"]) for one in variants] == [
        (1, 200),
        (1.5, 300),
    ]


@pytest.mark.parametrize(
    ("exposed", "converted", "code"),
    [
        (99, 30, "not_enough_exposure"),
        (1000, 101, "low_win_probability"),
        (1000, 200, "significant"),
    ],
)
def test_a_verdict_has_the_first_code_that_applies(
    stack: Stack, exposed: int, converted: int, code: str
) -> None:
    trial = legacy(stack, filters=FUNNEL)
    convert(trial, "control", viewed=1000, paid=100)
    convert(trial, "test", viewed=exposed, paid=converted)
    result = results(trial)["result"]
    assert (result["significance_code"], result["significant"]) == (code, code == "significant")
    # Where the verdict does not depend on the loss, it is 1.
    assert result["expected_loss"] == (pytest.approx(0, abs=1e-6) if code == "significant" else 1)


@pytest.mark.parametrize(("is_filtered", "count"), [(True, 2), (False, 7)])
def test_test_accounts_are_left_out_when_the_filters_say_so(
    stack: Stack, *, is_filtered: bool, count: int
) -> None:
    internal = [{"key": "$host", "value": "qa", "operator": "is_not", "type": "event"}]
    made(
        stack.client.patch(
            f"/api/projects/{stack.project.id}/", json={"test_account_filters": internal}
        )
    )
    trial = legacy(stack, filters={**TREND, "filter_test_accounts": is_filtered})
    happen(trial, "purchase", "control", 2)
    happen(trial, "purchase", "control", 5, properties={"$host": "qa"})
    happen(trial, "purchase", "test", 2)
    assert results(trial)["result"]["variants"][0]["count"] == count


def test_an_answer_is_kept_until_it_is_refreshed_or_something_happens(stack: Stack) -> None:
    trial = legacy(stack, filters=FUNNEL)
    convert(trial, "control", viewed=3, paid=1)
    convert(trial, "test", viewed=3, paid=2)
    first = results(trial)
    assert first["is_cached"] is False
    assert results(trial) == first | {"is_cached": True}
    assert results(trial, refresh="x")["is_cached"] is False
    convert(trial, "test", viewed=4, paid=0)
    assert results(trial)["is_cached"] is False


# Refusals


def test_results_need_filters(stack: Stack) -> None:
    trial = legacy(stack)
    expected = ("invalid_input", "Experiment has no target metric", None)
    assert refusal(stack.client.get(url(trial))) == expected


def test_results_need_a_control(stack: Stack) -> None:
    trial = legacy(stack, filters=FUNNEL)
    no_control = ("no_data", "No control variant data found", None)
    assert refusal(stack.client.get(url(trial))) == no_control
    convert(trial, "test", viewed=3, paid=2)
    assert refusal(stack.client.get(url(trial))) == no_control


def test_a_control_alone_has_nothing_to_be_compared_with(stack: Stack) -> None:
    trial = legacy(stack, filters=TREND)
    happen(trial, "purchase", "control", 3)
    assert refusal(stack.client.get(url(trial))) == (
        "no_data",
        "Fewer than two variants have data.",
        None,
    )


def test_a_draft_has_no_results(stack: Stack) -> None:
    trial = legacy(stack, filters=FUNNEL, is_draft=True)
    assert refusal(stack.client.get(url(trial)))[0] == "not_launched"


def test_a_total_below_zero_has_no_verdict(stack: Stack) -> None:
    trial = legacy(stack, filters=REVENUE)
    for variant in ("control", "test"):
        happen(trial, "purchase", variant, 3, properties={"amount": -5})
    assert refusal(stack.client.get(url(trial)))[0] == "negative_total"


@pytest.mark.parametrize("path", ["results/", "secondary_results/"])
def test_results_are_read_by_readers_of_experiments_that_are_there(stack: Stack, path: str) -> None:
    trial = legacy(stack, filters=FUNNEL, secondary=({"filters": TREND},))
    missing = stack.client.get(stack.url(f"experiments/999/{path}"))
    assert refusal(missing, status=404) == ("not_found", "Not found.", None)
    made(stack.client.patch(url(trial, ""), json={"deleted": True}))
    assert refusal(stack.client.get(url(trial, path)), status=404)[0] == "not_found"
    refused = stack.anonymous.get(
        url(trial, path), headers={"Authorization": f"Bearer {stack.key(scopes=('query:read',))}"}
    )
    assert refusal(refused, status=403)[1] == "API key missing required scope 'experiment:read'"
    posted = stack.client.post(url(trial, path))
    assert refusal(posted, status=405)[1] == 'Method "POST" not allowed.'


# Secondary metrics


def test_a_secondary_metric_has_a_verdict_and_a_value_for_each_variant(stack: Stack) -> None:
    trial = legacy(stack, secondary=({"name": "Paid", "filters": FUNNEL}, TREND))
    convert(trial, "control", viewed=1000, paid=100)
    convert(trial, "test", viewed=900, paid=112)
    happen(trial, "purchase", "control", 3)
    happen(trial, "purchase", "test", 4)
    funnel = results(trial, "secondary_results/", id="0")["result"]
    assert funnel["result"] == {"control": 0.1, "test": 0.124}
    assert funnel["significance_code"] == "significant"
    trend = results(trial, "secondary_results/", id="1", refresh="1")
    assert trend["result"]["result"] == {"control": 3, "test": 4}
    assert trend["is_cached"] is False


@pytest.mark.parametrize(
    ("number", "detail"),
    [
        ("", "Secondary metric id is required"),
        ("first", "Secondary metric id must be an integer"),
        ("1.0", "Secondary metric id must be an integer"),
        ("1", "Invalid metric ID"),
        ("-1", "Invalid metric ID"),
        ("9" * 30, "Invalid metric ID"),
    ],
)
def test_a_secondary_metric_is_named_by_its_place(stack: Stack, number: str, detail: str) -> None:
    trial = legacy(stack, secondary=({"filters": TREND},))
    answer = stack.client.get(url(trial, "secondary_results/"), params={"id": number})
    assert refusal(answer) == ("invalid_input", detail, None)


def test_without_secondary_metrics_that_is_what_is_said_first(stack: Stack) -> None:
    trial = legacy(stack, filters=FUNNEL)
    answer = stack.client.get(url(trial, "secondary_results/"))
    assert broken_rule(answer) == "Experiment has no secondary metrics"
