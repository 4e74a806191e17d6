"""Deciding about change requests."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.api.approvals import ENABLE, UPDATE, Approvals, Person, approvals_on, held
from tests.api.management import Flags, Json, broken_rule, made, refusal
from tests.api.stack import Stack

Ask = Callable[[], Json]
NOBODY = "00000000-0000-0000-0000-00000000000a"


@pytest.fixture
def approvals(stack: Stack) -> Iterator[Approvals]:
    with approvals_on(stack) as people:
        yield people


@pytest.fixture
def ask(flags: Flags) -> Ask:
    """Ada asks to switch a flag on: the request."""

    def asked() -> Json:
        flag = flags.create(f"f-{flags.listed()['count']}", active=False)
        request: Json = held(flags.try_patch(flag, active=True))["change_request"]
        return request

    return asked


def flag_of(flags: Flags, request: Json) -> Json:
    return flags.get({"id": request["resource_id"]})


def refused(person: Person, request: Json, word: str, **body: object) -> str:
    code, detail, _ = refusal(person.decide(request, word, **body), status=403)
    assert code == "permission_denied"
    return detail


def test_the_vote_that_completes_the_quorum_applies(
    flags: Flags, approvals: Approvals, ask: Ask
) -> None:
    role = approvals.role("Reviewers", approvals.hedy)
    config = {"quorum": 2, "users": [approvals.grace.user.id], "roles": [str(role)]}
    approvals.policy(ENABLE, approver_config=config)
    request = ask()
    first = made(approvals.grace.decide(request, "approve", reason="looks good"))
    assert first["status"] == "approved"
    assert first["message"] == "Approval recorded. 1/2 approvals received."
    assert flag_of(flags, request)["active"] is False
    seen = first["change_request"]
    assert (seen["state"], seen["user_decision"], seen["can_approve"]) == (
        "pending",
        "approved",
        False,
    )
    (vote,) = seen["approvals"]
    assert (vote["decision"], vote["reason"]) == ("approved", "looks good")
    assert vote["created_by"]["email"] == "grace@example.com"
    second = approvals.hedy.approve(request)
    assert second["status"] == "applied"
    assert second["message"] == "Quorum reached. Change applied successfully."
    done = second["change_request"]
    assert (done["state"], done["applied_by"]["email"]) == ("applied", "hedy@example.com")
    assert done["result_data"] == {"resource_id": request["resource_id"], "resource_version": 2}
    flag = flag_of(flags, request)
    assert (flag["active"], flag["version"]) == (True, 2)
    assert flag["last_modified_by"]["email"] == "hedy@example.com"
    assert approvals.requests() == [done | {"user_decision": None, "is_requester": True}]


def test_who_may_not_decide_is_told_why(approvals: Approvals, ask: Ask) -> None:
    config = {"quorum": 1, "users": [approvals.ada.user.id, approvals.grace.user.id]}
    approvals.policy(ENABLE, approver_config=config)
    request = ask()
    stranger = "You are not in the approver set for this change request"
    assert refused(approvals.hedy, request, "approve") == stranger
    assert refused(approvals.hedy, request, "reject", reason="x") == stranger
    own = "You cannot approve your own change request"
    assert refused(approvals.ada, request, "approve") == own
    others = "You can only cancel your own change requests"
    assert refused(approvals.grace, request, "cancel") == others
    approvals.grace.approve(request)
    pending = "Only pending change requests can be"
    assert refused(approvals.grace, request, "approve") == f"{pending} approved"
    assert refused(approvals.grace, request, "reject", reason="x") == f"{pending} rejected"
    assert refused(approvals.ada, request, "cancel") == f"{pending} canceled"


def test_a_vote_counts_once(approvals: Approvals, ask: Ask) -> None:
    users = [approvals.grace.user.id, approvals.hedy.user.id]
    approvals.policy(ENABLE, approver_config={"quorum": 2, "users": users})
    request = ask()
    approvals.grace.approve(request)
    again = approvals.grace.decide(request, "approve")
    assert (again.status_code, again.json()) == (
        400,
        {"error": "You have already voted on this change request."},
    )
    assert len(approvals.ada.get(request)["approvals"]) == 1


def test_one_rejection_with_a_reason_rejects(flags: Flags, approvals: Approvals, ask: Ask) -> None:
    approvals.policy(ENABLE)
    request = ask()
    silent = approvals.grace.decide(request, "reject")
    assert (silent.status_code, silent.json()) == (
        400,
        {"error": "A reason is required for rejection."},
    )
    odd = approvals.grace.decide(request, "reject", reason={"a": 1})
    assert refusal(odd)[2] == "reason"
    body = made(approvals.grace.decide(request, "reject", reason="too soon"))
    assert (body["status"], body["change_request"]["state"]) == ("rejected", "rejected")
    assert body["change_request"]["approvals"][0]["reason"] == "too soon"
    assert flag_of(flags, request)["active"] is False
    held(flags.try_patch({"id": request["resource_id"]}, active=True))


def test_the_requester_takes_a_request_back(approvals: Approvals, ask: Ask) -> None:
    approvals.policy(ENABLE)
    request = ask()
    body = made(approvals.ada.decide(request, "cancel", reason=None))
    assert body["status"] == "canceled"
    assert body["change_request"]["state"] == "rejected"
    (vote,) = body["change_request"]["approvals"]
    assert (vote["decision"], vote["created_by"]["email"]) == ("rejected", "ada@example.com")


def test_a_flag_that_has_moved_on_fails_the_request(
    flags: Flags, approvals: Approvals, ask: Ask
) -> None:
    approvals.policy(ENABLE)
    request = ask()
    flags.patch({"id": request["resource_id"]}, name="other")
    body = approvals.grace.approve(request)
    assert body["status"] == "failed"
    failed = body["change_request"]
    assert failed["state"] == "failed"
    assert failed["apply_error"] == "Flag version mismatch: expected 1, got 2"
    assert failed["validation_status"] == "stale"
    assert failed["validation_errors"] == {"detail": failed["apply_error"]}
    assert flag_of(flags, request)["active"] is False


def test_a_flag_that_is_there_already_counts_as_applied(
    flags: Flags, approvals: Approvals, ask: Ask
) -> None:
    policy = approvals.policy(ENABLE)
    request = ask()
    url = approvals.stack.url(f"approval_policies/{policy['id']}/")
    assert approvals.ada.client.delete(url).status_code == 204
    flag = flags.patch({"id": request["resource_id"]}, active=True)
    body = approvals.grace.approve(request)
    assert body["status"] == "applied"
    assert flag_of(flags, request) == flag
    assert body["change_request"]["result_data"]["resource_version"] == flag["version"]


def test_a_change_that_breaks_a_rule_by_now_fails_the_request(
    flags: Flags, approvals: Approvals
) -> None:
    needed = flags.create("needed")
    item = {
        "key": str(needed["id"]),
        "type": "flag",
        "operator": "flag_evaluates_to",
        "value": True,
    }
    approvals.policy("feature_flag.disable")
    request = held(flags.try_patch(needed, active=False))["change_request"]
    flags.create("needing", filters={"groups": [{"properties": [item]}]})
    failed = approvals.grace.approve(request)["change_request"]
    assert (failed["state"], failed["validation_status"]) == ("failed", "invalid")
    assert failed["apply_error"].startswith("Cannot disable this feature flag because")
    assert flags.get(needed)["active"] is True


def test_a_deleting_change_finds_its_own_key_again(flags: Flags, approvals: Approvals) -> None:
    approvals.policy("feature_flag.disable")
    flag = flags.create("f")
    request = held(flags.try_patch(flag, active=False, deleted=True, tags=["B", "a"]))
    approvals.grace.approve(request["change_request_id"])
    gone = flags.get(flag)
    assert (gone["deleted"], gone["active"], gone["tags"]) == (True, False, ["b", "a"])


@pytest.mark.both_databases
def test_two_who_approve_at_once_apply_it_once(
    flags: Flags, approvals: Approvals, ask: Ask
) -> None:
    approvals.policy(ENABLE)
    for _ in range(5):
        request = ask()
        with ThreadPoolExecutor(2) as threads:
            votes = [
                threads.submit(person.decide, request, "approve")
                for person in (approvals.grace, approvals.hedy)
            ]
        assert sorted(vote.result().status_code for vote in votes) == [200, 403]
        assert flag_of(flags, request)["version"] == 2
        assert len(approvals.ada.get(request)["approvals"]) == 1


@pytest.mark.both_databases
def test_two_who_ask_at_once_make_one_request(flags: Flags, approvals: Approvals) -> None:
    approvals.policy(ENABLE)
    flag = flags.create("f", active=False)
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda _: flags.try_patch(flag, active=True).json()["code"], range(4))
        )
    assert sorted(answers) == ["approval_required"] + ["change_request_pending"] * 3
    assert len(approvals.requests()) == 1


def test_a_request_that_waited_too_long_expires(
    flags: Flags, approvals: Approvals, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    approvals.policy(ENABLE, expires_after="1 00:00:00")
    request, other = ask(), ask()
    platform = approvals.stack.platform
    assert platform.approvals.requests.expire_overdue() == 0
    later = platform.stores.clock.now() + timedelta(days=1)
    monkeypatch.setattr(type(platform.stores.clock), "now", lambda _: later)
    assert refused(approvals.grace, request, "approve").startswith("Only pending")
    assert approvals.ada.get(request)["can_cancel"] is False
    fresh = held(flags.try_patch({"id": request["resource_id"]}, active=True))["change_request"]
    assert approvals.ada.get(request)["state"] == "expired"
    assert platform.approvals.requests.expire_overdue() == 1
    gone = approvals.ada.get(other)
    assert (gone["state"], gone["validation_status"]) == ("expired", "expired")
    assert approvals.ada.get(fresh)["state"] == "pending"
    assert approvals.grace.approve(fresh)["status"] == "applied"


def test_requests_are_listed_by_what_they_are(flags: Flags, approvals: Approvals, ask: Ask) -> None:
    approvals.policy(ENABLE)
    approvals.policy(UPDATE)
    first, second = ask(), ask()
    approvals.grace.approve(first)
    shares = {"groups": [{"rollout_percentage": 5}]}
    third = held(flags.try_patch({"id": first["resource_id"]}, filters=shares))["change_request"]
    for query, found in (
        ({}, [third, second, first]),
        ({"state": "applied"}, [first]),
        ({"state": "pending, applied"}, [third, second, first]),
        ({"state": "moon"}, []),
        ({"action_key": UPDATE}, [third]),
        ({"action_type": ENABLE}, [second, first]),
        ({"action_key": "moon"}, []),
        ({"requester": approvals.ada.user.id}, [third, second, first]),
        ({"requester": approvals.grace.user.id}, []),
        ({"resource_type": "feature_flag"}, [third, second, first]),
        ({"resource_type": "experiment"}, []),
        ({"resource_id": first["resource_id"]}, [third, first]),
        ({"limit": 1, "offset": 1}, [second]),
    ):
        assert [one["id"] for one in approvals.requests(**query)] == [one["id"] for one in found]
    url = approvals.stack.url("change_requests/")
    bad = approvals.ada.client.get(url, params={"requester": "ada"})
    assert broken_rule(bad) == "requester must be an integer"


def test_what_is_not_there_is_not_found(approvals: Approvals) -> None:
    client, url = approvals.ada.client, approvals.stack.url
    for answer in (
        client.get(url(f"change_requests/{NOBODY}/")),
        client.get(url("change_requests/seven/")),
        client.post(url(f"change_requests/{NOBODY}/approve/"), json={}),
        client.get(url(f"approval_policies/{NOBODY}/")),
    ):
        assert refusal(answer, status=404)[0] == "not_found"


def test_all_that_happens_to_a_request_is_logged(approvals: Approvals, ask: Ask) -> None:
    policy = approvals.policy(ENABLE)
    request = ask()
    approvals.grace.decide(request, "approve", reason="fine")
    answer = approvals.ada.client.get(approvals.stack.url("activity_log/"))
    log = [
        (entry["scope"], entry["activity"], entry["user"]["first_name"], entry["item_id"])
        for entry in made(answer)["results"]
    ]
    flag, ada = request["resource_id"], approvals.stack.user.first_name
    assert log == [
        ("ChangeRequest", "updated", "Grace", request["id"]),
        ("FeatureFlag", "updated", "Grace", flag),
        ("ChangeRequest", "created", ada, request["id"]),
        ("FeatureFlag", "created", ada, flag),
        ("ApprovalPolicy", "created", ada, policy["id"]),
    ]
    (first, *_) = made(answer)["results"]
    assert first["detail"]["name"] == "Enable feature flag 'f-0'"
    states = [one for one in first["detail"]["changes"] if one["field"] == "state"]
    assert [(one["before"], one["after"]) for one in states] == [("pending", "applied")]


def test_taking_a_policy_away_is_logged(approvals: Approvals) -> None:
    policy = approvals.policy(ENABLE)
    url = approvals.stack.url(f"approval_policies/{policy['id']}/")
    made(approvals.ada.client.patch(url, json={"enabled": False}))
    approvals.ada.client.delete(url)
    query = {"scope": "ApprovalPolicy"}
    log = made(approvals.ada.client.get(approvals.stack.url("activity_log/"), params=query))
    assert [entry["activity"] for entry in log["results"]] == ["deleted", "updated", "created"]
    (change,) = log["results"][1]["detail"]["changes"]
    assert (change["field"], change["before"], change["after"]) == ("enabled", True, False)


def test_who_does_not_see_a_flag_sees_neither_its_requests_nor_its_log(
    approvals: Approvals, ask: Ask
) -> None:
    approvals.policy(ENABLE)
    request, other = ask(), ask()
    stack, grace = approvals.stack, approvals.grace
    rule = {
        "resource": "feature_flag",
        "resource_id": request["resource_id"],
        "member": grace.user.id,
        "access_level": "none",
    }
    made(stack.client.put(stack.url("access_controls/"), json=rule))
    listed = made(grace.client.get(stack.url("change_requests/")))
    assert [one["id"] for one in listed["results"]] == [other["id"]]
    answer = grace.client.get(stack.url(f"change_requests/{request['id']}/"))
    assert refusal(answer, status=403)[0] == "permission_denied"
    log = made(grace.client.get(stack.url("activity_log/")))["results"]
    assert [one["item_id"] for one in log if one["scope"] == "FeatureFlag"] == [
        other["resource_id"]
    ]
