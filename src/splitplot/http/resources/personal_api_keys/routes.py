"""`/api/personal_api_keys/`."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends
from starlette.responses import Response

from splitplot.errors import Forbidden
from splitplot.http.auth import Account, PlatformOf, account_access, any_account
from splitplot.http.bodies import Body
from splitplot.http.resources.personal_api_keys.schemas import (
    CREATE_BODY,
    PATCH_BODY,
    PersonalApiKeyBody,
    changes_of,
    key_body,
    new_key,
)

router = APIRouter(prefix="/api/personal_api_keys", tags=["personal API keys"])

Reader: TypeAlias = Annotated[Account, Depends(account_access("personal_api_key:read"))]
Writer: TypeAlias = Annotated[Account, Depends(account_access("personal_api_key:write"))]


@router.get("/", response_model=list[PersonalApiKeyBody])
def list_keys(account: Reader, platform: PlatformOf) -> list[Mapping[str, object]]:
    """The caller's own keys, newest first."""
    return [key_body(key) for key in platform.members.keys.keys_of(account.user)]


@router.post("/", response_model=PersonalApiKeyBody, status_code=201, openapi_extra=CREATE_BODY)
def create_key(account: Writer, body: Body, platform: PlatformOf) -> Mapping[str, object]:
    """Make a key. Its value is in this answer and never again."""
    made = platform.members.keys.add(account.principal, account.user, new_key(body))
    return key_body(made[0], value=made[1])


@router.get("/@current/", response_model=PersonalApiKeyBody)
def read_current_key(account: Annotated[Account, Depends(any_account)]) -> Mapping[str, object]:
    """The key that this request carries."""
    if account.principal.key is None:
        raise Forbidden("This action is for personal API keys only.")
    return key_body(account.principal.key)


@router.get("/{key_id}/", response_model=PersonalApiKeyBody)
def read_key(account: Reader, key_id: str, platform: PlatformOf) -> Mapping[str, object]:
    """One of the caller's own keys."""
    return key_body(platform.members.keys.get(account.user, key_id))


@router.patch("/{key_id}/", response_model=PersonalApiKeyBody, openapi_extra=PATCH_BODY)
def change_key(
    account: Writer, key_id: str, body: Body, platform: PlatformOf
) -> Mapping[str, object]:
    """Change the label, the scopes, or what the key is narrowed to."""
    changes = changes_of(body)
    return key_body(platform.members.keys.change(account.principal, account.user, key_id, changes))


@router.delete("/{key_id}/", status_code=204, response_class=Response)
def delete_key(account: Writer, key_id: str, platform: PlatformOf) -> Response:
    """Destroy a key, at once."""
    platform.members.keys.remove(account.user, key_id)
    return Response(status_code=204)
