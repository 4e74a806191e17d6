"""What pages do without their server, network, session or the right time."""

import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.client import Client
from tests.e2e.server_process import serving, set_up
from tests.e2e.ui.pages import EMAIL, PASSWORD, Pages

pytestmark = pytest.mark.xdist_group("ui")

# What a browser writes of requests that nobody answers.
GONE = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")


def test_a_page_outlives_its_server(chromium: Browser, tmp_path: Path) -> None:
    keys = set_up(tmp_path, "--email", EMAIL, "--password", PASSWORD)
    with serving(tmp_path, keys=keys) as server, Client(server) as team:
        pages = Pages(server=server, team=team, browser=chromium, experiments={})
        port = server.url.rpartition(":")[2]
        with pages.visit("/settings/profile", expects=GONE) as page:
            page.get_by_label("First name").fill("Ada")
            server.end(signal.SIGKILL)
            page.get_by_role("button", name="Save name").click()
            banner = page.get_by_text("The server does not answer.", exact=True)
            expect(banner).to_be_visible()
            expect(page.get_by_label("First name")).to_have_value("Ada")

            with serving(tmp_path, "--port", port, keys=keys):
                expect(banner).to_have_count(0)
                page.get_by_role("button", name="Save name").click()
                expect(page.get_by_text("Saved.")).to_be_visible()
                page.get_by_role("link", name="Flags", exact=True).click()
                expect(page.get_by_role("heading", level=1, name="Flags")).to_be_visible()


def test_a_page_without_a_network_keeps_what_was_typed_and_goes_on(ui: Pages) -> None:
    with ui.visit("/settings/profile", expects=["ERR_INTERNET_DISCONNECTED"]) as page:
        page.get_by_label("First name").fill("Ada")
        page.context.set_offline(True)
        page.get_by_role("button", name="Save name").click()
        banner = page.get_by_text("The server does not answer.", exact=True)
        expect(banner).to_be_visible()
        page.context.set_offline(False)
        expect(banner).to_have_count(0)
        expect(page.get_by_label("First name")).to_have_value("Ada")
        page.get_by_role("button", name="Save name").click()
        expect(page.get_by_text("Saved.")).to_be_visible()


def test_signing_out_in_one_tab_ends_the_session_in_the_other(ui: Pages) -> None:
    with ui.visit("/settings/profile", email=None) as page:
        page.get_by_label("E-mail address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_label("First name").fill("Ada")
        other = page.context.new_page()
        other.goto(ui.address("/settings/about"))
        other.get_by_role("button", name="Signed in as").click()
        other.get_by_role("menuitem", name="Sign out").click()
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
        page.get_by_role("button", name="Save name").click()
        dialog = page.get_by_role("dialog", name="Your session is over")
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog).to_have_count(0)
        expect(page.get_by_label("First name")).to_have_value("Ada")


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_a_day_off_misleads_nobody(ui: Pages, days: int) -> None:
    with ui.visit(None) as page:
        page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=days))
        page.goto(ui.address(f"/experiments/{ui.experiments['checkout']['id']}/results"))
        page.locator("tr[data-variant]").first.wait_for()
        expect(page.get_by_text(re.compile(r"As of (just now|\d+ minutes? ago)"))).to_be_visible()
