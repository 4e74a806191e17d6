"""Personal API keys: making, changing and destroying them, and every refusal."""

from uuid import UUID

import httpx
import pytest

from splitplot.accounts.model import OrganizationId
from tests.api.management import Json, made
from tests.api.people import (
    Refusal,
    acting_as,
    add_organization,
    add_user,
    forbidden,
    invalid,
    not_found,
    refused,
    signed_in,
)
from tests.api.stack import Stack

KEYS = "/api/personal_api_keys/"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def create(stack: Stack, **body: object) -> httpx.Response:
    return stack.client.post(KEYS, json={"label": "CI", "scopes": ["experiment:write"]} | body)


def test_the_value_of_a_key_is_told_once(stack: Stack) -> None:
    key = made(create(stack, scoped_teams=[stack.project.id]), status=201)
    value = key.pop("value")

    assert value.startswith("phx_")
    assert key.pop("created_at").endswith("Z")
    number = key["id"]
    assert key == {
        "id": number,
        "label": "CI",
        "mask_value": f"phx_...{value[-4:]}",
        "last_used_at": None,
        "user_id": stack.user.id,
        "scopes": ["experiment:write"],
        "scoped_teams": [stack.project.id],
        "scoped_organizations": [],
    }
    assert made(stack.client.get(f"{KEYS}{number}/"))["value"] is None
    assert all(one["value"] is None for one in stack.client.get(KEYS).json())


def test_a_new_key_opens_what_its_scopes_say(stack: Stack) -> None:
    value = made(create(stack), status=201)["value"]
    assert stack.anonymous.get(stack.url("experiments/"), headers=bearer(value)).is_success
    assert refused(stack.anonymous.get(stack.url(), headers=bearer(value))) == forbidden(
        "API key missing required scope 'project:read'"
    )


def test_keys_are_listed_newest_first_in_a_plain_list(stack: Stack) -> None:
    labels = ["first", "second", "third"]
    for label in labels:
        create(stack, label=label)
    listed = stack.client.get(KEYS).json()
    assert isinstance(listed, list)
    assert [key["label"] for key in listed] == ["third", "second", "first", "Set up"]


def test_no_scopes_are_shown_as_everything(stack: Stack) -> None:
    assert made(create(stack, scopes=[]), status=201)["scopes"] == ["*"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"scopes": ["x"]}, invalid("invalid_input", "Invalid scope: x", "scopes")),
        (
            {"scopes": ["experiment:read", "experiment:admin"]},
            invalid("invalid_input", "Invalid scope: experiment:admin", "scopes"),
        ),
        (
            {"scopes": "experiment:read"},
            invalid("not_a_list", 'Expected a list of items but got type "str".', "scopes"),
        ),
        ({"scopes": None}, invalid("null", "This field may not be null.", "scopes")),
        ({"label": " "}, invalid("blank", "This field may not be blank.", "label")),
        (
            {"label": "x" * 41},
            invalid("max_length", "Ensure this field has no more than 40 characters.", "label"),
        ),
        (
            {"scoped_teams": [999]},
            invalid(
                "invalid_input",
                "You must be a member of all teams that you are scoping the key to.",
                "scoped_teams",
            ),
        ),
        (
            {"scoped_teams": ["one"]},
            invalid("invalid_input", "A valid integer is required.", "scoped_teams__0"),
        ),
        (
            {"scoped_organizations": [str(UUID(int=9))]},
            invalid(
                "invalid_input",
                "You must be a member of all organizations that you are scoping the key to.",
                "scoped_organizations",
            ),
        ),
        (
            {"scoped_organizations": ["mine"]},
            invalid("invalid_input", "Invalid organization UUID", "scoped_organizations"),
        ),
    ],
)
def test_a_key_that_makes_no_sense_is_neither_made_nor_changed_to(
    stack: Stack, body: Json, refusal: Refusal
) -> None:
    key = made(create(stack), status=201)
    before = stack.client.get(KEYS).json()
    assert refused(create(stack, **body)) == refusal
    assert refused(stack.client.patch(f"{KEYS}{key['id']}/", json=body)) == refusal
    assert stack.client.get(KEYS).json() == before


@pytest.mark.parametrize("name", ["label", "scopes"])
def test_a_key_has_a_label_and_says_what_it_may(stack: Stack, name: str) -> None:
    body = {"label": "CI", "scopes": ["*"]}
    del body[name]
    assert refused(stack.client.post(KEYS, json=body)) == invalid(
        "required", "This field is required.", name
    )


def test_a_key_is_not_narrowed_to_what_is_somebody_elses(stack: Stack) -> None:
    theirs = add_organization(stack)
    for body in ({"scoped_teams": [theirs.id]}, {"scoped_organizations": [str(UUID(int=77))]}):
        assert refused(create(stack, **body)).code == "invalid_input"


def test_nobody_has_more_than_ten_keys(stack: Stack) -> None:
    for _ in range(9):
        assert create(stack).status_code == 201
    assert refused(create(stack)) == invalid(
        "invalid_input",
        "You can only have 10 personal API keys. Remove an existing key before creating a new one.",
    )


