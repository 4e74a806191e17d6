import pytest

from tests.api.management import Experiments, Flags, Json, made, refusal, variants
from tests.api.sharing import Resource
from tests.api.stack import Stack

pytestmark = pytest.mark.both_databases


def group(share: float) -> Json:
    return {"properties": [], "rollout_percentage": share}


@pytest.fixture
def holdouts(stack: Stack) -> Resource:
    base: Json = {"name": "First quarter", "filters": [group(20)]}
    return Resource(stack=stack, path="experiment_holdouts/", base=base)


def in_experiments(holdout: Json) -> Json:
    """The holdout as its experiments show it."""
    return {name: value for name, value in holdout.items() if name != "experiment_set"}


def held_out(experiments: Experiments, experiment: Json) -> Json | None:
    """What the experiment's flag says about a holdout."""
    member: Json | None = experiments.get(experiment)["feature_flag"]["filters"]["holdout"]
    return member


def test_case_56_a_holdout_reaches_the_flags_of_its_experiments(
    holdouts: Resource, experiments: Experiments
) -> None:
    holdout = holdouts.create(filters=[{**group(20), "variant": "holdout"}])
    number = holdout["id"]
    assert holdout["filters"] == [{**group(20), "variant": f"holdout-{number}"}]
    experiment = experiments.create(holdout_id=number)
    assert experiment["holdout"] == in_experiments(holdout)
    assert experiment["holdout_id"] == number
    assert held_out(experiments, experiment) == {"id": number, "exclusion_percentage": 20}

    changed = holdouts.patch(holdout, filters=[group(30)])
    assert changed["filters"][0]["rollout_percentage"] == 30
    assert held_out(experiments, experiment) == {"id": number, "exclusion_percentage": 30}

    holdouts.delete(holdout)
    left = experiments.get(experiment)
    assert (left["holdout"], left["holdout_id"]) == (None, None)
    assert left["feature_flag"]["filters"]["holdout"] is None
    assert refusal(holdouts.try_patch(holdout), status=404)[0] == "not_found"


def test_case_57_the_holdout_of_a_launched_experiment_is_fixed(
    holdouts: Resource, experiments: Experiments
) -> None:
    a, b = holdouts.create(), holdouts.create(filters=[group(5)])
    running = experiments.launched(holdout_id=a["id"])
    stopped = experiments.stopped(holdout_id=a["id"])
    for launched in (running, stopped):
        for other in (b["id"], None):
            assert refusal(experiments.try_patch(launched, holdout_id=other)) == (
                "invalid_input",
                "Can't update holdout on running Experiment",
                None,
            )
        assert experiments.patch(launched, holdout_id=a["id"])["holdout_id"] == a["id"]
    draft = experiments.create(holdout_id=a["id"])
    moved = experiments.patch(draft, holdout_id=b["id"])
    assert moved["holdout"] == in_experiments(b)
    assert moved["feature_flag"]["filters"]["holdout"]["exclusion_percentage"] == 5
    freed = experiments.patch(draft, holdout_id=None)
    assert (freed["holdout"], freed["feature_flag"]["filters"]["holdout"]) == (None, None)


def test_a_new_holdout_is_shown_whole(holdouts: Resource, stack: Stack) -> None:
    holdout = holdouts.create(name="H", filters=[{"rollout_percentage": 0.5, "own": 1}, group(3)])
    assert holdout.keys() == {
        "id", "name", "description", "filters", "created_by", "created_at", "updated_at",
        "experiment_set",
    }  # fmt: skip
    assert (holdout["name"], holdout["description"]) == ("H", None)
    variant = f"holdout-{holdout['id']}"
    assert holdout["filters"] == [
        {"rollout_percentage": 0.5, "own": 1, "variant": variant},
        {**group(3), "variant": variant},
    ]
    assert holdout["created_by"]["email"] == stack.user.email
    assert holdout["created_at"] == holdout["updated_at"]
    assert holdouts.get(holdout) == holdout


def test_holdouts_are_listed_newest_first_in_pages(holdouts: Resource) -> None:
    for name in ("a", "b", "c"):
        holdouts.create(name=name)
    page = holdouts.listed(limit=2)
    assert [item["name"] for item in page["results"]] == ["c", "b"]
    assert page["count"] == 3
    assert "offset=2" in page["next"]
    assert holdouts.names(limit=2, offset=2) == ["a"]
    assert holdouts.listed(offset=9) == {
        "count": 3,
        "next": None,
        "previous": holdouts.listed(offset=9)["previous"],
        "results": [],
    }


