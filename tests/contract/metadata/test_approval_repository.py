from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from splitplot.accounts.access import Sight
from splitplot.accounts.members import RoleId
from splitplot.accounts.model import Project, User
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.errors import Conflict
from splitplot.experiments.approvals.model import (
    ActionKey,
    Approvers,
    ChangeRequest,
    ChangeRequestId,
    Decision,
    Intent,
    Policy,
    PolicyId,
    RequestState,
    Terms,
    Validation,
    Vote,
)
from splitplot.flags.model import Flag
from splitplot.ports.approvals import RequestListing
from tests.factories import NOON, ORGANIZATION_ID, a_flag, a_uuid

HOUR = timedelta(hours=1)


def some_terms(user: User) -> Terms:
    return Terms(
        approvers=Approvers(quorum=2, users=(user.id,), roles=(RoleId(a_uuid("role")),)),
        conditions={"type": "any_change", "field": "rollout_percentage"},
        allow_self_approve=True,
        bypass_levels=("8", "15"),
        bypass_roles=(RoleId(a_uuid("other role")),),
    )


def a_policy(project: Project, user: User, name: str = "p") -> Policy:
    return Policy(
        id=PolicyId(a_uuid(name)),
        organization_id=ORGANIZATION_ID,
        project_id=project.id,
        action_key=ActionKey.ENABLE,
        terms=some_terms(user),
        created_at=NOON,
        updated_at=NOON + HOUR,
        expires_after=timedelta(days=3, seconds=5),
        enabled=False,
        created_by_id=user.id,
    )


def a_request(flag: Flag, project: Project, user: User, name: str = "r") -> ChangeRequest:
    intent = Intent(
        flag_id=flag.id,
        flag_key="key \ud83d",
        current_state={"active": False},
        gated_changes={"active": True},
        paths=("active",),
        change={"filters": {"groups": [{"a": None}]}},
        version=3,
        updated_at=NOON + timedelta(microseconds=1),
        is_sealed=True,
    )
    return ChangeRequest(
        id=ChangeRequestId(a_uuid(name)),
        project_id=project.id,
        action_key=ActionKey.ENABLE,
        intent=intent,
        terms=some_terms(user),
        created_by_id=user.id,
        created_at=NOON,
        updated_at=NOON,
        expires_at=NOON + HOUR,
        validated_at=NOON,
    )


def a_vote(user: User, decision: Decision = Decision.APPROVED) -> Vote:
    return Vote(
        id=UUID(int=9), user_id=user.id, decision=decision, reason="because", created_at=NOON
    )


@pytest.fixture
def flag(metadata: SqlMetadata, project: Project) -> Flag:
    with metadata.transaction() as repositories:
        return repositories.flags.add(project.id, a_flag())


