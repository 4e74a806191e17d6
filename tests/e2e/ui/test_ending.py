"""Ending and shipping: the rule, the flag before and after, and the reason for going against it."""

import json
import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import running_site
from tests.e2e.ui.pages import Pages, axe_findings
from tests.e2e.ui.seeding import remove
from tests.e2e.ui.visitors import visiting

pytestmark = pytest.mark.xdist_group("ui")


def launched(ui: Pages, key: str) -> dict[str, Any]:
    made = ui.team.post("experiments/", {"name": f"Ending {key}", "feature_flag_key": key})
    return dict(ui.team.post(f"experiments/{made['id']}/launch/"))


def stored(ui: Pages, experiment: dict[str, Any]) -> dict[str, Any]:
    found = ui.team.http.get(f"{ui.team.project}experiments/{experiment['id']}/")
    return dict(found.json())


def served(ui: Pages, key: str, distinct_id: str) -> object:
    """The variant that SDKs are told for this id."""
    body = {"token": ui.team.token, "distinct_id": distinct_id}
    answer = httpx.post(f"{ui.url}/flags/?v=2", json=body)
    return answer.json()["flags"][key]["variant"]


def a_page_of(ui: Pages, key: str, distinct_id: str) -> str:
    """A page with the unchanged browser library, whose title is the variant that it is told."""
    options = {"api_host": ui.url, "bootstrap": {"distinctID": distinct_id}}
    return f"""<!doctype html><title>…</title>
      <script src="{ui.url}/static/array.js"></script>
      <script>posthog.init("{ui.team.token}", {json.dumps(options)});
      posthog.onFeatureFlags(() => document.title = posthog.getFeatureFlag("{key}"));</script>"""


def test_the_rule_is_shown_and_its_choice_is_made_already(ui: Pages, page: Page) -> None:
    experiment = ui.experiments["checkout"]
    page.goto(ui.address(f"/experiments/{experiment['id']}/end"))
    expect(page.get_by_text("Ready to ship test")).to_be_visible()
    expect(page.get_by_role("radio", name=re.compile("^Ship test"))).to_be_checked()
    diff = page.get_by_role("list", name="The flag before and after")
    expect(diff.locator("[data-mark=removed]")).to_have_count(2)
    expect(diff).to_contain_text("Variant 'test': 100% of them.")
    expect(page.get_by_role("textbox", name="Note")).to_be_visible()
    page.get_by_text("Keep what there was: ship control").click()
    expect(page.get_by_text("The rule says to ship test.")).to_be_visible()
    expect(diff).to_contain_text("Variant 'control': 100% of them.")
    assert axe_findings(page) == []
    assert stored(ui, experiment)["status"] == "running", "looking changes nothing"


def test_shipping_against_the_rule_asks_for_a_reason_and_changes_the_flag(
    ui: Pages, page: Page
) -> None:
    experiment = launched(ui, "against-the-rule")
    page.goto(ui.address(f"/experiments/{experiment['id']}/end"))
    page.locator("label", has_text="Ship test").click()
    expect(page.get_by_text("The rule does not say to ship test.")).to_be_visible()
    page.get_by_text("The same audience").click()
    page.get_by_role("button", name="Ship test").click()
    expect(page.get_by_text("Say why this goes against the rule.")).to_be_visible()
    assert stored(ui, experiment)["status"] == "running"

    page.get_by_role("textbox", name="Reason").fill("The law asks for it.")
    page.get_by_role("button", name=re.compile("How it came out")).click()
    page.get_by_role("option", name="Stopped early").click()
    page.get_by_role("button", name="Ship test").click()
    page.wait_for_url(f"**/experiments/{experiment['id']}")
    after = stored(ui, experiment)
    assert after["status"] == "stopped"
    assert after["conclusion"] == "stopped_early"
    assert after["conclusion_comment"] == "The law asks for it."
    variants = after["feature_flag"]["filters"]["multivariate"]["variants"]
    assert {one["key"]: one["rollout_percentage"] for one in variants} == {
        "control": 0,
        "test": 100,
    }


def test_a_page_of_the_site_gets_the_variant_that_was_shipped(ui: Pages, page: Page) -> None:
    key = "ship-to-the-site"
    experiment = launched(ui, key)
    somebody = next(
        one for one in map("visitor-{}".format, range(50)) if served(ui, key, one) == "control"
    )
    with running_site() as site:
        site.pages["/"] = a_page_of(ui, key, somebody)
        with visiting(ui, site.url) as window:
            expect(window).to_have_title("control")
        page.goto(ui.address(f"/experiments/{experiment['id']}/end"))
        page.locator("label", has_text="Ship test").click()
        page.get_by_role("textbox", name="Reason").fill("It is what we want.")
        page.get_by_role("button", name="Ship test").click()
        page.wait_for_url(f"**/experiments/{experiment['id']}")
        with visiting(ui, site.url) as window:
            expect(window).to_have_title("test")
    remove(ui.team, experiment)


def test_ending_only_leaves_the_flag_as_it_is(ui: Pages, page: Page) -> None:
    experiment = launched(ui, "end-only")
    page.goto(ui.address(f"/experiments/{experiment['id']}/end"))
    page.get_by_role("radio", name=re.compile("End only")).wait_for()
    page.get_by_role("button", name="End the experiment").click()
    page.wait_for_url(f"**/experiments/{experiment['id']}")
    after = stored(ui, experiment)
    assert after["status"] == "stopped"
    assert after["feature_flag"]["version"] == experiment["feature_flag"]["version"]
