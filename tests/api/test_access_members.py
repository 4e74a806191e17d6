"""Organizations: their names, members, invites and roles."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from splitplot.accounts.model import MembershipLevel, OrganizationId, User
from tests.api.management import Json, made
from tests.api.people import (
    PASSWORD,
    Refusal,
    acting_as,
    add_organization,
    add_user,
    browser,
    forbidden,
    invalid,
    not_found,
    refused,
    signed_in,
)
from tests.api.stack import Stack

NOBODY = UUID(int=404)
HOME = "/api/organizations/@current/"
MEMBERS = f"{HOME}members/"
INVITES = f"{HOME}invites/"
ROLES = f"{HOME}roles/"
ADMINS_ONLY = forbidden("Only administrators of the organization may do this.")


def levels(stack: Stack) -> dict[str, int]:
    """First part of each member's address to their level."""
    members = made(stack.client.get(MEMBERS))["results"]
    return {m["user"]["email"].partition("@")[0]: m["level"] for m in members}


def member(user: User) -> str:
    return f"{MEMBERS}{user.uuid}/"


# -- organizations -------------------------------------------------------------------


def test_an_organization_is_shown_to_its_members(stack: Stack) -> None:
    shown = made(stack.client.get(HOME))
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "id": str(stack.project.organization_id),
        "name": "My organization",
        "slug": "my-organization",
        "membership_level": 15,
    }
    by_id = f"/api/organizations/{stack.project.organization_id}/"
    assert made(stack.client.get(by_id))["id"] == shown["id"]
    assert made(stack.client.get("/api/organizations/"))["count"] == 1


def test_an_administrator_renames_the_organization(stack: Stack) -> None:
    assert made(stack.client.patch(HOME, json={"name": " Rose & Co "}))["slug"] == "rose-co"
    assert made(stack.client.patch(HOME, json={}))["name"] == "Rose & Co"


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("", invalid("blank", "This field may not be blank.", "name")),
        (None, invalid("null", "This field may not be null.", "name")),
        (
            "x" * 65,
            invalid("max_length", "Ensure this field has no more than 64 characters.", "name"),
        ),
    ],
)
def test_an_organization_has_a_name(stack: Stack, name: str | None, refusal: Refusal) -> None:
    assert refused(stack.client.patch(HOME, json={"name": name})) == refusal
    assert made(stack.client.get(HOME))["name"] == "My organization"


@pytest.mark.parametrize("path", ["", "members/", "invites/", "roles/"])
def test_an_organization_that_is_not_there_is_not_found(stack: Stack, path: str) -> None:
    for number in (UUID(int=404), "x"):
        answer = stack.client.get(f"/api/organizations/{number}/{path}")
        assert refused(answer) == not_found("Organization not found.")


@pytest.mark.parametrize("path", ["", "members/", "invites/", "roles/"])
def test_the_organization_of_strangers_is_closed(stack: Stack, path: str) -> None:
    theirs = add_organization(stack)
    answer = stack.client.get(f"/api/organizations/{theirs.organization_id}/{path}")
    assert refused(answer) == forbidden("You don't have access to the organization.")
    assert made(stack.client.get("/api/organizations/"))["count"] == 1


def test_a_key_opens_the_organizations_that_it_is_narrowed_to(stack: Stack) -> None:
    other = add_organization(stack, of=stack.user)
    key = stack.key(organizations=(OrganizationId(other.organization_id),))
    headers = {"Authorization": f"Bearer {key}"}
    assert refused(stack.anonymous.get(HOME, headers=headers)) == forbidden(
        "API key does not have access to the requested organization: "
        f"ID {stack.project.organization_id}."
    )
    listed = made(stack.anonymous.get("/api/organizations/", headers=headers))
    assert [one["name"] for one in listed["results"]] == ["Elsewhere"]


def test_a_key_for_projects_does_not_open_organizations(stack: Stack) -> None:
    headers = {"Authorization": f"Bearer {stack.key(projects=(stack.project.id,))}"}
    assert refused(stack.anonymous.get(HOME, headers=headers)) == forbidden(
        "API keys with scoped projects are only supported on project-based endpoints."
    )


