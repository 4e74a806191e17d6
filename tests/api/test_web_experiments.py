import re

import pytest

from tests.api.approvals import UPDATE, approvals_on, held
from tests.api.management import Experiments, Flags, Json, broken_rule, made, refusal, variants
from tests.api.sharing import Resource
from tests.api.stack import Stack

pytestmark = pytest.mark.both_databases

CHANGE: Json = {"selector": "#hero", "html": "<b>New</b>", "css": "color:red"}
VARIANTS: Json = {
    "control": {"rollout_percentage": 70},
    "test": {
        "rollout_percentage": 30,
        "transforms": [CHANGE],
        "conditions": {"url": "/pricing", "urlMatchType": "icontains"},
    },
}


@pytest.fixture
def web(stack: Stack) -> Resource:
    base: Json = {"name": "New Hero", "variants": VARIANTS}
    return Resource(stack=stack, path="web_experiments/", base=base)


def live(stack: Stack, **query: str) -> list[Json]:
    """What a browser gets."""
    asked = query or {"token": stack.project.api_token}
    found: list[Json] = made(stack.anonymous.get("/api/web_experiments/", params=asked))[
        "experiments"
    ]
    return found


def test_case_59_a_web_experiment_has_an_inactive_flag_that_outlives_it(
    web: Resource, experiments: Experiments, flags: Flags
) -> None:
    experiment = web.create()
    assert experiment.keys() == {"id", "name", "created_at", "feature_flag_key", "variants"}
    assert re.fullmatch(
        r"new-hero-web-experiment-feature-[0-9a-f]{10}", experiment["feature_flag_key"]
    )
    assert experiment["variants"] == VARIANTS
    whole = experiments.get(experiment)
    assert (whole["type"], whole["status"], whole["description"]) == ("web", "draft", "")
    assert whole["stats_config"] == {"method": "bayesian"}
    flag = flags.get(whole["feature_flag"])
    assert (flag["active"], flag["name"]) == (False, "Feature Flag for Experiment New Hero")
    assert flag["filters"]["multivariate"]["variants"] == [
        {"key": "control", "rollout_percentage": 70},
        {"key": "test", "rollout_percentage": 30},
    ]
    (condition,) = flag["filters"]["groups"]
    assert (condition["properties"], condition["rollout_percentage"]) == ([], 100)

    lonely = {"test": VARIANTS["test"]}
    assert refusal(web.try_create(name="N", variants=lonely)) == (
        "invalid_input",
        "Experiment should contain a control variant",
        None,
    )
    aimless = {**VARIANTS, "test": {"rollout_percentage": 30, "transforms": [{"html": "x"}]}}
    assert refusal(web.try_create(name="N", variants=aimless)) == (
        "invalid_input",
        "Experiment transform [$0] variant 'test' does not have a valid selector",
        None,
    )
    web.delete(experiment)
    for url in (web.url(experiment), experiments.url(experiment)):
        assert refusal(web.stack.client.get(url), status=404)[0] == "not_found"
    assert flags.get(flag) == {**flag, "experiment_set": [], "experiment_set_metadata": []}


DICTIONARY = "Experiment variants should be a dictionary of keys -> transforms"
SHARE = {"rollout_percentage": 50}
REFUSED: list[tuple[object, str]] = [
    (None, "Experiment does not have any variants"),
    ([SHARE], DICTIONARY),
    ({"control": 50}, DICTIONARY),
    ({}, "Experiment should contain a control variant"),
    (
        {"control": SHARE, "test": {"transforms": []}},
        "Experiment variant 'test' does not have any rollout percentage",
    ),
]


def test_a_web_experiment_that_makes_no_sense_is_refused(web: Resource, flags: Flags) -> None:
    for value, detail in REFUSED:
        answer = web.try_create(name="N", variants=value)
        assert refusal(answer) == ("invalid_input", detail, None)
    without = web.try_create(name="N")
    assert broken_rule(without) == "Experiment does not have any variants"
    assert refusal(web.try_create(variants=VARIANTS))[::2] == ("required", "name")
    assert refusal(web.try_create(name=None, variants=3))[::2] == ("null", "name")
    assert refusal(web.try_create(name="n" * 401))[::2] == ("max_length", "name")
    odd = web.try_create(name="N", created_at="yesterday", variants=VARIANTS)
    assert refusal(odd)[::2] == ("invalid_input", "created_at")
    assert (web.listed()["count"], flags.listed()["count"]) == (0, 0)


def test_the_flag_judges_the_split(web: Resource, flags: Flags) -> None:
    uneven = {**VARIANTS, "control": {"rollout_percentage": 60}}
    code, detail, attr = refusal(web.try_create(name="N", variants=uneven))
    assert (code, attr) == ("invalid_input", "filters")
    assert detail.endswith("Variant rollout percentages must sum to 100.")
    worded = {**VARIANTS, "control": {"rollout_percentage": "many"}}
    assert refusal(web.try_create(name="N", variants=worded))[2] == "filters"
    assert (web.listed()["count"], flags.listed()["count"]) == (0, 0)


