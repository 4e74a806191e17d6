"""What waits for approval, and what the client does once it is given."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from splitplot.accounts.model import MembershipLevel
from splitplot.experiments.lifecycle.flag_records import Edit
from splitplot.flags.model import FlagId
from tests.api.approvals import DISABLE, ENABLE, UPDATE, Approvals, approvals_on, held
from tests.api.management import (
    SPLIT,
    Experiments,
    Flags,
    Json,
    broken_rule,
    made,
    refusal,
    variants,
)
from tests.api.stack import Stack


@pytest.fixture
def approvals(stack: Stack) -> Iterator[Approvals]:
    with approvals_on(stack) as people:
        yield people


def rollout(flag: Json, share: float) -> Json:
    """The flag's filters with another share in the first group."""
    first, *others = flag["filters"]["groups"]
    return {**flag["filters"], "groups": [{**first, "rollout_percentage": share}, *others]}


def test_without_a_policy_nothing_waits(flags: Flags, approvals: Approvals) -> None:
    approvals.policy(DISABLE)
    flag = flags.create("f", active=False)
    assert flags.patch(flag, active=True)["active"] is True
    assert approvals.requests() == []


def test_a_change_that_needs_approval_is_not_made_and_tells_what_it_waits_for(
    flags: Flags, approvals: Approvals
) -> None:
    approvals.policy(ENABLE)
    flag = flags.create("f", active=False)
    body = held(flags.try_patch(flag, active=True, name="Better"))
    assert flags.get(flag) == flag
    assert body["detail"] == "A change request has been created and is pending approval."
    assert (body["resource_type"], body["resource_id"]) == ("feature_flag", str(flag["id"]))
    assert body["required_approvers"] == {
        "quorum": 1,
        "users": [approvals.grace.user.id, approvals.hedy.user.id],
        "roles": [],
    }
    request = body["change_request"]
    assert UUID(request["id"]) == UUID(body["change_request_id"])
    assert request["intent"] == {
        "flag_id": flag["id"],
        "flag_key": "f",
        "current_state": {"active": False},
        "gated_changes": {"active": True},
        "triggered_paths": ["active"],
        "full_request_data": {"active": True, "name": "Better"},
        "preconditions": {"version": 1, "updated_at": flag["updated_at"]},
        "http_method": "PATCH",
    }
    assert request["intent_display"] == {
        "description": "Enable feature flag 'f'",
        "before": {"active": False},
        "after": {"active": True},
        "triggered_paths": ["active"],
    }
    assert request["policy_snapshot"]["quorum"] == 1
    assert (request["state"], request["validation_status"]) == ("pending", "valid")
    mine = {"can_approve": False, "can_cancel": True, "is_requester": True, "user_decision": None}
    nobodys = dict.fromkeys(mine, False) | {"user_decision": None}
    assert {name: request[name] for name in mine} == nobodys
    assert approvals.ada.get(request) == request | mine


def test_a_second_try_finds_the_request_that_waits(flags: Flags, approvals: Approvals) -> None:
    approvals.policy(ENABLE)
    flag = flags.create("f", active=False)
    first = held(flags.try_patch(flag, active=True))
    again = held(flags.try_patch(flag, active=True), "change_request_pending")
    assert again["message"] == "A pending approval request already exists for this action"
    assert again["required_approvers"] == {}
    assert again["change_request"] == first["change_request"]
    assert len(approvals.requests()) == 1


def test_an_approver_who_asks_waits_for_others(flags: Flags, approvals: Approvals) -> None:
    config = {"quorum": 1, "users": [approvals.ada.user.id, approvals.grace.user.id]}
    policy = approvals.policy(ENABLE, approver_config=config)
    flag = flags.create("f", active=False)
    detail = held(flags.try_patch(flag, active=True))["detail"]
    assert detail == "A change request has been created and is pending approval from others."
    approvals.ada.client.patch(
        approvals.stack.url(f"approval_policies/{policy['id']}/"), json={"allow_self_approve": True}
    )
    other = flags.create("g", active=False)
    own = held(flags.try_patch(other, active=True))
    assert own["detail"] == "A change request has been created and is pending approval."
    assert approvals.ada.approve(own["change_request_id"])["status"] == "applied"