@pytest.mark.parametrize(
    ("ask", "scope"),
    [
        (lambda c, h: c.get(HOME, headers=h), "organization:read"),
        (lambda c, h: c.get(MEMBERS, headers=h), "organization:read"),
        (lambda c, h: c.get(INVITES, headers=h), "organization:read"),
        (lambda c, h: c.get(ROLES, headers=h), "organization:read"),
        (lambda c, h: c.patch(HOME, headers=h, json={}), "organization:write"),
        (lambda c, h: c.delete(f"{MEMBERS}{NOBODY}/", headers=h), "organization:write"),
        (lambda c, h: c.post(INVITES, headers=h, json={}), "organization:write"),
        (lambda c, h: c.post(ROLES, headers=h, json={}), "organization:write"),
    ],
)
def test_every_action_needs_its_scope(
    stack: Stack, ask: Callable[[httpx.Client, dict[str, str]], httpx.Response], scope: str
) -> None:
    headers = {"Authorization": f"Bearer {stack.key(scopes=('experiment:write',))}"}
    assert refused(ask(stack.anonymous, headers)) == forbidden(
        f"API key missing required scope '{scope}'"
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", HOME, {"name": "Mine"}),
        ("PATCH", "{bob}", {"level": 8}),
        ("DELETE", f"{MEMBERS}{NOBODY}/", None),
        ("GET", INVITES, None),
        ("POST", INVITES, {"target_email": "eve@example.com"}),
        ("DELETE", f"{INVITES}{NOBODY}/", None),
        ("POST", ROLES, {"name": "Mine"}),
        ("PATCH", f"{ROLES}{NOBODY}/", {}),
        ("DELETE", f"{ROLES}{NOBODY}/", None),
        ("POST", "/api/projects/", {"name": "Mine"}),
    ],
)
def test_only_administrators_manage(
    stack: Stack, method: str, path: str, body: Json | None
) -> None:
    bob = add_user(stack, "bob")
    with acting_as(stack, bob) as client:
        answer = client.request(method, path.format(bob=member(bob)), json=body)
    assert refused(answer) == ADMINS_ONLY
    assert levels(stack) == {"ada": 15, "bob": 1}


# -- members -------------------------------------------------------------------------


def test_members_are_listed_as_they_joined(stack: Stack) -> None:
    bob = add_user(stack, "bob")
    with acting_as(stack, bob) as client:
        page = made(client.get(MEMBERS, params={"limit": 1, "offset": 1}))
    assert page["count"] == 2
    [shown] = page["results"]
    assert shown["user"]["email"] == "bob@example.com"
    assert (shown["id"], shown["level"]) == (str(bob.uuid), 1)
    assert shown["joined_at"].endswith("Z")


def test_an_administrator_makes_members_more_and_less(stack: Stack) -> None:
    add_user(stack, "carol", level=MembershipLevel.ADMIN)
    bob = add_user(stack, "bob")
    with signed_in(stack, "carol@example.com", PASSWORD) as client:
        assert made(client.patch(member(bob), json={"level": 8}))["level"] == 8
        assert levels(stack)["bob"] == 8
        assert made(client.patch(member(bob), json={"level": "1"}))["level"] == 1
    assert levels(stack) == {"ada": 15, "carol": 8, "bob": 1}


def test_an_administrator_does_not_rise_above_themselves(stack: Stack) -> None:
    carol = add_user(stack, "carol", level=MembershipLevel.ADMIN)
    bob = add_user(stack, "bob")
    with acting_as(stack, carol) as client:
        for who in (bob, carol):
            assert refused(client.patch(member(who), json={"level": 15})) == forbidden(
                "You cannot give a higher level than your own."
            )
        for answer in (
            client.patch(member(stack.user), json={"level": 1}),
            client.delete(member(stack.user)),
        ):
            assert refused(answer) == forbidden(
                "You cannot change a member whose level is higher than your own."
            )
    assert levels(stack) == {"ada": 15, "carol": 8, "bob": 1}


def test_one_owner_remains(stack: Stack) -> None:
    last = invalid("last_owner", "An organization keeps at least one owner.")
    assert refused(stack.client.patch(member(stack.user), json={"level": 8})) == last
    assert refused(stack.client.delete(member(stack.user))) == last
    bob = add_user(stack, "bob")
    assert stack.client.patch(member(bob), json={"level": 15}).status_code == 200
    assert stack.client.patch(member(stack.user), json={"level": 8}).status_code == 200
    assert levels(stack) == {"ada": 8, "bob": 15}


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, invalid("required", "This field is required.", "level")),
        ({"level": 2}, invalid("invalid_choice", '"2" is not a valid choice.', "level")),
        ({"level": True}, invalid("invalid_choice", '"True" is not a valid choice.', "level")),
        ({"level": [8]}, invalid("invalid_choice", '"[8]" is not a valid choice.', "level")),
        ({"level": None}, invalid("invalid_choice", '"None" is not a valid choice.', "level")),
    ],
)
def test_a_level_is_one_of_three(stack: Stack, body: Json, refusal: Refusal) -> None:
    bob = add_user(stack, "bob")
    assert refused(stack.client.patch(member(bob), json=body)) == refusal