def test_what_a_patch_does_not_name_stays(holdouts: Resource) -> None:
    holdout = holdouts.create(description="d")
    named = holdouts.patch(holdout, name="N", id=99, created_by=None)
    assert named == {**holdout, "name": "N", "updated_at": named["updated_at"]}
    assert named["updated_at"] > holdout["updated_at"]
    assert holdouts.patch(holdout, description=None)["description"] is None
    assert holdouts.patch(holdout, description="")["description"] == ""


def test_a_put_needs_a_name_alone(holdouts: Resource) -> None:
    holdout = holdouts.create(description="d")
    assert refusal(holdouts.try_put(holdout))[::2] == ("required", "name")
    assert made(holdouts.try_put(holdout, name="P"))["description"] == "d"
    other = made(holdouts.try_put(holdout, name="P", filters=[group(1)]))
    assert other["filters"][0]["rollout_percentage"] == 1


NEEDED = "Filters are required to create an holdout group"
SHARE = "Rollout percentage must be between 0 and 100."


LONG = "Ensure this field has no more than 400 characters."
REFUSED: list[tuple[Json, tuple[str, str, str]]] = [
    ({"name": None}, ("null", "This field may not be null.", "name")),
    ({"name": " "}, ("blank", "This field may not be blank.", "name")),
    ({"name": "n" * 401}, ("max_length", LONG, "name")),
    ({"description": "d" * 401}, ("max_length", LONG, "description")),
    ({"filters": []}, ("invalid_input", NEEDED, "filters")),
    ({"filters": None}, ("null", "This field may not be null.", "filters")),
    (
        {"filters": {}},
        ("not_a_list", 'Expected a list of items but got type "dict".', "filters"),
    ),
    (
        {"filters": [3]},
        ("not_a_dict", 'Expected a dictionary of items but got type "int".', "filters__0"),
    ),
    ({"filters": [{}]}, ("invalid_input", "Rollout percentage must be present.", "filters")),
    ({"filters": [group(101)]}, ("invalid_input", SHARE, "filters")),
    ({"filters": [group(-1)]}, ("invalid_input", SHARE, "filters")),
]


def test_a_holdout_that_makes_no_sense_is_refused(holdouts: Resource) -> None:
    for body, expected in REFUSED:
        assert refusal(holdouts.try_create(**(holdouts.base | body))) == expected
    assert holdouts.listed()["count"] == 0


def test_name_and_filters_are_required(holdouts: Resource) -> None:
    assert refusal(holdouts.try_create(filters=[group(1)])) == (
        "required",
        "This field is required.",
        "name",
    )
    assert refusal(holdouts.try_create(name="H")) == ("invalid_input", NEEDED, "filters")


def test_filters_cannot_be_emptied(holdouts: Resource) -> None:
    holdout = holdouts.create()
    assert refusal(holdouts.try_patch(holdout, filters=[], name="N")) == (
        "invalid_input",
        "Filters must not be empty.",
        "filters",
    )
    assert holdouts.get(holdout) == holdout


def test_all_flags_of_a_holdout_change_at_once_whatever_the_state(
    holdouts: Resource, experiments: Experiments
) -> None:
    holdout = holdouts.create()
    number = holdout["id"]
    inside = [
        experiments.create(holdout_id=number),
        experiments.launched(holdout_id=number),
        experiments.stopped(holdout_id=number),
    ]
    archived = experiments.act(experiments.stopped(holdout_id=number), "archive")
    outside = experiments.create()
    holdouts.patch(holdout, filters=[group(45.5)])
    for experiment in (*inside, archived):
        assert held_out(experiments, experiment) == {"id": number, "exclusion_percentage": 45.5}
    assert held_out(experiments, outside) is None
    holdouts.delete(holdout)
    for experiment in (*inside, archived):
        left = experiments.get(experiment)
        assert (left["status"], left["holdout_id"]) == (experiment["status"], None)
        assert left["feature_flag"]["filters"]["holdout"] is None


def test_a_deleted_experiment_comes_back_without_a_holdout_that_is_gone(
    holdouts: Resource, experiments: Experiments
) -> None:
    holdout = holdouts.create()
    experiment = experiments.create(holdout_id=holdout["id"])
    experiments.patch(experiment, deleted=True)
    holdouts.delete(holdout)
    back = experiments.patch(experiment, deleted=False)
    assert (back["holdout"], back["feature_flag"]["filters"]["holdout"]) == (None, None)


