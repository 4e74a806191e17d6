"""From a new installation to the first page, and who is let in how."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.client import Client
from tests.e2e.server_process import Server, serving
from tests.e2e.ui.pages import EMAIL, PASSWORD, Pages, axe_findings, sign_in

pytestmark = pytest.mark.xdist_group("ui")


def test_an_installation_is_set_up_and_takes_its_first_event(
    chromium: Browser, tmp_path: Path
) -> None:
    with serving(tmp_path) as server:
        pages = Pages(server=server, team=_nobody(server), browser=chromium, experiments={})
        with pages.visit(None, email=None) as page:
            page.goto(server.url)
            expect(page.get_by_role("heading", name="Set up splitplot")).to_be_visible()
            assert axe_findings(page) == []
            page.get_by_label("E-mail address").fill(EMAIL)
            page.get_by_label("Password").fill("short")
            page.get_by_role("button", name="Set up").click()
            # The refusal stands at its field, and nothing that was typed is lost.
            expect(page.get_by_label("Password")).to_have_accessible_description(
                "At least eight characters. This password is too short. "
                "It must contain at least 8 characters."
            )
            expect(page.get_by_label("E-mail address")).to_have_value(EMAIL)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Set up").click()

            expect(page.get_by_role("heading", name="Your keys")).to_be_visible()
            keys = page.locator("code").all_inner_texts()
            assert [key[:4] for key in keys] == ["phc_", "phx_", "phs_"]
            assert axe_findings(page) == []
            page.get_by_role("button", name="I have kept them, go on").click()

            _first_steps(page, server, token=keys[0])
        assert httpx.post(f"{server.url}/api/setup/", json={}).status_code in (400, 409)


def _nobody(server: Server) -> Client:
    no_keys = {"project_token": "", "project_id": 1, "personal_api_key": ""}
    return Client(Server(**{**server.__dict__, "keys": no_keys}))


def _first_steps(page: Page, server: Server, *, token: str) -> None:
    expect(page.get_by_role("heading", name="Make the first experiment")).to_be_visible()
    assert axe_findings(page) == []
    snippet = page.get_by_role("region", name="HTML page").inner_text()
    assert token in snippet
    assert server.url in snippet
    expect(page.get_by_text("Waiting for the first event…")).to_be_visible()
    event = {"api_key": token, "event": "page opened", "distinct_id": "visitor"}
    assert httpx.post(f"{server.url}/capture/", json=event).status_code == 200
    expect(page.get_by_text("✓ Events arrive.")).to_be_visible()
    page.get_by_role("link", name="New experiment").click()
    page.wait_for_url("**/project/1/experiments/new")


def test_who_is_not_signed_in_comes_back_to_the_page_they_wanted(ui: Pages) -> None:
    with ui.visit("/settings/about", email=None) as page:
        page.get_by_label("E-mail address").fill(EMAIL)
        page.get_by_label("Password").fill("wrong guess")
        page.keyboard.press("Enter")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("Invalid email or password.")
        expect(page.get_by_label("E-mail address")).to_have_value(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="About this installation")).to_be_visible()

        page.get_by_role("button", name="Signed in as").click()
        page.get_by_role("menuitem", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert page.context.cookies() == []


def test_too_many_guesses_are_told(ui: Pages) -> None:
    with ui.visit("/", email=None) as page:
        page.get_by_label("E-mail address").fill("guessed@example.com")
        page.get_by_label("Password").fill("wrong guess")
        alert = page.get_by_role("alert")
        for _ in range(12):
            with page.expect_response("**/api/login/"):
                page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
            if "throttled" in alert.inner_text().lower() or "Too many" in alert.inner_text():
                break
        expect(alert).to_contain_text("seconds")


def test_a_session_that_ends_is_taken_up_again_on_the_same_page(ui: Pages) -> None:
    with ui.visit("/settings/profile") as page:
        page.get_by_label("First name").fill("Ada")
        page.context.clear_cookies()
        page.get_by_role("button", name="Save name").click()
        dialog = page.get_by_role("dialog", name="Your session is over")
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog).to_have_count(0)
        # What was typed is still there.
        expect(page.get_by_label("First name")).to_have_value("Ada")


def test_somebody_is_invited_and_sees_what_they_may(ui: Pages) -> None:
    with ui.visit("/settings/members") as page:
        page.get_by_role("button", name="Invite…").click()
        page.get_by_label("E-mail address").fill("grace@example.com")
        page.get_by_role("button", name="Make the link").click()
        link = page.get_by_role("dialog").locator("code").inner_text()
        assert link.startswith(f"{ui.url}/invites/")
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("row", name="grace@example.com")).to_be_visible()

    with ui.visit(None, email=None) as page:
        page.goto(link)
        expect(page.get_by_text("grace@example.com is invited as member")).to_be_visible()
        assert axe_findings(page) == []
        page.get_by_label("First name").fill("Grace")
        page.get_by_label("New password").fill("short")
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_text("This password is too short.")).to_be_visible()
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_role("heading", name="Home")).to_be_visible()
        _may_only_look(ui, page)

    with ui.visit(None, email=None) as page:
        page.goto(link)
        expect(page.get_by_role("alert")).to_contain_text("This invite is not valid.")


def _may_only_look(ui: Pages, page: Page) -> None:
    """A member manages nobody; made a viewer, they change nothing either."""
    page.goto(ui.address("/settings/members"))
    expect(page.get_by_role("row", name="grace@example.com")).to_be_visible()
    expect(page.get_by_role("button", name="Invite…")).to_have_count(0)
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    grace = next(
        one
        for one in ui.team.http.get("/api/organizations/@current/members/").json()["results"]
        if one["user"]["email"] == "grace@example.com"
    )
    rule = {
        "resource": "project",
        "access_level": "viewer",
        "organization_member": grace["user"]["uuid"],
    }
    rules = ui.team.project + "access_controls/"
    assert ui.team.http.put(rules, json=rule).status_code == 200
    page.goto(ui.address("/settings"))
    expect(page.get_by_text("You may see the settings of this project")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    expect(page.get_by_label("Name")).to_be_disabled()
    page.goto(ui.address("/settings/access"))
    expect(page.get_by_role("rowheader", name="Grace")).to_be_visible()
    expect(page.get_by_role("button", name="Set the rule")).to_have_count(0)


def test_an_address_of_an_old_page_leads_to_the_project_of_last_time(ui: Pages) -> None:
    with ui.browser.new_context() as context:
        sign_in(context, ui.url, EMAIL, PASSWORD)
        page = context.new_page()
        page.goto(f"{ui.url}/settings/about?from=afar")
        page.wait_for_url(f"{ui.address('/settings/about')}?from=afar")