@pytest.mark.parametrize("uuid", [str(UUID(int=404)), "x"])
def test_who_is_no_member_is_not_found(stack: Stack, uuid: str) -> None:
    stranger = add_user(stack, "eve", level=None)
    for name in (uuid, str(stranger.uuid)):
        path = f"{MEMBERS}{name}/"
        assert refused(stack.client.patch(path, json={"level": 8})) == not_found()
        assert refused(stack.client.delete(path)) == not_found()


def test_who_is_let_go_opens_nothing_any_more(stack: Stack) -> None:
    bob = add_user(stack, "bob")
    made(stack.client.post(ROLES, json={"name": "R", "members": [str(bob.uuid)]}), status=201)
    rule = {"resource": "experiment", "access_level": "viewer"}
    stack.client.put(
        stack.url("access_controls/"), json=rule | {"organization_member": str(bob.uuid)}
    )
    with acting_as(stack, bob) as client:
        assert client.get(stack.url()).status_code == 200
        assert stack.client.delete(member(bob)).status_code == 204
        assert refused(client.get(stack.url())) == forbidden(
            "You don't have access to the project."
        )
        me = made(client.get("/api/users/@me/"))
        assert (me["organization"], me["organizations"], me["team"]) == (None, [], None)
        assert made(client.get("/api/projects/"))["results"] == []
    assert levels(stack) == {"ada": 15}
    assert made(stack.client.get(ROLES))["results"][0]["members"] == []
    assert made(stack.client.get(stack.url("access_controls/")))["access_controls"] == []


def test_everybody_may_leave_and_is_at_home_elsewhere(stack: Stack) -> None:
    bob = add_user(stack, "bob")
    other = add_organization(stack, of=bob)
    with signed_in(stack, "bob@example.com", PASSWORD) as client:
        assert client.delete(member(bob)).status_code == 204
        assert made(client.get("/api/users/@me/"))["team"]["id"] == other.id
    assert levels(stack) == {"ada": 15}


# -- invites -------------------------------------------------------------------------


def invite(stack: Stack, **body: object) -> Json:
    return made(
        stack.client.post(INVITES, json={"target_email": "bob@example.com"} | body), status=201
    )


def accept(stack: Stack, token: str, **body: object) -> httpx.Response:
    with browser(stack) as client:
        return client.post(f"/api/invites/{token}/", json={"password": PASSWORD} | body)


def test_the_link_of_an_invite_is_told_once(stack: Stack) -> None:
    sent = invite(stack)
    assert sent["link"] == f"http://splitplot.test/invites/{sent['token']}"
    [listed] = made(stack.client.get(INVITES))["results"]
    assert (listed["token"], listed["link"]) == (None, None)
    assert listed == sent | {"token": None, "link": None}
    assert listed["created_by"]["id"] == stack.user.id
    assert (listed["target_email"], listed["level"]) == ("bob@example.com", 1)
    assert listed["is_expired"] is False


def test_who_has_the_link_sees_what_it_is_for(stack: Stack) -> None:
    sent = invite(stack, level=8)
    assert made(stack.anonymous.get(f"/api/invites/{sent['token']}/")) == {
        "organization_name": "My organization",
        "target_email": "bob@example.com",
        "level": 8,
        "expires_at": sent["expires_at"],
        "has_account": False,
    }


def test_who_accepts_becomes_a_member_and_is_signed_in(stack: Stack) -> None:
    token = invite(stack, level=8)["token"]
    with browser(stack) as client:
        body = {"first_name": "Bob", "last_name": "B", "password": PASSWORD}
        welcome = made(client.post(f"/api/invites/{token}/", json=body), status=201)
        assert welcome["organization"] == str(stack.project.organization_id)
        me = made(client.get("/api/users/@me/"))
    assert (me["email"], me["first_name"], me["last_name"]) == ("bob@example.com", "Bob", "B")
    assert me["team"]["id"] == stack.project.id
    assert levels(stack) == {"ada": 15, "bob": 8}
    assert made(stack.client.get(INVITES))["count"] == 0
    with signed_in(stack, "bob@example.com", PASSWORD):
        pass


