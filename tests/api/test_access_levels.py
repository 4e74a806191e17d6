"""Access rules: who sees and changes which objects."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest

from splitplot.accounts.model import MembershipLevel, User
from tests.api.management import Experiments, Flags, Json, made, mean_metric
from tests.api.people import (
    PASSWORD,
    Refusal,
    acting_as,
    add_organization,
    add_user,
    forbidden,
    invalid,
    refused,
    signed_in,
)
from tests.api.stack import Stack

ROLES = "/api/organizations/@current/roles/"


@pytest.fixture
def bob(stack: Stack) -> User:
    """A member without any special right."""
    return add_user(stack, "bob")


@pytest.fixture
def as_bob(stack: Stack, bob: User) -> Iterator[httpx.Client]:
    with acting_as(stack, bob) as client:
        yield client


def rule(stack: Stack, resource: str, level: str | None, **body: object) -> Json:
    sent = {"resource": resource, "access_level": level} | body
    return made(stack.client.put(stack.url("access_controls/"), json=sent))


def too_low(level: str) -> Refusal:
    return forbidden(f"You do not have {level} access to this resource.")


def names(stack: Stack, client: httpx.Client) -> list[str]:
    page = made(client.get(stack.url("experiments/")))
    assert page["count"] == len(page["results"])
    return [one["name"] for one in page["results"]]


def test_without_rules_members_edit_and_creators_and_administrators_manage(
    stack: Stack, as_bob: httpx.Client, experiments: Experiments
) -> None:
    theirs = experiments.create()
    body = {"name": "Mine", "feature_flag_key": "mine"}
    own = made(as_bob.post(stack.url("experiments/"), json=body), status=201)

    assert theirs["user_access_level"] == "manager"
    assert made(as_bob.get(experiments.url(theirs)))["user_access_level"] == "editor"
    assert own["user_access_level"] == "manager"
    assert made(stack.client.get(experiments.url(own)))["user_access_level"] == "manager"
    assert made(as_bob.get(stack.url()))["user_access_level"] == "editor"


@pytest.mark.parametrize("resource", ["experiment", "project"])
def test_a_viewer_reads_and_changes_nothing(
    stack: Stack, as_bob: httpx.Client, experiments: Experiments, resource: str
) -> None:
    experiment = experiments.create()
    url = experiments.url(experiment)
    rule(stack, resource, "viewer")

    assert made(as_bob.get(url))["user_access_level"] == "viewer"
    assert names(stack, as_bob) == [experiment["name"]]
    body = {"name": "New", "feature_flag_key": "new"}
    for answer in (
        as_bob.patch(url, json={"name": "New"}),
        as_bob.post(f"{url}launch/"),
        as_bob.delete(url),
        as_bob.post(stack.url("experiments/"), json=body),
    ):
        assert refused(answer) == too_low("editor")
    assert made(stack.client.get(url))["name"] == experiment["name"]


def test_rules_hold_in_the_browser_too(stack: Stack, bob: User, experiments: Experiments) -> None:
    experiment = experiments.create()
    rule(stack, "experiment", "viewer", organization_member=str(bob.uuid))
    with signed_in(stack, "bob@example.com", PASSWORD) as client:
        assert client.get(experiments.url(experiment)).status_code == 200
        answer = client.patch(experiments.url(experiment), json={"name": "New"})
        assert refused(answer) == too_low("editor")


def test_a_rule_for_one_object_holds_for_that_one(
    stack: Stack, as_bob: httpx.Client, experiments: Experiments
) -> None:
    locked, free = experiments.create(), experiments.create()
    rule(stack, "experiment", "viewer", resource_id=locked["id"])

    assert refused(as_bob.patch(experiments.url(locked), json={"name": "X"})) == too_low("editor")
    assert as_bob.patch(experiments.url(free), json={"name": "X"}).status_code == 200


def test_what_somebody_has_no_access_to_is_not_in_lists_and_not_shown(
    stack: Stack, as_bob: httpx.Client, experiments: Experiments, flags: Flags
) -> None:
    hidden, shown = experiments.create(), experiments.create()
    rule(stack, "experiment", "none", resource_id=hidden["id"])
    flag = flags.create("hidden")
    rule(stack, "feature_flag", "none", resource_id=flag["id"])

    assert names(stack, as_bob) == [shown["name"]]
    assert refused(as_bob.get(experiments.url(hidden))) == too_low("viewer")
    assert names(stack, stack.client) == [shown["name"], hidden["name"]]
    listed = made(as_bob.get(stack.url("feature_flags/")))
    assert [one["key"] for one in listed["results"]] == [
        shown["feature_flag_key"],
        hidden["feature_flag_key"],
    ]
    assert listed["count"] == 2
    assert refused(as_bob.get(flags.url(flag))) == too_low("viewer")


def test_flags_are_listed_with_the_callers_level(
    stack: Stack, as_bob: httpx.Client, flags: Flags
) -> None:
    flag = flags.create("checkout")
    rule(stack, "feature_flag", "viewer")
    seen = made(as_bob.get(flags.url(flag)))
    assert (seen["user_access_level"], seen["can_edit"]) == ("viewer", False)
    assert refused(as_bob.patch(flags.url(flag), json={"active": False})) == too_low("editor")


def test_one_object_is_opened_while_the_others_are_closed(
    stack: Stack, as_bob: httpx.Client, bob: User, experiments: Experiments
) -> None:
    opened, closed = experiments.create(), experiments.create()
    rule(stack, "experiment", "none")
    assert refused(as_bob.get(stack.url("experiments/"))) == too_low("viewer")

    member = str(bob.uuid)
    rule(stack, "experiment", "editor", resource_id=opened["id"], organization_member=member)

    assert names(stack, as_bob) == [opened["name"]]
    assert as_bob.patch(experiments.url(opened), json={"description": "x"}).status_code == 200
    assert refused(as_bob.get(experiments.url(closed))) == too_low("viewer")
    body = {"name": "New", "feature_flag_key": "new"}
    assert refused(as_bob.post(stack.url("experiments/"), json=body)) == too_low("editor")


def test_a_grant_on_one_experiment_does_not_open_holdouts(
    stack: Stack, as_bob: httpx.Client, bob: User, experiments: Experiments
) -> None:
    opened = experiments.create()
    rule(stack, "experiment", "none")
    member = str(bob.uuid)
    rule(stack, "experiment", "editor", resource_id=opened["id"], organization_member=member)
    assert refused(as_bob.get(stack.url("experiment_holdouts/"))) == too_low("viewer")


def test_who_made_an_object_keeps_it_whatever_the_rules_say(
    stack: Stack, as_bob: httpx.Client, experiments: Experiments
) -> None:
    experiments.create()
    body = {"name": "Mine", "feature_flag_key": "mine"}
    own = made(as_bob.post(stack.url("experiments/"), json=body), status=201)
    rule(stack, "experiment", "viewer")
    rule(stack, "experiment", "none", resource_id=own["id"])

    assert made(as_bob.get(experiments.url(own)))["user_access_level"] == "manager"
    assert as_bob.patch(experiments.url(own), json={"name": "Still mine"}).status_code == 200
    assert "Still mine" in names(stack, as_bob)


def test_a_role_gives_its_members_access(
    stack: Stack, as_bob: httpx.Client, bob: User, experiments: Experiments
) -> None:
    experiment = experiments.create()
    role = made(
        stack.client.post(ROLES, json={"name": "Editors", "members": [str(bob.uuid)]}), status=201
    )
    rule(stack, "experiment", "viewer")
    rule(stack, "experiment", "editor", role=role["id"])
    url = experiments.url(experiment)
    assert as_bob.patch(url, json={"name": "Theirs"}).status_code == 200

    stack.client.patch(f"{ROLES}{role['id']}/", json={"members": []})
    assert refused(as_bob.patch(url, json={"name": "X"})) == too_low("editor")


def test_a_rule_for_somebody_counts_before_one_for_everybody(
    stack: Stack, as_bob: httpx.Client, bob: User, experiments: Experiments
) -> None:
    url = experiments.url(experiments.create())
    rule(stack, "experiment", "none")
    rule(stack, "experiment", "editor", organization_member=str(bob.uuid))
    assert as_bob.patch(url, json={"name": "X"}).status_code == 200
    carol = add_user(stack, "carol")
    with acting_as(stack, carol) as client:
        assert refused(client.get(url)) == too_low("viewer")


def test_a_closed_project_is_not_there_for_those_without_access(
    stack: Stack, as_bob: httpx.Client, bob: User, experiments: Experiments
) -> None:
    closed = forbidden("You don't have access to the project.")
    url = experiments.url(experiments.create())
    rule(stack, "project", "none")

    for address in (stack.url(), url, stack.url("experiments/"), stack.url("access_controls/")):
        assert refused(as_bob.get(address)) == closed
    assert made(as_bob.get("/api/projects/"))["results"] == []
    assert made(as_bob.get("/api/users/@me/"))["team"] is None
    moved = as_bob.patch("/api/users/@me/", json={"set_current_team": stack.project.id})
    assert refused(moved).code == "does_not_exist"

    rule(stack, "project", "editor", organization_member=str(bob.uuid))
    assert as_bob.get(url).status_code == 200
    assert made(as_bob.get("/api/projects/"))["count"] == 1


def test_administrators_are_above_the_rules(stack: Stack, experiments: Experiments) -> None:
    carol = add_user(stack, "carol", level=MembershipLevel.ADMIN)
    url = experiments.url(experiments.create())
    rule(stack, "project", "none")
    rule(stack, "experiment", "none", organization_member=str(carol.uuid))
    with acting_as(stack, carol) as client:
        assert made(client.get(url))["user_access_level"] == "manager"


def test_results_of_an_experiment_out_of_reach_are_not_told(
    stack: Stack, as_bob: httpx.Client, experiments: Experiments
) -> None:
    hidden, shown = experiments.launched(), experiments.launched()
    rule(stack, "experiment", "none")
    rule(stack, "experiment", "viewer", resource_id=shown["id"])

    def ask(experiment: Json) -> httpx.Response:
        query = {
            "kind": "ExperimentQuery",
            "experiment_id": experiment["id"],
            "metric": mean_metric(),
        }
        return as_bob.post(stack.url("query/"), json={"query": query})

    assert ask(shown).status_code == 200
    assert refused(ask(hidden)) == too_low("viewer")


def test_flags_out_of_reach_are_not_told_to_sdks_either(
    stack: Stack, as_bob: httpx.Client, flags: Flags
) -> None:
    flags.create("secret-plan")
    path = f"/api/feature_flag/local_evaluation/?token={stack.project.api_token}"
    rule(stack, "feature_flag", "none")
    assert as_bob.get(path).status_code == 403
    rule(stack, "feature_flag", "viewer")
    assert as_bob.get(path).status_code == 200


# -- the rules themselves ------------------------------------------------------------


def test_rules_are_listed_replaced_and_taken_away(
    stack: Stack, bob: User, experiments: Experiments
) -> None:
    experiment = experiments.create()
    member = str(bob.uuid)
    shown = rule(stack, "experiment", "viewer", organization_member=member)
    assert shown == {
        "access_controls": [
            {
                "resource": "experiment",
                "resource_id": None,
                "access_level": "viewer",
                "organization_member": member,
                "role": None,
            }
        ],
        "available_resources": [
            "project",
            "experiment",
            "experiment_saved_metric",
            "feature_flag",
            "cohort",
            "action",
            "person",
            "activity_log",
        ],
        "available_access_levels": ["none", "viewer", "editor", "manager"],
        "default_access_level": "editor",
        "user_access_level": "manager",
        "user_can_edit_access_levels": True,
    }
    rule(stack, "experiment", "editor", organization_member=member)
    rule(stack, "experiment", "none", resource_id=experiment["id"])
    rule(stack, "feature_flag", "viewer")

    def listed(**query: str | int) -> list[tuple[str, int | None, str]]:
        found = made(stack.client.get(stack.url("access_controls/"), params=query))
        return [
            (r["resource"], r["resource_id"], r["access_level"]) for r in found["access_controls"]
        ]

    every = [
        ("experiment", None, "editor"),
        ("experiment", experiment["id"], "none"),
        ("feature_flag", None, "viewer"),
    ]
    assert listed() == every
    assert listed(resource="experiment") == every[:1]
    assert listed(resource="experiment", resource_id=experiment["id"]) == every[1:2]
    rule(stack, "experiment", None, organization_member=member)
    assert listed() == every[1:]
    rule(stack, "experiment", None, organization_member=member)
    assert listed() == every[1:]


def test_members_see_the_rules_and_only_managers_make_them(
    stack: Stack, as_bob: httpx.Client, bob: User
) -> None:
    seen = made(as_bob.get(stack.url("access_controls/")))
    assert (seen["user_access_level"], seen["user_can_edit_access_levels"]) == ("editor", False)
    sent = {"resource": "experiment", "access_level": "manager"}
    assert refused(as_bob.put(stack.url("access_controls/"), json=sent)) == too_low("manager")

    rule(stack, "project", "manager", organization_member=str(bob.uuid))
    assert as_bob.put(stack.url("access_controls/"), json=sent).status_code == 200


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"resource": None}, invalid("null", "This field may not be null.", "resource")),
        (
            {"resource": "insight"},
            invalid("invalid_choice", '"insight" is not a valid choice.', "resource"),
        ),
        (
            {"access_level": "owner"},
            invalid("invalid_choice", '"owner" is not a valid choice.', "access_level"),
        ),
        (
            {"resource_id": "x"},
            invalid("invalid_input", "A valid integer is required.", "resource_id"),
        ),
        (
            {"resource_id": 999},
            invalid("does_not_exist", 'Invalid pk "999" - object does not exist.', "resource_id"),
        ),
        (
            {"resource": "cohort", "resource_id": 1},
            invalid(
                "invalid_input",
                "Rules for single objects are not supported for cohort.",
                "resource_id",
            ),
        ),
        (
            {"organization_member": "x"},
            invalid("invalid_input", '"x" is not a valid UUID.', "organization_member"),
        ),
        (
            {"organization_member": str(UUID(int=3))},
            invalid(
                "does_not_exist",
                f'Invalid pk "{UUID(int=3)}" - object does not exist.',
                "organization_member",
            ),
        ),
        (
            {"role": str(UUID(int=3))},
            invalid(
                "does_not_exist", f'Invalid pk "{UUID(int=3)}" - object does not exist.', "role"
            ),
        ),
        (
            {"role": str(UUID(int=404)), "organization_member": str(UUID(int=404))},
            invalid("invalid_input", "A rule is for a member or for a role, not for both.", "role"),
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_not_made(stack: Stack, body: Json, refusal: Refusal) -> None:
    sent = {"resource": "experiment", "access_level": "viewer"} | body
    assert refused(stack.client.put(stack.url("access_controls/"), json=sent)) == refusal
    assert made(stack.client.get(stack.url("access_controls/")))["access_controls"] == []


@pytest.mark.parametrize("name", ["resource", "access_level"])
def test_a_rule_says_of_what_and_how_far(stack: Stack, name: str) -> None:
    sent = {"resource": "experiment", "access_level": "viewer"}
    del sent[name]
    assert refused(stack.client.put(stack.url("access_controls/"), json=sent)) == invalid(
        "required", "This field is required.", name
    )


def test_a_rule_is_not_for_strangers_nor_for_their_objects(
    stack: Stack, experiments: Experiments
) -> None:
    other = add_organization(stack, of=stack.user)
    experiment = experiments.create()
    there = f"/api/projects/{other.id}/access_controls/"
    bob = add_user(stack, "bob")
    for body, attr in (
        ({"resource_id": experiment["id"]}, "resource_id"),
        ({"organization_member": str(bob.uuid)}, "organization_member"),
    ):
        sent = {"resource": "experiment", "access_level": "viewer"} | body
        answer = refused(stack.client.put(there, json=sent))
        assert (answer.code, answer.attr) == ("does_not_exist", attr)


@pytest.mark.parametrize(
    ("query", "code"),
    [({"resource": "insight"}, "invalid_choice"), ({"resource_id": "x"}, "invalid_input")],
)
def test_a_list_is_asked_for_in_words_that_there_are(
    stack: Stack, query: dict[str, str], code: str
) -> None:
    answer = refused(stack.client.get(stack.url("access_controls/"), params=query))
    assert (answer.status, answer.code) == (400, code)
