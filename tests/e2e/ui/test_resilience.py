"""What pages do when the server dies under them and comes back."""

import signal
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
