"""Signing in and out with a browser, and the first set-up."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from splitplot.accounts.keys import hash_of
from splitplot.bootstrap import bootstrap
from splitplot.http.app import create_app
from splitplot.settings import Sessions, Settings
from tests.api.people import (
    NOBODY,
    PASSWORD,
    Refusal,
    acting_as,
    add_user,
    browser,
    forbidden,
    invalid,
    refused,
    signed_in,
)
from tests.api.stack import BASE_URL, Stack, SyncASGI, settings_in

OWNER = {"email": "ada@example.com", "password": "correct"}
CSRF = forbidden(
    "CSRF Failed: the request does not come from a page of this server.", code="csrf_failed"
)


def test_who_signs_in_is_known_by_a_cookie_that_scripts_cannot_read(stack: Stack) -> None:
    with browser(stack) as client:
        answer = client.post("/api/login/", json=OWNER)
        assert answer.json()["user"]["email"] == "ada@example.com"
        cookie = answer.headers["set-cookie"]
        name, _, rest = cookie.partition("=")
        assert name == "splitplot_session"
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(rest.split("; "))
        assert "Secure" not in rest.split("; ")
        assert client.get("/api/users/@me/").json()["id"] == stack.user.id
        assert client.patch(stack.url(), json={"name": "Shop"}).status_code == 200


def test_only_a_hash_of_the_cookie_is_kept(stack: Stack) -> None:
    with signed_in(stack) as client:
        token = client.cookies["splitplot_session"]
    with stack.platform.stores.metadata.reading() as repositories:
        assert repositories.sessions.find(token) is None
        assert repositories.sessions.find(hash_of(token)) is not None


def test_a_cookie_travels_over_https_alone_where_it_was_given_over_https(stack: Stack) -> None:
    secure = "https://splitplot.test"
    transport = stack.anonymous._transport
    with httpx.Client(transport=transport, base_url=secure, headers={"Origin": secure}) as client:
        answer = client.post("/api/login/", json=OWNER)
    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize(
    "body",
    [
        {"email": "ada@example.com", "password": "wrong"},
        {"email": "nobody@example.com", "password": "correct"},
        {"email": "gone@example.com", "password": PASSWORD},
    ],
)
def test_who_does_not_know_the_password_is_not_let_in(stack: Stack, body: dict[str, str]) -> None:
    add_user(stack, "gone", is_active=False)
    with browser(stack) as client:
        answer = client.post("/api/login/", json=body)
        assert refused(answer) == invalid("invalid_credentials", "Invalid email or password.")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("name", ["email", "password"])
def test_address_and_password_are_needed(stack: Stack, name: str) -> None:
    body = {key: value for key, value in OWNER.items() if key != name}
    with browser(stack) as client:
        assert refused(client.post("/api/login/", json=body)) == invalid(
            "required", "This field is required.", name
        )


def test_white_space_is_part_of_a_password(stack: Stack) -> None:
    with browser(stack) as client:
        answer = client.post("/api/login/", json=OWNER | {"password": "correct "})
        assert refused(answer).code == "invalid_credentials"


def test_who_signs_out_is_nobody(stack: Stack) -> None:
    with signed_in(stack) as client:
        token = client.cookies["splitplot_session"]
        answer = client.post("/api/logout/")
        assert answer.status_code == 204
        assert "splitplot_session" not in client.cookies
        assert refused(client.get("/api/users/@me/")) == NOBODY
        kept = client.get("/api/users/@me/", headers={"Cookie": f"splitplot_session={token}"})
        assert refused(kept) == NOBODY


def test_signing_out_twice_is_no_mistake(stack: Stack) -> None:
    with browser(stack) as client:
        assert client.post("/api/logout/").status_code == 204


def test_the_server_says_who_is_signed_in(stack: Stack) -> None:
    with browser(stack) as client:
        nobody = client.get("/api/_session/").json()
        assert (nobody["user"], nobody["is_set_up"]) == (None, True)
        client.post("/api/login/", json=OWNER)
        assert client.get("/api/_session/").json()["user"]["id"] == stack.user.id


def test_a_session_ends_when_nobody_uses_it(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = stack.platform.members.sessions
    start = sessions._clock.now()
    moment = [start]

    class Clock:
        def now(self) -> object:
            return moment[0]

    monkeypatch.setattr(sessions, "_clock", Clock())
    monkeypatch.setattr(sessions, "_later", lambda action: action())
    with signed_in(stack) as client:
        old = hash_of(client.cookies["splitplot_session"])
        moment[0] = start + timedelta(days=13, hours=23)
        assert client.get("/api/users/@me/").status_code == 200
        moment[0] = start + timedelta(days=20)
        assert client.get("/api/users/@me/").status_code == 200
        moment[0] = start + timedelta(days=34)
        assert refused(client.get("/api/users/@me/")) == NOBODY
        assert client.post("/api/login/", json=OWNER).status_code == 200
    with stack.platform.stores.metadata.reading() as repositories:
        assert repositories.sessions.find(old) is None, "signing in forgets what is over"


def test_the_session_of_an_inactive_user_is_over(stack: Stack) -> None:
    add_user(stack, "bob")
    with signed_in(stack, "bob@example.com", PASSWORD) as client:
        assert client.get("/api/users/@me/").status_code == 200
        with stack.platform.stores.metadata.transaction() as repositories:
            found = repositories.accounts.find_user_by_email("bob@example.com")
            assert found is not None
            repositories.accounts.save_user(replace(found[0], is_active=False))
        assert refused(client.get("/api/users/@me/")) == NOBODY


def test_a_key_in_the_request_counts_and_not_the_cookie(stack: Stack) -> None:
    bob = add_user(stack, "bob")
    with signed_in(stack) as client:
        headers = {"Authorization": f"Bearer {stack.key(user=bob)}"}
        assert client.get("/api/users/@me/", headers=headers).json()["id"] == bob.id


def test_scopes_do_not_hold_for_sessions_but_access_does(stack: Stack) -> None:
    add_user(stack, "bob", level=None)
    with signed_in(stack, "bob@example.com", PASSWORD) as client:
        assert refused(client.get(stack.url())) == forbidden(
            "You don't have access to the project."
        )


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": BASE_URL}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": BASE_URL}, True),
        ({"Origin": "http://splitplot.test:81"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
        ({"X-Requested-With": "curl"}, True),
        ({"X-Requested-With": "curl", "Origin": "https://evil.example"}, False),
    ],
)
def test_a_change_by_cookie_has_to_come_from_a_page_of_ours(
    stack: Stack, headers: dict[str, str], *, accepted: bool
) -> None:
    with signed_in(stack) as client:
        cookie = {"Cookie": f"splitplot_session={client.cookies['splitplot_session']}"}
    answer = stack.anonymous.patch(stack.url(), json={"name": "Shop"}, headers=cookie | headers)
    if accepted:
        assert answer.json()["name"] == "Shop"
    else:
        assert refused(answer) == CSRF
        assert stack.client.get(stack.url()).json()["name"] == "Default project"
    assert stack.anonymous.get(stack.url(), headers=cookie | headers).status_code == 200


def test_a_key_needs_no_such_proof(stack: Stack) -> None:
    answer = stack.client.patch(
        stack.url(), json={"name": "Shop"}, headers={"Origin": "https://elsewhere.example"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/api/login/", "/api/logout/", "/api/setup/"])
def test_pages_of_others_do_not_sign_anybody_in_or_out(stack: Stack, path: str) -> None:
    headers = {"Origin": "https://evil.example"}
    assert refused(stack.anonymous.post(path, json=OWNER, headers=headers)) == CSRF


def test_guessing_is_slowed_down_for_the_account(stack: Stack) -> None:
    with browser(stack) as client:
        for _ in range(10):
            answer = client.post("/api/login/", json=OWNER | {"password": "guess"})
            assert answer.status_code == 400
        for body in (OWNER, OWNER | {"email": " ADA@example.com "}):
            answer = client.post("/api/login/", json=body)
            assert refused(answer) == Refusal(
                status=429,
                kind="throttled_error",
                code="throttled",
                detail="Request was throttled. Expected available in "
                f"{answer.headers['retry-after']} seconds.",
            )
            assert 20 <= int(answer.headers["retry-after"]) <= 30
        add_user(stack, "bob")
        bob = {"email": "bob@example.com", "password": PASSWORD}
        assert client.post("/api/login/", json=bob).status_code == 200


def test_guessing_is_slowed_down_for_the_address(stack: Stack) -> None:
    with browser(stack) as client:
        for number in range(50):
            body = {"email": f"user{number}@example.com", "password": "guess"}
            assert client.post("/api/login/", json=body).status_code == 400
        assert refused(client.post("/api/login/", json=OWNER)).code == "throttled"


def test_who_signs_in_often_is_not_slowed_down(stack: Stack) -> None:
    with browser(stack) as client:
        answers = [client.post("/api/login/", json=OWNER).status_code for _ in range(12)]
    assert answers == [200] * 12


def test_a_new_installation_is_set_up_once(tmp_path: Path) -> None:
    with bootstrap(settings_in(tmp_path)) as platform:
        transport = SyncASGI(create_app(platform))
        body = {"email": "ada@example.com", "password": PASSWORD, "project": "Shop"}
        with httpx.Client(transport=transport, base_url=BASE_URL) as client:
            assert client.get("/api/_session/").json()["is_set_up"] is False
            for wrong, code, attr in (
                ({"password": "short"}, "password_too_short", "password"),
                ({"password": "x" * 1025}, "max_length", "password"),
                ({"email": "ada"}, "invalid_input", "email"),
                ({"project": " "}, "blank", "project"),
            ):
                refusal = refused(client.post("/api/setup/", json=body | wrong))
                assert (refusal.status, refusal.code, refusal.attr) == (400, code, attr)
            assert client.get("/api/_session/").json()["is_set_up"] is False

            answer = client.post("/api/setup/", json=body)
            assert answer.status_code == 201
            made = answer.json()
            assert made.keys() == {
                "project_id",
                "project_token",
                "personal_api_key",
                "project_secret_key",
                "email",
            }
            key = {"Authorization": f"Bearer {made['personal_api_key']}"}
            project = client.get(f"/api/projects/{made['project_id']}/", headers=key).json()
            assert (project["name"], project["api_token"]) == ("Shop", made["project_token"])

            again = client.post("/api/setup/", json=body | {"email": "eve@example.com"})
            assert refused(again) == Refusal(
                status=409, kind="server_error", code="already_set_up", detail="Already set up."
            )
            assert client.post("/api/login/", json=body).status_code == 200
        transport.shut_down()


def test_how_long_sessions_last_and_how_cookies_travel_is_a_setting(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        events_url="memory://",
        sessions=Sessions(days=2, secure_cookie="always"),
    )
    with bootstrap(settings) as platform:
        policy = platform.members.sessions.policy
    assert (policy.lifetime, policy.secure_cookie) == (timedelta(days=2), "always")


def test_a_new_password_ends_the_other_sessions(stack: Stack) -> None:
    body = {"current_password": "correct", "password": "quite another"}
    with signed_in(stack) as here, signed_in(stack) as there:
        assert here.patch("/api/users/@me/", json=body).status_code == 200
        assert here.get("/api/users/@me/").status_code == 200
        assert refused(there.get("/api/users/@me/")) == NOBODY
        assert refused(there.post("/api/login/", json=OWNER)).code == "invalid_credentials"
        renewed = OWNER | {"password": "quite another"}
        assert there.post("/api/login/", json=renewed).status_code == 200


def test_a_key_goes_on_after_a_new_password(stack: Stack) -> None:
    with acting_as(stack, stack.user) as client, signed_in(stack) as here:
        here.patch(
            "/api/users/@me/", json={"current_password": "correct", "password": "quite another"}
        )
        assert client.get("/api/users/@me/").status_code == 200
