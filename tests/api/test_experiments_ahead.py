"""Before a step: how long it takes, what is missing, what shipping will do."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.api.management import Experiments, Json, mean_metric
from tests.api.stack import Stack


@pytest.fixture
def experiments(stack: Stack) -> Experiments:
    return Experiments(stack=stack)


def capture(stack: Stack, *events: Json) -> None:
    body = {"api_key": stack.project.api_token, "batch": events}
    assert stack.anonymous.post("/batch/", json=body).status_code == 200


def visits(stack: Stack, people: int) -> None:
    """Everybody looked at a page a week ago, and every second one paid afterwards."""
    now = stack.platform.stores.clock.now()
    week_ago = (now - timedelta(days=7)).isoformat()
    later = (now - timedelta(days=6)).isoformat()
    capture(
        stack,
        *(
            {"event": "$pageview", "distinct_id": f"visitor-{one}", "timestamp": week_ago}
            for one in range(people)
        ),
        *(
            {"event": "purchase", "distinct_id": f"visitor-{one}", "timestamp": later}
            for one in range(0, people, 2)
        ),
    )


def shop_events(flag: str, *, units: int) -> Iterator[Json]:
    """Every unit is exposed, and two of three pay."""
    for one in range(units):
        shown = {"$feature_flag": flag, "$feature_flag_response": ("control", "test")[one % 2]}
        unit = f"unit-{one}"
        yield {"event": "$feature_flag_called", "distinct_id": unit, "properties": shown}
        if one % 3:
            yield {"event": "purchase", "distinct_id": unit}


def read(stack: Stack, experiment: Json, path: str, status: int = 200) -> Json:
    answer = stack.client.get(stack.url(f"experiments/{experiment['id']}/{path}"))
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body


def test_the_outlook_counts_who_came_and_says_how_long_it_takes(
    stack: Stack, experiments: Experiments
) -> None:
    visits(stack, 140)
    experiment = experiments.create(
        feature_flag_key="ahead", metrics=[mean_metric()], parameters={"rollout_percentage": 50}
    )
    found = read(stack, experiment, "outlook/?event=$pageview&minimum_detectable_effect=50")
    assert found["units"] == 140
    assert found["units_per_day"] == pytest.approx(20, rel=0.02)
    assert found["rollout_percentage"] == 50
    assert found["variants"] == 2
    assert found["reason"] is None
    assert found["metric"]["baseline_value"] == pytest.approx(0.5)
    # Every second one paid once: 0.5 * 0.5 * 140 / 139.
    assert found["metric"]["variance"] == pytest.approx(0.25 * 140 / 139)
    # 2 (z_0.975 + z_0.8)^2 * variance / 0.25^2 in each variant.
    needed = found["recommended_sample_size"]
    assert needed == pytest.approx(4 * 7.849 * 0.2518 / 0.0625, abs=2)
    assert found["recommended_running_time_days"] == pytest.approx(needed / 10, abs=1)
    assert [row["weeks"] for row in found["rows"]] == [1, 2, 3, 4, 6, 8]
    longest = found["rows"][-1]["detectable_effects"]
    assert longest == sorted(longest, reverse=True), "more traffic finds smaller effects"


def test_without_history_or_metric_the_outlook_says_why(
    stack: Stack, experiments: Experiments
) -> None:
    bare = experiments.create(feature_flag_key="bare")
    assert read(stack, bare, "outlook/")["reason"]["code"] == "no_metric"
    measured = experiments.create(feature_flag_key="measured", metrics=[mean_metric()])
    found = read(stack, measured, "outlook/?event=never_seen")
    assert (found["units"], found["units_per_day"]) == (0, 0.0)
    assert found["recommended_sample_size"] is None
    assert found["reason"]["message"]


@pytest.mark.parametrize("effect", ["0", "-5", "nan", "inf", "much"])
def test_an_effect_that_is_none_is_refused(
    stack: Stack, experiments: Experiments, effect: str
) -> None:
    experiment = experiments.create(feature_flag_key=f"effect-{len(effect)}{effect[0] == 'n'}")
    read(stack, experiment, f"outlook/?minimum_detectable_effect={effect}", status=400)


def test_launch_checks_name_what_is_missing_and_what_is_there(
    stack: Stack, experiments: Experiments
) -> None:
    experiment = experiments.create(feature_flag_key="checked")
    found = read(stack, experiment, "launch_checks/")
    states = {check["code"]: check["state"] for check in found["checks"]}
    assert found["is_ready"] is False
    assert states["primary_metric"] == "fail"
    assert states["variants"] == "pass"
    assert states["flag_called"] == "warn"

    visits(stack, 10)
    capture(
        stack,
        {
            "event": "$feature_flag_called",
            "distinct_id": "tester",
            "properties": {"$feature_flag": "checked", "$feature_flag_response": "test"},
        },
    )
    experiments.patch(
        experiment,
        metrics=[mean_metric()],
        description="Because it is shorter, people buy more.",
        parameters={"recommended_running_time": 14},
    )
    found = read(stack, experiment, "launch_checks/")
    assert found["is_ready"] is True
    assert {check["state"] for check in found["checks"]} == {"pass"}
    assert next(c for c in found["checks"] if c["code"] == "metric_events")["seen_at"]


def test_the_preview_of_shipping_says_what_shipping_then_does(
    stack: Stack, experiments: Experiments
) -> None:
    experiment = experiments.act(experiments.create(feature_flag_key="previewed"), "launch")
    path = stack.url(f"experiments/{experiment['id']}/preview_ship_variant/")
    body = {"variant_key": "test", "release_to_everyone": False}
    found = stack.client.post(path, json=body).json()
    assert (found["status_before"], found["status_after"]) == ("running", "stopped")
    marked = {line["text"]: line["mark"] for line in found["lines"]}
    assert marked["Variant 'test': 50% of them."] == "removed"
    assert marked["Variant 'test': 100% of them."] == "added"
    assert marked["The flag is on."] == "same"
    assert found["flag_changes"] is True
    assert found["needs_approval"] is False

    after = stack.client.get(stack.url(f"experiments/{experiment['id']}/")).json()
    assert after["status"] == "running", "nothing has been changed"
    refused = stack.client.post(path, json={"variant_key": "purple"})
    assert refused.status_code == 400


def test_standings_answer_from_what_is_kept(stack: Stack, experiments: Experiments) -> None:
    experiment = experiments.create(feature_flag_key="standing", metrics=[mean_metric()])
    experiment = experiments.act(experiment, "launch")
    capture(stack, *shop_events("standing", units=200))
    path = stack.url(f"experiment_standings/?experiment_ids={experiment['id']}&experiment_ids=99")
    (before,) = stack.client.get(path).json()["results"]
    assert before["primary"] is None
    assert before["units"] is None
    assert before["days"] >= 0
    assert before["ready_to_ship"] == []

    results = read(stack, experiment, "metrics_results/")
    (after,) = stack.client.get(path).json()["results"]
    reading = results["metrics"][0]["readings"][0]
    assert after["primary"]["relative"] == reading["relative"]
    assert after["primary"]["verdict"] == reading["verdict"]
    assert after["units"] == 200
    decided = [one["variant"] for one in results["decisions"] if one["should_ship"]]
    assert after["ready_to_ship"] == decided
    assert stack.client.get(stack.url("experiment_standings/")).status_code == 400


def test_a_standing_names_what_is_ready_to_ship(stack: Stack, experiments: Experiments) -> None:
    experiment = experiments.create(feature_flag_key="clear", metrics=[mean_metric()])
    experiment = experiments.act(experiment, "launch")
    shown = (one for one in shop_events("clear", units=400) if one["event"] != "purchase")
    # Of ten, four of the five who see the test pay, and one of the five who see the control.
    paid = [f"unit-{one}" for one in range(400) if one % 10 in (0, 1, 3, 5, 7)]
    capture(stack, *shown, *({"event": "purchase", "distinct_id": unit} for unit in paid))
    read(stack, experiment, "metrics_results/")
    path = stack.url(f"experiment_standings/?experiment_ids={experiment['id']}")
    (standing,) = stack.client.get(path).json()["results"]
    assert standing["primary"]["verdict"] == "better"
    assert standing["ready_to_ship"] == ["test"]
