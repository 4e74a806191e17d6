"""Flags in the browser: rules with a difference before they are saved, and a playground."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import Pages, axe_findings

pytestmark = pytest.mark.xdist_group("ui")

HELD_OUT = json.loads(Path("tests/cases/flags/holdout_vectors.json").read_text("utf-8"))["rows"]
PRO = {"key": "plan", "type": "person", "operator": "exact", "value": ["pro"]}
VARIANTS = [{"key": "control", "rollout_percentage": 50}, {"key": "test", "rollout_percentage": 50}]


def flag_with(ui: Pages, key: str, **filters: object) -> dict[str, Any]:
    flag: dict[str, Any] = ui.team.post("feature_flags/", {"key": key, "filters": filters})
    return flag


def stored(ui: Pages, flag: dict[str, Any]) -> dict[str, Any]:
    answer = ui.team.http.get(f"{ui.team.project}feature_flags/{flag['id']}/")
    found: dict[str, Any] = answer.json()
    return found


def told_by_sdk(ui: Pages, key: str, who: str, properties: dict[str, Any]) -> object:
    body = {"token": ui.team.token, "distinct_id": who, "person_properties": properties}
    answer = httpx.post(f"{ui.url}/flags/?v=2", json=body).json()["flags"][key]
    return answer["variant"] or ("on" if answer["enabled"] else "off")


def test_the_playground_says_what_sdks_are_told(ui: Pages, page: Page) -> None:
    groups = [
        {"properties": [PRO], "rollout_percentage": 60, "variant": "test"},
        {"properties": [], "rollout_percentage": 40},
    ]
    flag = flag_with(ui, "played", groups=groups, multivariate={"variants": VARIANTS})
    page.goto(ui.address(f"/feature_flags/{flag['id']}/playground"))
    answers = set()
    for number in range(8):
        who, properties = f"person-{number}", {"plan": "pro" if number % 2 else "free"}
        page.get_by_label("Distinct id").fill(who)
        page.get_by_label("Properties of the person (JSON)").fill(json.dumps(properties))
        with page.expect_response("**/explain/"):
            page.get_by_role("button", name="What do they get?").click()
        expected = told_by_sdk(ui, "played", who, properties)
        expect(page.get_by_role("heading", level=2, name="They get")).to_have_text(
            f"They get {expected}"
        )
        answers.add(expected)
    assert len(answers) > 1, "different people, different answers"
    expect(page.get_by_role("img", name="Rollout of rule 1")).to_be_visible()
    assert axe_findings(page) == []


def test_properties_that_are_no_json_are_told_and_kept(ui: Pages, page: Page) -> None:
    flag = flag_with(ui, "no-json", groups=[{"properties": [], "rollout_percentage": 100}])
    page.goto(ui.address(f"/feature_flags/{flag['id']}/playground"))
    page.get_by_label("Distinct id").fill("u")
    page.get_by_label("Properties of the person (JSON)").fill("plan: pro")
    page.get_by_role("button", name="What do they get?").click()
    expect(page.get_by_text("Write a JSON object")).to_be_visible()
    expect(page.get_by_label("Properties of the person (JSON)")).to_have_value("plan: pro")


def test_ids_land_in_the_holdout_where_the_hash_says(ui: Pages, page: Page) -> None:
    page.goto(ui.address("/experiments/holdouts"))
    page.get_by_role("button", name="New holdout").first.click()
    page.get_by_label("Name").fill("Half of all")
    page.get_by_label("Keep out, in percent").fill("50")
    page.get_by_role("button", name="Create the holdout").click()
    expect(page.get_by_role("heading", name="50% are kept out")).to_be_visible()
    number = int(page.url.rsplit("/", 1)[1])
    experiment = ui.team.post(
        "experiments/",
        {"name": "Under the holdout", "feature_flag_key": "under", "holdout_id": number},
    )
    ui.team.post(f"experiments/{experiment['id']}/launch/")
    for row in HELD_OUT:
        variant = told_by_sdk(ui, "under", row["distinct_id"], {})
        assert (variant == f"holdout-{number}") is row["held_out_at_50"], row["id"]
    page.reload()
    expect(page.get_by_role("row", name="Under the holdout")).to_contain_text("Running")
    assert axe_findings(page) == []

    row = next(row for row in HELD_OUT if row["held_out_at_50"])
    page.goto(ui.address(f"/feature_flags/{experiment['feature_flag']['id']}/playground"))
    page.get_by_label("Distinct id").fill(row["distinct_id"])
    page.get_by_role("button", name="What do they get?").click()
    expect(page.get_by_text("Holdout: this decides")).to_be_visible()


def test_a_rule_is_edited_by_keyboard_reviewed_and_saved(ui: Pages, page: Page) -> None:
    flag = flag_with(ui, "edited", groups=[{"properties": [PRO], "rollout_percentage": 10}])
    page.goto(ui.address(f"/feature_flags/{flag['id']}"))
    rollout = page.get_by_label("Let in, percent")
    rollout.fill("35")
    rollout.press("Tab")
    page.get_by_role("button", name="Add a rule").press("Enter")
    expect(page.get_by_role("region", name="Rule 2")).to_be_visible()
    page.get_by_role("button", name="Move rule 2 up").press("Enter")
    page.get_by_role("button", name="Review and save…").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Rule 1: 10% of persons with plan is “pro”")).to_be_visible()
    expect(dialog.get_by_text("Rule 2: 35% of persons with plan is “pro”")).to_be_visible()
    assert axe_findings(page) == []
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("was saved and is served now")).to_be_visible()
    shares = [rule["rollout_percentage"] for rule in stored(ui, flag)["filters"]["groups"]]
    assert shares == [0, 35]


def test_somebody_elses_edit_is_told_and_nothing_is_lost(ui: Pages, page: Page) -> None:
    flag = flag_with(ui, "contested", groups=[{"properties": [], "rollout_percentage": 10}])
    page.goto(ui.address(f"/feature_flags/{flag['id']}"))
    page.get_by_label("Let in, percent").fill("80")
    page.get_by_label("Let in, percent").press("Tab")
    theirs = {"groups": [{"properties": [], "rollout_percentage": 20}]}
    ui.team.patch(f"feature_flags/{flag['id']}/", {"filters": theirs})
    page.get_by_role("button", name="Review and save…").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("changed this flag while you were editing")).to_be_visible()
    expect(page.get_by_label("Let in, percent")).to_have_value("80")
    assert stored(ui, flag)["filters"]["groups"][0]["rollout_percentage"] == 20
    page.get_by_role("button", name="Put my edits on the new version").click()
    page.get_by_role("button", name="Review and save…").click()
    expect(page.get_by_role("dialog").get_by_text("Rule 1: 20% of persons")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("was saved and is served now")).to_be_visible()
    assert stored(ui, flag)["filters"]["groups"][0]["rollout_percentage"] == 80


def test_a_flag_is_made_found_and_switched_with_a_way_back(ui: Pages, page: Page) -> None:
    page.goto(ui.address("/feature_flags/new"))
    page.get_by_label("Key").fill("two words")
    page.get_by_label("Description").fill("<script>alert(1)</script>")
    page.get_by_role("button", name="Create the flag").click()
    expect(page.get_by_label("Key")).to_have_value("two words")
    expect(page.get_by_label("Key")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Key").fill("made-here")
    page.get_by_role("button", name="Create the flag").click()
    expect(page.get_by_role("heading", level=1, name="made-here")).to_be_visible()
    page.goto(ui.address("/feature_flags?search=made-h"))
    row = page.get_by_role("row", name="made-here")
    expect(row).to_contain_text("<script>alert(1)</script>")
    row.get_by_role("link").click()
    page.get_by_text("On", exact=True).last.click()
    expect(page.get_by_text("is off: nobody gets it")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Flag made-here is on.")).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("listitem").filter(has_text="updated")).to_have_count(2)
