"""Change requests: seen, voted on, and once approved applied."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from splitplot.accounts.model import Project, ProjectId, User
from splitplot.errors import Forbidden, InvalidInput, NotFound
from splitplot.experiments.approvals.model import (
    ChangeRequest,
    ChangeRequestId,
    Decision,
    Party,
    RequestState,
    Validation,
    Vote,
)
from splitplot.experiments.approvals.requests import (
    applied,
    cancelled,
    expired,
    failed,
    is_done_already,
    version_mismatch,
    voted,
)
from splitplot.experiments.lifecycle.flag_records import flag_with
from splitplot.flags.model import Flag
from splitplot.ports.approvals import RequestListing
from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata, Page, Repositories
from splitplot.services.flag_records import neighbours_of, serve_now
from splitplot.services.gate import (
    RequestRecord,
    party_of,
    record_of,
    records_of,
    save_request,
)
from splitplot.services.writing import Change, Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What came of a vote.

    Attributes:
        status: `approved`, `applied`, `failed`, `rejected` or `canceled`.
        message: The same as a sentence.
    """

    status: str
    message: str
    record: RequestRecord


class ChangeRequests:
    """The change requests of each project.

    A vote and all that follows from it is one transaction, so that of two who approve
    at once the second finds the request applied.
    """

    def __init__(self, *, metadata: Metadata, flag_source: FlagSource, clock: Clock) -> None:
        self._metadata = metadata
        self._flag_source = flag_source
        self._clock = clock

    def page(self, project_id: ProjectId, listing: RequestListing) -> Page[RequestRecord]:
        """One page of the project's requests, newest first."""
        with self._metadata.reading() as repositories:
            found, count = repositories.approvals.requests(project_id, listing)
            return Page(items=records_of(repositories, found), count=count)

    def get(self, project_id: ProjectId, request_id: ChangeRequestId) -> RequestRecord:
        """Raises NotFound when the project has none with this id."""
        with self._metadata.reading() as repositories:
            return record_of(repositories, _get(repositories, project_id, request_id))

    def party(self, project: Project, user: User | None) -> Party | None:
        """Who the user is to the project's policies; None when nobody asks."""
        if user is None:
            return None
        with self._metadata.reading() as repositories:
            return party_of(repositories, user, project.organization_id)

    def approve(
        self, project: Project, request_id: ChangeRequestId, reason: str, *, actor: User | None
    ) -> Decided:
        """Vote for a change; the vote that completes the quorum applies it.

        Raises:
            NotFound: The project has none with this id.
            Forbidden: The request does not wait, or not for this user.
            VoteRefused: The user has voted already.
        """
        user = _somebody(actor)
        now = self._clock.now()
        with self._metadata.transaction() as repositories:
            request = _get(repositories, project.id, request_id)
            party = party_of(repositories, user, project.organization_id)
            after = voted(request, _vote(Decision.APPROVED, user, reason, now), party)
            if after.has_quorum:
                change = Change(project=project, actor=user, now=now)
                after = _apply(repositories, after, change, by=user)
            save_request(repositories, request, after, by=user.id)
            decided = Decided(
                status=_status(after),
                message=_message(after),
                record=record_of(repositories, after),
            )
        if after.state is RequestState.APPLIED:
            serve_now(self._flag_source)
        return decided

    def reject(
        self, project: Project, request_id: ChangeRequestId, reason: str, *, actor: User | None
    ) -> Decided:
        """Vote against a change, which ends it.

        Raises:
            NotFound: The project has none with this id.
            Forbidden: The request does not wait, or not for this user.
            VoteRefused: The user has voted already, or gives no reason.
        """
        user = _somebody(actor)
        with self._metadata.transaction() as repositories:
            request = _get(repositories, project.id, request_id)
            party = party_of(repositories, user, project.organization_id)
            vote = _vote(Decision.REJECTED, user, reason, self._clock.now())
            after = voted(request, vote, party)
            save_request(repositories, request, after, by=user.id)
            return Decided(
                status="rejected",
                message="Change request rejected.",
                record=record_of(repositories, after),
            )

    def cancel(
        self, project: Project, request_id: ChangeRequestId, reason: str, *, actor: User | None
    ) -> Decided:
        """Take an own request back.

        Raises:
            NotFound: The project has none with this id.
            Forbidden: The request does not wait, or is somebody else's.
        """
        user = _somebody(actor)
        with self._metadata.transaction() as repositories:
            request = _get(repositories, project.id, request_id)
            party = party_of(repositories, user, project.organization_id)
            vote = _vote(Decision.REJECTED, user, reason, self._clock.now())
            after = cancelled(request, vote, party)
            save_request(repositories, request, after, by=user.id)
            return Decided(
                status="canceled",
                message="Change request canceled.",
                record=record_of(repositories, after),
            )

    def expire_overdue(self) -> int:
        """Close the requests of all projects that waited too long, and answer how many."""
        now = self._clock.now()
        with self._metadata.transaction() as repositories:
            overdue = repositories.approvals.overdue(now)
            for request in overdue:
                save_request(repositories, request, expired(request, now=now), by=None)
        return len(overdue)


def _apply(
    repositories: Repositories, request: ChangeRequest, change: Change, *, by: User
) -> ChangeRequest:
    """Make the change if that still makes sense, and answer what became of the request."""
    project_id, now = change.project.id, change.now
    flag = repositories.flags.find(project_id, request.intent.flag_id)
    if flag is None:
        raise NotFound("Not found.")
    if is_done_already(request, flag):
        return applied(request, flag, by=by.id, now=now)
    if mismatch := version_mismatch(request, flag):
        return failed(request, mismatch, validation=Validation.STALE, now=now)
    around = neighbours_of(repositories, project_id, flag)
    try:
        after = flag_with(flag, request.intent.change, around=around, now=now)
    except InvalidInput as error:
        return failed(request, error.message, validation=Validation.INVALID, now=now)
    stored = _written(repositories, flag, after, change)
    return applied(request, stored, by=by.id, now=now)


def _written(repositories: Repositories, before: Flag, after: Flag, change: Change) -> Flag:
    writing = Writing(repositories, change, is_approved=True)
    stored = writing.save_flag(before, after)
    if after.filters is not before.filters:
        writing.tell_experiments(stored)
    return stored


def _get(
    repositories: Repositories, project_id: ProjectId, request_id: ChangeRequestId
) -> ChangeRequest:
    request = repositories.approvals.find_request(project_id, request_id)
    if request is None:
        raise NotFound("Not found.")
    return request


def _somebody(actor: User | None) -> User:
    if actor is None:
        raise Forbidden("Only people can decide about change requests.")
    return actor


def _vote(decision: Decision, user: User, reason: str, now: datetime) -> Vote:
    return Vote(id=uuid4(), user_id=user.id, decision=decision, reason=reason, created_at=now)


def _status(request: ChangeRequest) -> str:
    return "approved" if request.state is RequestState.PENDING else request.state.value


def _message(request: ChangeRequest) -> str:
    if request.state is RequestState.APPLIED:
        return "Quorum reached. Change applied successfully."
    if request.state is RequestState.FAILED:
        return f"Quorum reached, but the change could not be applied: {request.apply_error}"
    quorum = request.terms.approvers.quorum
    return f"Approval recorded. {request.approvals}/{quorum} approvals received."