@pytest.mark.both_databases
def test_every_way_to_switch_or_to_share_out_waits(
    experiments: Experiments, flags: Flags, approvals: Approvals
) -> None:
    launchable, patched, synced = (experiments.create() for _ in range(3))
    running, shipped, paused = (experiments.launched() for _ in range(3))
    experiments.act(paused, "pause")
    flag = flags.create("f", SPLIT)
    for key in (ENABLE, DISABLE, UPDATE):
        approvals.policy(key)
    parameters = {"feature_flag_variants": variants(control=10, test=90)}
    experiments_before = [
        experiments.get(one) for one in (launchable, patched, synced, running, shipped, paused)
    ]
    for answer, key in (
        (experiments.try_act(launchable, "launch"), ENABLE),
        (experiments.try_patch(patched, start_date="2025-01-01T00:00:00Z"), ENABLE),
        (experiments.try_patch(synced, parameters=parameters), UPDATE),
        (experiments.try_act(running, "pause"), DISABLE),
        (experiments.try_act(paused, "resume"), ENABLE),
        (experiments.try_act(shipped, "ship_variant", variant_key="test"), UPDATE),
        (flags.try_patch(flag, active=False), DISABLE),
        (flags.try_patch(flag, filters=rollout(flag, 5)), UPDATE),
    ):
        assert held(answer)["change_request"]["action_key"] == key
    assert len(approvals.requests()) == 8
    assert experiments_before == [
        experiments.get(one) for one in (launchable, patched, synced, running, shipped, paused)
    ]
    assert flags.get(flag) == flag


def test_what_leaves_switch_and_shares_alone_does_not_wait(
    experiments: Experiments, flags: Flags, approvals: Approvals
) -> None:
    draft, stopped = experiments.create(), experiments.stopped()
    running = experiments.launched()
    for key in (ENABLE, DISABLE, UPDATE):
        approvals.policy(key)
    experiments.create(start_date="2025-01-01T00:00:00Z")
    flag = flags.create("f")
    flags.patch(flag, name="x", tags=["a"], filters={**flag["filters"], "payloads": {"true": "1"}})
    experiments.patch(draft, name="x", parameters={"note": 1})
    experiments.act(running, "end")
    experiments.act(stopped, "archive")
    experiments.act(stopped, "unarchive")
    experiments.act(stopped, "reset")
    assert approvals.requests() == []


def test_what_nobody_in_particular_does_never_waits(flags: Flags, approvals: Approvals) -> None:
    approvals.policy(ENABLE)
    flag = flags.create("f", active=False)
    platform, project = approvals.stack.platform, approvals.stack.project
    edit = Edit(values={"active": True})
    platform.flag_records.update(project, FlagId(flag["id"]), edit, actor=None)
    after = flags.get(flag)
    assert (after["active"], after["last_modified_by"]) == (True, None)


def test_what_breaks_a_rule_makes_no_request(flags: Flags, approvals: Approvals) -> None:
    approvals.policy(UPDATE)
    flag = flags.create("f")
    answer = flags.try_patch(flag, filters=rollout(flag, 120))
    detail = "groups[0].rollout_percentage must be between 0 and 100, got 120"
    assert refusal(answer) == ("invalid_input", detail, "filters")
    assert approvals.requests() == []


def test_some_may_go_past_a_policy(flags: Flags, approvals: Approvals) -> None:
    admin = approvals.member("admin", MembershipLevel.ADMIN)
    keeper = approvals.member("keeper")
    role = approvals.role("Keepers", keeper)
    approvals.policy(ENABLE, bypass_org_membership_levels=["8"], bypass_roles=[str(role)])
    for person, status in ((approvals.hedy, 409), (admin, 200), (keeper, 200)):
        flag = flags.create(f"f-{person.user.id}", active=False)
        answer = person.client.patch(flags.url(flag), json={"active": True})
        assert answer.status_code == status, answer.text


def test_conditions_say_when_a_change_waits(flags: Flags, approvals: Approvals) -> None:
    condition = {
        "type": "before_after",
        "field": "rollout_percentage",
        "operator": ">",
        "value": 50,
    }
    flag = flags.create("f", filters={"groups": [{"rollout_percentage": 10}]})
    approvals.policy(UPDATE, conditions=condition)
    flag = flags.patch(flag, filters=rollout(flag, 50))
    held(flags.try_patch(flag, filters=rollout(flag, 51)))


def test_an_organizations_policy_holds_where_the_project_has_none(
    flags: Flags, approvals: Approvals
) -> None:
    approvals.policy(ENABLE, organization_wide=True)
    flag = flags.create("f", active=False)
    held(flags.try_patch(flag, active=True))
    never = {"type": "any_change", "field": "rollout_percentage"}
    approvals.policy(ENABLE, conditions=never)
    other = flags.create("g", active=False)
    assert flags.patch(other, active=True)["active"] is True


def test_a_change_under_two_policies_is_to_be_made_in_parts(
    flags: Flags, approvals: Approvals
) -> None:
    approvals.policy(ENABLE)
    approvals.policy(UPDATE, organization_wide=True)
    flag = flags.create("f", active=False)
    answer = flags.try_patch(flag, active=True, filters=rollout(flag, 5))
    code, detail, _ = refusal(answer)
    assert code == "policy_conflict"
    assert ENABLE in detail
    assert UPDATE in detail
    assert approvals.requests() == []


