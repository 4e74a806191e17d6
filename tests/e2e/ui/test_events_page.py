"""Events in the browser appear as they arrive."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import Pages, axe_findings

pytestmark = pytest.mark.xdist_group("ui")


def send(ui: Pages, name: str, who: str, **properties: object) -> None:
    body = {
        "api_key": ui.team.token,
        "batch": [{"event": name, "distinct_id": who, "properties": properties}],
    }
    assert httpx.post(f"{ui.url}/batch/", json=body).status_code == 200


def test_events_appear_live_until_paused(ui: Pages, page: Page) -> None:
    page.goto(ui.address("/events?distinct_id=watched"))
    expect(page.get_by_text("No event fits.")).to_be_visible()
    send(ui, "looked", "watched", page="<img src=x onerror=alert(1)>", depth={"a": [1, 2]})
    events = page.get_by_role("list", name="Events, newest first").get_by_role("listitem")
    expect(events).to_have_count(1)
    events.first.locator("summary").click()
    expect(page.get_by_role("row", name="page")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.get_by_role("row", name="depth")).to_contain_text('{"a":[1,2]}')
    assert axe_findings(page) == []
    page.get_by_role("button", name="Pause").click()
    send(ui, "left", "watched")
    expect(page.get_by_text("Paused")).to_be_visible()
    page.get_by_role("button", name="Follow again").click()
    expect(events).to_have_count(2)
    page.get_by_role("combobox", name="Event").fill("left")
    expect(events).to_have_count(1)
    assert "event=left" in page.url
