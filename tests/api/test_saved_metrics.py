from uuid import UUID

import pytest

from splitplot.experiments.metrics.fingerprint import fingerprint
from tests.api.management import Experiments, Json, made, mean_metric, refusal
from tests.api.sharing import Resource
from tests.api.stack import Stack

pytestmark = pytest.mark.both_databases

NODE: Json = {"kind": "EventsNode", "event": "purchase"}
MISSING = "Saved metric does not exist or does not belong to this project"


@pytest.fixture
def metrics(stack: Stack) -> Resource:
    base: Json = {"name": "Purchases", "query": mean_metric()}
    return Resource(stack=stack, path="experiment_saved_metrics/", base=base)


def link(metric: Json, role: str | None = None, **metadata: object) -> Json:
    if role is None:
        return {"id": metric["id"]}
    return {"id": metric["id"], "metadata": {"type": role, **metadata}}


def test_case_58_a_saved_metric_keeps_its_uuid_as_long_as_it_lives(
    metrics: Resource, experiments: Experiments
) -> None:
    metric = metrics.create()
    uuid = metric["query"]["uuid"]
    assert UUID(uuid).version == 4
    experiment = experiments.create(saved_metrics_ids=[link(metric, "secondary")])
    assert experiment["secondary_metrics_ordered_uuids"] == [uuid]
    assert experiment["primary_metrics_ordered_uuids"] is None

    changed = metrics.patch(metric, query=mean_metric("refund"))
    assert changed["query"] == {**mean_metric("refund"), "uuid": uuid}
    other = mean_metric("refund", uuid="3b241101-e2bb-4255-8caf-4136c566a962")
    assert refusal(metrics.try_patch(metric, query=other)) == (
        "invalid_input",
        "Saved metric UUID cannot be changed",
        "query",
    )
    metrics.delete(metric)
    left = experiments.get(experiment)
    assert (left["saved_metrics"], left["saved_metrics_ids"]) == ([], [])
    assert left["secondary_metrics_ordered_uuids"] == [uuid]
    assert experiments.patch(experiment, description="d")["description"] == "d"
    assert refusal(metrics.try_patch(metric), status=404)[0] == "not_found"


def test_a_new_saved_metric_is_shown_whole(metrics: Resource, stack: Stack) -> None:
    query = mean_metric(uuid="own", name="Paid")
    metric = metrics.create(query=query, description="d", tags=[" Growth", "growth"], other=1)
    assert metric.keys() == {
        "id", "name", "description", "query", "created_by", "created_at", "updated_at", "tags",
        "experiment_set", "user_access_level",
    }  # fmt: skip
    assert metric["query"] == query
    assert (metric["description"], metric["tags"]) == ("d", ["growth"])
    assert metric["created_by"]["email"] == stack.user.email
    assert metric["user_access_level"] == "manager"
    assert metrics.get(metric) == metric


def test_every_type_of_metric_can_be_saved(metrics: Resource) -> None:
    kind = {"kind": "ExperimentMetric"}
    queries: list[Json] = [
        {**kind, "metric_type": "funnel", "series": [NODE]},
        {**kind, "metric_type": "ratio", "numerator": NODE, "denominator": NODE},
        {
            **kind,
            "metric_type": "retention",
            "start_event": NODE,
            "completion_event": NODE,
            "retention_window_start": 1,
            "retention_window_end": 7,
            "retention_window_unit": "day",
            "start_handling": "first_seen",
        },
    ]
    for query in queries:
        metric = metrics.create(name=query["metric_type"], query=query)
        assert metric["query"] == {**query, "uuid": metric["query"]["uuid"]}


def test_saved_metrics_are_listed_by_name_whatever_its_case(metrics: Resource) -> None:
    for name in ("b", "Ärger", "A", "C"):
        metrics.create(name=name)
    assert metrics.names() == ["A", "b", "C", "Ärger"]
    assert metrics.names(limit=2, offset=1) == ["b", "C"]
    page = metrics.listed(limit=1)
    assert (page["count"], page["previous"]) == (4, None)
    assert "offset=1" in page["next"]


def test_what_a_patch_does_not_name_stays(metrics: Resource) -> None:
    metric = metrics.create(description="d", tags=["a"])
    named = metrics.patch(metric, name="N")
    assert named == {**metric, "name": "N", "updated_at": named["updated_at"]}
    assert metrics.patch(metric, tags=["b", "A"])["tags"] == ["b", "a"]
    cleared = metrics.patch(metric, tags=[], description=None)
    assert (cleared["tags"], cleared["description"]) == ([], None)


