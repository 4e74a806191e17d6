from dataclasses import replace

import pytest

from splitplot.accounts.access import AccessLevel, AccessRule, Resource
from splitplot.accounts.model import OrganizationId, Project
from splitplot.experiments.lifecycle.parameters import TOO_FEW_VARIANTS
from splitplot.experiments.model import ExperimentId
from splitplot.filters.model import Properties
from tests.api.management import (
    Experiments,
    Flags,
    Json,
    broken_rule,
    made,
    mean_metric,
    refusal,
    variants,
)
from tests.api.people import acting_as, add_user
from tests.api.stack import Stack
from tests.factories import a_project, a_uuid, an_organization

pytestmark = pytest.mark.both_databases

LEGACY: Properties = {"kind": "ExperimentTrendsQuery", "count_query": {"series": []}}
# What a copy says anew, and nothing else.
OF_ITS_OWN = {
    "id",
    "name",
    "start_date",
    "status",
    "created_at",
    "updated_at",
    "metrics",
    "metrics_secondary",
}


def unprinted(metrics: list[Json]) -> list[Json]:
    return [{key: value for key, value in one.items() if key != "fingerprint"} for one in metrics]


def make_legacy(stack: Stack, experiment: Json) -> None:
    """Gives it a metric of a kind that can no longer be made."""
    with stack.platform.stores.metadata.transaction() as repositories:
        found = repositories.experiments.find(stack.project.id, ExperimentId(experiment["id"]))
        assert found is not None
        repositories.experiments.save(replace(found, metrics=(LEGACY,)))


def test_case_52_a_duplicate_is_a_draft_on_the_same_flag(experiments: Experiments) -> None:
    source = experiments.launched(
        name="A",
        description="why",
        parameters={"minimum_detectable_effect": 20},
        metrics=[mean_metric(uuid="primary")],
        metrics_secondary=[mean_metric("refund", uuid="secondary")],
        stats_config={"method": "frequentist"},
        scheduling_config={"timeseries": True},
        exposure_criteria={"filterTestAccounts": False},
        filters={"events": [{"id": "purchase"}]},
    )
    copy = experiments.act(source, "duplicate")
    assert (copy["name"], copy["status"], copy["start_date"]) == ("A (Copy)", "draft", None)
    assert {key for key in source if source[key] != copy[key]} == OF_ITS_OWN
    for key in ("metrics", "metrics_secondary"):
        assert unprinted(copy[key]) == unprinted(source[key])
        assert copy[key][0]["fingerprint"] != source[key][0]["fingerprint"]
    assert experiments.act(source, "duplicate")["name"] == "A (Copy) 1"
    assert experiments.act(source, "duplicate")["name"] == "A (Copy) 2"
    assert experiments.get(copy) == copy


def test_case_53_a_duplicate_takes_another_flag_or_makes_one(
    experiments: Experiments, flags: Flags
) -> None:
    source = experiments.create(
        feature_flag_key="source", parameters={"feature_flag_variants": variants(control=40, b=60)}
    )
    flags.create("three", variants(control=20, a=30, b=50))
    on_three = experiments.act(source, "duplicate", feature_flag_key="three")
    assert on_three["feature_flag_key"] == "three"
    split = [
        (one["key"], one["rollout_percentage"])
        for one in on_three["parameters"]["feature_flag_variants"]
    ]
    assert split == [("control", 20), ("a", 30), ("b", 50)]
    on_new = experiments.act(source, "duplicate", feature_flag_key="unused", name="Mine")
    flag = on_new["feature_flag"]
    assert (on_new["name"], flag["key"], flag["active"]) == ("Mine", "unused", False)
    assert flag["name"] == "Feature Flag for Experiment Mine"
    keys = [(one["key"], one["rollout_percentage"]) for one in _variants(flag)]
    assert keys == [("control", 40), ("b", 60)]


