"""What metrics read, what uses them, and which names were captured."""

from typing import Any

import pytest

from tests.api.management import Experiments, mean_metric, refusal
from tests.api.stack import Stack


def capture(stack: Stack, *events: tuple[str, str, dict[str, Any]]) -> None:
    batch = [
        {"event": name, "distinct_id": who, "properties": properties}
        for who, name, properties in events
    ]
    sent = {"api_key": stack.project.api_token, "batch": batch}
    assert stack.anonymous.post("/batch/", json=sent).status_code == 200


@pytest.fixture
def shop(stack: Stack) -> Stack:
    """Ten visitors; four bought something, one of them twice."""
    visits: list[tuple[str, str, dict[str, Any]]] = [
        (f"user-{number}", "visit", {"path": "/"}) for number in range(10)
    ]
    buys: list[tuple[str, str, dict[str, Any]]] = [
        ("user-1", "buy", {"amount": 2}),
        ("user-2", "buy", {"amount": 10}),
        ("user-2", "buy", {"amount": 20}),
        ("user-3", "buy", {"amount": 4, "coupon": "X"}),
        ("user-4", "buy", {"amount": 4}),
    ]
    capture(stack, *visits, *buys)
    return stack


def preview(stack: Stack, metric: dict[str, Any], **more: object) -> dict[str, Any]:
    answer = stack.client.post(stack.url("metric_preview/"), json={"metric": metric, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def source(math: str = "total", **members: object) -> dict[str, Any]:
    return {"kind": "EventsNode", "event": "buy", "math": math, **members}


def a_metric(metric_type: str, **members: object) -> dict[str, Any]:
    return {"kind": "ExperimentMetric", "metric_type": metric_type, **members}


def test_a_mean_is_previewed_with_zeros_and_distribution(shop: Stack) -> None:
    found = preview(shop, a_metric("mean", source=source("sum", math_property="amount")))
    assert (found["kind"], found["units"], found["value"]) == ("mean", 10, 4.0)
    assert found["zero_share"] == 0.6
    assert sum(item["units"] for item in found["bins"]) == 10
    assert found["bins"][0] == {"start": None, "end": 0, "units": 6}
    assert found["bins"][-1]["units"] >= 1
    assert "amount" in found["sql"]
    assert found["days"] == 28


def test_a_funnel_and_a_ratio_are_previewed(shop: Stack) -> None:
    visit = {"kind": "EventsNode", "event": "visit"}
    funnel = preview(shop, a_metric("funnel", series=[visit, source()]))
    assert funnel["bins"] == []
    amount = source("sum", math_property="amount")
    ratio = preview(shop, a_metric("ratio", numerator=amount, denominator=source()))
    assert (ratio["value"], ratio["zero_share"]) == (8.0, None)


def test_the_population_may_be_those_with_an_event(shop: Stack) -> None:
    found = preview(shop, a_metric("mean", source=source()), event="buy")
    assert (found["units"], found["zero_share"]) == (4, 0)


def test_nobody_there_is_no_error(stack: Stack) -> None:
    found = preview(stack, mean_metric())
    assert (found["units"], found["value"]) == (0, None)
    assert found["reason"]["code"] == "no_units"


@pytest.mark.parametrize(
    ("body", "code", "attr"),
    [
        ({}, "required", "metric"),
        ({"metric": []}, "not_a_dict", "metric"),
        ({"metric": {"kind": "ExperimentMetric"}}, "invalid_input", "metric"),
        ({"metric": a_metric("mean", source=source("sum"))}, "invalid_input", "metric"),
    ],
)
def test_what_is_no_metric_is_refused(
    stack: Stack, body: dict[str, Any], code: str, attr: str
) -> None:
    said, _, about = refusal(stack.client.post(stack.url("metric_preview/"), json=body))
    assert (said, about) == (code, attr)


def names(stack: Stack, path: str) -> list[str]:
    answer = stack.client.get(stack.url(path))
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["results"]]


def test_captured_names_can_be_looked_up(shop: Stack) -> None:
    assert names(shop, "event_definitions/") == ["buy", "visit"]
    assert names(shop, "event_definitions/?search=VIS") == ["visit"]
    assert names(shop, "event_definitions/?limit=1&offset=1") == ["visit"]


def test_properties_of_events_and_persons_can_be_looked_up(shop: Stack) -> None:
    capture(shop, ("user-1", "login", {"$set": {"plan": "pro"}}))
    of_buy = names(shop, 'property_definitions/?event_names=["buy"]')
    assert of_buy[0] == "amount"
    assert {"amount", "coupon"} <= set(of_buy)
    assert "path" in names(shop, "property_definitions/")
    assert names(shop, "property_definitions/?type=person") == ["plan"]
    assert names(shop, "property_definitions/?search=coup") == ["coupon"]
    answer = shop.client.get(shop.url("property_definitions/?event_names=buy&search=amount"))
    assert answer.json()["results"] == [
        {"name": "amount", "property_type": "Numeric", "is_numerical": True, "seen": 5}
    ]


def test_too_many_names_and_unknown_kinds_are_refused(stack: Stack) -> None:
    many = ",".join(f"e{number}" for number in range(21))
    answer = stack.client.get(stack.url(f"property_definitions/?event_names={many}"))
    assert refusal(answer)[2] == "event_names"
    answer = stack.client.get(stack.url("property_definitions/?type=group"))
    assert refusal(answer)[2] == "type"


def test_a_saved_metric_tells_its_experiments(experiments: Experiments, stack: Stack) -> None:
    body = {"name": "Orders", "query": mean_metric()}
    metric = stack.client.post(stack.url("experiment_saved_metrics/"), json=body).json()
    assert metric["experiment_set"] == []
    link = {"id": metric["id"], "metadata": {"type": "secondary"}}
    experiment = experiments.create(saved_metrics_ids=[link])
    gone = experiments.create(saved_metrics_ids=[link])
    experiments.patch(gone, deleted=True)
    url = stack.url(f"experiment_saved_metrics/{metric['id']}/")
    assert stack.client.get(url).json()["experiment_set"] == [experiment["id"]]
    (listed,) = stack.client.get(stack.url("experiment_saved_metrics/")).json()["results"]
    assert listed["experiment_set"] == [experiment["id"]]
    used = stack.client.get(f"{url}experiments/").json()
    assert used["results"] == [
        {
            "id": experiment["id"],
            "name": experiment["name"],
            "status": "draft",
            "archived": False,
            "start_date": None,
            "end_date": None,
            "role": "secondary",
        }
    ]
    assert (
        stack.client.get(stack.url("experiment_saved_metrics/99/experiments/")).status_code == 404
    )


def test_a_holdout_tells_its_experiments(experiments: Experiments, stack: Stack) -> None:
    body = {"name": "Nobody", "filters": [{"rollout_percentage": 5}]}
    holdout = stack.client.post(stack.url("experiment_holdouts/"), json=body).json()
    assert holdout["experiment_set"] == []
    experiment = experiments.launched(holdout_id=holdout["id"])
    url = stack.url(f"experiment_holdouts/{holdout['id']}/")
    assert stack.client.get(url).json()["experiment_set"] == [experiment["id"]]
    (used,) = stack.client.get(f"{url}experiments/").json()["results"]
    assert (used["status"], used["role"]) == ("running", None)
    assert used["start_date"] == experiment["start_date"]
    assert stack.client.get(stack.url("experiment_holdouts/99/experiments/")).status_code == 404
