from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from splitplot.accounts.members import RoleId
from splitplot.accounts.model import MembershipLevel, ProjectId, UserId
from splitplot.errors import Forbidden, InvalidInput
from splitplot.experiments.approvals.model import (
    ActionKey,
    Approvers,
    ChangeRequest,
    ChangeRequestId,
    Decision,
    Party,
    Policy,
    PolicyId,
    RequestState,
    Terms,
    Validation,
    Vote,
)
from splitplot.experiments.approvals.policies import check_terms, holding, triggers_of
from splitplot.experiments.approvals.requests import (
    VoteRefused,
    applied,
    cancelled,
    decision_of,
    description_of,
    expired,
    failed,
    is_done_already,
    may_approve,
    may_cancel,
    new_request,
    shown_change,
    version_mismatch,
    voted,
    waits_for_others,
)
from splitplot.flags.interchange.secret_payloads import REDACTED
from splitplot.flags.model import Flag
from tests.factories import NOON, ORGANIZATION_ID, PROJECT_ID, a_flag, a_uuid, flag_filters

LATER = NOON + timedelta(days=1)
AUTHOR, GRACE, HEDY = UserId(1), UserId(2), UserId(3)
REVIEWERS = RoleId(a_uuid("reviewers"))
ON = a_flag(active=True, filters=flag_filters(rollout_percentage=10), version=3)
OFF = replace(ON, active=False)
WIDE = replace(ON, filters=flag_filters(rollout_percentage=60))


def terms(**members: Any) -> Terms:  # noqa: ANN401 - as given
    usual: dict[str, Any] = {
        "approvers": Approvers(quorum=1, users=(GRACE, HEDY)),
        "conditions": {},
    }
    return Terms(**(usual | members))


def a_policy(
    action_key: ActionKey = ActionKey.UPDATE,
    *,
    project_id: ProjectId | None = PROJECT_ID,
    enabled: bool = True,
    **members: Any,  # noqa: ANN401 - of the terms
) -> Policy:
    return Policy(
        id=PolicyId(a_uuid(f"{action_key} {project_id}")),
        organization_id=ORGANIZATION_ID,
        project_id=project_id,
        action_key=action_key,
        terms=terms(**members),
        created_at=NOON,
        updated_at=NOON,
        enabled=enabled,
    )


def held(
    *policies: Policy, before: Flag = ON, after: Flag = WIDE, party: Party | None = None
) -> ActionKey | None:
    found = holding(
        policies,
        before,
        after,
        project_id=PROJECT_ID,
        party=party or Party(user_id=AUTHOR, level=MembershipLevel.MEMBER),
    )
    return None if found is None else found[1].action_key


def a_request(*, before: Flag = ON, after: Flag = WIDE, **members: Any) -> ChangeRequest:  # noqa: ANN401 - of the terms
    (trigger,) = triggers_of(before, after)
    return new_request(
        trigger,
        a_policy(trigger.action_key, **members),
        before,
        after,
        id=ChangeRequestId(a_uuid("request")),
        project_id=PROJECT_ID,
        author=AUTHOR,
        now=NOON,
    )


def vote(user: UserId, decision: Decision = Decision.APPROVED, reason: str = "") -> Vote:
    return Vote(id=UUID(int=user), user_id=user, decision=decision, reason=reason, created_at=LATER)


def by(user: UserId, *roles: RoleId) -> Party:
    return Party(user_id=user, level=MembershipLevel.MEMBER, roles=frozenset(roles))


def test_switching_and_shares_are_what_policies_are_about() -> None:
    (switched_on,) = triggers_of(OFF, ON)
    assert switched_on.action_key is ActionKey.ENABLE
    assert (switched_on.before, switched_on.after) == ({"active": False}, {"active": True})
    (switched_off,) = triggers_of(ON, OFF)
    assert switched_off.action_key is ActionKey.DISABLE
    (shares,) = triggers_of(ON, WIDE)
    path = "filters.groups[0].rollout_percentage"
    assert shares.action_key is ActionKey.UPDATE
    assert (shares.paths, shares.before, shares.after) == ((path,), {path: 10}, {path: 60})
    assert triggers_of(ON, replace(ON, name="other", tags=("a",))) == ()
    assert [one.action_key for one in triggers_of(OFF, WIDE)] == [
        "feature_flag.enable",
        "feature_flag.update",
    ]


def test_a_change_is_held_by_the_policy_for_its_action() -> None:
    assert held() is None
    assert held(a_policy(ActionKey.ENABLE)) is None
    assert held(a_policy(ActionKey.UPDATE)) is ActionKey.UPDATE
    assert held(a_policy(ActionKey.DISABLE), after=OFF) is ActionKey.DISABLE
    assert held(a_policy(enabled=False)) is None


