"""`/api/users/`."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends

from splitplot.http.auth import Account, PlatformOf, account_access
from splitplot.http.resources.users.schemas import UserBody, user_body

router = APIRouter(prefix="/api/users", tags=["users"])

Reader = Annotated[Account, Depends(account_access("user:read", ignores_narrowing=True))]


@router.get("/@me/", response_model=UserBody)
def who_am_i(account: Reader, platform: PlatformOf) -> Mapping[str, object]:
    """The user behind the key, with their organizations and current project."""
    surroundings = platform.accounts.surroundings_of(account.principal, account.user)
    return user_body(account.user, surroundings)