def test_after_the_approval_launch_just_starts(
    experiments: Experiments, approvals: Approvals
) -> None:
    approvals.policy(ENABLE)
    draft = experiments.create()
    request = held(experiments.try_act(draft, "launch"))["change_request"]
    assert approvals.grace.approve(request)["status"] == "applied"
    still = experiments.get(draft)
    assert (still["status"], still["feature_flag"]["active"]) == ("draft", True)
    running = experiments.act(draft, "launch")
    assert running["status"] == "running"
    assert running["feature_flag"]["version"] == still["feature_flag"]["version"]


@pytest.mark.parametrize("to_everyone", [True, False])
def test_after_the_approval_shipping_just_ends(
    experiments: Experiments, approvals: Approvals, *, to_everyone: bool
) -> None:
    payloads = {"feature_flag_payloads": {"test": '{"a": 1}'}}
    running = experiments.launched(parameters={"rollout_percentage": 40, **payloads})
    approvals.policy(UPDATE)
    shipping = {"variant_key": "test", "conclusion": "won", "release_to_everyone": to_everyone}
    request = held(experiments.try_act(running, "ship_variant", **shipping))["change_request"]
    approvals.grace.approve(request)
    still = experiments.get(running)
    assert still["status"] == "running"
    stopped = experiments.act(running, "ship_variant", **shipping)
    assert (stopped["status"], stopped["conclusion"]) == ("stopped", "won")
    assert stopped["feature_flag"] == still["feature_flag"]
    assert len(stopped["feature_flag"]["filters"]["groups"]) == (2 if to_everyone else 1)


def test_after_the_approval_pausing_again_says_that_it_is_done(
    experiments: Experiments, approvals: Approvals
) -> None:
    running = experiments.launched()
    approvals.policy(DISABLE)
    approvals.policy(ENABLE)
    for action, status in (("pause", "paused"), ("resume", "running")):
        request = held(experiments.try_act(running, action))["change_request"]
        approvals.hedy.approve(request)
        assert experiments.get(running)["status"] == status
    assert broken_rule(experiments.try_act(running, "resume")) == "Experiment is not paused."


def test_after_the_approval_parameters_are_stored_with_the_flag_as_it_is(
    experiments: Experiments, approvals: Approvals
) -> None:
    draft, other = (
        experiments.create(feature_flag_key="k"),
        experiments.create(feature_flag_key="k"),
    )
    approvals.policy(UPDATE)
    asked = {"feature_flag_variants": variants(control=10, test=90), "note": "n"}
    request = held(experiments.try_patch(draft, parameters=asked))["change_request"]
    approvals.grace.approve(request)
    told = experiments.get(other)["parameters"]["feature_flag_variants"]
    assert [one["rollout_percentage"] for one in told] == [10, 90]
    after = experiments.patch(draft, parameters=asked)
    assert after["parameters"]["note"] == "n"
    assert after["feature_flag"]["version"] == 2


def test_after_the_approval_shipping_out_of_a_freeze_just_ends(
    experiments: Experiments, approvals: Approvals
) -> None:
    running = experiments.launched(parameters={"rollout_percentage": 40})
    exposure = {
        "api_key": approvals.stack.project.api_token,
        "event": "$feature_flag_called",
        "distinct_id": "visitor",
        "properties": {
            "$feature_flag": running["feature_flag_key"],
            "$feature_flag_response": "test",
        },
    }
    made(approvals.stack.anonymous.post("/capture/", json=exposure))
    for key in (ENABLE, DISABLE, UPDATE):
        approvals.policy(key)
    experiments.act(running, "freeze_exposure")
    request = held(experiments.try_act(running, "ship_variant", variant_key="test"))
    approvals.grace.approve(request["change_request_id"])
    stopped = experiments.act(running, "ship_variant", variant_key="test")
    assert stopped["status"] == "stopped"
    assert [group["properties"] for group in stopped["feature_flag"]["filters"]["groups"]] == [
        [],
        [],
    ]


def test_a_secret_payload_stays_secret_while_it_waits(flags: Flags, approvals: Approvals) -> None:
    approvals.policy(UPDATE)

    def filters(share: float, payload: str) -> Json:
        return {"groups": [{"rollout_percentage": share}], "payloads": {"true": payload}}

    flag = flags.create("f", filters=filters(100, '"old"'), has_encrypted_payloads=True)
    body = held(flags.try_patch(flag, filters=filters(50, '"new"')))
    shown = body["change_request"]["intent"]["full_request_data"]["filters"]
    assert shown["payloads"] == {"true": '"********* (encrypted)"'}
    assert shown["groups"][0]["rollout_percentage"] == 50
    approvals.grace.approve(body["change_request_id"])
    stack = approvals.stack
    headers = {"Authorization": f"Bearer {stack.secret_key}"}
    path = "/api/projects/@current/feature_flags/f/remote_config"
    answer = stack.anonymous.get(path, headers=headers)
    assert (answer.status_code, answer.json()) == (200, "new")
    assert flags.get(flag)["filters"]["groups"][0]["rollout_percentage"] == 50
