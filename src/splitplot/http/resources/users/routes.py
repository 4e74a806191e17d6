"""`/api/users/`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends

from splitplot.http.auth import Account, PlatformOf, account_access
from splitplot.http.bodies import Body
from splitplot.http.resources.users.requests import PATCH_BODY, profile_changes
from splitplot.http.resources.users.schemas import UserBody, user_body

router = APIRouter(prefix="/api/users", tags=["users"])

Reader = Annotated[Account, Depends(account_access("user:read", ignores_narrowing=True))]
Writer = Annotated[Account, Depends(account_access("user:write", ignores_narrowing=True))]


@router.get("/@me/", response_model=UserBody)
def who_am_i(account: Reader, platform: PlatformOf) -> Mapping[str, object]:
    """The user behind the key or the session, with their organizations and current project."""
    surroundings = platform.accounts.surroundings_of(account.principal, account.user)
    return user_body(account.user, surroundings)


@router.patch("/@me/", response_model=UserBody, openapi_extra=PATCH_BODY)
def change_me(account: Writer, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Change what is named; password and e-mail with the current password, and without a key."""
    changes = profile_changes(body)
    user = platform.members.profiles.change(account.principal, account.user, changes)
    principal = replace(account.principal, user=user)
    return user_body(user, platform.accounts.surroundings_of(principal, user))