def test_a_key_is_changed_where_it_is_named(stack: Stack) -> None:
    key = made(create(stack, scoped_teams=[stack.project.id]), status=201)
    value, key["value"] = key["value"], None
    changes: Json = {"label": "Nightly", "scopes": ["project:read"], "scoped_teams": []}
    for name, change in changes.items():
        key = key | {name: change}
        assert made(stack.client.patch(f"{KEYS}{key['id']}/", json={name: change})) == key
    assert stack.anonymous.get(stack.url(), headers=bearer(value)).is_success
    assert not stack.anonymous.get(stack.url("experiments/"), headers=bearer(value)).is_success


def test_null_narrows_a_key_to_nothing(stack: Stack) -> None:
    key = made(create(stack, scoped_teams=[stack.project.id]), status=201)
    changed = stack.client.patch(f"{KEYS}{key['id']}/", json={"scoped_teams": None})
    assert made(changed)["scoped_teams"] == []


def test_a_destroyed_key_opens_nothing_from_that_moment(stack: Stack) -> None:
    key = made(create(stack), status=201)
    headers = bearer(key["value"])
    assert stack.anonymous.get(stack.url("experiments/"), headers=headers).is_success
    assert stack.client.delete(f"{KEYS}{key['id']}/").status_code == 204
    assert refused(stack.anonymous.get(stack.url("experiments/"), headers=headers)) == Refusal(
        status=401,
        kind="authentication_error",
        code="authentication_failed",
        detail="Personal API key found in request Authorization header is invalid.",
    )
    assert refused(stack.client.delete(f"{KEYS}{key['id']}/")) == not_found()


def test_the_keys_of_others_are_nowhere_to_be_found(stack: Stack) -> None:
    other = add_user(stack, "bob")
    with acting_as(stack, other) as client:
        theirs = client.get(KEYS).json()[0]["id"]
    address = f"{KEYS}{theirs}/"
    assert theirs not in [key["id"] for key in stack.client.get(KEYS).json()]
    assert refused(stack.client.get(address)) == not_found()
    assert refused(stack.client.patch(address, json={"label": "mine"})) == not_found()
    assert refused(stack.client.delete(address)) == not_found()


def test_a_key_describes_itself_whatever_it_may(stack: Stack) -> None:
    key = stack.key(scopes=("cohort:read",), projects=(stack.project.id,))
    described = made(stack.anonymous.get(f"{KEYS}@current/", headers=bearer(key)))
    assert (described["scopes"], described["value"]) == (["cohort:read"], None)


def test_without_a_key_there_is_no_present_one(stack: Stack) -> None:
    with signed_in(stack) as client:
        assert refused(client.get(f"{KEYS}@current/")) == forbidden(
            "This action is for personal API keys only."
        )


def test_a_project_has_no_personal_keys(stack: Stack) -> None:
    headers = bearer(stack.secret_key)
    for path in (KEYS, f"{KEYS}@current/"):
        assert refused(stack.anonymous.get(path, headers=headers)) == forbidden(
            "This action does not support project secret API key access"
        )


def test_keys_are_managed_by_keys_with_the_scope_and_in_the_browser(stack: Stack) -> None:
    reader = bearer(stack.key(scopes=("personal_api_key:read",)))
    assert stack.anonymous.get(KEYS, headers=reader).status_code == 200
    assert refused(stack.anonymous.post(KEYS, headers=reader, json={})) == forbidden(
        "API key missing required scope 'personal_api_key:write'"
    )
    with signed_in(stack) as client:
        body = {"label": "CI", "scopes": ["*"]}
        assert client.post(KEYS, json=body).status_code == 201


def test_a_key_for_projects_does_not_manage_keys(stack: Stack) -> None:
    headers = bearer(stack.key(projects=(stack.project.id,)))
    assert refused(stack.anonymous.get(KEYS, headers=headers)) == forbidden(
        "API keys with scoped projects are only supported on project-based endpoints."
    )


@pytest.mark.parametrize("scopes", [["*"], [], ["experiment:write"]])
def test_a_key_hands_out_no_more_than_it_holds(stack: Stack, scopes: list[str]) -> None:
    headers = bearer(stack.key(scopes=("personal_api_key:write", "experiment:read")))
    lacking = scopes[0] if scopes else "*"
    answer = stack.anonymous.post(KEYS, headers=headers, json={"label": "more", "scopes": scopes})
    assert refused(answer) == forbidden(f"API key missing required scope '{lacking}'")
    less = {"label": "less", "scopes": ["experiment:read"]}
    key = made(stack.anonymous.post(KEYS, headers=headers, json=less), status=201)
    more = stack.anonymous.patch(f"{KEYS}{key['id']}/", headers=headers, json={"scopes": scopes})
    assert refused(more) == forbidden(f"API key missing required scope '{lacking}'")


def test_a_key_for_an_organization_hands_out_no_others(stack: Stack) -> None:
    home = OrganizationId(stack.project.organization_id)
    headers = bearer(stack.key(organizations=(home,)))
    body: Json = {"label": "more", "scopes": ["*"]}
    assert refused(stack.anonymous.post(KEYS, headers=headers, json=body)) == forbidden(
        "An API key cannot give access to other organizations than its own."
    )
    body["scoped_organizations"] = [str(home)]
    assert stack.anonymous.post(KEYS, headers=headers, json=body).status_code == 201