def test_a_put_needs_name_and_query(metrics: Resource) -> None:
    metric = metrics.create(description="d")
    assert refusal(metrics.try_put(metric, query=mean_metric()))[::2] == ("required", "name")
    assert refusal(metrics.try_put(metric, name="P"))[::2] == ("required", "query")
    put = made(metrics.try_put(metric, name="P", query=mean_metric("refund")))
    assert (put["name"], put["description"]) == ("P", "d")
    assert put["query"]["uuid"] == metric["query"]["uuid"]


LONG = "Ensure this field has no more than 400 characters."
REFUSED: list[tuple[Json, tuple[str, str, str]]] = [
    ({"name": None}, ("null", "This field may not be null.", "name")),
    ({"name": ""}, ("blank", "This field may not be blank.", "name")),
    ({"name": "n" * 401}, ("max_length", LONG, "name")),
    ({"description": "d" * 401}, ("max_length", LONG, "description")),
    ({"query": None}, ("null", "This field may not be null.", "query")),
    (
        {"query": "mean"},
        ("not_a_dict", 'Expected a dictionary of items but got type "str".', "query"),
    ),
    ({"query": {}}, ("invalid_input", "Query is required to create a saved metric", "query")),
    (
        {"query": {"kind": "ExperimentTrendsQuery"}},
        (
            "invalid_input",
            (
                "Legacy metric kind 'ExperimentTrendsQuery' is no longer supported for new saved "
                "metrics. Use 'ExperimentMetric' instead."
            ),
            "query",
        ),
    ),
    (
        {"query": {"metric_type": "mean"}},
        ("invalid_input", "Metric query kind must be 'ExperimentMetric'", "query"),
    ),
    (
        {"query": {"kind": "ExperimentMetric"}},
        ("invalid_input", "ExperimentMetric requires a metric_type", "query"),
    ),
    (
        {"query": {"kind": "ExperimentMetric", "metric_type": "median"}},
        (
            "invalid_input",
            "ExperimentMetric metric_type must be 'mean', 'funnel', 'ratio', or 'retention'",
            "query",
        ),
    ),
    (
        {"tags": "a"},
        ("not_a_list", 'Expected a list of items but got type "str".', "tags"),
    ),
    ({"tags": ["a", None]}, ("null", "This field may not be null.", "tags__1")),
]


def test_a_saved_metric_that_makes_no_sense_is_refused(metrics: Resource) -> None:
    for body, expected in REFUSED:
        assert refusal(metrics.try_create(**(metrics.base | body))) == expected
    for missing in ("name", "query"):
        body = {key: value for key, value in metrics.base.items() if key != missing}
        expected = ("required", "This field is required.", missing)
        assert refusal(metrics.try_create(**body)) == expected
    shapeless = {"kind": "ExperimentMetric", "metric_type": "ratio", "denominator": NODE}
    code, detail, attr = refusal(metrics.try_create(name="M", query=shapeless))
    assert (code, attr) == ("invalid_input", "query")
    assert "'loc': ('numerator',), 'msg': 'Field required'" in detail
    assert metrics.listed()["count"] == 0


def test_a_name_is_taken_whatever_its_case(metrics: Resource) -> None:
    metric, other = metrics.create(name="Größe"), metrics.create(name="Other")
    taken = ("unique", "A shared metric with this name already exists.", "name")
    assert refusal(metrics.try_create(**(metrics.base | {"name": "GRÖSSE"}))) == taken
    assert refusal(metrics.try_patch(other, name="gröSSe")) == taken
    assert metrics.patch(metric, name="GRÖßE")["name"] == "GRÖßE"
    metrics.delete(metric)
    assert metrics.patch(other, name="größe")["name"] == "größe"


