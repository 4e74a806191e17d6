"""Approval policies, change requests and the votes on them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy import insert as insert_rows

from splitplot.accounts.activity import plain
from splitplot.accounts.members import RoleId
from splitplot.accounts.model import OrganizationId, ProjectId, UserId
from splitplot.adapters.metadata import tables
from splitplot.adapters.metadata.rows import Row
from splitplot.adapters.metadata.statements import insert, seen
from splitplot.experiments.approvals.model import (
    OPEN,
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
from splitplot.filters.model import Properties
from splitplot.flags.model import FlagId
from splitplot.ports.approvals import RequestListing

_p = tables.approval_policies.c
_r = tables.change_requests.c
_v = tables.change_request_votes.c
_SECOND = timedelta(seconds=1)


class SqlApprovals:
    """Implements `ports.approvals.ApprovalRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def policies(
        self, organization_id: OrganizationId, project_id: ProjectId
    ) -> tuple[Policy, ...]:
        found = self._connection.execute(
            select(tables.approval_policies)
            .where(
                _p.organization_id == organization_id,
                or_(_p.project_id == project_id, _p.project_id.is_(None)),
            )
            .order_by(_p.created_at.desc(), _p.id)
        )
        return tuple(_policy_of(row) for row in found.mappings())

    def save_policy(self, policy: Policy) -> None:
        row = _policy_row(policy)
        changed = {name: value for name, value in row.items() if name != "id"}
        statement = insert(self._connection, tables.approval_policies).values(row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=[_p.id], set_=changed)
        )

    def delete_policy(self, policy_id: PolicyId) -> None:
        self._connection.execute(delete(tables.approval_policies).where(_p.id == policy_id))

    def add_request(self, request: ChangeRequest) -> None:
        self._connection.execute(insert_rows(tables.change_requests), _request_row(request))
        self._add_votes(request)

    def save_request(self, request: ChangeRequest) -> None:
        is_it = _r.id == request.id
        row = _request_row(request)
        self._connection.execute(update(tables.change_requests).where(is_it).values(row))
        self._connection.execute(
            delete(tables.change_request_votes).where(_v.request_id == request.id)
        )
        self._add_votes(request)

    def find_request(
        self, project_id: ProjectId, request_id: ChangeRequestId
    ) -> ChangeRequest | None:
        return self._find(_r.project_id == project_id, _r.id == request_id)

    def find_open(self, flag_id: FlagId, action_key: ActionKey) -> ChangeRequest | None:
        return self._find(
            _r.flag_id == flag_id, _r.action_key == action_key.value, _r.state.in_(sorted(OPEN))
        )

    def requests(
        self, project_id: ProjectId, listing: RequestListing
    ) -> tuple[tuple[ChangeRequest, ...], int]:
        conditions = [_r.project_id == project_id, *_conditions(listing)]
        count = self._connection.scalar(
            select(func.count()).select_from(tables.change_requests).where(*conditions)
        )
        found = self._all(
            _newest_first().where(*conditions).limit(listing.limit).offset(listing.offset)
        )
        return found, count or 0

    def overdue(self, now: datetime) -> tuple[ChangeRequest, ...]:
        is_pending = _r.state == RequestState.PENDING.value
        return self._all(_newest_first().where(is_pending, _r.expires_at <= now))

    def _add_votes(self, request: ChangeRequest) -> None:
        if request.votes:
            rows = [
                _vote_row(vote, request_id=request.id, position=position)
                for position, vote in enumerate(request.votes)
            ]
            self._connection.execute(insert_rows(tables.change_request_votes), rows)

    def _find(self, *conditions: ColumnElement[bool]) -> ChangeRequest | None:
        found = self._all(_newest_first().where(*conditions))
        return found[0] if found else None

    def _all(self, query: Select[Any]) -> tuple[ChangeRequest, ...]:
        found = self._connection.execute(query).mappings().all()
        votes = self._votes_on([row["id"] for row in found])
        return tuple(_request_of(row, tuple(votes[row["id"]])) for row in found)

    def _votes_on(self, request_ids: list[UUID]) -> Mapping[UUID, list[Vote]]:
        found = self._connection.execute(
            select(tables.change_request_votes)
            .where(_v.request_id.in_(request_ids))
            .order_by(_v.request_id, _v.position)
        )
        votes: dict[UUID, list[Vote]] = defaultdict(list)
        for row in found.mappings():
            votes[row["request_id"]].append(_vote_of(row))
        return votes


def _newest_first() -> Select[Any]:
    return select(tables.change_requests).order_by(_r.created_at.desc(), _r.id)


def _conditions(listing: RequestListing) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if listing.states:
        conditions.append(_r.state.in_(sorted(listing.states)))
    if listing.action_key is not None:
        conditions.append(_r.action_key == listing.action_key.value)
    if listing.requester_id is not None:
        conditions.append(_r.created_by_id == listing.requester_id)
    if listing.flag_id is not None:
        conditions.append(_r.flag_id == listing.flag_id)
    if listing.sight is not None:
        f = tables.flags.c
        conditions.append(_r.flag_id.in_(select(f.id).where(*seen(f, listing.sight))))
    return conditions


def _policy_row(policy: Policy) -> Row:
    return {
        "id": policy.id,
        "organization_id": policy.organization_id,
        "project_id": policy.project_id,
        "action_key": policy.action_key.value,
        "terms": plain(policy.terms),
        "expires_after_seconds": policy.expires_after // _SECOND,
        "enabled": policy.enabled,
        "created_by_id": policy.created_by_id,
        "created_at": policy.created_at,
        "updated_at": policy.updated_at,
    }


def _policy_of(row: RowMapping) -> Policy:
    project_id = row["project_id"]
    return Policy(
        id=PolicyId(row["id"]),
        organization_id=OrganizationId(row["organization_id"]),
        project_id=None if project_id is None else ProjectId(project_id),
        action_key=ActionKey(row["action_key"]),
        terms=_terms_of(row["terms"]),
        expires_after=row["expires_after_seconds"] * _SECOND,
        enabled=row["enabled"],
        created_by_id=_user_id(row["created_by_id"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _terms_of(document: Mapping[str, Any]) -> Terms:
    approvers = document["approvers"]
    return Terms(
        approvers=Approvers(
            quorum=approvers["quorum"],
            users=tuple(UserId(number) for number in approvers["users"]),
            roles=_roles(approvers["roles"]),
        ),
        conditions=document["conditions"],
        allow_self_approve=document["allow_self_approve"],
        bypass_levels=tuple(document["bypass_levels"]),
        bypass_roles=_roles(document["bypass_roles"]),
    )


def _request_row(request: ChangeRequest) -> Row:
    return {
        "id": request.id,
        "project_id": request.project_id,
        "flag_id": request.intent.flag_id,
        "action_key": request.action_key.value,
        "intent": _intent_document(request.intent),
        "terms": plain(request.terms),
        "state": request.state.value,
        "validation": request.validation.value,
        "validation_errors": request.validation_errors,
        "validated_at": request.validated_at,
        "created_by_id": request.created_by_id,
        "created_at": request.created_at,
        "updated_at": request.updated_at,
        "expires_at": request.expires_at,
        "applied_by_id": request.applied_by_id,
        "applied_at": request.applied_at,
        "apply_error": request.apply_error,
        "result_version": request.result_version,
    }


def _request_of(row: RowMapping, votes: tuple[Vote, ...]) -> ChangeRequest:
    return ChangeRequest(
        id=ChangeRequestId(row["id"]),
        project_id=ProjectId(row["project_id"]),
        action_key=ActionKey(row["action_key"]),
        intent=_intent_of(row["intent"]),
        terms=_terms_of(row["terms"]),
        state=RequestState(row["state"]),
        validation=Validation(row["validation"]),
        validation_errors=row["validation_errors"],
        validated_at=row["validated_at"],
        created_by_id=_user_id(row["created_by_id"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        expires_at=row["expires_at"],
        applied_by_id=_user_id(row["applied_by_id"]),
        applied_at=row["applied_at"],
        apply_error=row["apply_error"],
        result_version=row["result_version"],
        votes=votes,
    )


def _intent_document(intent: Intent) -> Properties:
    return {**asdict(intent), "updated_at": intent.updated_at.isoformat()}


def _intent_of(document: Mapping[str, Any]) -> Intent:
    return Intent(
        flag_id=FlagId(document["flag_id"]),
        flag_key=document["flag_key"],
        current_state=document["current_state"],
        gated_changes=document["gated_changes"],
        paths=tuple(document["paths"]),
        change=document["change"],
        version=document["version"],
        updated_at=datetime.fromisoformat(document["updated_at"]),
        is_sealed=document["is_sealed"],
    )


def _vote_row(vote: Vote, *, request_id: ChangeRequestId, position: int) -> Row:
    return {
        "id": vote.id,
        "request_id": request_id,
        "position": position,
        "user_id": vote.user_id,
        "decision": vote.decision.value,
        "reason": vote.reason,
        "created_at": vote.created_at,
    }


def _vote_of(row: RowMapping) -> Vote:
    return Vote(
        id=row["id"],
        user_id=_user_id(row["user_id"]),
        decision=Decision(row["decision"]),
        reason=row["reason"],
        created_at=row["created_at"],
    )


def _user_id(number: int | None) -> UserId | None:
    return None if number is None else UserId(number)


def _roles(names: list[str]) -> tuple[RoleId, ...]:
    return tuple(RoleId(UUID(name)) for name in names)
