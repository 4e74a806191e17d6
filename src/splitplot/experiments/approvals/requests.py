"""A change request's life: asked for, voted on, and then applied, rejected, expired or failed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from splitplot.accounts.activity import changed_to, plain_fields
from splitplot.accounts.model import ProjectId, UserId
from splitplot.errors import Forbidden, InvalidInput
from splitplot.experiments.approvals.model import (
    ActionKey,
    ChangeRequest,
    ChangeRequestId,
    Decision,
    Intent,
    Party,
    Policy,
    RequestState,
    Validation,
    Vote,
)
from splitplot.experiments.approvals.policies import Trigger, is_approver
from splitplot.experiments.lifecycle.logged import logged_flag
from splitplot.filters.model import Properties
from splitplot.flags.interchange.secret_payloads import REDACTED
from splitplot.flags.model import Flag

_VERBS = {
    ActionKey.ENABLE: "Enable",
    ActionKey.DISABLE: "Disable",
    ActionKey.UPDATE: "Change the rollout of",
}


class VoteRefused(InvalidInput):
    """A vote that cannot be counted as it was given."""


def new_request(
    trigger: Trigger,
    policy: Policy,
    before: Flag,
    after: Flag,
    *,
    id: ChangeRequestId,  # noqa: A002 - the field's name
    project_id: ProjectId,
    author: UserId,
    now: datetime,
) -> ChangeRequest:
    """The request for a change that a policy holds back."""
    return ChangeRequest(
        id=id,
        project_id=project_id,
        action_key=trigger.action_key,
        intent=Intent(
            flag_id=before.id,
            flag_key=before.key,
            current_state=trigger.before,
            gated_changes=trigger.after,
            paths=trigger.paths,
            change=changed_to(_fields(before), _fields(after)),
            version=before.version,
            updated_at=before.updated_at,
            is_sealed=after.has_encrypted_payloads,
        ),
        terms=policy.terms,
        created_by_id=author,
        created_at=now,
        updated_at=now,
        validated_at=now,
        expires_at=now + policy.expires_after,
    )


def description_of(request: ChangeRequest) -> str:
    """The change in a few words."""
    return f"{_VERBS[request.action_key]} feature flag '{request.intent.flag_key}'"


def shown_change(request: ChangeRequest) -> Properties:
    """The change as it may be shown: payloads that are secret stay so."""
    change, filters = request.intent.change, request.intent.change.get("filters")
    if not request.intent.is_sealed or not isinstance(filters, Mapping):
        return change
    payloads = filters.get("payloads")
    keys = payloads if isinstance(payloads, Mapping) else {}
    return {**change, "filters": {**filters, "payloads": dict.fromkeys(keys, REDACTED)}}


def is_done_already(request: ChangeRequest, flag: Flag) -> bool:
    """Whether the flag already is as the request wants it."""
    return not changed_to(_fields(flag), {**_fields(flag), **request.intent.change})


def voted(request: ChangeRequest, vote: Vote, party: Party) -> ChangeRequest:
    """The request with one vote more; one rejection rejects.

    Whether the approvals are enough is `has_quorum`'s to say.

    Args:
        request: As stored.
        vote: `created_at` is now.
        party: Who votes.

    Raises:
        Forbidden: It does not wait any more, or not for this vote.
        VoteRefused: It has the vote already, or the vote lacks a reason.
    """
    rejects = vote.decision is Decision.REJECTED
    word = "rejected" if rejects else "approved"
    if not request.is_waiting(vote.created_at):
        raise Forbidden(f"Only pending change requests can be {word}")
    if not is_approver(request.terms.approvers, party):
        raise Forbidden("You are not in the approver set for this change request")
    if _is_requester(request, party) and not request.terms.allow_self_approve:
        raise Forbidden(f"You cannot {'reject' if rejects else 'approve'} your own change request")
    if decision_of(request, party) is not None:
        raise VoteRefused("You have already voted on this change request.")
    if rejects and not vote.reason.strip():
        raise VoteRefused("A reason is required for rejection.")
    with_vote = replace(request, votes=(*request.votes, vote), updated_at=vote.created_at)
    return replace(with_vote, state=RequestState.REJECTED) if rejects else with_vote


def cancelled(request: ChangeRequest, vote: Vote, party: Party) -> ChangeRequest:
    """The request, taken back by whoever made it; that counts as their rejection.

    Raises:
        Forbidden: It does not wait any more, or somebody else made it.
    """
    if not request.is_waiting(vote.created_at):
        raise Forbidden("Only pending change requests can be canceled")
    if not _is_requester(request, party):
        raise Forbidden("You can only cancel your own change requests")
    others = tuple(one for one in request.votes if one.user_id != party.user_id)
    return replace(
        request,
        votes=(*others, vote),
        state=RequestState.REJECTED,
        updated_at=vote.created_at,
    )


def applied(request: ChangeRequest, flag: Flag, *, by: UserId, now: datetime) -> ChangeRequest:
    """The request after its change was made.

    Args:
        request: With enough approvals.
        flag: As it is now.
        by: Whose approval was the last one.
        now: When.
    """
    return replace(
        request,
        state=RequestState.APPLIED,
        validation=Validation.VALID,
        validated_at=now,
        applied_by_id=by,
        applied_at=now,
        updated_at=now,
        result_version=flag.version,
    )


def failed(
    request: ChangeRequest, message: str, *, validation: Validation, now: datetime
) -> ChangeRequest:
    """The request whose change cannot be made any more."""
    errors: Properties = {"detail": message}
    return replace(
        request,
        state=RequestState.FAILED,
        validation=validation,
        validation_errors=errors,
        validated_at=now,
        apply_error=message,
        updated_at=now,
    )


def expired(request: ChangeRequest, *, now: datetime) -> ChangeRequest:
    """The request that waited too long."""
    return replace(
        request,
        state=RequestState.EXPIRED,
        validation=Validation.EXPIRED,
        validated_at=now,
        updated_at=now,
    )


def version_mismatch(request: ChangeRequest, flag: Flag) -> str | None:
    """What to say when the flag was changed since the request was made."""
    expected = request.intent.version
    if flag.version == expected:
        return None
    return f"Flag version mismatch: expected {expected}, got {flag.version}"


def may_approve(request: ChangeRequest, party: Party, *, now: datetime) -> bool:
    """Whether the request waits for this one's vote."""
    return (
        request.is_waiting(now)
        and is_approver(request.terms.approvers, party)
        and (request.terms.allow_self_approve or not _is_requester(request, party))
        and decision_of(request, party) is None
    )


def may_cancel(request: ChangeRequest, party: Party, *, now: datetime) -> bool:
    """Whether this one may take the request back."""
    return request.is_waiting(now) and _is_requester(request, party)


def decision_of(request: ChangeRequest, party: Party) -> Decision | None:
    """How this one has voted."""
    given = [vote.decision for vote in request.votes if vote.user_id == party.user_id]
    return given[-1] if given else None


def waits_for_others(request: ChangeRequest, party: Party) -> bool:
    """Whether this one is asked for approval, but not for that of an own request."""
    return is_approver(request.terms.approvers, party) and not request.terms.allow_self_approve


def _is_requester(request: ChangeRequest, party: Party) -> bool:
    return request.created_by_id == party.user_id


def _fields(flag: Flag) -> Properties:
    return plain_fields(logged_flag(flag))
