"""The answer to a change that waits for approval: no error, but not done either."""

from typing import Any, Literal

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from splitplot.experiments.approvals.requests import VoteRefused
from splitplot.http.approvals.bodies import (
    RESOURCE_TYPE,
    ApproversBody,
    ChangeRequestBody,
    approvers_body,
    change_request_body,
)
from splitplot.http.errors import ErrorBody
from splitplot.http.models import ExactBody
from splitplot.services.gate import ApprovalRequired


class NoApprovers(ExactBody):
    """Of a change that another request waits for already."""


class ApprovalRequiredBody(ExactBody):
    """A change waits for approval; nothing of it was made."""

    code: Literal["approval_required", "change_request_pending"]
    status: Literal["approval_required"]
    detail: str
    message: str
    resource_type: str
    resource_id: str
    change_request_id: str
    change_request: ChangeRequestBody
    required_approvers: ApproversBody | NoApprovers


class RefusedVoteBody(ExactBody):
    """A vote that cannot be counted as it was given."""

    error: str


# For routes that may change a flag.
NEEDS_APPROVAL: dict[int | str, dict[str, Any]] = {
    409: {
        "model": ApprovalRequiredBody | ErrorBody,
        "description": "The change waits for approval, or the state has moved on.",
    }
}
# For routes that take votes.
REFUSES_VOTES: dict[int | str, dict[str, Any]] = {
    400: {"model": RefusedVoteBody | ErrorBody, "description": "The vote breaks a rule."}
}


def install_approvals(app: FastAPI) -> None:
    """Answer changes that wait, and votes that do not count, in the shapes of this module."""
    app.add_exception_handler(ApprovalRequired, _on_approval_required)
    app.add_exception_handler(VoteRefused, _on_refused_vote)


async def _on_approval_required(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApprovalRequired)  # noqa: S101 registered for this class alone
    request = error.record.request
    body = {
        "code": error.code,
        "status": "approval_required",
        "detail": error.message,
        "message": error.message,
        "resource_type": RESOURCE_TYPE,
        "resource_id": str(request.intent.flag_id),
        "change_request_id": str(request.id),
        "change_request": change_request_body(error.record, None, now=request.created_at),
        "required_approvers": approvers_body(request.terms.approvers) if error.is_new else {},
    }
    return Response(orjson.dumps(body, default=dict), 409, media_type="application/json")


async def _on_refused_vote(_: Request, error: Exception) -> Response:
    assert isinstance(error, VoteRefused)  # noqa: S101 likewise
    return Response(orjson.dumps({"error": error.message}), 400, media_type="application/json")
