"""Print view and read-only link: no controls, no secrets, and an end."""

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import EMAIL, NARROW, Pages, axe_findings

pytestmark = pytest.mark.xdist_group("ui")

_CONTROLS = "button, a, input, select, textarea, [role=button], nav"


def visible_controls(page: Page) -> list[str]:
    return [one.inner_text() for one in page.locator(_CONTROLS).all() if one.is_visible()]


def make_link(ui: Pages, page: Page) -> str:
    experiment = ui.experiments["images"]
    page.goto(ui.address(f"/experiments/{experiment['id']}/print"))
    page.get_by_role("button", name="Make a link").click()
    return page.get_by_test_id("share-link").inner_text()


def test_paper_has_the_results_and_no_controls(ui: Pages, page: Page) -> None:
    experiment = ui.experiments["images"]
    page.goto(ui.address(f"/experiments/{experiment['id']}/print"))
    page.locator("[data-verdict=breached]").wait_for()
    page.emulate_media(media="print")
    assert visible_controls(page) == []
    expect(page.get_by_role("table", name="Guardrails")).to_contain_text("Errors per visitor")
    expect(page.get_by_role("heading", level=1)).to_have_text(experiment["name"])


def test_whoever_has_the_link_reads_and_can_do_nothing(ui: Pages, page: Page) -> None:
    link = make_link(ui, page)
    token = link.rsplit("/", 1)[1]
    with ui.visit(None, email=None, viewport=NARROW, theme="dark") as stranger:
        answers: list[str] = []
        stranger.on("response", lambda answer: answers.append(answer.url))
        stranger.goto(link)
        stranger.locator("[data-verdict=breached]").wait_for()
        assert visible_controls(stranger) == []
        assert axe_findings(stranger) == []
        width = stranger.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"]
        robots = stranger.locator("meta[name=robots]").get_attribute("content")
        assert robots is not None
        assert "noindex" in robots
        asked = [url for url in answers if "/api/" in url]
        assert asked == [f"{ui.url}/api/shared/{token}/"], "nothing else is asked for"
        body = stranger.request.get(asked[0])
        assert body.headers["cache-control"] == "no-store"
        for secret in (EMAIL, *map(str, ui.server.keys.values()), "SELECT", "page failed"):
            if len(secret) > 3:
                assert secret not in body.text()
                assert secret not in stranger.content()


def test_a_link_that_was_taken_back_or_has_expired_leads_nowhere(ui: Pages, page: Page) -> None:
    link = make_link(ui, page)
    other = make_link(ui, page)
    file = ui.server.data_dir / "splitplot.db"
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        hint = f"{other.rsplit('/', 1)[1][:4]}...{other[-4:]}"
        database.execute("UPDATE share_links SET expires_at = 1 WHERE hint = ?", (hint,))
    page.reload()
    expect(page.get_by_text("expired")).to_be_visible()
    hint = f"{link.rsplit('/', 1)[1][:4]}...{link[-4:]}"
    page.get_by_role("button", name=f"Take back {hint}").click()
    expect(page.get_by_text("The link leads nowhere any more.")).to_be_visible()
    with ui.visit(None, email=None) as stranger:
        for address in (link, other, f"{ui.url}/shared/nonsense"):
            stranger.goto(address)
            expect(stranger.get_by_text("This link leads nowhere")).to_be_visible()