def test_a_web_experiment_may_say_when_it_was_made(web: Resource) -> None:
    experiment = web.create(created_at="2024-02-10T00:00")
    assert experiment["created_at"] == "2024-02-10T00:00:00Z"
    assert web.patch(experiment, created_at="2024-02-11T00:00:00Z")["created_at"] == (
        "2024-02-11T00:00:00Z"
    )


def test_a_new_name_leaves_variants_and_flag_alone(web: Resource, experiments: Experiments) -> None:
    experiment = web.create()
    before = experiments.get(experiment)
    renamed = web.patch(experiment, name="N", feature_flag_key="other", id=99)
    assert renamed == {**experiment, "name": "N"}
    assert experiments.get(experiment)["feature_flag"] == before["feature_flag"]
    assert broken_rule(web.try_patch(experiment, variants=None)) == (
        "Experiment does not have any variants"
    )


def test_new_variants_replace_those_of_the_flag_and_of_the_parameters(
    web: Resource, experiments: Experiments, flags: Flags
) -> None:
    experiment = web.create()
    flag = flags.get(experiments.get(experiment)["feature_flag"])
    condition = {"properties": [], "rollout_percentage": 40, "description": "own"}
    filters = {**flag["filters"], "groups": [condition], "payloads": {"test": "1"}, "own": 1}
    flags.patch(flag, filters=filters)
    split = {"control": {"rollout_percentage": 50}, "b": {"rollout_percentage": 50}}
    assert web.patch(experiment, variants=split)["variants"] == split
    whole = experiments.get(experiment)
    assert whole["feature_flag"]["filters"].keys() == {
        "groups", "multivariate", "aggregation_group_type_index", "holdout",
    }  # fmt: skip
    (kept,) = whole["feature_flag"]["filters"]["groups"]
    assert kept == {**condition, "aggregation_group_type_index": None}
    keys = [item["key"] for item in whole["parameters"]["feature_flag_variants"]]
    assert keys == ["control", "b"]
    uneven = {**split, "b": {"rollout_percentage": 49}}
    assert refusal(web.try_patch(experiment, variants=uneven))[2] == "filters"
    assert experiments.get(experiment) == whole


def test_new_shares_may_have_to_wait_for_approval(
    web: Resource, experiments: Experiments, stack: Stack
) -> None:
    experiment = web.create()
    split = {"control": {"rollout_percentage": 50}, "test": {"rollout_percentage": 50}}
    with approvals_on(stack) as people:
        people.policy(UPDATE)
        before = experiments.get(experiment)
        request = held(web.try_patch(experiment, name="N", variants=split))["change_request"]
        assert experiments.get(experiment) == before
        assert web.get(experiment) == experiment
        people.grace.approve(request)
        assert web.patch(experiment, name="N", variants=split)["variants"] == split


def test_a_put_needs_name_and_variants(web: Resource) -> None:
    experiment = web.create()
    assert refusal(web.try_put(experiment, variants=VARIANTS))[::2] == ("required", "name")
    assert broken_rule(web.try_put(experiment, name="P")) == "Experiment does not have any variants"
    split = {"control": {"rollout_percentage": 100}}
    put = made(web.try_put(experiment, name="P", variants=split))
    assert (put["name"], put["variants"]) == ("P", split)


def test_the_shares_are_those_of_the_flag(web: Resource, flags: Flags, stack: Stack) -> None:
    experiment = web.create()
    (flag,) = flags.listed()["results"]
    split = [{"key": "test", "rollout_percentage": 90}, {"key": "new", "rollout_percentage": 10}]
    flags.patch(flag, filters={**flag["filters"], "multivariate": {"variants": split}})
    shown = web.get(experiment)["variants"]
    assert list(shown.items()) == [
        ("test", {**VARIANTS["test"], "rollout_percentage": 90}),
        ("new", {"rollout_percentage": 10}),
    ]
    (browser,) = live(stack)
    assert browser["variants"] == {"test": shown["test"], "new": {**shown["new"], "transforms": []}}


def test_only_web_experiments_are_seen_newest_first(
    web: Resource, experiments: Experiments
) -> None:
    product = experiments.create()
    first, second, deleted = (web.create(name=name) for name in ("a", "b", "c"))
    experiments.patch(deleted, deleted=True)
    page = web.listed(limit=1)
    assert (page["count"], [item["id"] for item in page["results"]]) == (2, [second["id"]])
    assert web.names(limit=1, offset=1) == [first["name"]]
    for hidden in (product, deleted, {"id": 99}, {"id": 2**31}, {"id": "x"}):
        for method in ("GET", "PATCH", "PUT", "DELETE"):
            answer = web.stack.client.request(method, web.url(hidden), json=web.base)
            assert refusal(answer, status=404)[0] == "not_found"
    assert experiments.get(product)["id"] == product["id"]


