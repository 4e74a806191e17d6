"""An experiment's page: whether to trust it, what to do, how long still; its parts."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import Pages

pytestmark = pytest.mark.xdist_group("ui")


def experiment_page(ui: Pages, page: Page, key: str, tab: str = "") -> None:
    page.goto(ui.address(f"/experiments/{ui.experiments[key]['id']}{tab}"))
    page.get_by_role("heading", level=1, name=ui.experiments[key]["name"]).wait_for()


@pytest.fixture
def draft(ui: Pages) -> Iterator[dict[str, Any]]:
    """An experiment of the test's own."""
    made = ui.team.post(
        "experiments/",
        {
            "name": "Own draft",
            "feature_flag_key": "own-draft",
            "parameters": {
                "feature_flag_variants": [
                    {"key": "control", "rollout_percentage": 50},
                    {"key": "test", "rollout_percentage": 50},
                ]
            },
            "allow_unknown_events": True,
        },
    )
    yield made
    flag = made["feature_flag"]["id"]
    ui.team.patch(f"experiments/{made['id']}/", {"deleted": True})
    ui.team.patch(f"feature_flags/{flag}/", {"deleted": True})


def test_a_split_that_does_not_hold_is_seen_everywhere(ui: Pages, page: Page) -> None:
    experiment_page(ui, page, "welcome")
    expect(page.locator('[data-lamp="Trust"]')).to_contain_text("Not to be trusted yet")
    expect(page.locator('[data-lamp="Decision"]')).to_contain_text("Cannot tell")
    page.get_by_role("navigation", name="Parts").get_by_role("link", name="Health").click()
    card = page.locator('[data-card="split"]')
    expect(card).to_contain_text("Does not hold")
    expect(card).to_contain_text("Likely cause")
    expect(card.get_by_role("img")).to_have_accessible_name(
        re.compile("control 500, expected 425; test 350, expected 425")
    )
    expect(card.get_by_role("link", name="Open the flag")).to_be_visible()
    page.get_by_role("navigation", name="Parts").get_by_role("link", name="Results").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be trusted")
    verdicts = page.locator("[data-verdict]")
    expect(verdicts.first).to_be_visible()
    assert all("Withheld" in text for text in verdicts.all_inner_texts())
    bars = page.locator('[data-part="bar"]')
    assert bars.count() == page.locator('[data-part="bar"][fill^="url("]').count() > 0


def test_a_split_that_holds_raises_no_alarm(ui: Pages, page: Page) -> None:
    experiment_page(ui, page, "checkout", "/health")
    expect(page.locator('[data-lamp="Trust"]')).to_contain_text("No check has failed")
    expect(page.locator('[data-card="split"]')).to_contain_text("Holds")


def test_a_ramp_raises_no_alarm(ui: Pages, page: Page) -> None:
    """More people let in on the way change how many come, not how they are split."""
    flag = ui.experiments["search"]["feature_flag"]
    groups = flag["filters"]["groups"]
    for percentage in (10, 50, 100):
        ramped = [{**group, "rollout_percentage": percentage} for group in groups]
        filters = {**flag["filters"], "groups": ramped}
        ui.team.patch(f"feature_flags/{flag['id']}/", {"filters": filters})
    experiment_page(ui, page, "search", "/health")
    expect(page.locator('[data-card="split"]')).to_contain_text("Holds")
    expect(page.locator('[data-lamp="Trust"]')).to_contain_text("No check has failed")


def test_an_experiment_is_launched_paused_and_brought_back(
    ui: Pages, page: Page, draft: dict[str, Any]
) -> None:
    page.goto(ui.address(f"/experiments/{draft['id']}"))
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Reset to draft…").click()
    dialog = page.get_by_role("dialog", name="Reset this experiment to a draft?")
    dialog.get_by_role("button", name="Reset to draft").click()
    expect(page.get_by_role("button", name="Launch")).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("listitem").filter(has_text="launch").first).to_be_visible()


def test_a_change_that_waits_for_approval_says_so(
    ui: Pages, page: Page, draft: dict[str, Any]
) -> None:
    waiting = {
        "code": "approval_required",
        "status": "approval_required",
        "detail": "Somebody else has to approve this.",
        "message": "Somebody else has to approve this.",
    }
    page.route("**/launch/", lambda route: route.fulfill(status=409, json=waiting))
    page.goto(ui.address(f"/experiments/{draft['id']}"))
    page.get_by_role("button", name="Launch").click()
    banner = page.get_by_role("status").filter(has_text="approval")
    expect(banner).to_contain_text("Nothing was changed")
    expect(banner.get_by_role("link", name="Open approvals")).to_be_visible()
    expect(page.get_by_role("button", name="Launch")).to_be_visible()


def test_it_is_renamed_in_place(ui: Pages, page: Page, draft: dict[str, Any]) -> None:
    page.goto(ui.address(f"/experiments/{draft['id']}"))
    page.get_by_role("button", name="Rename").click()
    name = page.get_by_role("textbox", name="Name")
    name.fill("x" * 401)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("no more than 400 characters")).to_be_visible()
    expect(name).to_have_value("x" * 401)
    name.fill("<b>Own</b> draft")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>Own</b> draft")


def test_metrics_are_added_and_removed_in_the_setup(
    ui: Pages, page: Page, draft: dict[str, Any]
) -> None:
    page.goto(ui.address(f"/experiments/{draft['id']}/setup"))
    page.get_by_role("button", name="Add a metric").first.click()
    dialog = page.get_by_role("dialog", name="Add a metric")
    dialog.get_by_role("textbox", name="Name").fill("Sign-ups")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("Choose an event.").first).to_be_visible()
    dialog.get_by_role("combobox").first.fill("purchase")
    page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Sign-ups", exact=True)).to_be_visible()
    page.get_by_role("button", name="Change Sign-ups").click()
    page.get_by_role("menuitem", name="Remove").click()
    expect(page.get_by_text("Sign-ups", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("Sign-ups", exact=True)).to_be_visible()


def test_an_ended_experiment_shows_its_conclusion(ui: Pages, page: Page) -> None:
    experiment_page(ui, page, "header")
    expect(page.get_by_text("More visitors buy.")).to_be_visible()
    expect(page.get_by_text("Won").first).to_be_visible()
    page.get_by_role("button", name="Show as table").click()
    expect(page.get_by_role("table", name=re.compile("Units exposed so far"))).to_be_visible()
