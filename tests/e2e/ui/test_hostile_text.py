"""A script in every field that takes free text stays text on every page that shows it."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import Pages, Traffic
from tests.e2e.ui.people import joined
from tests.e2e.ui.seeding import CARTS, FUNNEL, remove

pytestmark = pytest.mark.xdist_group("ui")


def hostile(field: str) -> str:
    """Markup that acts wherever it is taken for markup, and says where it came from."""
    act = f"(window.taken ??= []).push(`{field}`)"
    return f'{field}"\'><img src=x onerror="{act}"><script>{act}</script>${{7*7}}{{{{7*7}}}}'


def shows(page: Page, *fields: str) -> None:
    """Each of these stands in the page, letter by letter, and none has become anything else."""
    text = page.evaluate(
        """() => document.body.innerText + [...document.querySelectorAll("input, textarea")]
             .map((one) => one.value).join("\\n")"""
    )
    missing = [field for field in fields if hostile(field) not in text]
    assert not missing, (page.url, missing, text)
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.taken") is None


def test_scripts_stay_text_everywhere(ui: Pages) -> None:
    key = f"hostile-{uuid4().hex[:8]}"
    shared = ui.team.post(
        "experiment_saved_metrics/",
        {
            "name": hostile("metric of all"),
            "description": hostile("metric of all's description"),
            "query": {**CARTS, "uuid": None},
        },
    )
    holdout = ui.team.post(
        "experiment_holdouts/",
        {
            "name": hostile("holdout"),
            "filters": [{"properties": [], "rollout_percentage": 5, "variant": "holdout"}],
        },
    )
    variants = [
        {"key": "control", "name": hostile("variant"), "rollout_percentage": 50},
        {"key": "test", "rollout_percentage": 50},
    ]
    experiment = ui.team.post(
        "experiments/",
        {
            "name": hostile("experiment"),
            "description": hostile("hypothesis"),
            "feature_flag_key": key,
            "parameters": {"feature_flag_variants": variants},
            "metrics": [{**FUNNEL, "uuid": None, "name": hostile("metric")}],
            "saved_metrics_ids": [{"id": shared["id"], "metadata": {"type": "secondary"}}],
        },
    )
    number, flag = experiment["id"], experiment["feature_flag"]["id"]
    changed = {"name": hostile("flag"), "tags": [hostile("tag")]}
    ui.team.patch(f"feature_flags/{flag}/", changed)
    ui.team.post(f"experiments/{number}/launch/")
    ui.team.post(
        f"experiments/{number}/end/",
        {"conclusion": "lost", "conclusion_comment": hostile("conclusion")},
    )
    event = {
        "event": hostile("event"),
        "distinct_id": hostile("person"),
        "properties": {hostile("property"): hostile("value")},
    }
    ui.team.capture([event])

    with ui.visit(None, email=joined(ui, hostile("member"))) as page:
        traffic = Traffic(page)
        for path, fields in (
            ("/experiments?search=onerror", ("experiment",)),
            (f"/experiments/{number}", ("experiment", "hypothesis", "conclusion", "variant")),
            (f"/experiments/{number}/setup", ("hypothesis", "metric", "metric of all", "variant")),
            (f"/experiments/{number}/results", ("metric", "variant")),
            (f"/experiments/{number}/print", ("experiment", "hypothesis", "metric", "conclusion")),
            (f"/experiments/{number}/activity", ("experiment",)),
            (f"/feature_flags?search={key}", ("flag",)),
            (f"/feature_flags/{flag}", ("flag",)),
            (f"/feature_flags/{flag}/variants", ("variant",)),
            ("/experiments/shared-metrics", ("metric of all",)),
            (f"/experiments/shared-metrics/{shared['id']}", ("metric of all",)),
            ("/experiments/holdouts", ("holdout",)),
            (f"/experiments/holdouts/{holdout['id']}", ("holdout",)),
            ("/settings/members", ("member",)),
            ("/", ("experiment",)),
        ):
            page.goto(ui.address(path))
            traffic.settle()
            shows(page, *fields)
        page.goto(ui.address("/events"))
        traffic.settle()
        page.get_by_role("listitem").filter(has_text="person").first.locator("summary").click()
        shows(page, "event", "person", "property", "value")
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        palette = page.get_by_role("dialog", name="Search")
        expect(palette.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("onerror")
        palette.get_by_role("menuitem").filter(has_text="experiment").first.wait_for()
        shows(page, "experiment")
    # Lists are searched by name elsewhere.
    remove(ui.team, experiment)
    for path in (
        f"experiment_saved_metrics/{shared['id']}/",
        f"experiment_holdouts/{holdout['id']}/",
    ):
        assert ui.team.http.delete(ui.team.project + path).is_success