def test_an_experiment_of_the_type_web_is_seen_here_too(
    web: Resource, experiments: Experiments, flags: Flags
) -> None:
    made_here = experiments.create(type="web", parameters={"feature_flag_variants": SPLIT})
    assert web.get(made_here) == {
        "id": made_here["id"],
        "name": made_here["name"],
        "created_at": made_here["created_at"],
        "feature_flag_key": made_here["feature_flag_key"],
        "variants": {"control": {"rollout_percentage": 80}, "test": {"rollout_percentage": 20}},
    }
    flags.create("mine", variants(a=50, control=50))
    on_flag = experiments.create(type="web", feature_flag_key="mine")
    assert list(web.get(on_flag)["variants"]) == ["a", "control"]


SPLIT = variants(control=80, test=20)


def test_a_web_experiment_lives_like_any_other(web: Resource, experiments: Experiments) -> None:
    experiment = web.create()
    assert experiments.act(experiment, "launch")["feature_flag"]["active"] is True
    assert experiments.act(experiment, "end")["status"] == "stopped"
    assert web.get(experiment)["variants"] == VARIANTS


def test_browsers_see_what_may_be_live(
    web: Resource, experiments: Experiments, stack: Stack
) -> None:
    assert live(stack) == []
    experiments.create()
    draft, running, stopped, archived, deleted = (web.create(name=name) for name in "abcde")
    experiments.act(running, "launch")
    for ended in (stopped, archived):
        experiments.act(ended, "launch")
        experiments.act(ended, "end")
    experiments.patch(draft, archived=True)
    experiments.act(archived, "archive")
    assert [item["id"] for item in live(stack)] == [deleted["id"], running["id"]]
    experiments.patch(deleted, deleted=True)
    experiments.patch(draft, archived=False)
    (first, second) = live(stack, api_key=stack.project.api_token)
    assert [first["id"], second["id"]] == [running["id"], draft["id"]]
    assert first == {
        **running,
        "variants": {**VARIANTS, "control": {"rollout_percentage": 70, "transforms": []}},
    }
    web.delete(running)
    assert [item["id"] for item in live(stack)] == [draft["id"]]


def test_browsers_need_a_token_that_is_known(stack: Stack) -> None:
    for query, code in (
        ({}, "missing_api_key"),
        ({"token": ""}, "missing_api_key"),
        ({"token": "phc_nobody"}, "invalid_api_key"),
        ({"api_key": stack.secret_key}, "invalid_api_key"),
    ):
        answer = stack.anonymous.get("/api/web_experiments/", params=query)
        assert refusal(answer, status=401)[::2] == (code, None)
        assert answer.json()["type"] == "authentication_error"


def test_pages_of_any_origin_may_ask(stack: Stack) -> None:
    shop = {"Origin": "https://shop.example"}
    path = f"/api/web_experiments?token={stack.project.api_token}"
    answer = stack.anonymous.get(path, headers=shop)
    assert answer.json() == {"experiments": []}
    assert answer.headers["access-control-allow-origin"] == shop["Origin"]
    refused = stack.anonymous.get("/api/web_experiments/", headers=shop)
    assert refused.headers["access-control-allow-origin"] == shop["Origin"]
    asked = {**shop, "Access-Control-Request-Method": "GET"}
    preflight = stack.anonymous.options("/api/web_experiments/", headers=asked)
    assert preflight.status_code == 204
    assert "GET" in preflight.headers["access-control-allow-methods"]
    plain = stack.anonymous.options("/api/web_experiments/")
    assert (plain.status_code, plain.headers["allow"]) == (204, "GET, OPTIONS")
    other = stack.anonymous.post("/api/web_experiments/", json={})
    assert refusal(other, status=405)[0] == "method_not_allowed"


def test_web_experiments_are_opened_by_keys_for_experiments(web: Resource, stack: Stack) -> None:
    experiment = web.create()
    ask = stack.anonymous.request
    reading = {"Authorization": f"Bearer {stack.key(scopes=('experiment:read',))}"}
    assert ask("GET", web.url(experiment), headers=reading).status_code == 200
    for method, url in (
        ("POST", stack.url(web.path)),
        ("PATCH", web.url(experiment)),
        ("PUT", web.url(experiment)),
        ("DELETE", web.url(experiment)),
    ):
        answer = ask(method, url, headers=reading, json=web.base)
        assert refusal(answer, status=403)[1] == (
            "API key missing required scope 'experiment:write'"
        )
    assert refusal(ask("GET", web.url(experiment)), status=401)[0] == "not_authenticated"
    for method in ("PUT", "PATCH", "DELETE"):
        answer = stack.client.request(method, stack.url(web.path))
        assert refusal(answer, status=405)[0] == "method_not_allowed"


def test_what_is_deleted_is_logged(web: Resource, stack: Stack) -> None:
    experiment = web.create()
    web.delete(experiment)
    query: dict[str, str | int] = {"scope": "Experiment", "item_id": experiment["id"]}
    log = made(stack.client.get(stack.url("activity_log/"), params=query))["results"]
    assert [entry["activity"] for entry in log] == ["deleted", "created"]
