"""The policies under which changes wait."""

from collections.abc import Iterator

import pytest

from splitplot.accounts.model import MembershipLevel
from tests.api.approvals import DISABLE, ENABLE, UPDATE, Approvals, approvals_on
from tests.api.management import Json, broken_rule, made, refusal
from tests.api.stack import Stack

pytestmark = pytest.mark.both_databases

NOBODY = "00000000-0000-0000-0000-00000000000a"


NO_SPAN = "Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu]."
REFUSED: list[tuple[Json, str, str, str]] = [
    ({"action_key": None}, "null", "This field may not be null.", "action_key"),
    ({"action_key": "moon"}, "invalid_choice", '"moon" is not a valid choice.', "action_key"),
    (
        {"conditions": []},
        "not_a_dict",
        'Expected a dictionary of items but got type "list".',
        "conditions",
    ),
    (
        {"approver_config": {"quorum": 0, "users": [1]}},
        "invalid_input",
        "Must be 1 or more.",
        "approver_config__quorum",
    ),
    (
        {"approver_config": {"quorum": 2, "users": [1]}},
        "invalid_input",
        "The quorum is 2, but only 1 may approve.",
        "approver_config",
    ),
    (
        {"approver_config": {"users": [99]}},
        "invalid_input",
        "Users do not exist: 99",
        "approver_config",
    ),
    (
        {"approver_config": {"users": ["ada"]}},
        "invalid_input",
        "A valid integer is required.",
        "approver_config__users__0",
    ),
    (
        {"approver_config": {}},
        "invalid_input",
        "At least one user or role must approve.",
        "approver_config",
    ),
    (
        {"bypass_roles": [NOBODY]},
        "invalid_input",
        f"Roles do not exist: {NOBODY}",
        "bypass_roles",
    ),
    (
        {"bypass_roles": ["kings"]},
        "invalid_input",
        "Roles do not exist: kings",
        "bypass_roles__0",
    ),
    ({"enabled": "maybe"}, "invalid_input", "Must be a valid boolean.", "enabled"),
    (
        {"expires_after": "0"},
        "invalid_input",
        "Must be between one second and ten years.",
        "expires_after",
    ),
    (
        {"expires_after": "9999999 00:00:00"},
        "invalid_input",
        NO_SPAN,
        "expires_after",
    ),
]


@pytest.fixture
def approvals(stack: Stack) -> Iterator[Approvals]:
    with approvals_on(stack) as people:
        yield people


def url_of(approvals: Approvals, policy: Json) -> str:
    return approvals.stack.url(f"approval_policies/{policy['id']}/")


def test_a_policy_is_made_with_defaults(approvals: Approvals) -> None:
    policy = approvals.policy(ENABLE)
    known = dict(policy)
    assert known.pop("id")
    assert known.pop("created_at") == known.pop("updated_at")
    assert known.pop("created_by")["email"] == "ada@example.com"
    assert known == {
        "action_key": ENABLE,
        "conditions": {},
        "approver_config": {
            "quorum": 1,
            "users": [approvals.grace.user.id, approvals.hedy.user.id],
            "roles": [],
        },
        "allow_self_approve": False,
        "bypass_org_membership_levels": [],
        "bypass_roles": [],
        "expires_after": "14 00:00:00",
        "enabled": True,
        "organization_wide": False,
    }
    assert made(approvals.ada.client.get(url_of(approvals, policy))) == policy


def test_what_makes_no_policy_is_refused(approvals: Approvals) -> None:
    for body, *said in REFUSED:
        assert list(refusal(approvals.try_policy(ENABLE, **body))) == said
    assert made(approvals.ada.client.get(approvals.stack.url("approval_policies/")))["count"] == 0


def test_a_policy_needs_an_action_and_approvers(approvals: Approvals) -> None:
    client, url = approvals.ada.client, approvals.stack.url("approval_policies/")
    assert refusal(client.post(url, json={}))[2] == "action_key"
    assert refusal(client.post(url, json={"action_key": ENABLE}))[2] == "approver_config"


def test_there_is_one_policy_for_an_action(approvals: Approvals) -> None:
    approvals.policy(ENABLE)
    other = approvals.policy(DISABLE)
    exists = "A policy for this action already exists. You can edit the existing policy instead."
    assert broken_rule(approvals.try_policy(ENABLE)) == exists
    client = approvals.ada.client
    changed = client.patch(url_of(approvals, other), json={"action_key": ENABLE})
    assert broken_rule(changed) == exists
    wide = approvals.policy(ENABLE, organization_wide=True)
    assert broken_rule(approvals.try_policy(ENABLE, organization_wide=True)) == exists
    narrowed = client.patch(url_of(approvals, wide), json={"organization_wide": False})
    assert broken_rule(narrowed) == exists


def test_a_policy_is_changed_and_taken_away(approvals: Approvals) -> None:
    policy = approvals.policy(ENABLE, conditions={"type": "any_change"})
    client, url = approvals.ada.client, url_of(approvals, policy)
    off = made(client.patch(url, json={"enabled": False, "bypass_org_membership_levels": ["8"]}))
    assert off == policy | {
        "enabled": False,
        "bypass_org_membership_levels": ["8"],
        "updated_at": off["updated_at"],
    }
    assert refusal(client.put(url, json={"enabled": True}))[2] == "action_key"
    whole = {"action_key": UPDATE, "approver_config": policy["approver_config"]}
    assert made(client.put(url, json=whole))["action_key"] == UPDATE
    assert (client.delete(url).status_code, client.delete(url).status_code) == (204, 404)


def test_policies_are_listed_by_what_they_are(approvals: Approvals) -> None:
    first, second = approvals.policy(ENABLE), approvals.policy(UPDATE, enabled=False)
    wide = approvals.policy(ENABLE, organization_wide=True)
    for query, found in (
        ({}, [wide, second, first]),
        ({"action_key": ENABLE}, [wide, first]),
        ({"enabled": "false"}, [second]),
        ({"enabled": "true"}, [wide, first]),
        ({"limit": "1", "offset": "1"}, [second]),
    ):
        answer = approvals.ada.client.get(approvals.stack.url("approval_policies/"), params=query)
        assert made(answer)["results"] == found, query


def test_members_read_policies_and_admins_write_them(approvals: Approvals) -> None:
    policy = approvals.policy(ENABLE)
    grace, url = approvals.grace.client, approvals.stack.url("approval_policies/")
    assert made(grace.get(url))["results"] == [policy]
    body = {"action_key": UPDATE, "approver_config": policy["approver_config"]}
    one = url_of(approvals, policy)
    for answer in (grace.post(url, json=body), grace.patch(one, json={}), grace.delete(one)):
        assert refusal(answer, status=403)[0] == "permission_denied"
    admin = approvals.member("admin", MembershipLevel.ADMIN).client
    assert (
        made(admin.post(url, json=body), status=201)["created_by"]["email"] == "admin@example.com"
    )


def test_keys_need_the_scope_for_approvals(stack: Stack) -> None:
    key = stack.key(scopes=("approvals:read",))
    headers = {"Authorization": f"Bearer {key}"}
    for path in ("approval_policies/", "change_requests/"):
        assert stack.anonymous.get(stack.url(path), headers=headers).status_code == 200
    answer = stack.anonymous.post(stack.url("approval_policies/"), headers=headers, json={})
    assert refusal(answer, status=403)[1] == "API key missing required scope 'approvals:write'"
