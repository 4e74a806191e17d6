"""The results of an experiment on the screen: the API's numbers, and what may go wrong."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.ui.drawn_results import answer_with, drawn_rows, generated_body
from tests.e2e.ui.pages import NARROW, Pages

pytestmark = pytest.mark.xdist_group("ui")

Axe = Callable[[Page], list[str]]


def results_of(ui: Pages, key: str) -> dict[str, Any]:
    path = f"experiments/{ui.experiments[key]['id']}/metrics_results/"
    body: dict[str, Any] = ui.team.http.get(ui.team.project + path).json()
    return body


def results_page(ui: Pages, page: Page, key: str, query: str = "") -> None:
    page.goto(ui.address(f"/experiments/{ui.experiments[key]['id']}/results{query}"))
    page.locator("tr[data-variant]").first.wait_for()


def as_number(text: str) -> float:
    """The first number of a text as the page writes it."""
    found = re.search(r"[-+]?[\d,]*\.?\d+(?:E[-+]?\d+)?", text)
    assert found is not None, text
    number = float(found.group().replace(",", ""))
    return number / 100 if "%" in text else number


def test_numbers_are_those_of_the_api(ui: Pages, page: Page) -> None:
    """A funnel, means and a guardrail of real events; every type of generated ones below."""
    body = results_of(ui, "images")
    results_page(ui, page, "images")
    compare(page, body)


@pytest.mark.parametrize("difference", ["relative", "absolute"])
def test_every_type_of_metric_has_its_numbers(ui: Pages, page: Page, difference: str) -> None:
    body = generated_body({"method": "frequentist"}, metrics=12, seed=3)
    answer_with(page, body)
    results_page(ui, page, "search", f"?difference={difference}")
    assert {one["metric"]["metric_type"] for one in body["metrics"]} == {
        "mean", "funnel", "ratio", "retention",
    }  # fmt: skip
    compare(page, body, difference)


def compare(page: Page, body: dict[str, Any], difference: str = "relative") -> None:
    rows = {(row.metric, row.variant): row for row in drawn_rows(page)}
    assert rows
    for metric in body["metrics"]:
        readings = {one["variant"]: one for one in metric["readings"]}
        for variant in metric["result"]["variant_results"]:
            row = rows.pop((metric["key"], variant["key"]))
            value, *_ = row.value.split("\n")
            assert as_number(value) == pytest.approx(
                variant["splitplot"]["value"], rel=1e-3, abs=6e-5
            )
            reading = readings[variant["key"]]
            scale = "relative" if metric["role"] == "guardrail" else difference
            effect = reading[scale]
            if effect is None:
                continue
            shown, bounds = row.effect.split("\n")[:2]
            lower, upper = bounds.split(" to ")
            wanted = [effect["effect"], *effect["interval"]]
            found = [as_number(text) for text in (shown, lower, upper)]
            assert found == pytest.approx(wanted, rel=5e-3, abs=6e-4)
    assert not rows


def test_how_results_are_looked_at_stands_in_the_address(ui: Pages, page: Page) -> None:
    results_page(ui, page, "search")
    page.get_by_role("button", name="Baseline").click()
    page.get_by_role("option", name="test").click()
    expect(page.locator("tr[data-variant=control] [data-verdict]").first).to_be_visible()
    page.get_by_role("button", name="Difference").click()
    page.get_by_role("option", name="Absolute").click()
    page.wait_for_url("**?baseline=test&difference=absolute")
    page.reload()
    expect(page.locator("tr[data-variant=test]").first).to_contain_text("baseline")
    expect(page.get_by_role("button", name="Difference")).to_contain_text("Absolute")


@pytest.mark.parametrize(
    ("code", "says"),
    [("query_resource_limit_exceeded", "took too long"), ("broken", "could not be computed")],
)
def test_a_metric_that_fails_hides_no_other_and_can_be_asked_again(
    ui: Pages, page: Page, code: str, says: str
) -> None:
    body = results_of(ui, "checkout")
    failed = json.loads(json.dumps(body))
    metric = failed["metrics"][1]
    metric |= {"result": None, "readings": [], "reason": {"code": code, "message": "No luck."}}
    answers = [failed]

    def fulfill(route: Route) -> None:
        route.fulfill(json=answers[-1])

    page.route("**/metrics_results/**", fulfill)
    results_page(ui, page, "checkout")
    broken = page.locator(f'tbody[data-metric="{metric["key"]}"]')
    expect(broken.get_by_role("alert")).to_contain_text(says)
    expect(broken.get_by_role("alert")).to_contain_text("No luck.")
    expect(page.get_by_role("status").filter(has_text="metrics are there")).to_contain_text(
        "1 of them could not be computed"
    )
    assert len({row.metric for row in drawn_rows(page)}) == len(body["metrics"]) - 1
    answers.append(body)
    broken.get_by_role("button", name="Try again").click()
    expect(broken.locator("[data-verdict]")).to_be_visible()


def test_a_store_that_does_not_answer_is_said_to_have_failed(ui: Pages) -> None:
    with ui.visit(None, expects=["503"]) as page:
        refuse = {
            "type": "server_error",
            "code": "unavailable",
            "detail": "No store.",
            "attr": None,
        }
        page.route("**/metrics_results/**", lambda route: route.fulfill(status=503, json=refuse))
        number = ui.experiments["checkout"]["id"]
        page.goto(ui.address(f"/experiments/{number}/results"))
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("No store.")
        expect(alert).to_contain_text("Assignments continue")
        page.unroute("**/metrics_results/**")
        alert.get_by_role("button", name="Try again").click()
        page.locator("tr[data-variant]").first.wait_for()


def test_while_results_are_computed_their_rows_stand_there(ui: Pages, page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/metrics_results/**", hold)
    number = ui.experiments["checkout"]["id"]
    page.goto(ui.address(f"/experiments/{number}/results"))
    expect(page.get_by_role("table", name="being computed")).to_contain_text("Revenue per visitor")
    expect(page.get_by_role("status").filter(has_text="being computed")).to_be_attached()
    for route in held:
        route.continue_()
    page.locator("tr[data-variant]").first.wait_for()


def test_screen_readers_hear_a_table_of_row_groups(ui: Pages, page: Page) -> None:
    results_page(ui, page, "images")
    table = page.get_by_role("table", name="Results of Lighter images")
    headers = table.get_by_role("columnheader")
    assert headers.all_inner_texts()[:7] == [
        "Variant", "Units", "Value", "Effect", "Interval", "Evidence", "Verdict",
    ]  # fmt: skip
    body = results_of(ui, "images")
    errors = next(one for one in body["metrics"] if one["role"] == "guardrail")
    group = table.locator(f'tbody[data-metric="{errors["key"]}"]')
    assert group.get_by_role("rowheader").count() == 3
    row = group.get_by_role("row").filter(has=page.locator("[data-verdict]"))
    picture = row.get_by_role("img")
    name = picture.evaluate("svg => svg.querySelector('title').textContent")
    assert re.fullmatch(
        r"B \(test\): [+-][\d.]+%, 95% interval [+-][\d.]+% to [+-][\d.]+%;"
        r" must not pass \+5\.0%, breached\.",
        name,
    )
    expect(picture).to_have_accessible_name(name)
    expect(row.get_by_role("cell").last).to_contain_text("Breached")


def test_on_a_narrow_screen_rows_are_cards(ui: Pages, axe: Axe) -> None:
    with ui.visit(None, viewport=NARROW) as page:
        results_page(ui, page, "images")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"]
        row = page.locator("tr[data-variant=test]").first
        box = row.bounding_box()
        assert box is not None
        assert box["width"] <= NARROW["width"]
        assert [row.locator("td").nth(place).get_attribute("data-label") for place in range(6)] == [
            "Units", "Value", "Effect", "Interval", "Evidence", "Verdict",
        ]  # fmt: skip
        # A table stays one for screen readers, however it is laid out.
        expect(page.get_by_role("table", name="Results of")).to_be_visible()
        assert axe(page) == []


# One metric by itself


@pytest.fixture
def metric_address(ui: Pages) -> str:
    number = ui.experiments["checkout"]["id"]
    key = results_of(ui, "checkout")["metrics"][0]["key"]
    return ui.address(f"/experiments/{number}/metrics/{key}")


def test_a_metric_has_a_page_of_its_own(ui: Pages, page: Page, metric_address: str) -> None:
    results_page(ui, page, "checkout")
    page.get_by_role("link", name="Visit to purchase").click()
    page.wait_for_url(metric_address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Visit to purchase")
    page.get_by_role("link", name="Funnel").click()
    steps = results_of(ui, "checkout")["metrics"][0]["result"]["baseline"]["splitplot"]["steps"]
    table = page.get_by_role("table", name="Units by step and variant")
    last = table.get_by_role("row").filter(has_text="purchase").first
    expect(last).to_contain_text(f"{steps[-1]['count']}")
    expect(last).to_contain_text(f"{steps[-1]['share_of_first']:.2%}")
    page.get_by_role("link", name="Debug").click()
    expect(page.get_by_role("region", name="SQL of the event store")).to_contain_text("SELECT")
    expect(page.get_by_role("table", name="Sums by variant")).to_contain_text("900")


def test_segments_are_exploratory(page: Page, metric_address: str) -> None:
    page.goto(f"{metric_address}/segments?breakdown=$browser")
    table = page.get_by_role("table", name="Segments by $browser")
    expect(table).to_contain_text("Chromium")
    expect(page.get_by_text("Exploratory")).to_be_visible()
    expect(page.locator("[data-verdict]")).to_have_count(0)


def test_days_are_computed_in_the_background(page: Page, metric_address: str) -> None:
    page.goto(metric_address)
    page.get_by_role("button", name="Compute").click()
    page.goto("about:blank")
    page.goto(metric_address)
    chart = page.get_by_role("img", name=re.compile("Relative effect by day"))
    chart.wait_for(timeout=30_000)
    page.get_by_role("button", name="Show as table").click()
    table = page.get_by_role("table", name=re.compile("Relative effect by day"))
    expect(table.get_by_role("row")).not_to_have_count(1)
