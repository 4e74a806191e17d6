"""`/api/projects/:id/approval_policies/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from splitplot.experiments.approvals.model import ActionKey, PolicyId
from splitplot.http.approvals.bodies import ApproversBody, approvers_body
from splitplot.http.auth import Caller, PlatformOf, project_access
from splitplot.http.bodies import Body
from splitplot.http.fields import truth_of
from splitplot.http.models import Document, ExactBody, Instant, PageBody, UserBlock
from splitplot.http.paging import Paging, page_response
from splitplot.http.resources.approval_policies.durations import duration_text
from splitplot.http.resources.approval_policies.requests import (
    ListQuery,
    create_request,
    patch_request,
)
from splitplot.http.wire import instant, user_block
from splitplot.services.approvals.policies import PolicyRecord

router = APIRouter(prefix="/api/projects/{project_id}/approval_policies", tags=["approvals"])

Number: TypeAlias = Annotated[UUID, Path(alias="policy_id")]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("approvals:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("approvals:write"))]


class PolicyBody(ExactBody):
    """Changes of one kind need an approval."""

    id: str
    action_key: str
    conditions: Document
    approver_config: ApproversBody
    allow_self_approve: bool
    bypass_org_membership_levels: list[str]
    bypass_roles: list[str]
    expires_after: str
    enabled: bool
    organization_wide: bool
    created_by: UserBlock | None
    created_at: Instant
    updated_at: Instant


_FIELDS: dict[str, object] = {
    "action_key": {"enum": [key.value for key in ActionKey]},
    "conditions": {"type": "object", "additionalProperties": True},
    "approver_config": {
        "type": "object",
        "properties": {
            "quorum": {"type": "integer", "minimum": 1},
            "users": {"type": "array", "items": {"type": "integer"}},
            "roles": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        },
    },
    "allow_self_approve": {"type": "boolean"},
    "bypass_org_membership_levels": {"type": "array", "items": {"type": "string"}},
    "bypass_roles": {"type": "array", "items": {"type": "string", "format": "uuid"}},
    "expires_after": {"type": "string", "description": "Such as `14 00:00:00` or `P14D`."},
    "enabled": {"type": "boolean"},
    "organization_wide": {
        "type": "boolean",
        "description": "For every project of the organization that has no policy of its own.",
    },
}


def _described(*required: str) -> dict[str, object]:
    schema = {"type": "object", "properties": _FIELDS, "required": list(required)}
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


_WHOLE = _described("action_key", "approver_config")
_PART = _described()


@router.get("/", response_model=PageBody[PolicyBody])
def list_policies(
    caller: Reader, platform: PlatformOf, page: Paging, query: Annotated[ListQuery, Depends()]
) -> Mapping[str, object]:
    """The policies that hold in the project, newest first."""
    found = platform.approvals.policies.listed(
        caller.project, action_key=query.action_key or None, enabled=truth_of(query.enabled)
    )
    shown = found[page.offset : page.offset + page.limit]
    return page_response([_body(record) for record in shown], count=len(found), page=page)


@router.post("/", response_model=PolicyBody, status_code=201, openapi_extra=_WHOLE)
def create_policy(caller: Writer, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make a policy; for administrators of the organization."""
    return _body(
        platform.approvals.policies.create(caller.project, create_request(body), actor=caller.user)
    )


@router.get("/{policy_id}/", response_model=PolicyBody)
def read_policy(caller: Reader, policy_id: Number, platform: PlatformOf) -> Mapping[str, object]:
    """One policy."""
    return _body(platform.approvals.policies.get(caller.project, PolicyId(policy_id)))


@router.patch("/{policy_id}/", response_model=PolicyBody, openapi_extra=_PART)
def change_policy(
    caller: Writer, policy_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Change what is named; requests that wait keep the terms they were made under."""
    values = patch_request(body)
    record = platform.approvals.policies.update(
        caller.project, PolicyId(policy_id), values, actor=caller.user
    )
    return _body(record)


@router.put("/{policy_id}/", response_model=PolicyBody, openapi_extra=_WHOLE)
def replace_policy(
    caller: Writer, policy_id: Number, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """As PATCH, with an action and approvers."""
    values = create_request(body)
    record = platform.approvals.policies.update(
        caller.project, PolicyId(policy_id), values, actor=caller.user
    )
    return _body(record)


@router.delete("/{policy_id}/", status_code=204, response_class=Response)
def delete_policy(caller: Writer, policy_id: Number, platform: PlatformOf) -> Response:
    """Take a policy away."""
    platform.approvals.policies.delete(caller.project, PolicyId(policy_id), actor=caller.user)
    return Response(status_code=204)


def _body(record: PolicyRecord) -> dict[str, object]:
    policy = record.policy
    return {
        "id": str(policy.id),
        "action_key": policy.action_key,
        "conditions": policy.terms.conditions,
        "approver_config": approvers_body(policy.terms.approvers),
        "allow_self_approve": policy.terms.allow_self_approve,
        "bypass_org_membership_levels": list(policy.terms.bypass_levels),
        "bypass_roles": [str(role) for role in policy.terms.bypass_roles],
        "expires_after": duration_text(policy.expires_after),
        "enabled": policy.enabled,
        "organization_wide": policy.project_id is None,
        "created_by": user_block(record.created_by),
        "created_at": instant(policy.created_at),
        "updated_at": instant(policy.updated_at),
    }
