"""Shared metrics in the browser: written with a preview, used, and changed with care."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import Pages, axe_findings
from tests.e2e.ui.seeding import CARTS, REVENUE, experiment_of, plan_of, remove

pytestmark = pytest.mark.xdist_group("ui")


def preview_of(ui: Pages, metric: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ui.team.post("metric_preview/", {"metric": metric})
    return found


def choose(page: Page, field: str, option: str) -> None:
    page.get_by_role("button", name=field).click()
    page.get_by_role("option", name=option).first.click()


def test_a_metric_is_written_previewed_and_made(ui: Pages, page: Page) -> None:
    page.goto(ui.address("/experiments/shared-metrics"))
    with page.expect_response("**/event_definitions/**"):
        page.get_by_role("link", name="New metric").first.click()
    page.get_by_label("Name", exact=True).fill("Spent")
    page.get_by_role("combobox", name="Event").fill("purch")
    page.get_by_role("option", name="purchase").click()
    choose(page, "Takes", "Sum of a property")
    page.get_by_role("combobox", name="Property").fill("amount")
    page.keyboard.press("Escape")
    expected = preview_of(ui, REVENUE)
    expect(page.get_by_role("heading", name="Last 28 days")).to_be_visible()
    panel = page.locator("dl")
    expect(panel).to_contain_text(f"{expected['units']:,}")
    expect(panel).to_contain_text(f"{expected['value']:.4g}")
    expect(panel).to_contain_text(f"{expected['zero_share'] * 100:.1f}%")
    bins = page.get_by_role("table", name="How")
    expect(bins.get_by_role("row")).to_have_count(len(expected["bins"]) + 1)
    page.get_by_text("The query behind it").click()
    expect(page.get_by_role("region", name="SQL")).to_contain_text("SELECT")
    assert axe_findings(page) == []
    page.get_by_role("button", name="Create the metric").click()
    expect(page.get_by_role("heading", level=1, name="Spent")).to_be_visible()
    expect(page.get_by_text("No experiment has this metric yet.")).to_be_visible()


def test_an_event_that_was_never_seen_may_be_named_and_is_told(ui: Pages, page: Page) -> None:
    page.goto(ui.address("/experiments/shared-metrics/new"))
    page.get_by_role("combobox", name="Event").fill("not there yet")
    expect(page.get_by_text("No event of this name has been captured yet.")).to_be_visible()
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Create the metric").click()
    expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("combobox", name="Event")).to_have_value("not there yet")


def test_a_change_of_a_metric_in_use_lists_what_changes(ui: Pages, page: Page) -> None:
    metric = ui.team.post(
        "experiment_saved_metrics/", {"name": "Shared", "query": {**REVENUE, "uuid": None}}
    )
    link = {"id": metric["id"], "metadata": {"type": "primary"}}
    body = {"name": "Uses it", "feature_flag_key": "uses-it", "saved_metrics_ids": [link]}
    ui.team.post("experiments/", body)
    page.goto(ui.address("/experiments/shared-metrics"))
    expect(page.get_by_role("row", name="Shared")).to_contain_text("1 experiment")
    page.get_by_role("link", name="Shared", exact=True).click()
    expect(page.get_by_role("row", name="Uses it")).to_contain_text("primary")
    page.get_by_text("Lower is better").click()
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="One experiment has this metric")
    expect(dialog.get_by_role("row", name="Uses it")).to_be_visible()
    assert axe_findings(page) == []
    dialog.get_by_role("button", name="Save as a new metric").click()
    expect(page.get_by_role("heading", level=1, name="Shared (2)")).to_be_visible()
    expect(page.get_by_label("Lower is better")).to_be_checked()
    old = ui.team.http.get(f"{ui.team.project}experiment_saved_metrics/{metric['id']}/").json()
    assert old["query"] == metric["query"], "the experiment keeps the metric that it has"

    page.goto(ui.address(f"/experiments/shared-metrics/{metric['id']}"))
    page.get_by_role("button", name="More about this metric").click()
    page.get_by_role("menuitem", name="Delete…").click()
    expect(page.get_by_role("dialog")).to_contain_text("One experiment has this metric.")
    page.get_by_role("button", name="Delete it from 1 experiment").click()
    expect(page.get_by_role("heading", name="Shared metrics")).to_be_visible()
    expect(page.get_by_role("link", name="Shared", exact=True)).to_have_count(0)


def test_a_new_version_of_a_shared_metric_leaves_old_results_alone(ui: Pages, page: Page) -> None:
    metric = ui.team.post(
        "experiment_saved_metrics/", {"name": "Carts a head", "query": {**CARTS, "uuid": None}}
    )
    link = {"id": metric["id"], "metadata": {"type": "primary"}}
    plan = plan_of(
        *("Ended before the change", "ended-before", (40, 60), (0.3, 0.4)),
        metrics=[],
        metrics_secondary=[],
        saved_metrics_ids=[link],
        conclusion="won",
    )
    experiment = experiment_of(ui.team, plan, datetime.now(UTC) - timedelta(days=14))
    results = f"{ui.team.project}experiments/{experiment['id']}/metrics_results/"

    def read() -> object:
        (one,) = ui.team.http.get(results, params={"refresh": True}).json()["metrics"]
        assert one["result"]["baseline"]["number_of_samples"] == 40
        return one["metric"], one["result"]["baseline"], one["readings"]

    before = read()
    page.goto(ui.address(f"/experiments/shared-metrics/{metric['id']}"))
    page.get_by_text("Lower is better").click()
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="One experiment has this metric")
    expect(dialog.get_by_role("row", name="Ended before the change")).to_be_visible()
    dialog.get_by_role("textbox", name="Name of the new metric").fill("Carts a head, version 2")
    dialog.get_by_role("button", name="Save as a new metric").click()
    expect(page.get_by_role("heading", level=1, name="Carts a head, version 2")).to_be_visible()
    assert read() == before
    remove(ui.team, experiment)