def test_every_field_of_a_policy_comes_back(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    given = a_policy(project, user)
    with metadata.transaction() as repositories:
        repositories.approvals.save_policy(given)
        assert repositories.approvals.policies(ORGANIZATION_ID, project.id) == (given,)
        changed = replace(given, enabled=True, project_id=None, expires_after=HOUR)
        repositories.approvals.save_policy(changed)
        assert repositories.approvals.policies(ORGANIZATION_ID, project.id) == (changed,)
        repositories.approvals.delete_policy(given.id)
        assert repositories.approvals.policies(ORGANIZATION_ID, project.id) == ()


def test_a_project_sees_its_own_policies_and_those_for_all(
    metadata: SqlMetadata, project: Project, other_project: Project, user: User
) -> None:
    own = a_policy(project, user)
    others = replace(a_policy(other_project, user, "o"), action_key=ActionKey.UPDATE)
    wide = replace(a_policy(project, user, "w"), project_id=None, created_at=NOON + HOUR)
    with metadata.transaction() as repositories:
        for policy in (own, others, wide):
            repositories.approvals.save_policy(policy)
        assert repositories.approvals.policies(ORGANIZATION_ID, project.id) == (wide, own)
        assert repositories.approvals.policies(ORGANIZATION_ID, other_project.id) == (wide, others)


def test_every_field_of_a_request_comes_back(
    metadata: SqlMetadata, project: Project, user: User, flag: Flag
) -> None:
    given = a_request(flag, project, user)
    with metadata.transaction() as repositories:
        repositories.approvals.add_request(given)
    with metadata.transaction() as repositories:
        assert repositories.approvals.find_request(project.id, given.id) == given
        changed = replace(
            given,
            state=RequestState.FAILED,
            validation=Validation.STALE,
            validation_errors={"detail": "x"},
            validated_at=NOON + HOUR,
            updated_at=NOON + HOUR,
            applied_by_id=user.id,
            applied_at=NOON + HOUR,
            apply_error="x",
            result_version=4,
            votes=(a_vote(user),),
        )
        repositories.approvals.save_request(changed)
        assert repositories.approvals.find_request(project.id, given.id) == changed
        other_vote = replace(changed, votes=(a_vote(user, Decision.REJECTED),))
        repositories.approvals.save_request(other_vote)
        assert repositories.approvals.find_request(project.id, given.id) == other_vote


def test_a_request_of_another_project_is_not_found(
    metadata: SqlMetadata, project: Project, other_project: Project, user: User, *, flag: Flag
) -> None:
    given = a_request(flag, project, user)
    with metadata.transaction() as repositories:
        repositories.approvals.add_request(given)
        assert repositories.approvals.find_request(other_project.id, given.id) is None
        assert repositories.approvals.requests(other_project.id, RequestListing()) == ((), 0)


def test_one_request_waits_at_a_time(
    metadata: SqlMetadata, project: Project, user: User, flag: Flag
) -> None:
    first, second = (a_request(flag, project, user, name) for name in ("a", "b"))
    with metadata.transaction() as repositories:
        repositories.approvals.add_request(first)
        assert repositories.approvals.find_open(flag.id, ActionKey.ENABLE) == first
        assert repositories.approvals.find_open(flag.id, ActionKey.DISABLE) is None
    with pytest.raises(Conflict), metadata.transaction() as repositories:
        repositories.approvals.add_request(second)
    with metadata.transaction() as repositories:
        repositories.approvals.save_request(replace(first, state=RequestState.EXPIRED))
        repositories.approvals.add_request(second)
        assert repositories.approvals.find_open(flag.id, ActionKey.ENABLE) == second


def test_requests_are_listed_newest_first_by_what_is_asked(
    metadata: SqlMetadata, project: Project, user: User, flag: Flag
) -> None:
    old = replace(a_request(flag, project, user, "old"), state=RequestState.APPLIED)
    young = replace(
        a_request(flag, project, user, "young"),
        created_at=NOON + HOUR,
        expires_at=NOON + 2 * HOUR,
        action_key=ActionKey.UPDATE,
        created_by_id=None,
        votes=(a_vote(user),),
    )
    with metadata.transaction() as repositories:
        repositories.approvals.add_request(old)
        repositories.approvals.add_request(young)
        requests = repositories.approvals.requests
        for listing, found in (
            (RequestListing(), (young, old)),
            (RequestListing(states=(RequestState.APPLIED,)), (old,)),
            (RequestListing(action_key=ActionKey.UPDATE), (young,)),
            (RequestListing(requester_id=user.id), (old,)),
            (RequestListing(flag_id=flag.id), (young, old)),
        ):
            assert requests(project.id, listing) == (found, len(found))
        assert requests(project.id, RequestListing(limit=1, offset=1)) == ((old,), 2)
        hidden = Sight(shows_others=True, exceptions=frozenset({flag.id}), user_id=user.id)
        assert requests(project.id, RequestListing(sight=hidden)) == ((), 0)
        others = replace(hidden, exceptions=frozenset())
        assert requests(project.id, RequestListing(sight=others)) == ((young, old), 2)
        assert repositories.approvals.overdue(NOON + 2 * HOUR) == (young,)
        assert repositories.approvals.overdue(NOON + HOUR) == ()
