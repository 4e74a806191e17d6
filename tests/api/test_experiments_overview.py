from datetime import UTC, datetime, timedelta

import pytest

from tests.api.management import SPLIT, Experiments, Flags, broken_rule, made, refusal, variants


def test_activity_counts_launches_and_ends_of_the_last_month(experiments: Experiments) -> None:
    def days_ago(days: int) -> str:
        return (datetime.now(UTC) - timedelta(days=days)).isoformat()

    stats = experiments.stack.url("experiments/stats/")
    client = experiments.stack.client
    assert made(client.get(stats)) == {
        "launched_last_30d": 0,
        "launched_previous_30d": 0,
        "percent_change": 0.0,
        "active_experiments": 0,
        "completed_last_30d": 0,
    }
    experiments.create()
    for started in (1, 30, 31, 60, 61):
        experiments.create(start_date=days_ago(started))
    paused = experiments.create(start_date=days_ago(2))
    experiments.act(paused, "pause")
    experiments.create(start_date=days_ago(50), end_date=days_ago(3))
    experiments.act(experiments.stopped(), "archive")
    assert made(client.get(stats)) == {
        "launched_last_30d": 3,
        "launched_previous_30d": 3,
        "percent_change": 0.0,
        "active_experiments": 6,
        "completed_last_30d": 1,
    }


def test_eligible_flags_have_control_as_the_first_of_several_variants(
    experiments: Experiments, flags: Flags
) -> None:
    flags.create("fits", SPLIT)
    flags.create("also-fits", SPLIT, active=False)
    flags.create("control-last", variants(test=50, control=50))
    flags.create("boolean")
    flags.create("alone", variants(control=100))
    url, client = experiments.stack.url("experiments/eligible_feature_flags/"), flags.stack.client
    found = made(client.get(url))
    assert found.keys() == {"results", "count"}
    assert [flag["key"] for flag in found["results"]] == ["also-fits", "fits"]
    for query, keys in (
        ({"search": "FITS", "order": "-key"}, ["fits", "also-fits"]),
        ({"active": "true"}, ["fits"]),
        ({"limit": "1", "order": "key"}, ["also-fits"]),
        ({"limit": "1", "offset": "1", "order": "key"}, ["fits"]),
        ({"limit": "0", "offset": "-5"}, ["also-fits", "fits"]),
        ({"has_evaluation_contexts": "yes"}, []),
        ({"evaluation_runtime": "server"}, []),
        ({"created_by_id": "999"}, []),
    ):
        results = made(client.get(url, params=query))["results"]
        assert [flag["key"] for flag in results] == keys


@pytest.mark.parametrize("query", [{"limit": "many"}, {"offset": "1.5"}])
def test_eligible_flags_need_numbers_for_a_page(
    experiments: Experiments, query: dict[str, str]
) -> None:
    url = experiments.stack.url("experiments/eligible_feature_flags/")
    answer = experiments.stack.client.get(url, params=query)
    assert (answer.status_code, answer.json()) == (400, {"error": "Invalid limit or offset"})


def test_eligible_flags_have_three_orders(experiments: Experiments) -> None:
    url = experiments.stack.url("experiments/eligible_feature_flags/")
    answer = experiments.stack.client.get(url, params={"order": "version"})
    assert broken_rule(answer) == "Invalid order field: 'version'"


def test_eligible_flags_are_asked_for_by_the_numbers_of_their_authors(
    experiments: Experiments, flags: Flags
) -> None:
    flags.create("fits", SPLIT)
    url, client = experiments.stack.url("experiments/eligible_feature_flags/"), flags.stack.client
    me = experiments.stack.user.id
    assert made(client.get(url, params={"created_by_id": f"[{me}, 999]"}))["count"] == 1
    answer = client.get(url, params={"created_by_id": "me"})
    assert refusal(answer) == ("invalid_input", "created_by_id must be an integer", None)


@pytest.mark.parametrize("path", ["stats", "eligible_feature_flags"])
def test_what_has_a_name_is_no_experiment(experiments: Experiments, path: str) -> None:
    stack, url = experiments.stack, experiments.stack.url(f"experiments/{path}/")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = stack.client.request(method, url, json={})
        assert refusal(answer, status=405) == (
            "method_not_allowed",
            f'Method "{method}" not allowed.',
            None,
        )
        assert answer.headers["allow"] == "GET"
    assert refusal(stack.anonymous.get(url), status=401)[0] == "not_authenticated"
    key = {"Authorization": f"Bearer {stack.key(scopes=('cohort:read',))}"}
    scope = "experiment:read" if path == "stats" else "feature_flag:read"
    refused = stack.anonymous.get(url, headers=key)
    assert refusal(refused, status=403)[1] == f"API key missing required scope '{scope}'"
