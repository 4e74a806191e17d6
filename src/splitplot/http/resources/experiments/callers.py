"""Who asks about which experiment, for every route of the resource."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from splitplot.errors import MethodNotAllowed
from splitplot.http.auth import Caller, project_access
from splitplot.http.errors import error_response

PREFIX = "/api/projects/{project_id}/experiments"

_MAX_ID = 2**31 - 1
_METHODS = frozenset({"DELETE", "GET", "PATCH", "POST", "PUT"})
Number: TypeAlias = Annotated[int, Path(ge=0, le=_MAX_ID)]
Reader: TypeAlias = Annotated[Caller, Depends(project_access("experiment:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(project_access("experiment:write"))]


def allow_only(router: APIRouter, path: str, method: str) -> None:
    """Refuse other methods at a path with a name, which would go to the one with a number."""

    async def refuse(request: Request) -> Response:
        response = error_response(MethodNotAllowed(f'Method "{request.method}" not allowed.'))
        response.headers["Allow"] = method
        return response

    others = sorted(_METHODS - {method})
    router.add_api_route(path, refuse, methods=others, include_in_schema=False)