def test_a_new_name_touches_no_flag(holdouts: Resource, experiments: Experiments) -> None:
    holdout = holdouts.create()
    experiment = experiments.create(holdout_id=holdout["id"])
    holdouts.patch(holdout, name="N", description="d")
    again = holdouts.patch(holdout, filters=[group(20), group(50)])
    after = experiments.get(experiment)
    assert after["feature_flag"]["version"] == experiment["feature_flag"]["version"]
    assert after["holdout"] == in_experiments(again)


def test_a_flag_that_was_there_is_not_written_for_a_holdout(
    holdouts: Resource, experiments: Experiments, flags: Flags
) -> None:
    flag = flags.create("mine", variants(control=50, test=50))
    holdout = holdouts.create()
    experiment = experiments.create(feature_flag_key="mine", holdout_id=holdout["id"])
    assert experiment["holdout_id"] == holdout["id"]
    assert experiment["feature_flag"]["filters"] == flag["filters"]
    assert experiment["feature_flag"]["version"] == flag["version"]


def test_experiments_that_share_a_flag_leave_each_other_their_holdout(
    holdouts: Resource, experiments: Experiments
) -> None:
    first, second = holdouts.create(), holdouts.create(filters=[group(7)])
    one = experiments.create(feature_flag_key="shared", holdout_id=first["id"])
    experiments.create(feature_flag_key="shared", holdout_id=second["id"])
    experiments.create(feature_flag_key="shared", holdout_id=first["id"])
    expected = {"id": first["id"], "exclusion_percentage": 20}
    holdouts.patch(second, filters=[group(8)])
    assert held_out(experiments, one) == expected
    holdouts.delete(second)
    assert held_out(experiments, one) == expected
    holdouts.patch(first, filters=[group(21)])
    assert held_out(experiments, one) == {**expected, "exclusion_percentage": 21}


def test_a_holdout_that_does_not_exist_cannot_be_named(experiments: Experiments) -> None:
    numbers: list[int | str] = [123456, "123456", 0, -1, 2**31, 2**62]
    for number in numbers:
        answer = experiments.post(name="E", feature_flag_key="e", holdout_id=number)
        detail = f'Invalid pk "{number}" - object does not exist.'
        assert refusal(answer) == ("does_not_exist", detail, "holdout_id")
    assert experiments.listed()["count"] == 0


def test_a_holdout_is_named_by_its_number(experiments: Experiments) -> None:
    values: list[object] = [True, "", "x", 1.5, {}, [1]]
    for value in values:
        answer = experiments.post(name="E", feature_flag_key="e", holdout_id=value)
        assert refusal(answer)[::2] == ("incorrect_type", "holdout_id")


def test_a_holdout_of_another_project_does_not_exist(
    holdouts: Resource, experiments: Experiments, stack: Stack
) -> None:
    holdout = holdouts.create()
    body = {"name": "Other"}
    other = made(stack.client.post("/api/projects/", json=body), status=201)
    path = f"/api/projects/{other['id']}/"
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        there = f"{path}experiment_holdouts/{holdout['id']}/"
        answer = stack.client.request(method, there, json={"name": "N"})
        assert refusal(answer, status=404) == ("not_found", "Not found.", None)
    assert made(stack.client.get(f"{path}experiment_holdouts/"))["count"] == 0
    body = {"name": "E", "feature_flag_key": "e", "holdout_id": holdout["id"]}
    answer = stack.client.post(f"{path}experiments/", json=body)
    assert refusal(answer)[0] == "does_not_exist"
    assert holdouts.get(holdout) == holdout
    assert experiments.listed()["count"] == 0


def test_an_unknown_number_and_an_odd_one_are_not_found(holdouts: Resource) -> None:
    for number in (99, 2**31, "x", -1):
        answer = holdouts.stack.client.get(holdouts.url({"id": number}))
        assert refusal(answer, status=404)[0] == "not_found"


def test_other_methods_are_not_allowed(holdouts: Resource) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        answer = holdouts.stack.client.request(method, holdouts.stack.url(holdouts.path))
        code, detail, _ = refusal(answer, status=405)
        assert (code, detail) == ("method_not_allowed", f'Method "{method}" not allowed.')
    answer = holdouts.stack.client.post(holdouts.url(holdouts.create()), json={})
    assert refusal(answer, status=405)[0] == "method_not_allowed"


def test_a_key_for_experiments_opens_holdouts_and_so_does_one_of_their_own(
    holdouts: Resource, stack: Stack
) -> None:
    for name in ("experiment", "experiment_holdout"):
        check_keys(holdouts, stack, name)


