"""The gate that changes of flags pass: some wait there until somebody else approves."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from splitplot.accounts.access import membership_level
from splitplot.accounts.activity import ActivityEntry, changes_between
from splitplot.accounts.model import OrganizationId, Project, User, UserId
from splitplot.errors import Conflict
from splitplot.experiments.approvals.model import ChangeRequest, ChangeRequestId, Party
from splitplot.experiments.approvals.policies import holding, triggers_of
from splitplot.experiments.approvals.requests import (
    description_of,
    expired,
    new_request,
    waits_for_others,
)
from splitplot.flags.model import Flag
from splitplot.ports.repositories import Metadata, Repositories

CHANGE_REQUEST = "ChangeRequest"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """A change request, and everybody who had to do with it."""

    request: ChangeRequest
    users: Mapping[UserId, User]


class ApprovalRequired(Conflict):
    """A change waits for approval; nothing of it was made.

    Attributes:
        record: The request that waits, once it is stored.
        is_new: Whether this change made it; otherwise another one waits already.
    """

    def __init__(self, record: RequestRecord, message: str, *, is_new: bool) -> None:
        code = "approval_required" if is_new else "change_request_pending"
        super().__init__(message, code=code)
        self.record = record
        self.is_new = is_new


class Reviewed:
    """Metadata whose transactions leave a change request behind when the gate stops them.

    A change that needs approval is undone like every other failure; then the request for
    it is stored in a transaction of its own. Implements `ports.repositories.Metadata`.
    """

    def __init__(self, inner: Metadata) -> None:
        self._inner = inner

    @contextmanager
    def transaction(self) -> Iterator[Repositories]:
        try:
            with self._inner.transaction() as repositories:
                yield repositories
        except ApprovalRequired as held:
            if held.is_new:
                self._keep(held.record)
            raise

    def reading(self) -> AbstractContextManager[Repositories]:
        return self._inner.reading()

    def check(self) -> None:
        self._inner.check()

    def close(self) -> None:
        self._inner.close()

    def _keep(self, record: RequestRecord) -> None:
        """Store the request, unless the flag or another request was faster.

        Raises:
            Conflict: The flag has changed since.
            ApprovalRequired: A request for the same was made since.
        """
        request = record.request
        with self._inner.transaction() as repositories:
            flag = repositories.flags.find(request.project_id, request.intent.flag_id)
            if flag is None or flag.version != request.intent.version:
                raise Conflict("The feature flag was changed in the meantime. Please try again.")
            refuse_second(repositories, request, now=request.created_at)
            repositories.approvals.add_request(request)
            log_request(repositories, None, request, by=request.created_by_id)


def require_no_approval(
    repositories: Repositories,
    project: Project,
    before: Flag,
    after: Flag,
    *,
    actor: User,
    now: datetime,
) -> None:
    """Let a flag change, or stop it at the gate.

    Raises:
        ApprovalRequired: With the request for the change, which `Reviewed` stores.
        InvalidInput: Several policies hold the change back.
    """
    if not triggers_of(before, after):
        return
    policies = repositories.approvals.policies(project.organization_id, project.id)
    if not policies:
        return
    party = party_of(repositories, actor, project.organization_id)
    held = holding(policies, before, after, project_id=project.id, party=party)
    if held is None:
        return
    trigger, policy = held
    request = new_request(
        trigger,
        policy,
        before,
        after,
        id=ChangeRequestId(uuid4()),
        project_id=project.id,
        author=actor.id,
        now=now,
    )
    refuse_second(repositories, request, now=now)
    others = " from others" if waits_for_others(request, party) else ""
    raise ApprovalRequired(
        RequestRecord(request=request, users={actor.id: actor}),
        f"A change request has been created and is pending approval{others}.",
        is_new=True,
    )


def refuse_second(repositories: Repositories, request: ChangeRequest, *, now: datetime) -> None:
    """Refuse a request for what another one waits for; one that waited too long expires.

    Raises:
        ApprovalRequired: With the one that waits.
    """
    waiting = repositories.approvals.find_open(request.intent.flag_id, request.action_key)
    if waiting is None:
        return
    if waiting.is_waiting(now):
        raise ApprovalRequired(
            record_of(repositories, waiting),
            "A pending approval request already exists for this action",
            is_new=False,
        )
    save_request(repositories, waiting, expired(waiting, now=now), by=None)


def save_request(
    repositories: Repositories, before: ChangeRequest, after: ChangeRequest, *, by: UserId | None
) -> None:
    """Store what became of a request, and log it."""
    repositories.approvals.save_request(after)
    log_request(repositories, before, after, by=by)


def party_of(repositories: Repositories, user: User, organization_id: OrganizationId) -> Party:
    """Who the user is to the policies of an organization."""
    return Party(
        user_id=user.id,
        level=membership_level(user, organization_id),
        roles=repositories.members.role_ids_of(user.id),
    )


def record_of(repositories: Repositories, request: ChangeRequest) -> RequestRecord:
    """The request with its people."""
    return records_of(repositories, (request,))[0]


def records_of(
    repositories: Repositories, requests: Iterable[ChangeRequest]
) -> tuple[RequestRecord, ...]:
    """The same for many, in one query more."""
    found = tuple(requests)
    users = repositories.accounts.users(
        {
            user_id
            for request in found
            for user_id in (
                request.created_by_id,
                request.applied_by_id,
                *(vote.user_id for vote in request.votes),
            )
            if user_id is not None
        }
    )
    return tuple(RequestRecord(request=request, users=users) for request in found)


def log_request(
    repositories: Repositories,
    before: ChangeRequest | None,
    after: ChangeRequest,
    *,
    by: UserId | None,
) -> None:
    """Note in the activity log what became of a request."""
    repositories.activity.add(
        ActivityEntry(
            id=uuid4(),
            project_id=after.project_id,
            user_id=by,
            activity="created" if before is None else "updated",
            scope=CHANGE_REQUEST,
            item_id=str(after.id),
            name=description_of(after),
            changes=changes_between(
                None if before is None else _logged(before), _logged(after), scope=CHANGE_REQUEST
            ),
            created_at=after.updated_at,
        )
    )


def _logged(request: ChangeRequest) -> dict[str, object]:
    return {
        "state": request.state,
        "action_key": request.action_key,
        "resource_id": str(request.intent.flag_id),
        "gated_changes": request.intent.gated_changes,
        "approvals": [
            {"user": vote.user_id, "decision": vote.decision, "reason": vote.reason}
            for vote in request.votes
        ],
        "apply_error": request.apply_error,
    }