def _variants(flag: Json) -> list[Json]:
    found: list[Json] = flag["filters"]["multivariate"]["variants"]
    return found


def test_what_became_of_an_experiment_is_not_copied(experiments: Experiments) -> None:
    source = experiments.launched(name="A")
    experiments.act(source, "end", conclusion="won", conclusion_comment="at last")
    source = experiments.act(source, "archive")
    copy = experiments.act(source, "duplicate", feature_flag_key=None, name=None)
    assert (copy["archived"], copy["deleted"], copy["end_date"]) == (False, False, None)
    assert (copy["conclusion"], copy["conclusion_comment"]) == (None, None)
    experiments.act(copy, "launch")
    # The name of an archived experiment is taken, that of a deleted one is free.
    assert experiments.act(source, "duplicate")["name"] == "A (Copy) 1"
    experiments.patch(copy, deleted=True)
    assert experiments.act(source, "duplicate")["name"] == "A (Copy)"


def test_the_creator_of_a_copy_is_whoever_copies(experiments: Experiments) -> None:
    stack = experiments.stack
    source = experiments.create()
    with stack.platform.stores.metadata.transaction() as repositories:
        found = repositories.experiments.find(stack.project.id, ExperimentId(source["id"]))
        assert found is not None
        repositories.experiments.save(replace(found, created_by_id=None))
    assert experiments.get(source)["created_by"] is None
    assert experiments.act(source, "duplicate")["created_by"]["id"] == stack.user.id


def test_a_long_name_leaves_room_for_the_number(experiments: Experiments) -> None:
    source = experiments.create(name="x" * 400)
    names = [experiments.act(source, "duplicate")["name"] for _ in range(2)]
    assert names == [f"{'x' * 385} (Copy)", f"{'x' * 385} (Copy) 1"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"feature_flag_key": " "}, ("blank", "This field may not be blank.", "feature_flag_key")),
        ({"feature_flag_key": []}, ("invalid_input", "Not a valid string.", "feature_flag_key")),
        ({"name": ""}, ("blank", "This field may not be blank.", "name")),
        (
            {"name": "n" * 401},
            ("max_length", "Ensure this field has no more than 400 characters.", "name"),
        ),
        (
            {"feature_flag_key": "no key!"},
            (
                "invalid_key",
                "Only letters, numbers, hyphens (-) & underscores (_) are allowed.",
                "key",
            ),
        ),
        (
            {"feature_flag_key": "boolean"},
            (
                "invalid_input",
                TOO_FEW_VARIANTS,
                None,
            ),
        ),
        (
            {"feature_flag_key": "no-control"},
            ("invalid_input", "Feature flag must have a variant with key 'control'", None),
        ),
    ],
)
def test_a_duplicate_that_is_refused_leaves_nothing_behind(
    experiments: Experiments, flags: Flags, body: Json, expected: tuple[str, str, str | None]
) -> None:
    source = experiments.create()
    flags.create("boolean")
    flags.create("no-control", variants(a=50, b=50))
    before = flags.listed()["count"], experiments.listed()["count"]
    assert refusal(experiments.try_act(source, "duplicate", **body)) == expected
    assert (flags.listed()["count"], experiments.listed()["count"]) == before


def test_legacy_metrics_are_not_copied(experiments: Experiments) -> None:
    source = experiments.create()
    make_legacy(experiments.stack, source)
    answer = experiments.try_act(source, "duplicate")
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "Duplication is not supported for experiments using legacy metrics."
    }
    answer = experiments.try_act(source, "copy_to_project", target_team_id=1)
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "Copying is not supported for experiments using legacy metrics."
    }


@pytest.mark.parametrize("action", ["duplicate", "copy_to_project"])
def test_what_is_not_there_is_not_copied(experiments: Experiments, action: str) -> None:
    gone = experiments.create()
    experiments.patch(gone, deleted=True)
    for source in (gone, {"id": 999}):
        answer = experiments.try_act(source, action, target_team_id=experiments.stack.project.id)
        assert refusal(answer, status=404) == ("not_found", "Not found.", None)