def check_keys(holdouts: Resource, stack: Stack, name: str) -> None:
    holdout = holdouts.create()
    reading = {"Authorization": f"Bearer {stack.key(scopes=(f'{name}:read',))}"}
    writing = {"Authorization": f"Bearer {stack.key(scopes=(f'{name}:write',))}"}
    ask = stack.anonymous.request
    for headers in (reading, writing):
        assert ask("GET", holdouts.url(holdout), headers=headers).status_code == 200
    for method in ("PATCH", "PUT", "DELETE"):
        answer = ask(method, holdouts.url(holdout), headers=reading, json={"name": "N"})
        assert refusal(answer, status=403)[1] == (
            "API key missing required scope 'experiment:write'"
        )
    body = {"name": "H", "filters": [group(1)]}
    made(ask("POST", stack.url(holdouts.path), headers=writing, json=body), status=201)
    assert ask("DELETE", holdouts.url(holdout), headers=writing).status_code == 204


def test_nobody_sees_holdouts_without_a_key(holdouts: Resource, stack: Stack) -> None:
    answer = stack.anonymous.get(stack.url(holdouts.path))
    assert refusal(answer, status=401)[0] == "not_authenticated"
    headers = {"Authorization": f"Bearer {stack.key(scopes=('feature_flag:read',))}"}
    answer = stack.anonymous.get(stack.url(holdouts.path), headers=headers)
    assert refusal(answer, status=403)[1] == "API key missing required scope 'experiment:read'"


def test_changes_of_holdouts_are_logged(holdouts: Resource, stack: Stack) -> None:
    holdout = holdouts.create()
    holdouts.patch(holdout, name="N")
    holdouts.patch(holdout, name="N")
    holdouts.delete(holdout)
    query: dict[str, str | int] = {"scope": "Experiment", "item_id": holdout["id"]}
    log = made(stack.client.get(stack.url("activity_log/"), params=query))["results"]
    entries = [entry for entry in log if entry["detail"]["type"] == "holdout"]
    assert [entry["activity"] for entry in entries] == ["deleted", "updated", "created"]
    (change,) = entries[1]["detail"]["changes"]
    assert (change["field"], change["before"], change["after"]) == ("name", "First quarter", "N")
    assert entries[2]["detail"]["name"] == "First quarter"


def test_those_who_are_held_out_are_served_the_holdout(
    holdouts: Resource, experiments: Experiments, stack: Stack
) -> None:
    holdout = holdouts.create(filters=[group(100)])
    experiment = experiments.launched(holdout_id=holdout["id"])
    key = experiment["feature_flag_key"]
    body = {"api_key": stack.project.api_token, "distinct_id": "ada"}

    def served() -> object:
        return made(stack.anonymous.post("/flags/?v=2", json=body))["flags"][key]["variant"]

    assert served() == f"holdout-{holdout['id']}"
    holdouts.delete(holdout)
    assert served() in ("control", "test")


def test_units_held_out_are_counted_apart_when_they_are_asked_for(
    holdouts: Resource, experiments: Experiments, stack: Stack
) -> None:
    holdout = holdouts.create()
    experiment = experiments.launched(holdout_id=holdout["id"])
    variant = f"holdout-{holdout['id']}"
    seen = [("a", "control"), ("b", "test"), ("c", variant), ("d", variant), ("d", "control")]
    for person, answer in seen:
        event = {
            "event": "$feature_flag_called",
            "distinct_id": person,
            "properties": {
                "$feature_flag": experiment["feature_flag_key"],
                "$feature_flag_response": answer,
            },
        }
        body = {"api_key": stack.project.api_token, **event}
        assert stack.anonymous.post("/capture/", json=body).status_code == 200
    query = {
        "kind": "ExperimentExposureQuery",
        "experiment_id": experiment["id"],
        "feature_flag": experiment["feature_flag"],
        "start_date": experiment["start_date"],
    }

    def totals(**more: object) -> Json:
        asked = {"query": {**query, **more}}
        answer: Json = made(stack.client.post(stack.url("query/"), json=asked))
        series = {line["variant"]: line["exposure_counts"][-1] for line in answer["timeseries"]}
        assert series == answer["total_exposures"]
        return series

    assert totals(holdout=None) == {"control": 2, "test": 1}
    assert totals(holdout=experiment["holdout"]) == {"control": 2, "test": 1, variant: 2}
