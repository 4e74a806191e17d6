"""`/api/login/`, `/api/logout/`, `/api/_session/` and `/api/setup/`."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from splitplot.errors import Conflict
from splitplot.http.auth import PlatformOf
from splitplot.http.bodies import Body
from splitplot.http.layers.cookies import (
    address_of,
    give_cookie,
    refuse_other_pages,
    session_token,
    take_cookie,
)
from splitplot.http.resources.session.schemas import (
    LOGIN_BODY,
    REFUSALS,
    SETUP_BODY,
    InstallationBody,
    SessionBody,
    first_user,
    installation_body,
    login_of,
    session_body,
)

router = APIRouter(prefix="/api", tags=["session"])


@router.get("/_session/", response_model=SessionBody)
def read_session(request: Request, platform: PlatformOf) -> Mapping[str, object]:
    """Who is signed in with this browser, if anybody is."""
    token = session_token(request)
    principal = None if token is None else platform.members.sessions.find(token)
    user = None if principal is None else principal.user
    return session_body(user, is_set_up=user is not None or platform.accounts.is_set_up())


@router.post(
    "/login/",
    response_model=SessionBody,
    responses=REFUSALS,
    openapi_extra=LOGIN_BODY,
    dependencies=[Depends(refuse_other_pages)],
)
def log_in(
    request: Request, response: Response, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Sign in with e-mail address and password; the answer sets a cookie."""
    email, password = login_of(body)
    sessions = platform.members.sessions
    signed_in = sessions.sign_in(email, password, address=address_of(request))
    give_cookie(response, request, signed_in, sessions.policy)
    return session_body(signed_in.user, is_set_up=True)


@router.post(
    "/logout/",
    status_code=204,
    response_class=Response,
    responses=REFUSALS,
    dependencies=[Depends(refuse_other_pages)],
)
def log_out(request: Request, platform: PlatformOf) -> Response:
    """End this browser's session."""
    if token := session_token(request):
        platform.members.sessions.sign_out(token)
    response = Response(status_code=204)
    take_cookie(response)
    return response


@router.post(
    "/setup/",
    response_model=InstallationBody,
    status_code=201,
    responses=REFUSALS,
    openapi_extra=SETUP_BODY,
    dependencies=[Depends(refuse_other_pages)],
)
def set_up(body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make the first user, organization, project and keys; only while there is no user."""
    made = platform.accounts.set_up(first_user(body))
    if made is None:
        raise Conflict("Already set up.", code="already_set_up")
    platform.stores.flag_source.refresh()
    return installation_body(made)