@pytest.mark.parametrize("action", ["duplicate", "copy_to_project"])
def test_copies_are_asked_for_by_writers_with_post(experiments: Experiments, action: str) -> None:
    stack, source = experiments.stack, experiments.create()
    url = f"{experiments.url(source)}{action}/"
    reading = {"Authorization": f"Bearer {stack.key(scopes=('experiment:read',))}"}
    assert refusal(stack.anonymous.post(url, headers=reading), status=403)[1] == (
        "API key missing required scope 'experiment:write'"
    )
    assert refusal(stack.anonymous.post(url), status=401)[0] == "not_authenticated"
    assert refusal(stack.client.get(url), status=405) == (
        "method_not_allowed",
        'Method "GET" not allowed.',
        None,
    )


# Other projects


@pytest.fixture
def sister(stack: Stack) -> Project:
    """Another project of the owner's organization."""
    return _another(stack, stack.project.organization_id, "phc_sister")


def _another(stack: Stack, organization_id: OrganizationId, token: str) -> Project:
    with stack.platform.stores.metadata.transaction() as repositories:
        return repositories.accounts.add_project(
            a_project(api_token=token, organization_id=organization_id), secret_hash=token
        )


def _of(stack: Stack, project: Project) -> Experiments:
    return Experiments(stack=_in_project(stack, project))


def _in_project(stack: Stack, project: Project) -> Stack:
    """The stack, its paths leading to another project."""
    return replace(stack, installation=replace(stack.installation, project=project))


def test_a_copy_in_another_project_has_a_flag_there(
    experiments: Experiments, sister: Project
) -> None:
    source = experiments.launched(
        name="A", feature_flag_key="checkout", metrics=[mean_metric(uuid="m")]
    )
    answer = experiments.try_act(source, "copy_to_project", target_team_id=sister.id)
    copy = made(answer, status=201)
    assert (copy["name"], copy["status"]) == ("A (Copy)", "draft")
    flag = copy["feature_flag"]
    assert (flag["key"], flag["team_id"], flag["active"]) == ("checkout", sister.id, False)
    assert flag["id"] != source["feature_flag"]["id"]
    there = _of(experiments.stack, sister)
    assert there.get(copy) == copy
    # The flag that is there now is taken; names count where the copy goes.
    again = made(
        experiments.try_act(source, "copy_to_project", target_team_id=sister.id), status=201
    )
    assert (again["name"], again["feature_flag"]["id"]) == ("A (Copy) 1", flag["id"])
    assert experiments.act(source, "duplicate")["name"] == "A (Copy)"
    assert experiments.listed()["count"] == 2


def test_a_copy_in_another_project_may_have_a_name_and_a_key(
    experiments: Experiments, sister: Project
) -> None:
    source = experiments.create()
    body = {"target_team_id": str(sister.id), "name": "Theirs", "feature_flag_key": "theirs"}
    copy = made(experiments.try_act(source, "copy_to_project", **body), status=201)
    assert (copy["name"], copy["feature_flag_key"]) == ("Theirs", "theirs")


def test_a_copy_needs_a_project_to_go_to(experiments: Experiments) -> None:
    source = experiments.create()
    assert refusal(experiments.try_act(source, "copy_to_project")) == (
        "required",
        "This field is required.",
        "target_team_id",
    )
    answer = experiments.try_act(source, "copy_to_project", target_team_id="there")
    assert refusal(answer) == ("invalid_input", "A valid integer is required.", "target_team_id")


def test_a_copy_stays_in_the_organization(experiments: Experiments) -> None:
    stack, source = experiments.stack, experiments.create()
    foreign = OrganizationId(a_uuid("foreign"))
    with stack.platform.stores.metadata.transaction() as repositories:
        repositories.accounts.add_organization(an_organization(id=foreign))
    for target in (_another(stack, foreign, "phc_foreign").id, 999, -1):
        answer = experiments.try_act(source, "copy_to_project", target_team_id=target)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Target team not found."})