def test_a_projects_own_policy_stands_in_the_place_of_its_organizations() -> None:
    everywhere = a_policy(project_id=None)
    assert held(everywhere) is ActionKey.UPDATE
    here = a_policy(conditions={"type": "any_change", "field": "rollout_percentage"})
    assert held(everywhere, here) is ActionKey.UPDATE
    harmless = {"type": "before_after", "field": "rollout_percentage", "operator": ">", "value": 99}
    assert held(everywhere, a_policy(conditions=harmless)) is None
    assert held(everywhere, a_policy(enabled=False)) is ActionKey.UPDATE


def test_some_may_go_past_a_policy() -> None:
    admins = a_policy(bypass_levels=("8", "15"))
    for level, key in (
        (MembershipLevel.MEMBER, ActionKey.UPDATE),
        (MembershipLevel.ADMIN, None),
        (MembershipLevel.OWNER, None),
        (None, ActionKey.UPDATE),
    ):
        assert held(admins, party=Party(user_id=AUTHOR, level=level)) is key
    roles = a_policy(bypass_roles=(REVIEWERS,))
    assert held(roles, party=by(AUTHOR, REVIEWERS)) is None
    assert held(roles, party=by(AUTHOR, RoleId(a_uuid("others")))) is ActionKey.UPDATE


def test_a_change_under_two_policies_has_to_be_made_in_parts() -> None:
    both = a_policy(ActionKey.ENABLE), a_policy(ActionKey.UPDATE, project_id=None)
    with pytest.raises(InvalidInput, match="several policies") as refused:
        held(*both, before=OFF, after=WIDE)
    assert refused.value.code == "policy_conflict"
    assert held(both[0], before=OFF, after=WIDE) is ActionKey.ENABLE


def test_terms_under_which_nobody_could_approve_are_refused() -> None:
    known: dict[str, Any] = {"known_users": {GRACE, HEDY}, "known_roles": {REVIEWERS}}
    check_terms(terms(), **known)
    check_terms(terms(approvers=Approvers(quorum=9, roles=(REVIEWERS,))), **known)
    stranger = RoleId(UUID(int=9))
    for odd, message in (
        (terms(approvers=Approvers(users=(UserId(9),))), "^Users do not exist: 9$"),
        (terms(approvers=Approvers(roles=(stranger,))), f"^Roles do not exist: {stranger}$"),
        (terms(bypass_roles=(stranger,)), f"^Roles do not exist: {stranger}$"),
        (terms(approvers=Approvers()), "At least one user or role"),
        (terms(approvers=Approvers(quorum=2, users=(GRACE, GRACE))), "only 1 may approve"),
    ):
        with pytest.raises(InvalidInput, match=message):
            check_terms(odd, **known)


def test_a_request_tells_the_whole_change_and_the_flag_it_was_made_for() -> None:
    after = replace(WIDE, name="New name")
    request = a_request(after=after)
    assert request.intent.change == {"name": "New name", "filters": WIDE.filters}
    assert request.intent.version == 3
    assert request.expires_at == NOON + timedelta(days=14)
    assert request.state is RequestState.PENDING
    assert description_of(request) == "Change the rollout of feature flag 'checkout-button'"
    assert description_of(a_request(after=OFF)) == "Disable feature flag 'checkout-button'"


def test_payloads_that_are_secret_are_not_shown() -> None:
    sealed = replace(WIDE, has_encrypted_payloads=True)
    with_payload = replace(sealed, filters={**WIDE.filters, "payloads": {"true": "gAAA"}})
    assert a_request(after=with_payload).intent.change["filters"] == with_payload.filters
    assert shown_change(a_request(after=with_payload))["filters"] == {
        **WIDE.filters,
        "payloads": {"true": REDACTED},
    }
    assert shown_change(a_request(after=sealed))["filters"] == {**WIDE.filters, "payloads": {}}
    for open_one in (a_request(), a_request(after=replace(OFF, has_encrypted_payloads=True))):
        assert shown_change(open_one) == open_one.intent.change


def test_votes_are_counted_up_to_the_quorum() -> None:
    request = a_request(approvers=Approvers(quorum=2, users=(GRACE,), roles=(REVIEWERS,)))
    once = voted(request, vote(GRACE), by(GRACE))
    assert (once.approvals, once.has_quorum, once.state) == (1, False, RequestState.PENDING)
    assert decision_of(once, by(GRACE)) is Decision.APPROVED
    assert decision_of(once, by(HEDY)) is None
    twice = voted(once, vote(HEDY), by(HEDY, REVIEWERS))
    assert twice.has_quorum


