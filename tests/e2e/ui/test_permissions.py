"""Viewers get nothing to change anything with; nobody overwrites another's edit unseen."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import Pages, Traffic
from tests.e2e.ui.people import joined

pytestmark = pytest.mark.xdist_group("ui")

# What changes nothing for anybody else, by the beginning of its name.
_LOOKING = ("Copy", "More actions", "Show as table", "Results", "Baseline", "Difference", "Print")
_CONTROLS = "main :is(button, input, textarea, select, [role=switch]):enabled"
_NAMES = f"""() => [...document.querySelectorAll({_CONTROLS!r})]
  .filter(one => one.checkVisibility() && !one.closest("[data-disabled]"))
  .map(one => (one.ariaLabel ?? one.labels?.[0]?.textContent ?? one.textContent).trim())"""


def a_draft(ui: Pages) -> dict[str, Any]:
    key = f"draft-{uuid4().hex[:8]}"
    made = ui.team.post("experiments/", {"name": "Edited by two", "feature_flag_key": key})
    return dict(made)


def description_of(ui: Pages, experiment: dict[str, Any]) -> object:
    answer = ui.team.http.get(f"{ui.team.project}experiments/{experiment['id']}/")
    return answer.json()["description"]


def controls(page: Page) -> list[str]:
    return [name for name in page.evaluate(_NAMES) if not name.startswith(_LOOKING)]


def test_a_viewer_sees_no_way_to_change_anything(ui: Pages) -> None:
    draft = a_draft(ui)
    number, flag = (ui.experiments["images"][name] for name in ("id", "feature_flag"))
    paths = (
        f"/experiments/{number}",
        f"/experiments/{number}/setup",
        f"/experiments/{number}/print",
        f"/experiments/{draft['id']}",
        f"/experiments/{draft['id']}/setup",
        f"/feature_flags/{flag['id']}",
        f"/feature_flags/{flag['id']}/variants",
    )
    found = {}
    with ui.visit(None, email=joined(ui, "Viola", level="viewer")) as page:
        traffic = Traffic(page)
        for path in paths:
            page.goto(ui.address(path))
            traffic.settle()
            found[path] = controls(page)
            expect(page.get_by_role("button", name="Save")).to_have_count(0)
        assert found == {path: [] for path in paths}
        page.goto(ui.address(f"/experiments/{number}"))
        page.get_by_role("button", name="More actions").click()
        expect(page.get_by_role("menuitem")).to_have_text(["Copy link", "Print view and sharing"])
    with ui.visit(f"/experiments/{draft['id']}/setup") as page:
        page.get_by_text("None yet.").first.wait_for()
        assert {"Add a metric", "Rename"} <= set(controls(page)), "the owner has them"
        expect(page.get_by_role("button", name="Save")).to_have_count(3)


def test_an_edit_in_another_tab_is_told_and_not_overwritten_unseen(ui: Pages, page: Page) -> None:
    draft = a_draft(ui)
    address = ui.address(f"/experiments/{draft['id']}/setup")
    page.goto(address)
    mine = page.get_by_label("Because…")
    mine.fill("It is mine.")
    other = page.context.new_page()
    other.goto(address)
    other.get_by_label("Because…").fill("It is theirs.")
    hypothesis = other.locator("form").filter(has=other.get_by_label("Because…"))
    hypothesis.get_by_role("button", name="Save").click()
    expect(other.get_by_text("The hypothesis is saved.")).to_be_visible()

    hypothesis = page.locator("form").filter(has=page.get_by_label("Because…"))
    hypothesis.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else has changed this meanwhile")).to_be_visible()
    assert description_of(ui, draft) == "It is theirs."
    expect(mine).to_have_value("It is mine.")
    hypothesis.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The hypothesis is saved.")).to_be_visible()
    assert description_of(ui, draft) == "It is mine."
