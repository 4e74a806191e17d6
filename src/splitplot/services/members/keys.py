"""The keys that users make for their scripts."""

from dataclasses import replace
from typing import TypedDict

from splitplot.accounts.access import check_grant, is_member
from splitplot.accounts.model import (
    OrganizationId,
    PersonalApiKey,
    Principal,
    ProjectId,
    User,
)
from splitplot.errors import InvalidInput, NotFound
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.accounts import AccountService, NewKey, require_scopes

MOST_KEYS = 10


class KeyValues(TypedDict, total=False):
    """What can be said of a key; what is left out stays."""

    label: str
    scopes: tuple[str, ...]
    scoped_projects: tuple[ProjectId, ...]
    scoped_organizations: tuple[OrganizationId, ...]


class KeyService:
    """Everybody's own keys. A key that manages keys hands out no more than it holds.

    Args:
        metadata: Where they are kept.
        accounts: Makes their values.
    """

    def __init__(self, *, metadata: Metadata, accounts: AccountService) -> None:
        self._metadata = metadata
        self._accounts = accounts

    def keys_of(self, user: User) -> tuple[PersonalApiKey, ...]:
        """The user's keys, newest first."""
        with self._metadata.reading() as repositories:
            return repositories.sessions.keys_of(user.id)

    def get(self, user: User, key_id: str) -> PersonalApiKey:
        """One of the user's keys.

        Raises:
            NotFound: The user has none with this id.
        """
        with self._metadata.reading() as repositories:
            return _get(repositories, user, key_id)

    def add(self, principal: Principal, user: User, new: NewKey) -> tuple[PersonalApiKey, str]:
        """Make a key.

        Returns:
            The key, and its value, which is known here and never again.

        Raises:
            InvalidInput: A scope is none, the user does not belong to what the key is
                narrowed to, or has too many keys.
            Forbidden: The principal is a key that holds less.
        """
        require_scopes(new.scopes)
        check_grant(principal, new.scopes, organizations=new.scoped_organizations)
        with self._metadata.transaction() as repositories:
            _require_membership(repositories, user, new.scoped_projects, new.scoped_organizations)
            if len(repositories.sessions.keys_of(user.id)) >= MOST_KEYS:
                raise InvalidInput(
                    f"You can only have {MOST_KEYS} personal API keys. "
                    "Remove an existing key before creating a new one."
                )
            return self._accounts.issue_key(repositories, user, new)

    def change(
        self, principal: Principal, user: User, key_id: str, values: KeyValues
    ) -> PersonalApiKey:
        """Change what is said of a key; raises what `add` and `get` do."""
        with self._metadata.transaction() as repositories:
            changed = replace(_get(repositories, user, key_id), **values)
            require_scopes(changed.scopes)
            check_grant(principal, changed.scopes, organizations=changed.scoped_organizations)
            _require_membership(
                repositories,
                user,
                values.get("scoped_projects", ()),
                values.get("scoped_organizations", ()),
            )
            repositories.sessions.save_key(changed)
        return changed

    def remove(self, user: User, key_id: str) -> None:
        """Destroy a key; it opens nothing from now on.

        Raises:
            NotFound: The user has none with this id.
        """
        with self._metadata.transaction() as repositories:
            if not repositories.sessions.delete_key(user.id, key_id):
                raise NotFound("Not found.")


def _get(repositories: Repositories, user: User, key_id: str) -> PersonalApiKey:
    for key in repositories.sessions.keys_of(user.id):
        if key.id == key_id:
            return key
    raise NotFound("Not found.")


def _require_membership(
    repositories: Repositories,
    user: User,
    project_ids: tuple[ProjectId, ...],
    organization_ids: tuple[OrganizationId, ...],
) -> None:
    for number in project_ids:
        project = repositories.accounts.find_project(number)
        if project is None or not is_member(user, project.organization_id):
            raise InvalidInput(
                "You must be a member of all teams that you are scoping the key to.",
                attr="scoped_teams",
            )
    if not all(is_member(user, organization_id) for organization_id in organization_ids):
        raise InvalidInput(
            "You must be a member of all organizations that you are scoping the key to.",
            attr="scoped_organizations",
        )
