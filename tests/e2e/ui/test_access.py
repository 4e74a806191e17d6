"""Pages without a mouse, without a picture and without colours."""

import re

import pytest
from playwright.sync_api import Page

from tests.e2e.ui.pages import Pages, Traffic
from tests.e2e.ui.renewing import kept

pytestmark = pytest.mark.xdist_group("ui")

_MOST = 80
_FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const by = (one.getAttribute("aria-labelledby") ?? "").split(" ")
    .map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
  const name = one.getAttribute("aria-label") || by || one.labels?.[0]?.textContent
    || one.textContent || one.title;
  const inside = one.closest("main") ? "main" : one.closest("header, nav") ? "frame" : "page";
  const role = one.getAttribute("role") || one.type || one.tagName.toLowerCase();
  return `${inside}: ${role} ${name.replace(/\\s+/g, " ").trim()}`;
}"""


def focus_order(page: Page) -> list[str]:
    """What Tab leads to, once around the page."""
    order: list[str] = []
    while len(order) < _MOST:
        page.keyboard.press("Tab")
        one = page.evaluate(_FOCUSED)
        # The browser's own controls come behind the last one of the page.
        if one is None:
            continue
        # Names with moments in them are others tomorrow; the reader may get a capital.
        one = re.sub(r"\d+", "#", one).lower()
        if order and one == order[0]:
            return order
        order.append(one)
    raise AssertionError(f"the focus never comes back: {order}")


@pytest.mark.parametrize(
    ("name", "path"),
    [("results", "/experiments/{checkout}/results"), ("create", "/experiments/new")],
)
def test_the_focus_goes_through_a_page_in_its_order(
    ui: Pages, page: Page, name: str, path: str
) -> None:
    traffic = Traffic(page)
    page.goto(ui.address(path.format(checkout=ui.experiments["checkout"]["id"])))
    traffic.settle()
    order = focus_order(page)
    assert "page: a skip to content" in order
    assert order == kept(f"focus-{name}", order)


def test_screen_readers_are_told_the_same_of_a_results_table(ui: Pages, page: Page) -> None:
    page.goto(ui.address(f"/experiments/{ui.experiments['checkout']['id']}/results"))
    page.locator("[data-verdict]").first.wait_for()
    tree = page.get_by_role("table", name="Results of").aria_snapshot()
    told = [re.sub(r"[\d.,]+", "#", line) for line in tree.splitlines()]
    assert told == kept("tree-results", told)


def test_variants_and_verdicts_are_told_apart_without_colours(ui: Pages, page: Page) -> None:
    number = ui.experiments["search"]["id"]
    page.goto(ui.address(f"/experiments/{number}/results"))
    page.locator("[data-verdict]").first.wait_for()
    rows = page.locator("tbody[data-metric]").first.locator("th[scope=row] span[aria-hidden]")
    letters = [one for one in rows.all_inner_texts() if re.fullmatch("[A-Z]", one)]
    assert letters == ["A", "B", "C"]
    page.goto(ui.address(f"/experiments/{number}"))
    page.locator("[data-series]").first.wait_for()
    dashes = page.evaluate(
        """() => [...document.querySelectorAll("[data-series]")]
          .map((one) => getComputedStyle(one.lastElementChild.matches("path")
            ? one.lastElementChild : one.querySelector("path + path")).strokeDasharray)"""
    )
    assert len(dashes) == len(set(dashes)) == 3, dashes