def test_a_copy_needs_write_access_to_the_other_project(
    experiments: Experiments, sister: Project
) -> None:
    stack, source = experiments.stack, experiments.create()
    key = stack.key(scopes=("experiment:write",), projects=(stack.project.id,))
    answer = stack.anonymous.post(
        f"{experiments.url(source)}copy_to_project/",
        json={"target_team_id": sister.id},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 403
    assert answer.json() == {"detail": "You do not have write access to the target project."}
    assert _of(stack, sister).listed()["count"] == 0


def test_a_flag_there_that_does_not_fit_is_refused(
    experiments: Experiments, sister: Project
) -> None:
    stack = experiments.stack
    source = experiments.create(feature_flag_key="checkout")
    Flags(stack=_in_project(stack, sister)).create("checkout", variants(a=50, b=50))
    answer = experiments.try_act(source, "copy_to_project", target_team_id=sister.id)
    assert broken_rule(answer) == "Feature flag must have a variant with key 'control'"


def test_rules_of_the_other_project_count(experiments: Experiments, sister: Project) -> None:
    stack, source = experiments.stack, experiments.create()
    grace = add_user(stack, "grace")
    url, body = f"{experiments.url(source)}copy_to_project/", {"target_team_id": sister.id}
    rule = AccessRule(
        project_id=sister.id,
        resource=Resource.EXPERIMENT,
        object_id=None,
        level=AccessLevel.VIEWER,
        user_id=grace.id,
    )
    with acting_as(stack, grace) as client:
        assert client.post(url, json=body).status_code == 201
        with stack.platform.stores.metadata.transaction() as repositories:
            repositories.access_rules.put(rule)
        answer = client.post(url, json=body)
    assert answer.status_code == 403
    assert answer.json() == {"detail": "You do not have write access to the target project."}


# What is shared


def test_shared_metrics_go_along_inside_a_project_and_not_to_another(
    experiments: Experiments, sister: Project
) -> None:
    stack = experiments.stack
    body = {"name": "Shared", "query": mean_metric(uuid="shared")}
    shared = made(stack.client.post(stack.url("experiment_saved_metrics/"), json=body), status=201)
    links = [{"id": shared["id"], "metadata": {"type": "secondary", "note": "x"}}]
    source = experiments.launched(metrics=[mean_metric(uuid="own")], saved_metrics_ids=links)
    copy = experiments.act(source, "duplicate")
    assert copy["saved_metrics_ids"] == links
    (link,) = copy["saved_metrics"]
    assert (link["experiment"], link["name"]) == (copy["id"], "Shared")
    assert link["id"] != source["saved_metrics"][0]["id"]
    assert copy["secondary_metrics_ordered_uuids"] == ["shared"]
    assert experiments.get(source)["saved_metrics_ids"] == links
    answer = experiments.try_act(source, "copy_to_project", target_team_id=sister.id)
    moved = made(answer, status=201)
    assert (moved["saved_metrics"], moved["secondary_metrics_ordered_uuids"]) == ([], [])
    assert moved["primary_metrics_ordered_uuids"] == ["own"]


def test_a_holdout_is_not_copied(experiments: Experiments) -> None:
    stack = experiments.stack
    groups = [{"properties": [], "rollout_percentage": 20, "variant": "holdout"}]
    body = {"name": "Held", "filters": groups}
    holdout = made(stack.client.post(stack.url("experiment_holdouts/"), json=body), status=201)
    source = experiments.create(holdout_id=holdout["id"])
    copy = experiments.act(source, "duplicate", feature_flag_key="other")
    assert (copy["holdout"], copy["holdout_id"]) == (None, None)
    assert copy["feature_flag"]["filters"]["holdout"] is None