def test_an_invite_is_good_for_one(stack: Stack) -> None:
    token = invite(stack)["token"]
    assert accept(stack, token).status_code == 201
    assert refused(accept(stack, token)) == not_found("This invite is not valid.")


def test_who_has_an_account_joins_with_its_password(stack: Stack) -> None:
    add_user(stack, "bob", level=None)
    token = invite(stack)["token"]
    assert made(stack.anonymous.get(f"/api/invites/{token}/"))["has_account"] is True
    assert refused(accept(stack, token, password="a guess at it")) == invalid(
        "invalid_credentials", "Invalid email or password."
    )
    assert levels(stack) == {"ada": 15}
    joined = made(accept(stack, token, first_name="Mallory"), status=201)
    assert joined["user"]["first_name"] == "Bob"
    assert levels(stack) == {"ada": 15, "bob": 1}


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"password": None}, invalid("null", "This field may not be null.", "password")),
        (
            {"password": "short"},
            invalid(
                "password_too_short",
                "This password is too short. It must contain at least 8 characters.",
                "password",
            ),
        ),
        (
            {"first_name": "x" * 151},
            invalid(
                "max_length", "Ensure this field has no more than 150 characters.", "first_name"
            ),
        ),
    ],
)
def test_who_accepts_says_what_is_needed(stack: Stack, body: Json, refusal: Refusal) -> None:
    token = invite(stack)["token"]
    assert refused(accept(stack, token, **body)) == refusal
    assert accept(stack, token).status_code == 201


@pytest.mark.parametrize("token", ["x", "0" * 43])
def test_an_unknown_link_is_worth_nothing(stack: Stack, token: str) -> None:
    invalid_link = not_found("This invite is not valid.")
    assert refused(stack.anonymous.get(f"/api/invites/{token}/")) == invalid_link
    assert refused(accept(stack, token)) == invalid_link


def test_a_link_that_was_taken_back_is_worth_nothing(stack: Stack) -> None:
    sent = invite(stack)
    assert stack.client.delete(f"{INVITES}{sent['id']}/").status_code == 204
    assert refused(accept(stack, sent["token"])) == not_found("This invite is not valid.")
    assert refused(stack.client.delete(f"{INVITES}{sent['id']}/")) == not_found()


def test_an_old_link_is_worth_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = invite(stack, expires_in_days=2)
    invites = stack.platform.members.invites
    later = invites._clock.now() + timedelta(days=2, seconds=1)

    class Clock:
        def now(self) -> object:
            return later

    monkeypatch.setattr(invites, "_clock", Clock())
    expired = invalid("expired", "This invite has expired.")
    assert refused(stack.anonymous.get(f"/api/invites/{sent['token']}/")) == expired
    assert refused(accept(stack, sent["token"])) == expired
    assert made(stack.client.get(INVITES))["results"][0]["is_expired"] is True


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"target_email": None}, invalid("null", "This field may not be null.", "target_email")),
        (
            {"target_email": "bob"},
            invalid("invalid_input", "Enter a valid email address.", "target_email"),
        ),
        (
            {"target_email": "ADA@example.com"},
            invalid(
                "unique", "A user with this e-mail address is a member already.", "target_email"
            ),
        ),
        ({"level": 7}, invalid("invalid_choice", '"7" is not a valid choice.', "level")),
        (
            {"expires_in_days": 0},
            invalid("invalid_input", "Ensure this value is between 1 and 30.", "expires_in_days"),
        ),
    ],
)
def test_an_invite_that_makes_no_sense_is_not_made(
    stack: Stack, body: Json, refusal: Refusal
) -> None:
    answer = stack.client.post(INVITES, json={"target_email": "bob@example.com"} | body)
    assert refused(answer) == refusal
    assert made(stack.client.get(INVITES))["count"] == 0


def test_an_invite_is_for_somebody(stack: Stack) -> None:
    assert refused(stack.client.post(INVITES, json={})) == invalid(
        "required", "This field is required.", "target_email"
    )


def test_nobody_invites_above_their_own_level(stack: Stack) -> None:
    carol = add_user(stack, "carol", level=MembershipLevel.ADMIN)
    with acting_as(stack, carol) as client:
        body: Json = {"target_email": "bob@example.com", "level": 15}
        assert refused(client.post(INVITES, json=body)) == forbidden(
            "You cannot give a higher level than your own."
        )


