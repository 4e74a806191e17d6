"""Changes that need a second person: asked for, seen whole, approved, rejected, taken back."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.pages import PASSWORD, Pages, axe_findings

pytestmark = pytest.mark.xdist_group("ui")

HEDY = "hedy@example.com"


@pytest.fixture(scope="module")
def gated(ui: Pages) -> Iterator[int]:
    """Hedy has to approve every change of a rollout. Answers her number."""
    invites = "/api/organizations/@current/invites/"
    invite = ui.team.http.post(invites, json={"target_email": HEDY, "level": 1})
    assert invite.status_code == 201, invite.text
    token = invite.json()["link"].rsplit("/", 1)[1]
    joined = httpx.post(
        f"{ui.url}/api/invites/{token}/",
        json={"password": PASSWORD, "first_name": "Hedy"},
        headers={"X-Requested-With": "splitplot"},
    )
    assert joined.status_code == 201, joined.text
    members = ui.team.http.get("/api/organizations/@current/members/").json()["results"]
    hedy = next(one["user"]["id"] for one in members if one["user"]["email"] == HEDY)
    rule = {
        "action_key": "feature_flag.update",
        "approver_config": {"quorum": 1, "users": [hedy], "roles": []},
        "allow_self_approve": False,
        "conditions": {},
    }
    policy = ui.team.post("approval_policies/", rule)
    yield hedy
    # Other tests change flags too.
    ui.team.http.delete(f"{ui.team.project}approval_policies/{policy['id']}/")


def flag_with(ui: Pages, key: str) -> dict[str, Any]:
    filters = {"groups": [{"properties": [], "rollout_percentage": 10}]}
    flag: dict[str, Any] = ui.team.post("feature_flags/", {"key": key, "filters": filters})
    return flag


def ask(ui: Pages, page: Page, flag: dict[str, Any], share: int) -> None:
    """Edit the rollout on the flag's page; it has to wait."""
    page.goto(ui.address(f"/feature_flags/{flag['id']}"))
    page.get_by_label("Let in, percent").fill(str(share))
    page.get_by_label("Let in, percent").press("Tab")
    page.get_by_role("button", name="Review and save…").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("This waits for approval.")).to_be_visible()


def share_of(ui: Pages, flag: dict[str, Any]) -> object:
    answer = ui.team.http.get(f"{ui.team.project}feature_flags/{flag['id']}/").json()
    return answer["filters"]["groups"][0]["rollout_percentage"]


@pytest.mark.usefixtures("gated")
def test_a_change_waits_until_somebody_else_approves_it(ui: Pages, page: Page) -> None:
    flag = flag_with(ui, "gated")
    ask(ui, page, flag, 60)
    assert share_of(ui, flag) == 10
    page.get_by_role("link", name="approvals", exact=True).click()
    card = page.get_by_role("article").filter(has_text="gated")
    expect(card).to_contain_text("Yours")
    expect(card).to_contain_text("Somebody else has to approve it.")
    with ui.visit("/approvals", email=HEDY) as hers:
        card = hers.get_by_role("article").filter(has_text="gated")
        expect(card.get_by_text("Rule 1 lets in 10%.")).to_be_visible()
        expect(card.get_by_text("Rule 1 lets in 60%.")).to_be_visible()
        card.get_by_text("The whole change").click()
        expect(card.get_by_text("Rule 1: 60% of persons get the flag on.")).to_be_visible()
        assert axe_findings(hers) == []
        card.get_by_role("button", name="Approve…").click()
        hers.get_by_role("dialog").get_by_role("button", name="Approve").click()
        expect(hers.get_by_text("Change applied successfully.")).to_be_visible()
        hers.get_by_role("link", name="History").click()
        expect(hers.get_by_role("article").filter(has_text="gated")).to_contain_text("Applied")
    assert share_of(ui, flag) == 60


@pytest.mark.usefixtures("gated")
def test_a_change_is_rejected_with_a_reason_or_taken_back(ui: Pages, page: Page) -> None:
    rejected, withdrawn = flag_with(ui, "rejected-one"), flag_with(ui, "withdrawn-one")
    ask(ui, page, rejected, 60)
    ask(ui, page, withdrawn, 60)
    with ui.visit("/approvals", email=HEDY) as hers:
        card = hers.get_by_role("article").filter(has_text="rejected-one")
        card.get_by_role("button", name="Reject…").click()
        dialog = hers.get_by_role("dialog")
        expect(dialog.get_by_role("button", name="Reject")).to_be_disabled()
        dialog.get_by_label("Reason").fill("Too early")
        dialog.get_by_role("button", name="Reject").click()
        expect(card).to_have_count(0)
    page.goto(ui.address("/approvals"))
    card = page.get_by_role("article").filter(has_text="withdrawn-one")
    card.get_by_role("button", name="Take back…").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    expect(card).to_have_count(0)
    page.get_by_role("link", name="History").click()
    card = page.get_by_role("article").filter(has_text="rejected-one")
    expect(card).to_contain_text("Too early")
    assert (share_of(ui, rejected), share_of(ui, withdrawn)) == (10, 10)
