"""Who is asking, and whether they may: credentials to principal, principal to access.

Of the places where a key may stand (header, body, query, in this order) the first that
holds one is the only one tried.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from splitplot.accounts.access import check_access, check_account_access, has_scope
from splitplot.accounts.keys import is_project_secret
from splitplot.accounts.model import Principal, Project, ProjectId, User
from splitplot.bootstrap import Platform
from splitplot.errors import InvalidInput, NotFound, Unauthenticated, UnsupportedMediaType
from splitplot.http.bodies import json_object, raw_body

CURRENT = "@current"
# What fits every database's integers.
_MAX_ID = 2**31 - 1
_KEY_FIELD = "personal_api_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, let in to a project."""

    principal: Principal
    project: Project

    @property
    def user(self) -> User | None:
        """Who acts; None for a project's secret key."""
        return self.principal.user


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who asks, outside every project."""

    principal: Principal
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key as it was sent, and where it stood."""

    key: str
    place: str


def platform_of(request: Request) -> Platform:
    """The platform that the app was made for."""
    platform: Platform = request.app.state.platform
    return platform


async def _platform(request: Request) -> Platform:
    """As `platform_of`, for `Depends`: a plain function would be sent to a thread."""
    return platform_of(request)


PlatformOf: TypeAlias = Annotated[Platform, Depends(_platform)]


def bearer_of(request: Request) -> str | None:
    """The bearer of the Authorization header, or None when there is none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None


async def credential_of(request: Request) -> Credential | None:
    """The first key in header, body and query."""
    if bearer := bearer_of(request):
        return Credential(key=bearer, place="Authorization header")
    if request.method not in ("GET", "HEAD"):
        body = await _object_or_nothing(request)
        if isinstance(key := body.get(_KEY_FIELD), str) and key:
            return Credential(key=key, place="body")
    if key := request.query_params.get(_KEY_FIELD):
        return Credential(key=key, place="query string")
    return None


def authenticate(platform: Platform, credential: Credential | None) -> Principal:
    """The principal behind a key.

    Raises:
        Unauthenticated: There is no key, or nobody has it.
    """
    if credential is None:
        raise Unauthenticated("Authentication credentials were not provided.")
    if is_project_secret(credential.key):
        principal = platform.accounts.find_by_project_secret(credential.key)
        kind = "Project secret API key"
    else:
        principal = platform.accounts.find_by_personal_key(credential.key)
        kind = "Personal API key"
    if principal is None:
        raise Unauthenticated(
            f"{kind} found in request {credential.place} is invalid.",
            code="authentication_failed",
        )
    return principal


def project_access(*scopes: str) -> Callable[..., Caller]:
    """A dependency that lets in who may do all of this in the project of the path.

    Args:
        scopes: `object:read` or `object:write`; all of them are needed.
    """

    def caller(
        project_id: str,
        credential: Annotated[Credential | None, Depends(credential_of)],
        platform: PlatformOf,
        _: Annotated[object, Depends(_documented)],
    ) -> Caller:
        principal = authenticate(platform, credential)
        project = _project(platform, principal, project_id)
        for scope in scopes:
            check_access(principal, project, scope)
        return Caller(principal=principal, project=project)

    return caller


def project_access_by_any(*scopes: str) -> Callable[..., Caller]:
    """A dependency that lets in who may do at least one of these in the project of the path.

    Args:
        scopes: `object:read` or `object:write`; a refusal names the first.
    """

    def caller(admitted: Annotated[Caller, Depends(project_access())]) -> Caller:
        key = admitted.principal.key
        held = key.scopes if key is not None else ()
        scope = next((scope for scope in scopes if has_scope(held, scope)), scopes[0])
        check_access(admitted.principal, admitted.project, scope)
        return admitted

    return caller


def account_access(scope: str, *, ignores_narrowing: bool = False) -> Callable[..., Account]:
    """A dependency that lets in who may do this outside every project.

    Args:
        scope: `object:read` or `object:write`.
        ignores_narrowing: Whether a key narrowed to some projects may be used.
    """

    def account(
        credential: Annotated[Credential | None, Depends(credential_of)],
        platform: PlatformOf,
        _: Annotated[object, Depends(_documented)],
    ) -> Account:
        principal = authenticate(platform, credential)
        user = check_account_access(principal, scope, ignores_narrowing=ignores_narrowing)
        return Account(principal=principal, user=user)

    return account


# Says in the API's description how to authenticate; it decides nothing.
_documented = HTTPBearer(
    auto_error=False,
    scheme_name="PersonalApiKey",
    description="A personal API key (`phx_…`), or where a project's flags are read its secret key.",
)


def _project(platform: Platform, principal: Principal, project_id: str) -> Project:
    if project_id == CURRENT:
        user = principal.user
        number = user.current_project_id if user is not None else principal.project_secret_of
    else:
        number = _project_number(project_id)
    project = platform.accounts.find_project(number) if number is not None else None
    if project is None:
        raise NotFound("Project not found.")
    return project


def _project_number(text: str) -> ProjectId | None:
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > _MAX_ID:
        return None
    return ProjectId(int(text))


async def _object_or_nothing(request: Request) -> dict[str, object]:
    """The body, if it can be read: what is wrong with it is for the route to say."""
    await raw_body(request)  # what is too large stays too large
    try:
        return dict(await json_object(request))
    except (InvalidInput, UnsupportedMediaType):
        return {}
