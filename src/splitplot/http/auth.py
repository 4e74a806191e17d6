"""Who is asking, and whether they may: credentials to principal, principal to access.

Of the places where a key may stand (header, body, query, in this order) the first that
holds one is the only one tried. Without a key the session cookie counts.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from splitplot.accounts.access import (
    AccessLevel,
    AccessRule,
    Resource,
    Sight,
    check_access,
    check_account_access,
    check_organization_access,
    has_scope,
    level_of,
    require_level,
    resource_of,
    sight_of,
)
from splitplot.accounts.keys import is_project_secret
from splitplot.accounts.members import require_admin
from splitplot.accounts.model import (
    MembershipLevel,
    OrganizationId,
    Principal,
    Project,
    ProjectId,
    User,
    UserId,
)
from splitplot.bootstrap import Platform
from splitplot.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    Unauthenticated,
    UnsupportedMediaType,
)
from splitplot.http.bodies import json_object, raw_body
from splitplot.http.layers.cookies import require_own_page, session_token

CURRENT = "@current"
# What fits every database's integers.
_MAX_ID = 2**31 - 1
_KEY_FIELD = "personal_api_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, let in to a project."""

    principal: Principal
    project: Project
    rules: tuple[AccessRule, ...] = ()

    @property
    def user(self) -> User | None:
        """Who acts; None for a project's secret key."""
        return self.principal.user

    def level_for(
        self,
        resource: Resource,
        object_id: int | None = None,
        *,
        created_by_id: UserId | int | None = None,
    ) -> AccessLevel:
        """What the caller may do with an object, or with a kind of objects as a whole."""
        return level_of(
            self.principal,
            self.project,
            resource=resource,
            object_id=object_id,
            created_by_id=created_by_id,
            rules=self.rules,
        )

    def require(
        self,
        needed: AccessLevel,
        resource: Resource,
        object_id: int | None = None,
        *,
        created_by_id: UserId | int | None = None,
    ) -> None:
        """Raises Forbidden unless the caller has that level."""
        require_level(self.level_for(resource, object_id, created_by_id=created_by_id), needed)

    def sight(self, resource: Resource) -> Sight | None:
        """Which objects of the kind the caller sees in lists; None is every one of them."""
        return sight_of(self.principal, self.project, resource, self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who asks, outside every project."""

    principal: Principal
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationCaller:
    """Who asks, let in to an organization."""

    principal: Principal
    user: User
    organization_id: OrganizationId
    level: MembershipLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key as it was sent, and where it stood; or the token of a session."""

    key: str
    place: str
    is_session: bool = False


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
    """The first key in header, body and query, else the session.

    Raises:
        Forbidden: The session is used for a change that no page of ours asks for.
    """
    if bearer := bearer_of(request):
        return Credential(key=bearer, place="Authorization header")
    if request.method not in ("GET", "HEAD"):
        body = await _object_or_nothing(request)
        if isinstance(key := body.get(_KEY_FIELD), str) and key:
            return Credential(key=key, place="body")
    if key := request.query_params.get(_KEY_FIELD):
        return Credential(key=key, place="query string")
    if token := session_token(request):
        require_own_page(request)
        return Credential(key=token, place="session cookie", is_session=True)
    return None


def authenticate(platform: Platform, credential: Credential | None) -> Principal:
    """The principal behind a key or a session.

    Raises:
        Unauthenticated: There is no key, or nobody has it; or the session is over.
    """
    if credential is None:
        raise _nobody()
    if credential.is_session:
        signed_in = platform.members.sessions.find(credential.key)
        if signed_in is None:
            raise _nobody()
        return signed_in
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


# Says in the API's description how to authenticate; it decides nothing.
_documented = HTTPBearer(
    auto_error=False,
    scheme_name="PersonalApiKey",
    description="A personal API key (`phx_…`), or where a project's flags are read its secret key.",
)


def project_access(*scopes: str) -> Callable[..., Caller]:
    """A dependency that lets in who may do all of this in the project of the path.

    Args:
        scopes: `object:read` or `object:write`; all of them are needed.
    """

    def caller(
        request: Request,
        project_id: str,
        credential: Annotated[Credential | None, Depends(credential_of)],
        platform: PlatformOf,
        _: Annotated[object, Security(_documented, scopes=list(scopes))],
    ) -> Caller:
        principal = authenticate(platform, credential)
        project = _project(platform, principal, project_id)
        rules = platform.accounts.rules_concerning(principal, project)
        admitted = Caller(principal=principal, project=project, rules=rules)
        _check_scopes(platform, admitted, scopes, request.path_params)
        return admitted

    return caller


def project_access_by_any(*scopes: str) -> Callable[..., Caller]:
    """A dependency that lets in who may do at least one of these in the project of the path.

    Args:
        scopes: `object:read` or `object:write`; a refusal names the first.
    """

    def caller(
        request: Request,
        admitted: Annotated[Caller, Depends(project_access())],
        platform: PlatformOf,
    ) -> Caller:
        key = admitted.principal.key
        held = key.scopes if key is not None else ()
        scope = next((scope for scope in scopes if has_scope(held, scope)), scopes[0])
        _check_scopes(platform, admitted, (scope,), request.path_params)
        return admitted

    return caller


def require_viewer(
    platform: Platform, caller: Caller, resource: Resource, object_id: int | None
) -> None:
    """Raises Forbidden unless the caller may see an object that the path does not name.

    Args:
        platform: Knows who made it.
        caller: Who asks.
        resource: Its kind.
        object_id: None for the kind as a whole.
    """
    if caller.rules and object_id is not None:
        level = _level_for_object(platform, caller, resource, object_id)
    else:
        level = caller.level_for(resource)
    require_level(level, AccessLevel.VIEWER)


def account_access(scope: str, *, ignores_narrowing: bool = False) -> Callable[..., Account]:
    """A dependency that lets in who may do this outside every project.

    Args:
        scope: `object:read` or `object:write`.
        ignores_narrowing: Whether a key narrowed to some projects may be used.
    """

    def account(
        credential: Annotated[Credential | None, Depends(credential_of)],
        platform: PlatformOf,
        _: Annotated[object, Security(_documented, scopes=[scope])],
    ) -> Account:
        principal = authenticate(platform, credential)
        user = check_account_access(principal, scope, ignores_narrowing=ignores_narrowing)
        return Account(principal=principal, user=user)

    return account


def any_account(
    credential: Annotated[Credential | None, Depends(credential_of)],
    platform: PlatformOf,
    _: Annotated[object, Security(_documented, scopes=[])],
) -> Account:
    """A dependency that lets in every user; for what a key or a session says of itself."""
    principal = authenticate(platform, credential)
    if principal.user is None:
        raise Forbidden("This action does not support project secret API key access")
    return Account(principal=principal, user=principal.user)


def organization_access(
    scope: str, *, for_admins: bool = False
) -> Callable[..., OrganizationCaller]:
    """A dependency that lets in who may do this in the organization of the path.

    Args:
        scope: `organization:read` or `organization:write`.
        for_admins: Whether members have to be administrators.
    """

    def caller(
        organization_id: str,
        credential: Annotated[Credential | None, Depends(credential_of)],
        platform: PlatformOf,
        _: Annotated[object, Security(_documented, scopes=[scope])],
    ) -> OrganizationCaller:
        principal = authenticate(platform, credential)
        user = check_account_access(principal, scope, ignores_narrowing=False)
        number = _organization_id(platform, user, organization_id)
        level = check_organization_access(principal, number, scope)
        if for_admins:
            require_admin(level)
        return OrganizationCaller(
            principal=principal, user=user, organization_id=number, level=level
        )

    return caller


# How paths name the objects that have access rules of their own.
_PATH_NAMES = {Resource.EXPERIMENT: "experiment_id", Resource.FEATURE_FLAG: "flag_id"}


def _check_scopes(
    platform: Platform, caller: Caller, scopes: Collection[str], path: Mapping[str, str]
) -> None:
    """Refuse a caller who may not do one of these; about the object of the path, if it has one."""
    for scope in scopes:
        level: AccessLevel | None = None
        resource = resource_of(scope)
        number = _project_number(path.get(_PATH_NAMES.get(resource, ""), ""))
        if caller.rules and number is not None:
            level = _level_for_object(platform, caller, resource, number)
        check_access(caller.principal, caller.project, scope, rules=caller.rules, level=level)


def _level_for_object(
    platform: Platform, caller: Caller, resource: Resource, number: int
) -> AccessLevel:
    rules = platform.members.access_rules
    creator = rules.creator_of(caller.project.id, resource, number)
    return caller.level_for(resource, number, created_by_id=creator)


def _nobody() -> Unauthenticated:
    return Unauthenticated("Authentication credentials were not provided.")


def _organization_id(platform: Platform, user: User, text: str) -> OrganizationId:
    if text == CURRENT:
        return user.current_organization_id
    try:
        number = OrganizationId(UUID(text))
    except ValueError as error:
        raise NotFound("Organization not found.") from error
    return platform.members.organizations.get(number).id


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