def test_an_experiment_shows_its_saved_metrics_as_they_are_now(
    metrics: Resource, experiments: Experiments
) -> None:
    first, second = metrics.create(), metrics.create(name="Second", query=mean_metric("refund"))
    breakdowns = [{"property": "$browser", "type": "event"}]
    wanted = [link(second, "secondary", breakdowns=breakdowns), link(first)]
    experiment = experiments.create(saved_metrics_ids=wanted)
    assert experiment["saved_metrics_ids"] == [wanted[0], link(first, "primary")]
    one, two = experiment["saved_metrics"]
    assert one.keys() == {
        "id", "experiment", "saved_metric", "metadata", "created_at", "query", "name",
    }  # fmt: skip
    assert (one["experiment"], one["saved_metric"]) == (experiment["id"], second["id"])
    assert (one["name"], one["metadata"]) == ("Second", wanted[0]["metadata"])
    assert one["id"] < two["id"]
    assert experiment["primary_metrics_ordered_uuids"] == [first["query"]["uuid"]]
    assert experiment["secondary_metrics_ordered_uuids"] == [second["query"]["uuid"]]

    metrics.patch(second, name="New", query=mean_metric("return"))
    now = experiments.get(experiment)["saved_metrics"][0]
    assert now["id"] == one["id"]
    assert (now["name"], now["query"]["source"]["event"]) == ("New", "return")
    assert now["query"]["fingerprint"] != one["query"]["fingerprint"]
    assert experiments.listed()["results"][0]["saved_metrics"][0] == now


def test_a_saved_metric_is_identified_together_with_the_experiment(
    metrics: Resource, experiments: Experiments
) -> None:
    metric = metrics.create()
    draft = experiments.create(saved_metrics_ids=[link(metric)])
    criteria = {"filterTestAccounts": True}
    (shown,) = draft["saved_metrics"]
    assert shown["query"] == {
        **metric["query"],
        "fingerprint": fingerprint(metric["query"], start_date=None, exposure_criteria=criteria),
    }
    assert "fingerprint" not in metrics.get(metric)["query"]
    running = experiments.act(draft, "launch")
    assert running["saved_metrics"][0]["query"]["fingerprint"] != shown["query"]["fingerprint"]
    frequentist = experiments.create(
        saved_metrics_ids=[link(metric)], stats_config={"method": "frequentist"}
    )
    assert frequentist["saved_metrics"][0]["query"]["fingerprint"] == fingerprint(
        metric["query"],
        start_date=None,
        stats_method="frequentist",
        exposure_criteria=criteria,
    )


def test_a_list_of_links_replaces_all_of_them(metrics: Resource, experiments: Experiments) -> None:
    first, second = metrics.create(), metrics.create(name="Second")
    running = experiments.launched(saved_metrics_ids=[link(first)])
    same = experiments.patch(running, name="N")
    assert same["saved_metrics"] == running["saved_metrics"]
    other = experiments.patch(running, saved_metrics_ids=[link(second, "tertiary")])
    assert other["saved_metrics_ids"] == [link(second, "tertiary")]
    assert other["primary_metrics_ordered_uuids"] == []
    assert other["secondary_metrics_ordered_uuids"] == [second["query"]["uuid"]]
    assert experiments.patch(running, saved_metrics_ids=[])["saved_metrics"] == []
    experiments.patch(running, saved_metrics_ids=[link(first)])
    cleared = experiments.patch(running, saved_metrics_ids=None)
    assert (cleared["saved_metrics"], cleared["saved_metrics_ids"]) == ([], [])


def test_links_survive_the_life_of_an_experiment(
    metrics: Resource, experiments: Experiments
) -> None:
    experiment = experiments.create(saved_metrics_ids=[link(metrics.create())])
    for action in ("launch", "pause", "resume", "end", "archive", "unarchive", "reset"):
        links = experiments.act(experiment, action)["saved_metrics"]
        assert [one["id"] for one in links] == [one["id"] for one in experiment["saved_metrics"]]


def test_links_that_make_no_sense_are_refused(metrics: Resource, experiments: Experiments) -> None:
    metric = metrics.create()
    experiment = experiments.create(saved_metrics_ids=[link(metric)])
    items: list[tuple[object, str]] = [
        ([7], "Saved metric must be an object"),
        ([{}], "Saved metric must have an id"),
        ([{"id": 1, "metadata": []}], "Metadata must be an object"),
        ([{"id": 1, "metadata": {}}], "Metadata must have a type key"),
        ([{"id": 99}], MISSING),
        ([{"id": "x"}], MISSING),
        ([link(metric), link(metric, "secondary")], MISSING),
    ]
    for value, detail in items:
        expected = ("invalid_input", detail, "saved_metrics_ids")
        assert refusal(experiments.try_patch(experiment, saved_metrics_ids=value)) == expected
        answer = experiments.post(name="E", feature_flag_key="e", saved_metrics_ids=value)
        assert refusal(answer) == expected
    assert refusal(experiments.try_patch(experiment, saved_metrics_ids={})) == (
        "not_a_list",
        'Expected a list of items but got type "dict".',
        "saved_metrics_ids",
    )
    assert experiments.get(experiment) == experiment
    assert experiments.listed()["count"] == 1


