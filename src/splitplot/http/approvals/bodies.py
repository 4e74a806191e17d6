"""Change requests as they go over the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from splitplot.experiments.approvals.model import Approvers, ChangeRequest, Party, Terms, Vote
from splitplot.experiments.approvals.requests import (
    decision_of,
    description_of,
    may_approve,
    may_cancel,
    shown_change,
)
from splitplot.http.models import Document, ExactBody, Instant, UserBlock
from splitplot.http.wire import instant, instant_or_none, user_block
from splitplot.services.gate import RequestRecord

RESOURCE_TYPE = "feature_flag"


class PreconditionsBody(ExactBody):
    """The flag's version when the change was asked for."""

    version: int
    updated_at: Instant


class IntentBody(ExactBody):
    """The change that was asked for."""

    flag_id: int
    flag_key: str
    current_state: Document
    gated_changes: Document
    triggered_paths: list[str]
    full_request_data: Document
    preconditions: PreconditionsBody
    http_method: str


class IntentDisplayBody(ExactBody):
    """The same for people."""

    description: str
    before: Document
    after: Document
    triggered_paths: list[str]


class ApproversBody(ExactBody):
    """Who may approve, and how many have to."""

    quorum: int
    users: list[int]
    roles: list[str]


class PolicySnapshotBody(ApproversBody):
    """The policy as it was when the change was asked for."""

    allow_self_approve: bool
    conditions: Document
    bypass_org_membership_levels: list[str]
    bypass_roles: list[str]


class VoteBody(ExactBody):
    """What somebody said to a request."""

    id: str
    created_by: UserBlock | None
    decision: Literal["approved", "rejected"]
    reason: str
    created_at: Instant


class ResultBody(ExactBody):
    """The flag after the change."""

    resource_id: str
    resource_version: int


class ChangeRequestBody(ExactBody):
    """A change that waits for approval, or waited."""

    id: str
    action_key: str
    action_version: int
    resource_type: str
    resource_id: str
    intent: IntentBody
    intent_display: IntentDisplayBody
    policy_snapshot: PolicySnapshotBody
    state: Literal["pending", "approved", "applied", "rejected", "expired", "failed"]
    validation_status: Literal["valid", "invalid", "expired", "stale"]
    validation_errors: Document | None
    validated_at: Instant | None
    created_by: UserBlock | None
    applied_by: UserBlock | None
    created_at: Instant
    updated_at: Instant
    expires_at: Instant
    applied_at: Instant | None
    apply_error: str
    result_data: ResultBody | None
    approvals: list[VoteBody]
    can_approve: bool
    can_cancel: bool
    is_requester: bool
    user_decision: Literal["approved", "rejected"] | None


def change_request_body(
    record: RequestRecord, party: Party | None, *, now: datetime
) -> dict[str, object]:
    """A `ChangeRequestBody` for whoever asks.

    Args:
        record: The request.
        party: Who asks; None says nothing about them.
        now: When.
    """
    request = record.request
    return {
        **_asked(request),
        **_outcome(record),
        "can_approve": party is not None and may_approve(request, party, now=now),
        "can_cancel": party is not None and may_cancel(request, party, now=now),
        "is_requester": party is not None and request.created_by_id == party.user_id,
        "user_decision": None if party is None else decision_of(request, party),
    }


def approvers_body(approvers: Approvers) -> dict[str, object]:
    """An `ApproversBody`."""
    return {
        "quorum": approvers.quorum,
        "users": list(approvers.users),
        "roles": [str(role) for role in approvers.roles],
    }


def _asked(request: ChangeRequest) -> dict[str, object]:
    intent = request.intent
    return {
        "id": str(request.id),
        "action_key": request.action_key,
        "action_version": 1,
        "resource_type": RESOURCE_TYPE,
        "resource_id": str(intent.flag_id),
        "intent": {
            "flag_id": intent.flag_id,
            "flag_key": intent.flag_key,
            "current_state": intent.current_state,
            "gated_changes": intent.gated_changes,
            "triggered_paths": list(intent.paths),
            "full_request_data": shown_change(request),
            "preconditions": {
                "version": intent.version,
                "updated_at": instant(intent.updated_at),
            },
            "http_method": "PATCH",
        },
        "intent_display": {
            "description": description_of(request),
            "before": intent.current_state,
            "after": intent.gated_changes,
            "triggered_paths": list(intent.paths),
        },
        "policy_snapshot": _snapshot(request.terms),
    }


def _outcome(record: RequestRecord) -> dict[str, object]:
    request, users = record.request, record.users
    creator, applier = request.created_by_id, request.applied_by_id
    version = request.result_version
    return {
        "state": request.state,
        "validation_status": request.validation,
        "validation_errors": request.validation_errors,
        "validated_at": instant(request.validated_at),
        "created_by": None if creator is None else user_block(users.get(creator)),
        "applied_by": None if applier is None else user_block(users.get(applier)),
        "created_at": instant(request.created_at),
        "updated_at": instant(request.updated_at),
        "expires_at": instant(request.expires_at),
        "applied_at": instant_or_none(request.applied_at),
        "apply_error": request.apply_error,
        "result_data": (
            None
            if version is None
            else {"resource_id": str(request.intent.flag_id), "resource_version": version}
        ),
        "approvals": [_vote(vote, record) for vote in request.votes],
    }


def _snapshot(terms: Terms) -> Mapping[str, object]:
    return {
        **approvers_body(terms.approvers),
        "allow_self_approve": terms.allow_self_approve,
        "conditions": terms.conditions,
        "bypass_org_membership_levels": list(terms.bypass_levels),
        "bypass_roles": [str(role) for role in terms.bypass_roles],
    }


def _vote(vote: Vote, record: RequestRecord) -> Mapping[str, object]:
    return {
        "id": str(vote.id),
        "created_by": (
            None if vote.user_id is None else user_block(record.users.get(vote.user_id))
        ),
        "decision": vote.decision,
        "reason": vote.reason,
        "created_at": instant(vote.created_at),
    }