def test_who_may_not_vote_is_told_why() -> None:
    request = a_request(approvers=Approvers(quorum=2, users=(AUTHOR, GRACE)))
    once = voted(request, vote(GRACE), by(GRACE))
    no = Decision.REJECTED
    for case, given, message in (
        (
            replace(request, state=RequestState.APPLIED),
            vote(GRACE),
            "^Only pending change requests can be approved$",
        ),
        (replace(request, state=RequestState.FAILED), vote(GRACE, no, "x"), "can be rejected$"),
        (
            replace(request, expires_at=LATER),
            vote(GRACE),
            "^Only pending change requests can be approved$",
        ),
        (request, vote(HEDY), "^You are not in the approver set for this change request$"),
        (request, vote(AUTHOR), "^You cannot approve your own change request$"),
        (request, vote(AUTHOR, no, "x"), "^You cannot reject your own change request$"),
    ):
        assert given.user_id is not None
        with pytest.raises(Forbidden, match=message):
            voted(case, given, by(given.user_id))
    with pytest.raises(VoteRefused, match=r"^You have already voted on this change request\.$"):
        voted(once, vote(GRACE), by(GRACE))
    with pytest.raises(VoteRefused, match=r"^A reason is required for rejection\.$"):
        voted(request, vote(GRACE, no, "  "), by(GRACE))


def test_one_may_approve_what_is_ones_own_where_that_is_allowed() -> None:
    approvers = Approvers(users=(AUTHOR,))
    request = a_request(approvers=approvers, allow_self_approve=True)
    assert may_approve(request, by(AUTHOR), now=NOON)
    assert not waits_for_others(request, by(AUTHOR))
    assert voted(request, vote(AUTHOR), by(AUTHOR)).has_quorum
    strict = a_request(approvers=approvers)
    assert waits_for_others(strict, by(AUTHOR))
    assert not may_approve(strict, by(AUTHOR), now=NOON)
    assert not waits_for_others(strict, by(GRACE))


def test_one_rejection_rejects() -> None:
    request = a_request(approvers=Approvers(quorum=2, users=(GRACE, HEDY)))
    rejected = voted(request, vote(GRACE, Decision.REJECTED, "too soon"), by(GRACE))
    assert rejected.state is RequestState.REJECTED
    assert rejected.votes[0].reason == "too soon"
    assert not may_approve(rejected, by(HEDY), now=NOON)


def test_the_requester_may_take_it_back() -> None:
    request = a_request(
        approvers=Approvers(quorum=2, users=(AUTHOR, GRACE)), allow_self_approve=True
    )
    assert may_cancel(request, by(AUTHOR), now=NOON)
    assert not may_cancel(request, by(GRACE), now=NOON)
    own_vote = voted(request, vote(AUTHOR), by(AUTHOR))
    no = vote(AUTHOR, Decision.REJECTED)
    back = cancelled(own_vote, no, by(AUTHOR))
    assert (back.state, back.votes) == (RequestState.REJECTED, (no,))
    with pytest.raises(Forbidden, match=r"^You can only cancel your own change requests$"):
        cancelled(request, no, by(GRACE))
    with pytest.raises(Forbidden, match=r"^Only pending change requests can be canceled$"):
        cancelled(back, no, by(AUTHOR))


def test_a_request_waits_until_its_time_is_over() -> None:
    request = a_request()
    assert request.is_waiting(request.expires_at - timedelta(seconds=1))
    assert not request.is_waiting(request.expires_at)
    gone = expired(request, now=LATER)
    assert (gone.state, gone.validation) == (RequestState.EXPIRED, Validation.EXPIRED)
    assert not may_cancel(gone, by(AUTHOR), now=NOON)


def test_what_became_of_a_request_is_kept() -> None:
    request = a_request()
    done = applied(request, replace(WIDE, version=4), by=GRACE, now=LATER)
    assert (done.state, done.applied_by_id, done.applied_at) == (
        RequestState.APPLIED,
        GRACE,
        LATER,
    )
    assert done.result_version == 4
    lost = failed(request, "why", validation=Validation.STALE, now=LATER)
    assert (lost.state, lost.apply_error) == (RequestState.FAILED, "why")
    assert (lost.validation, lost.validation_errors) == (Validation.STALE, {"detail": "why"})


def test_a_flag_may_be_as_wanted_already_or_have_moved_on() -> None:
    request = a_request()
    assert is_done_already(request, replace(WIDE, version=9, name="whatever"))
    assert not is_done_already(request, ON)
    assert version_mismatch(request, ON) is None
    moved = version_mismatch(request, replace(ON, version=4))
    assert moved == "Flag version mismatch: expected 3, got 4"
