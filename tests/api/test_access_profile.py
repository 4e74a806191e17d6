"""What users change about themselves, and which project they are at."""

from uuid import UUID

import pytest

from splitplot.accounts.model import MembershipLevel
from tests.api.management import Json, made
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

ME = "/api/users/@me/"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_name", "Augusta"),
        ("first_name", ""),
        ("last_name", "King"),
        ("role_at_organization", "engineering"),
        ("role_at_organization", ""),
        ("role_at_organization", None),
    ],
)
def test_what_is_named_changes_and_the_rest_stays(
    stack: Stack, name: str, value: str | None
) -> None:
    before = made(stack.client.get(ME))
    changed = made(stack.client.patch(ME, json={name: value}))
    assert changed == before | {name: value}
    assert made(stack.client.get(ME)) == changed


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (
            {"first_name": "x" * 151},
            invalid(
                "max_length", "Ensure this field has no more than 150 characters.", "first_name"
            ),
        ),
        ({"last_name": None}, invalid("null", "This field may not be null.", "last_name")),
        (
            {"role_at_organization": "wizard"},
            invalid("invalid_choice", '"wizard" is not a valid choice.', "role_at_organization"),
        ),
        (
            {"set_current_team": 999},
            invalid(
                "does_not_exist",
                'Invalid pk "999" - object does not exist.',
                "set_current_team",
            ),
        ),
        (
            {"set_current_team": "x"},
            invalid("invalid_input", "A valid integer is required.", "set_current_team"),
        ),
        (
            {"set_current_organization": "x"},
            invalid("invalid_input", '"x" is not a valid UUID.', "set_current_organization"),
        ),
        (
            {"set_current_organization": str(UUID(int=5))},
            invalid(
                "does_not_exist",
                f'Invalid pk "{UUID(int=5)}" - object does not exist.',
                "set_current_organization",
            ),
        ),
    ],
)
def test_what_makes_no_sense_changes_nothing(stack: Stack, body: Json, refusal: Refusal) -> None:
    before = made(stack.client.get(ME))
    assert refused(stack.client.patch(ME, json={"first_name": "Eve"} | body)) == refusal
    assert made(stack.client.get(ME)) == before


def test_what_only_the_server_sets_is_ignored(stack: Stack) -> None:
    before = made(stack.client.get(ME))
    sent = {"id": 9, "uuid": "x", "is_staff": True, "is_email_verified": True}
    assert made(stack.client.patch(ME, json=sent)) == before


def test_changing_oneself_needs_the_scope(stack: Stack) -> None:
    key = {"Authorization": f"Bearer {stack.key(scopes=('user:read',))}"}
    assert refused(stack.anonymous.patch(ME, headers=key, json={})) == forbidden(
        "API key missing required scope 'user:write'"
    )


@pytest.mark.parametrize("body", [{"password": "quite another"}, {"email": "new@example.com"}])
def test_a_key_changes_neither_password_nor_address(stack: Stack, body: Json) -> None:
    sent = body | {"current_password": "correct"}
    assert refused(stack.client.patch(ME, json=sent)) == forbidden(
        "This action does not support personal API key access"
    )


@pytest.mark.parametrize("body", [{"password": "quite another"}, {"email": "new@example.com"}])
def test_password_and_address_change_with_the_current_password(stack: Stack, body: Json) -> None:
    with signed_in(stack) as client:
        assert refused(client.patch(ME, json=body)) == invalid(
            "required", "This field is required.", "current_password"
        )
        wrong = body | {"current_password": "wrong"}
        assert refused(client.patch(ME, json=wrong)) == invalid(
            "incorrect_password", "Your current password is incorrect.", "current_password"
        )
        assert client.patch(ME, json=body | {"current_password": "correct"}).status_code == 200
    login = {"email": "ada@example.com", "password": "correct"} | body
    assert stack.anonymous.post("/api/login/", json=login).status_code == 200


def test_guessing_the_current_password_is_slowed_down(stack: Stack) -> None:
    body = {"password": "quite another", "current_password": "wrong"}
    with signed_in(stack) as client:
        answers = [refused(client.patch(ME, json=body)).code for _ in range(11)]
    assert answers == ["incorrect_password"] * 10 + ["throttled"]


def test_a_new_password_is_not_too_short(stack: Stack) -> None:
    body = {"password": "short", "current_password": "correct"}
    with signed_in(stack) as client:
        assert refused(client.patch(ME, json=body)) == invalid(
            "password_too_short",
            "This password is too short. It must contain at least 8 characters.",
            "password",
        )


@pytest.mark.parametrize(
    ("email", "refusal"),
    [
        ("BOB@example.com", invalid("unique", "A user with this e-mail address exists.", "email")),
        ("nowhere", invalid("invalid_input", "Enter a valid email address.", "email")),
    ],
)
def test_an_address_that_is_taken_or_none_is_refused(
    stack: Stack, email: str, refusal: Refusal
) -> None:
    add_user(stack, "bob")
    body = {"email": email, "current_password": "correct"}
    with signed_in(stack) as client:
        assert refused(client.patch(ME, json=body)) == refusal


def test_the_case_of_ones_own_address_may_change(stack: Stack) -> None:
    body = {"email": "Ada@Example.com", "current_password": "correct"}
    with signed_in(stack) as client:
        assert client.patch(ME, json=body).json()["email"] == "Ada@Example.com"


def test_a_user_goes_to_another_project_and_its_organization(stack: Stack) -> None:
    other = add_organization(stack, of=stack.user)

    there = made(stack.client.patch(ME, json={"set_current_team": other.id}))
    assert (there["team"]["id"], there["organization"]["name"]) == (other.id, "Elsewhere")
    assert made(stack.client.get("/api/projects/@current/"))["id"] == other.id
    assert made(stack.client.get("/api/organizations/@current/"))["name"] == "Elsewhere"

    home = {"set_current_organization": str(stack.project.organization_id)}
    back = made(stack.client.patch(ME, json=home))
    assert (back["team"]["id"], back["organization"]["name"]) == (
        stack.project.id,
        "My organization",
    )
    assert [o["name"] for o in back["organizations"]] == ["My organization", "Elsewhere"]


def test_who_is_in_an_organization_already_stays_at_the_project(stack: Stack) -> None:
    second = made(stack.client.post("/api/projects/", json={"name": "Second"}), status=201)
    stack.client.patch(ME, json={"set_current_team": second["id"]})
    home = {"set_current_organization": str(stack.project.organization_id)}
    assert made(stack.client.patch(ME, json=home))["team"]["id"] == second["id"]


def test_nobody_goes_to_the_project_of_strangers(stack: Stack) -> None:
    theirs = add_organization(stack)
    for body, attr in (
        ({"set_current_team": theirs.id}, "set_current_team"),
        (
            {"set_current_organization": str(theirs.organization_id)},
            "set_current_organization",
        ),
    ):
        answer = refused(stack.client.patch(ME, json=body))
        assert (answer.code, answer.attr) == ("does_not_exist", attr)


def test_a_member_changes_nobody_but_themselves(stack: Stack) -> None:
    bob = add_user(stack, "bob", level=MembershipLevel.MEMBER)
    before = made(stack.client.get(ME))
    with acting_as(stack, bob) as client:
        assert made(client.patch(ME, json={"first_name": "Robert"}))["first_name"] == "Robert"
    assert made(stack.client.get(ME)) == before
    with signed_in(stack, "bob@example.com", PASSWORD) as client:
        assert made(client.get(ME))["first_name"] == "Robert"
