"""Making projects, and keeping what belongs to one from the others."""

from splitplot.accounts.model import MembershipLevel
from tests.api.management import Experiments, made
from tests.api.people import (
    acting_as,
    add_organization,
    add_user,
    forbidden,
    invalid,
    not_found,
    refused,
)
from tests.api.stack import Stack


def test_an_administrator_makes_another_project(stack: Stack) -> None:
    carol = add_user(stack, "carol", level=MembershipLevel.ADMIN)
    with acting_as(stack, carol) as client:
        body = {"name": "Second", "timezone": "Asia/Tokyo", "flags_persistence_default": True}
        project = made(client.post("/api/projects/", json=body), status=201)
        secret = project.pop("secret_api_token")
        assert {name: project[name] for name in body} == body
        assert project["organization"] == str(stack.project.organization_id)
        assert project["user_access_level"] == "manager"
        assert made(client.get(f"/api/projects/{project['id']}/")) == project
        assert made(client.get("/api/projects/"))["count"] == 2
    assert stack.platform.accounts.find_by_project_secret(secret) is not None
    snapshot = stack.platform.stores.flag_source.find(project["api_token"])
    assert snapshot is not None, "it is served at once"


def test_a_project_has_a_name(stack: Stack) -> None:
    assert refused(stack.client.post("/api/projects/", json={})) == invalid(
        "required", "This field is required.", "name"
    )
    blank = stack.client.post("/api/projects/", json={"name": " "})
    assert refused(blank) == invalid("blank", "This field may not be blank.", "name")
    wrong = stack.client.post("/api/projects/", json={"name": "X", "timezone": "Mars/Olympus"})
    assert refused(wrong).attr == "timezone"
    assert made(stack.client.get("/api/projects/"))["count"] == 1


def test_making_a_project_needs_the_scope_and_no_narrowing(stack: Stack) -> None:
    reader = {"Authorization": f"Bearer {stack.key(scopes=('project:read',))}"}
    body = {"name": "Second"}
    assert refused(stack.anonymous.post("/api/projects/", headers=reader, json=body)) == forbidden(
        "API key missing required scope 'project:write'"
    )
    narrow = {"Authorization": f"Bearer {stack.key(projects=(stack.project.id,))}"}
    assert refused(stack.anonymous.post("/api/projects/", headers=narrow, json=body)) == forbidden(
        "API keys with scoped projects are only supported on project-based endpoints."
    )


def test_what_belongs_to_one_project_is_not_found_in_another(
    stack: Stack, experiments: Experiments
) -> None:
    experiment = experiments.create()
    second = made(stack.client.post("/api/projects/", json={"name": "Second"}), status=201)
    there = f"/api/projects/{second['id']}/"
    flag_id = experiment["feature_flag"]["id"]
    for path in (f"experiments/{experiment['id']}/", f"feature_flags/{flag_id}/"):
        assert refused(stack.client.get(there + path)) == not_found()
        assert refused(stack.client.patch(there + path, json={"name": "X"})) == not_found()
    for path in ("experiments/", "feature_flags/"):
        assert made(stack.client.get(there + path))["results"] == []
    assert experiments.get(experiment) == experiment


def test_what_belongs_to_strangers_is_closed(stack: Stack) -> None:
    theirs = add_organization(stack)
    closed = forbidden("You don't have access to the project.")
    for path in ("", "experiments/", "experiments/1/", "feature_flags/", "access_controls/"):
        assert refused(stack.client.get(f"/api/projects/{theirs.id}/{path}")) == closed
    listed = made(stack.client.get("/api/projects/"))["results"]
    assert [project["id"] for project in listed] == [stack.project.id]


def test_new_experiments_count_matured_units_where_the_project_says_so(
    stack: Stack, experiments: Experiments
) -> None:
    assert experiments.create()["only_count_matured_users"] is False
    stack.client.patch(stack.url(), json={"default_only_count_matured_users": True})
    assert experiments.create()["only_count_matured_users"] is True
    assert experiments.create(only_count_matured_users=False)["only_count_matured_users"] is False


def test_a_project_gets_another_secret_and_the_one_before_is_worth_nothing(stack: Stack) -> None:
    path = stack.url("rotate_secret_token/")
    with acting_as(stack, add_user(stack, "bob")) as client:
        assert refused(client.patch(path)) == forbidden(
            "You do not have manager access to this resource."
        )
    secret = made(stack.client.patch(path))["secret_api_token"]
    assert secret.startswith("phs_")
    find = stack.platform.accounts.find_by_project_secret
    assert find(stack.secret_key) is None
    found = find(secret)
    assert found is not None
    assert found.project_secret_of == stack.project.id