def test_the_page_of_others_accepts_nothing(stack: Stack) -> None:
    token = invite(stack)["token"]
    answer = stack.anonymous.post(
        f"/api/invites/{token}/",
        json={"password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert refused(answer).code == "csrf_failed"


# -- roles ---------------------------------------------------------------------------


def role(stack: Stack, name: str = "Analysts", **body: object) -> Json:
    return made(stack.client.post(ROLES, json={"name": name} | body), status=201)


def test_a_role_is_a_name_for_some_members(stack: Stack) -> None:
    bob = add_user(stack, "bob")
    shown = role(stack, members=[str(bob.uuid), str(bob.uuid)])
    assert str(UUID(shown["id"])) == shown["id"]
    assert shown["created_at"].endswith("Z")
    assert shown["created_by"]["id"] == stack.user.id
    assert [m["email"] for m in shown["members"]] == ["bob@example.com"]
    assert made(stack.client.get(f"{ROLES}{shown['id']}/")) == shown
    with acting_as(stack, bob) as client:
        assert made(client.get(ROLES))["results"] == [shown]


def test_roles_are_listed_by_name(stack: Stack) -> None:
    for name in ("Reviewers", "Analysts", "Owners"):
        role(stack, name)
    names = [one["name"] for one in made(stack.client.get(ROLES))["results"]]
    assert names == ["Analysts", "Owners", "Reviewers"]


def test_a_role_is_changed_where_it_is_named(stack: Stack) -> None:
    bob, carol = add_user(stack, "bob"), add_user(stack, "carol")
    shown = role(stack, members=[str(bob.uuid)])
    path = f"{ROLES}{shown['id']}/"
    renamed = made(stack.client.patch(path, json={"name": "Readers"}))
    assert renamed == shown | {"name": "Readers"}
    moved = made(stack.client.patch(path, json={"members": [str(carol.uuid)]}))
    assert [m["email"] for m in moved["members"]] == ["carol@example.com"]
    assert made(stack.client.patch(path, json={"members": []}))["members"] == []
    assert made(stack.client.get(path))["name"] == "Readers"


def test_a_destroyed_role_is_gone(stack: Stack) -> None:
    path = f"{ROLES}{role(stack)['id']}/"
    assert stack.client.delete(path).status_code == 204
    assert refused(stack.client.get(path)) == not_found()
    assert refused(stack.client.patch(path, json={})) == not_found()
    assert refused(stack.client.delete(path)) == not_found()


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"name": "Owners"}, invalid("unique", "There is a role with this name.", "name")),
        ({"name": ""}, invalid("blank", "This field may not be blank.", "name")),
        ({"members": ["x"]}, invalid("invalid_input", '"x" is not a valid UUID.', "members__0")),
        (
            {"members": "x"},
            invalid("not_a_list", 'Expected a list of items but got type "str".', "members"),
        ),
        (
            {"members": [str(UUID(int=3))]},
            invalid(
                "does_not_exist",
                f'Invalid pk "{UUID(int=3)}" - object does not exist.',
                "members",
            ),
        ),
    ],
)
def test_a_role_that_makes_no_sense_is_neither_made_nor_changed_to(
    stack: Stack, body: Json, refusal: Refusal
) -> None:
    role(stack, "Owners")
    shown = role(stack)
    assert refused(stack.client.post(ROLES, json={"name": "New"} | body)) == refusal
    assert refused(stack.client.patch(f"{ROLES}{shown['id']}/", json=body)) == refusal
    assert made(stack.client.get(f"{ROLES}{shown['id']}/")) == shown
    assert made(stack.client.get(ROLES))["count"] == 2


def test_a_role_has_a_name(stack: Stack) -> None:
    assert refused(stack.client.post(ROLES, json={})) == invalid(
        "required", "This field is required.", "name"
    )


def test_a_role_of_strangers_is_not_found(stack: Stack) -> None:
    other = add_organization(stack, of=stack.user)
    theirs = f"/api/organizations/{other.organization_id}/roles/"
    made_there = made(stack.client.post(theirs, json={"name": "Analysts"}), status=201)
    assert refused(stack.client.get(f"{ROLES}{made_there['id']}/")) == not_found()
    assert made(stack.client.get(ROLES))["count"] == 0
