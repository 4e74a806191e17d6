"""Queries whose answers are fetched later, on the wire."""

from collections.abc import Hashable

from starlette.responses import JSONResponse

from splitplot.http.auth import Caller
from splitplot.http.provenance import Wire
from splitplot.http.wire import instant, instant_or_none
from splitplot.services.queries.running import RunningQuery


def owner_of(caller: Caller) -> Hashable:
    """Whose queries a caller's are: a user's in a project, or those of the project's secret."""
    return caller.project.id, None if caller.user is None else caller.user.id


def status_response(query: RunningQuery, caller: Caller) -> JSONResponse:
    """200 once the query has ended, 202 before."""
    status = 202 if query.ended_at is None else 200
    return JSONResponse({"query_status": _status_body(query, caller)}, status_code=status)


def _status_body(query: RunningQuery, caller: Caller) -> Wire:
    return {
        "id": query.id,
        "team_id": caller.project.id,
        "query_async": True,
        "complete": query.ended_at is not None,
        "error": query.error is not None,
        "error_message": query.error,
        "results": query.answer,
        "start_time": instant(query.asked_at),
        "pickup_time": instant_or_none(query.picked_up_at),
        "end_time": instant_or_none(query.ended_at),
        "expiration_time": instant(query.expires_at),
    }
