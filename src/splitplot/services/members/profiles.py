"""What users change about themselves: names, address, password, and where they are."""

from dataclasses import replace
from typing import TypedDict

from splitplot.accounts.access import is_member, refuse_keys, sees_project
from splitplot.accounts.keys import good_password, normal_email
from splitplot.accounts.model import OrganizationId, Principal, Project, ProjectId, User
from splitplot.errors import Conflict, InvalidInput
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.accounts import AccountService
from splitplot.services.members.sessions import SessionService


class ProfileValues(TypedDict, total=False):
    """What can be said of oneself; what is left out stays.

    Attributes:
        current_password: Needed with a new password or address.
    """

    first_name: str
    last_name: str
    email: str
    role_at_organization: str | None
    current_password: str
    password: str
    organization_id: OrganizationId
    project_id: ProjectId


class ProfileService:
    """Changes that users make to their own accounts.

    Args:
        metadata: Where accounts are kept.
        accounts: Keeps passwords.
        sessions: Counts wrong ones.
    """

    def __init__(
        self, *, metadata: Metadata, accounts: AccountService, sessions: SessionService
    ) -> None:
        self._metadata = metadata
        self._accounts = accounts
        self._sessions = sessions

    def change(self, principal: Principal, user: User, values: ProfileValues) -> User:
        """Change what is named.

        A new password ends every other session of the user.

        Raises:
            Forbidden: A key tries to change password or address.
            InvalidInput: The first value that makes no sense.
            Throttled: Too many wrong passwords.
        """
        new_hash: str | None = None
        if "password" in values or "email" in values:
            refuse_keys(principal)
            self._require_password(user, values.get("current_password"))
        if "password" in values:
            new_hash = self._accounts.hash_of_password(good_password(values["password"]))
        with self._metadata.transaction() as repositories:
            known = repositories.accounts.find_user(user.id) or user
            changed = _moved(repositories, principal, _renamed(known, values), values)
            try:
                stored = repositories.accounts.save_user(changed)
            except Conflict as error:
                raise InvalidInput(error.message, code="unique", attr="email") from error
            if new_hash is not None:
                repositories.accounts.set_password_hash(user.id, new_hash)
                repositories.sessions.delete_of(user.id, but=principal.session_id)
        return stored

    def _require_password(self, user: User, password: str | None) -> None:
        if password is None:
            raise InvalidInput("This field is required.", code="required", attr="current_password")
        try:
            self._sessions.checked(user.email, password, address=f"profile of {user.id}")
        except InvalidInput as error:
            raise InvalidInput(
                "Your current password is incorrect.",
                code="incorrect_password",
                attr="current_password",
            ) from error


def _renamed(user: User, values: ProfileValues) -> User:
    return replace(
        user,
        first_name=values.get("first_name", user.first_name),
        last_name=values.get("last_name", user.last_name),
        email=normal_email(values["email"]) if "email" in values else user.email,
        role_at_organization=values.get("role_at_organization", user.role_at_organization),
    )


def _moved(
    repositories: Repositories, principal: Principal, user: User, values: ProfileValues
) -> User:
    """The user at another project, and at its organization."""
    if "project_id" in values:
        number = values["project_id"]
        project = repositories.accounts.find_project(number)
        if project is None or not _sees(repositories, principal, user, project):
            raise _unknown(number, attr="set_current_team")
    elif "organization_id" in values:
        home = values["organization_id"]
        project = _first_project(repositories, principal, user, home)
        if project is None:
            raise _unknown(home, attr="set_current_organization")
    else:
        return user
    return replace(
        user, current_project_id=project.id, current_organization_id=project.organization_id
    )


def _first_project(
    repositories: Repositories, principal: Principal, user: User, home: OrganizationId
) -> Project | None:
    """Where the user is now, if that is in the organization, else its oldest project."""
    found = [
        project
        for project in repositories.accounts.projects()
        if project.organization_id == home
        and is_member(user, home)
        and _sees(repositories, principal, user, project)
    ]
    found.sort(key=lambda project: project.id != user.current_project_id)
    return found[0] if found else None


def _sees(repositories: Repositories, principal: Principal, user: User, project: Project) -> bool:
    rules = repositories.access_rules.concerning(user.id, [project.id])[project.id]
    return sees_project(principal, project, rules=rules)


def _unknown(number: object, *, attr: str) -> InvalidInput:
    return InvalidInput(
        f'Invalid pk "{number}" - object does not exist.', code="does_not_exist", attr=attr
    )
