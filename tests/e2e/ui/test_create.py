"""From an idea to a running experiment: by keyboard alone, and with visitors who count."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import eventually, running_site
from tests.e2e.ui.pages import Pages, axe_findings
from tests.e2e.ui.visitors import visiting

pytestmark = pytest.mark.xdist_group("ui")

_MOST_STEPS = 60
_FOCUSED = """() => {
  const one = document.activeElement;
  const text = one.matches("button, a, summary") ? one.textContent : "";
  const label = one.labels?.[0]?.textContent ?? "";
  const by = (one.getAttribute("aria-labelledby") ?? "").split(" ")
    .map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  return [one.getAttribute("aria-label"), by, label, text].filter(Boolean).join(" | ");
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(_MOST_STEPS):
        if re.search(name, str(page.evaluate(_FOCUSED))):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached; the focus is on {page.evaluate(_FOCUSED)}")


def press_on(page: Page, name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Enter")


def fill(page: Page, name: str, text: str) -> None:
    tab_to(page, name)
    page.keyboard.type(text)


def saved(page: Page) -> None:
    expect(page.get_by_text("✓ Draft saved")).to_be_visible()


def test_the_wizard_leads_from_nothing_to_launched_by_keyboard_alone(ui: Pages, page: Page) -> None:
    page.goto(ui.address("/experiments"))
    page.get_by_role("heading", level=1, name="Experiments").wait_for()
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Name").wait_for()
    name = f"Keyboard only {uuid4().hex[:6]}"
    fill(page, "^Name", name)
    fill(page, "Because…", "mice are rare")
    fill(page, "changing…", "the order of fields")
    fill(page, "will…", "help everybody")
    expect(page.get_by_label("Flag key")).to_have_value(name.lower().replace(" ", "-"))
    press_on(page, "Save draft and continue")

    page.get_by_role("heading", name="Who sees which variant").wait_for()
    tab_to(page, "Traffic that enters")
    page.keyboard.press("PageDown")
    expect(page.get_by_text("90%", exact=True).first).to_be_visible()
    press_on(page, "Add a variant")
    press_on(page, "Continue to measure")

    page.get_by_role("heading", name="What decides").wait_for()
    press_on(page, "Add a metric")
    expect(page.get_by_label("Name of the metric")).to_be_focused()
    fill(page, r"^Event \|", "purchase")
    page.keyboard.press("Tab")
    saved(page)
    press_on(page, "Continue to plan")

    page.get_by_role("heading", name="How it is judged").wait_for()
    expect(page.get_by_text(re.compile(r"about \d+ days"))).to_be_visible()
    saved(page)
    press_on(page, "Continue to review")

    expect(page.get_by_text("1 primary metric will decide.")).to_be_visible()
    assert axe_findings(page) == []
    press_on(page, r"Launch…")
    page.get_by_role("dialog").wait_for()
    press_on(page, "Launch now")
    page.wait_for_url(re.compile(r"/experiments/\d+$"))

    number = int(page.url.rsplit("/", 1)[1])
    made = ui.team.http.get(f"{ui.team.project}experiments/{number}/").json()
    assert made["status"] == "running"
    assert made["description"] == (
        "Because mice are rare, changing the order of fields will help everybody."
    )
    filters = made["feature_flag"]["filters"]
    assert filters["groups"][0]["rollout_percentage"] == 90
    shares = [one["rollout_percentage"] for one in filters["multivariate"]["variants"]]
    assert shares == [34, 33, 33]
    assert made["metrics"][0]["source"]["event"] == "purchase"
    assert made["parameters"]["recommended_running_time"] >= 1


def test_what_was_typed_survives_reloading_going_back_and_a_refusal(ui: Pages, page: Page) -> None:
    name = f"Kept through reloads {uuid4().hex[:6]}"
    page.goto(ui.address("/experiments/new"))
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("will…").fill("stay")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value(name)
    expect(page.get_by_label("will…")).to_have_value("stay")
    page.get_by_role("button", name="Save draft and continue").click()
    page.wait_for_url("**/edit?step=who")

    page.get_by_label("What variant 2 is").fill("The red one")
    saved(page)
    page.get_by_role("button", name="Continue to measure").click()
    page.wait_for_url("**/edit?step=measure")
    page.reload()
    page.get_by_role("heading", name="What decides").wait_for()
    page.go_back()
    page.wait_for_url("**/edit?step=who")
    expect(page.get_by_label("What variant 2 is")).to_have_value("The red one")

    page.get_by_text("Split evenly:").click()
    page.get_by_label("test", exact=True).fill("70")
    page.keyboard.press("Tab")
    expect(page.get_by_text("✕ Not saved")).to_be_visible()
    expect(page.get_by_text("The split adds up to 120%")).to_be_visible()
    expect(page.get_by_label("test", exact=True)).to_have_value("70")
    page.get_by_label("control", exact=True).fill("30")
    page.keyboard.press("Tab")
    saved(page)
    number = int(page.url.split("/")[-2])
    made = ui.team.http.get(f"{ui.team.project}experiments/{number}/").json()
    variants = made["feature_flag"]["filters"]["multivariate"]["variants"]
    assert [one["rollout_percentage"] for one in variants] == [30, 70]
    assert variants[1]["name"] == "The red one"


def test_visitors_of_a_page_with_the_browser_library_count_in_the_results(
    ui: Pages, page: Page
) -> None:
    page.goto(ui.address("/experiments/new"))
    page.get_by_label("Name", exact=True).fill(f"Seen by visitors {uuid4().hex[:6]}")
    page.get_by_role("button", name="Save draft and continue").click()
    page.get_by_role("button", name="Continue to measure").click()
    page.get_by_role("button", name="Add a metric").click()
    page.get_by_role("combobox", name="Event").fill("signed up")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Continue to plan").click()
    page.get_by_role("button", name="Continue to review").click()
    snippet = page.get_by_role("region", name="Browser").inner_text()
    page.get_by_role("button", name="Launch…").click()
    page.get_by_role("button", name="Launch now").click()
    page.wait_for_url(re.compile(r"/experiments/\d+$"))

    with running_site() as site:
        site.pages["/"] = f"""<!doctype html><title>Shop</title>
          <script src="{ui.url}/static/array.js"></script>
          <script>{snippet.replace("// What is new.", 'document.title = "new";')}
          posthog.onFeatureFlags(() => {{
            posthog.capture("signed up"); document.body.dataset.done = "yes"; }});</script>"""
        for number in range(3):
            with visiting(ui, f"{site.url}/?visitor={number}") as window:
                window.wait_for_selector("[data-done=yes]", state="attached")
                # The library sends what it holds when the page is left.
                window.goto("about:blank")
    number = int(page.url.rsplit("/", 1)[1])
    address = f"{ui.team.project}experiments/{number}/metrics_results/"

    def read() -> list[dict[str, Any]]:
        (metric,) = ui.team.http.get(address, params={"refresh": True}).json()["metrics"]
        return [metric["result"]["baseline"], *metric["result"]["variant_results"]]

    sums = eventually(read, lambda seen: sum(one["sum"] for one in seen) == 3)
    assert sum(one["number_of_samples"] for one in sums) == 3
    assert sum(one["sum"] for one in sums) == 3
    page.goto(ui.address(f"/experiments/{number}/print"))
    for one in sums:
        row = page.get_by_role("row").filter(has_text=one["key"]).first
        expect(row).to_contain_text(str(one["number_of_samples"]))