def test_a_saved_metric_of_another_project_does_not_exist(metrics: Resource, stack: Stack) -> None:
    metric = metrics.create()
    other = made(stack.client.post("/api/projects/", json={"name": "Other"}), status=201)
    path = f"/api/projects/{other['id']}/"
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        there = f"{path}experiment_saved_metrics/{metric['id']}/"
        answer = stack.client.request(method, there, json=metrics.base)
        assert refusal(answer, status=404) == ("not_found", "Not found.", None)
    assert made(stack.client.get(f"{path}experiment_saved_metrics/"))["count"] == 0
    body = {"name": "E", "feature_flag_key": "e", "saved_metrics_ids": [link(metric)]}
    answer = stack.client.post(f"{path}experiments/", json=body)
    assert refusal(answer) == ("invalid_input", MISSING, "saved_metrics_ids")
    twin = stack.client.post(f"{path}experiment_saved_metrics/", json=metrics.base)
    assert twin.status_code == 201
    assert metrics.get(metric) == metric


def test_saved_metrics_have_scopes_of_their_own(metrics: Resource, stack: Stack) -> None:
    metric = metrics.create()
    ask = stack.anonymous.request

    def key(scope: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {stack.key(scopes=(scope,))}"}

    reading, writing = key("experiment_saved_metric:read"), key("experiment_saved_metric:write")
    for headers in (reading, writing):
        assert ask("GET", metrics.url(metric), headers=headers).status_code == 200
        assert ask("GET", stack.url(metrics.path), headers=headers).status_code == 200
    for method in ("PATCH", "PUT", "DELETE"):
        answer = ask(method, metrics.url(metric), headers=reading, json={})
        assert refusal(answer, status=403)[1] == (
            "API key missing required scope 'experiment_saved_metric:write'"
        )
    answer = ask("GET", stack.url(metrics.path), headers=key("experiment:write"))
    assert refusal(answer, status=403)[1] == (
        "API key missing required scope 'experiment_saved_metric:read'"
    )
    assert refusal(ask("GET", stack.url(metrics.path)), status=401)[0] == "not_authenticated"
    assert ask("DELETE", metrics.url(metric), headers=writing).status_code == 204


def test_other_methods_are_not_allowed(metrics: Resource) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        answer = metrics.stack.client.request(method, metrics.stack.url(metrics.path))
        detail = f'Method "{method}" not allowed.'
        assert refusal(answer, status=405) == ("method_not_allowed", detail, None)
    answer = metrics.stack.client.post(metrics.url(metrics.create()), json={})
    assert refusal(answer, status=405)[0] == "method_not_allowed"
    for number in (99, 2**31, "x"):
        answer = metrics.stack.client.get(metrics.url({"id": number}))
        assert refusal(answer, status=404)[0] == "not_found"


def test_changes_of_saved_metrics_are_logged(metrics: Resource, stack: Stack) -> None:
    metric = metrics.create()
    metrics.patch(metric, tags=["a"])
    metrics.delete(metric)
    query: dict[str, str | int] = {"scope": "Experiment", "item_id": metric["id"]}
    log = made(stack.client.get(stack.url("activity_log/"), params=query))["results"]
    entries = [entry for entry in log if entry["detail"]["type"] == "shared_metric"]
    assert [entry["activity"] for entry in entries] == ["deleted", "updated", "created"]
    (change,) = entries[1]["detail"]["changes"]
    assert (change["field"], change["after"]) == ("tags", ["a"])


def test_a_saved_metric_gives_a_result(
    metrics: Resource, experiments: Experiments, stack: Stack
) -> None:
    experiment = experiments.launched(saved_metrics_ids=[link(metrics.create())])
    (saved,) = experiment["saved_metrics"]
    query = {
        "kind": "ExperimentQuery",
        "experiment_id": experiment["id"],
        "metric": saved["query"],
    }
    answer = made(stack.client.post(stack.url("query/"), json={"query": query}))
    assert answer["metric"] == saved["query"]
    assert answer["baseline"]["number_of_samples"] == 0
