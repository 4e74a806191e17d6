"""The list of experiments: filters in the address, keys, what is done to many, and thousands."""

import csv
import io
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import Pages

pytestmark = pytest.mark.xdist_group("ui")
MANY = 5_000


def names(page: Page) -> list[str]:
    return page.locator("[data-row-link]").all_inner_texts()


def test_filters_order_and_search_stand_in_the_address(ui: Pages, page: Page) -> None:
    page.goto(ui.address("/experiments"))
    page.get_by_role("link", name="Pricing page").wait_for()
    page.get_by_role("button", name=re.compile("Any status")).click()
    page.get_by_role("option", name="Draft").click()
    page.wait_for_url("**/experiments?status=draft")
    expect(page.get_by_role("link", name="Checkout in one step")).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("pric")
    page.wait_for_url("**/experiments?search=pric&status=draft")
    expect(page.locator("[data-row-link]")).to_have_text(["Pricing page"])
    page.reload()
    expect(page.locator("[data-row-link]")).to_have_text(["Pricing page"])
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("link", name="Checkout in one step").wait_for()
    page.get_by_role("button", name=re.compile("^Name")).click()
    page.wait_for_url("**/experiments?order=name")
    expect(page.get_by_role("columnheader", name=re.compile("^Name"))).to_have_attribute(
        "aria-sort", "ascending"
    )
    shown = names(page)
    assert shown == sorted(shown, key=str.lower)


def test_a_view_is_kept_under_a_name_and_columns_can_be_chosen(ui: Pages, page: Page) -> None:
    page.goto(ui.address("/experiments?status=running"))
    page.get_by_role("link", name="Checkout in one step").wait_for()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("dialog", name="Columns").locator("label", has_text="Owner").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="Owner")).to_have_count(0)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Save this view…").click()
    page.get_by_role("textbox", name="Name").fill("What runs")
    page.get_by_role("button", name="Save view").click()
    page.goto(ui.address("/experiments"))
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="What runs").click()
    page.wait_for_url(re.compile("status=running"))
    expect(page.get_by_role("columnheader", name="Owner")).to_have_count(0)
    expect(page.get_by_role("button", name="View: What runs")).to_be_visible()


def test_keys_go_through_rows_and_open_them(ui: Pages, page: Page) -> None:
    page.goto(ui.address("/experiments?order=name"))
    page.get_by_role("link", name="Checkout in one step").wait_for()
    shown = names(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("[data-row-link]:focus")).to_have_text(shown[0])
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(shown[1])


def test_what_is_shown_can_be_taken_away_as_a_file(ui: Pages, page: Page) -> None:
    ui.team.post("experiments/", {"name": "=HYPERLINK(1)", "feature_flag_key": "formula-in-a-name"})
    page.goto(ui.address("/experiments?search=HYPER"))
    page.get_by_role("link", name="=HYPERLINK(1)").wait_for()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export CSV").click()
    text = downloading.value.path().read_text(encoding="utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["Name"] == "'=HYPERLINK(1)", "no spreadsheet computes it"
    assert row["Status"] == "Draft"


def test_several_are_archived_at_once(ui: Pages, page: Page) -> None:
    for number in range(2):
        path = ui.team.post(
            "experiments/", {"name": f"Old idea {number}", "feature_flag_key": f"old-{number}"}
        )["id"]
        ui.team.post(f"experiments/{path}/launch/")
        if number == 0:
            ui.team.post(f"experiments/{path}/end/")
    page.goto(ui.address("/experiments?search=Old+idea"))
    page.locator("label", has_text="Select all on this page").click()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text(re.compile("Archived 1 of 2. 1 stayed"))).to_be_visible()
    expect(page.locator("[data-row-link]")).to_have_text(["Old idea 1"])


@contextmanager
def a_project_with_many(ui: Pages) -> Iterator[int]:
    """Another project with thousands of experiments on one flag, copied in the database."""
    made = ui.team.http.post("/api/projects/", json={"name": "Thousands"}).json()
    path = f"/api/projects/{made['id']}/experiments/"
    first = ui.team.http.post(path, json={"name": "Idea 0", "feature_flag_key": "one"}).json()
    file = ui.server.data_dir / "splitplot.db"
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(experiments)")]
        kept = ", ".join(column for column in columns if column not in ("id", "name"))
        database.execute(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers"  # noqa: S608 our own columns
            f" WHERE n < ?) INSERT INTO experiments (name, {kept}) SELECT 'Idea ' || n, {kept}"
            " FROM experiments, numbers WHERE id = ?",
            (MANY - 1, first["id"]),
        )
    yield int(made["id"])


def test_thousands_of_experiments_are_listed_at_once(ui: Pages, page: Page) -> None:
    with a_project_with_many(ui) as project:
        address = f"{ui.url}/project/{project}/experiments"
        page.goto(address)
        page.get_by_text("5,000 experiments").wait_for()
        started = time.monotonic()
        page.get_by_role("button", name="Next").click()
        page.wait_for_url("**/experiments?page=2")
        page.get_by_text("Page 2 of 100").wait_for()
        expect(page.get_by_role("link", name="Idea 4949", exact=True)).to_be_visible()
        page.get_by_label("Search experiments").fill("Idea 777")
        expect(page.locator("[data-row-link]")).to_have_text(["Idea 777"])
        assert time.monotonic() - started < 5, "two answers, with half a second to spare for each"
        assert page.locator("tbody tr").count() <= 50
