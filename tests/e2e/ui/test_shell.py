"""The frame around all pages: palette, keys, themes, where the focus is, several projects."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import NARROW, Pages

pytestmark = pytest.mark.xdist_group("ui")


def heading(page: Page, name: str) -> None:
    """Wait for the page with this title."""
    expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()


def test_the_palette_finds_and_opens(ui: Pages) -> None:
    with ui.visit("/settings/about") as page:
        heading(page, "Settings")
        page.keyboard.press("Control+k")
        palette = page.get_by_role("dialog", name="Search")
        expect(palette.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("checkout")
        found = palette.get_by_role("menuitem", name="Checkout in one step")
        expect(found).to_be_visible()
        expect(palette.get_by_role("menuitem", name="checkout on")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(palette).to_have_count(0)
        page.keyboard.press("Control+k")
        page.keyboard.type("holdou")
        expect(palette.get_by_role("menuitem", name="Holdouts")).to_be_visible()
        page.keyboard.press("Enter")
        page.wait_for_url("**/experiments/holdouts")
        heading(page, "Holdouts")


def test_keys_lead_everywhere_but_not_from_a_field(ui: Pages) -> None:
    with ui.visit("/settings/profile") as page:
        heading(page, "Settings")
        for letter, title in (("e", "Experiments"), ("f", "Flags"), ("m", "Shared metrics")):
            page.keyboard.press("g")
            page.keyboard.press(letter)
            heading(page, title)
        page.keyboard.press("g")
        page.keyboard.press("s")
        heading(page, "Settings")
        # Who moved by keyboard starts reading at the top, and hears where.
        expect(page.get_by_role("main", name="Settings")).to_be_focused()

        name = page.get_by_label("Name", exact=True)
        name.focus()
        page.keyboard.type("gh?.")
        heading(page, "Settings")
        expect(page.get_by_role("dialog")).to_have_count(0)

        page.get_by_role("main").focus()
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keyboard")
        expect(dialog.get_by_text("Go to Experiments")).to_be_visible()
        page.keyboard.press("g")
        page.keyboard.press("h")
        heading(page, "Settings")
        page.keyboard.press("Escape")
        page.keyboard.press("]")
        page.wait_for_url("**/settings/members")


def test_rows_are_walked_with_two_keys(ui: Pages) -> None:
    with ui.visit("/experiments") as page:
        expect(page.get_by_role("link", name="Search ranking")).to_be_visible()
        page.keyboard.press("j")
        first = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("j")
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.textContent") == first
        page.keyboard.press("Enter")
        heading(page, first)


def test_single_letters_can_be_switched_off(ui: Pages) -> None:
    with ui.visit("/settings/about") as page:
        page.get_by_role("button", name="Signed in as").click()
        page.get_by_role("menuitemcheckbox", name="Single letters do something").click()
        page.keyboard.press("Escape")
        page.reload()
        heading(page, "Settings")
        page.keyboard.press("?")
        page.keyboard.press("g")
        page.keyboard.press("h")
        heading(page, "Settings")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.keyboard.press("Control+k")
        expect(page.get_by_role("dialog", name="Search")).to_be_visible()


def test_a_theme_stays_and_shows_before_the_first_paint(ui: Pages) -> None:
    with ui.visit("/settings/about") as page:
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        light = page.evaluate(ground)
        page.get_by_role("button", name="Signed in as").click()
        page.get_by_role("menuitemradio", name="Dark").click()
        page.wait_for_function(f"before => {ground} !== before", arg=light)
        page.reload(wait_until="commit")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")


def test_a_narrow_screen_folds_the_rail(ui: Pages) -> None:
    with ui.visit("/settings/about", viewport=NARROW) as page:
        heading(page, "Settings")
        flags = page.get_by_role("link", name="Flags", exact=True)
        expect(flags).to_be_hidden()
        page.get_by_role("button", name="Menu").click()
        flags.click()
        heading(page, "Flags")
        expect(flags).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_another_project_is_made_and_switched_to(ui: Pages) -> None:
    with ui.visit("/settings/about") as page:
        page.get_by_role("button", name="Project: Default project").click()
        page.get_by_role("menuitem", name="New project…").click()
        page.get_by_label("Name").fill("<b>Second</b> shop")
        page.get_by_role("button", name="Make project").click()
        expect(page.get_by_role("dialog").locator("code").first).to_contain_text("phs_")
        page.get_by_role("button", name="Open it").click()
        heading(page, "Home")
        # What somebody writes stays text.
        expect(page.get_by_role("button", name="Project: <b>Second</b> shop")).to_be_visible()
        expect(page.get_by_role("heading", name="Make the first experiment")).to_be_visible()


def test_home_says_what_needs_somebody(ui: Pages) -> None:
    with ui.visit("/") as page:
        act = page.get_by_role("region", name="Act now")
        expect(act.get_by_role("listitem").filter(has_text="Lighter images")).to_contain_text(
            "A guardrail is breached."
        )
        expect(act.get_by_role("listitem").filter(has_text="Welcome tour")).to_contain_text(
            "Units are not split as the flag says"
        )
        running = page.get_by_role("region", name="Running")
        expect(running.get_by_role("link", name="Search ranking")).to_be_visible()
        decided = page.get_by_role("region", name="Recently decided")
        expect(decided.get_by_role("listitem").filter(has_text="Sticky header")).to_contain_text(
            "Won"
        )
        act.get_by_role("link", name="Welcome tour").click()
        heading(page, "Welcome tour")


def test_two_hundred_pages_leave_no_memory_behind(ui: Pages) -> None:
    with ui.visit("/settings/about") as page:
        heading(page, "Settings")
        session = page.context.new_cdp_session(page)

        def walk(times: int) -> int:
            for _ in range(times):
                for letter, title in (("f", "Flags"), ("m", "Shared metrics"), ("i", "Holdouts")):
                    page.keyboard.press("g")
                    page.keyboard.press(letter)
                    page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
            session.send("HeapProfiler.collectGarbage")
            counters = session.send("Memory.getDOMCounters")
            return int(counters["nodes"])

        walk(5)
        before = walk(5)
        after = walk(60)
        assert after < before * 1.5 + 500, (before, after)
