"""Setting up an installation, and finding out who somebody is."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from splitplot.accounts.access import (
    EVERYTHING,
    SCOPES,
    AccessRule,
    membership_level,
    sees_project,
)
from splitplot.accounts.keys import (
    ENTROPY_BYTES,
    MAX_PASSWORD_LENGTH,
    PERSONAL_KEY_PREFIX,
    PROJECT_SECRET_PREFIX,
    PROJECT_TOKEN_PREFIX,
    hash_of,
    key_of,
    mask_of,
    normal_email,
)
from splitplot.accounts.model import (
    Membership,
    MembershipLevel,
    Organization,
    OrganizationId,
    PersonalApiKey,
    Principal,
    Project,
    ProjectId,
    User,
    UserId,
)
from splitplot.errors import InvalidInput, NotFound, Unavailable
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata, Repositories

log = structlog.get_logger(__name__)

# How stale a key's `last_used_at` may be: a write for every request would be one too many.
USE_RECORDED_EVERY = timedelta(hours=1)

Later: TypeAlias = Callable[[Callable[[], None]], object]


def at_once(action: Callable[[], None]) -> None:
    """Do it now: for those who have no thread to do it later."""
    action()


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstUser:
    """What a new installation is to be called, and who may enter it."""

    email: str
    password: str = field(repr=False)
    project_name: str = "Default project"
    organization_name: str = "My organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A new installation. Its two secret keys are known here and never again."""

    user: User
    project: Project
    personal_api_key: str = field(repr=False)
    project_secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A personal key to be made; empty tuples narrow nothing."""

    label: str
    scopes: tuple[str, ...]
    scoped_projects: tuple[ProjectId, ...] = ()
    scoped_organizations: tuple[OrganizationId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a user is at home."""

    organizations: tuple[Organization, ...]
    projects: tuple[Project, ...]


class AccountService:
    """Users, projects and their keys.

    Args:
        metadata: Where they are kept.
        clock: The time.
        entropy: Answers that many unpredictable bytes.
        later: Does what nobody waits for.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        clock: Clock,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        later: Later = at_once,
    ) -> None:
        self._metadata = metadata
        self._clock = clock
        self._entropy = entropy
        self._later = later
        # Uses that were noted by this process; the database learns of them later.
        self._noted: dict[str, datetime] = {}
        self._passwords = PasswordHasher()
        # Checked when nobody has the address, so that the answer takes as long.
        self._nobodys_hash: str | None = None

    def set_up(self, first: FirstUser) -> Installation | None:
        """Make the first user, organization, project and keys.

        Returns:
            What was made, or None when there are users already: then nothing changed.

        Raises:
            InvalidInput: The address is none, or the password is empty.
        """
        email = normal_email(first.email)
        if not 0 < len(first.password) <= MAX_PASSWORD_LENGTH:
            raise InvalidInput("Choose a password of 1 to 1024 characters.", attr="password")
        if not first.project_name.strip():
            raise InvalidInput("This field may not be blank.", code="blank", attr="project")
        password_hash = self.hash_of_password(first.password)
        with self._metadata.transaction() as repositories:
            if repositories.accounts.has_users():
                return None
            return self._install(repositories, first, email=email, password_hash=password_hash)

    def add_personal_key(self, user: User, new: NewKey) -> tuple[PersonalApiKey, str]:
        """Make a key for the user.

        Returns:
            The key, and its value, which is known here and never again.

        Raises:
            InvalidInput: A scope is none.
        """
        require_scopes(new.scopes)
        with self._metadata.transaction() as repositories:
            return self.issue_key(repositories, user, new)

    def is_set_up(self) -> bool:
        """Whether there is any user."""
        with self._metadata.reading() as repositories:
            return repositories.accounts.has_users()

    def find_by_personal_key(self, key: str) -> Principal | None:
        """Who holds this personal key, if it is known and its user active."""
        with self._metadata.reading() as repositories:
            found = repositories.accounts.find_personal_key(hash_of(key))
        if found is None or not found[1].is_active:
            return None
        personal_key, user = found
        self._record_use(personal_key)
        return Principal(user=user, key=personal_key)

    def find_by_project_secret(self, key: str) -> Principal | None:
        """The project whose secret this is."""
        with self._metadata.reading() as repositories:
            project = repositories.accounts.find_project_by_secret_hash(hash_of(key))
        return Principal(project_secret_of=project.id) if project is not None else None

    def find_by_password(self, email: str, password: str) -> Principal | None:
        """Who signs in with this address and password; inactive users do not."""
        with self._metadata.reading() as repositories:
            found = repositories.accounts.find_user_by_email(email.strip())
        if len(password) > MAX_PASSWORD_LENGTH:
            return None
        if found is None:
            self.is_password(self._hash_of_nobody(), password)
            return None
        user, password_hash = found
        if not self.is_password(password_hash, password) or not user.is_active:
            return None
        return Principal(user=user)

    def hash_of_password(self, password: str) -> str:
        """What is kept of a password."""
        return self._passwords.hash(password)

    def find_project(self, project_id: ProjectId) -> Project | None:
        with self._metadata.reading() as repositories:
            return repositories.accounts.find_project(project_id)

    def first_project(self) -> Project:
        """The project that was there first.

        Raises:
            NotFound: Nothing is set up.
        """
        with self._metadata.reading() as repositories:
            projects = repositories.accounts.projects()
        if not projects:
            raise NotFound("There is no project yet.")
        return projects[0]

    def projects_seen_by(self, principal: Principal) -> tuple[Project, ...]:
        """Every project that the principal may see, oldest first."""
        with self._metadata.reading() as repositories:
            return _projects_seen(repositories, principal)

    def rules_concerning(self, principal: Principal, project: Project) -> tuple[AccessRule, ...]:
        """The project's access rules that say something about the principal."""
        user = principal.user
        if user is None:
            return ()
        level = membership_level(user, project.organization_id)
        if level is None or level >= MembershipLevel.ADMIN:
            return ()  # nothing that rules could change
        with self._metadata.reading() as repositories:
            return repositories.access_rules.concerning(user.id, [project.id])[project.id]

    def surroundings_of(self, principal: Principal, user: User) -> Surroundings:
        """The user's organizations, and the projects of them that the principal may see."""
        with self._metadata.reading() as repositories:
            organizations = [
                repositories.accounts.find_organization(m.organization_id) for m in user.memberships
            ]
            projects = _projects_seen(repositories, principal)
        return Surroundings(
            organizations=tuple(o for o in organizations if o is not None), projects=projects
        )

    def add_project(
        self, organization_id: OrganizationId, change: Callable[[Project], Project]
    ) -> tuple[Project, str]:
        """Make another project.

        Args:
            organization_id: Whose.
            change: Makes of a project with every default the one that is wanted.

        Returns:
            The project, and its secret key, which is known here and never again.
        """
        secret = self._key(PROJECT_SECRET_PREFIX)
        made = change(self._project("", organization_id, self._clock.now()))
        with self._metadata.transaction() as repositories:
            stored = repositories.accounts.add_project(made, secret_hash=hash_of(secret))
        return stored, secret

    def rotate_secret(self, project_id: ProjectId) -> str:
        """Give a project another secret key; the one before opens nothing from now on.

        Returns:
            The new key, which is known here and never again.
        """
        secret = self._key(PROJECT_SECRET_PREFIX)
        with self._metadata.transaction() as repositories:
            repositories.accounts.set_project_secret(project_id, secret_hash=hash_of(secret))
        return secret

    def change_project(
        self, project_id: ProjectId, change: Callable[[Project], Project]
    ) -> Project:
        """Change a project as it is at this moment.

        Raises:
            NotFound: It is gone.
        """
        with self._metadata.transaction() as repositories:
            project = repositories.accounts.find_project(project_id)
            if project is None:
                raise NotFound("Project not found.")
            return repositories.accounts.save_project(change(project))

    def _install(
        self, repositories: Repositories, first: FirstUser, *, email: str, password_hash: str
    ) -> Installation:
        now = self._clock.now()
        accounts = repositories.accounts
        organization = Organization(
            id=OrganizationId(self._uuid()), name=first.organization_name, created_at=now
        )
        accounts.add_organization(organization)
        secret = self._key(PROJECT_SECRET_PREFIX)
        project = accounts.add_project(
            self._project(first.project_name, organization.id, now), secret_hash=hash_of(secret)
        )
        user = accounts.add_user(self._owner(email, project, now), password_hash=password_hash)
        _, personal = self.issue_key(
            repositories, user, NewKey(label="Set up", scopes=(EVERYTHING,))
        )
        return Installation(
            user=user, project=project, personal_api_key=personal, project_secret_key=secret
        )

    def issue_key(
        self, repositories: Repositories, user: User, new: NewKey
    ) -> tuple[PersonalApiKey, str]:
        """As `add_personal_key`, inside a transaction."""
        value = self._key(PERSONAL_KEY_PREFIX)
        key = PersonalApiKey(
            id=self._entropy(16).hex(),
            user_id=user.id,
            label=new.label,
            mask=mask_of(value),
            scopes=new.scopes,
            created_at=self._clock.now(),
            scoped_projects=new.scoped_projects,
            scoped_organizations=new.scoped_organizations,
        )
        repositories.accounts.add_personal_key(key, key_hash=hash_of(value))
        return key, value

    def _project(self, name: str, organization_id: OrganizationId, created_at: datetime) -> Project:
        return Project(
            id=ProjectId(0),
            uuid=self._uuid(),
            organization_id=organization_id,
            name=name.strip(),
            api_token=self._key(PROJECT_TOKEN_PREFIX),
            timezone="UTC",
            created_at=created_at,
        )

    def _owner(self, email: str, project: Project, date_joined: datetime) -> User:
        return User(
            id=UserId(0),
            uuid=self._uuid(),
            distinct_id=self._entropy(ENTROPY_BYTES).hex(),
            email=email,
            first_name=email.partition("@")[0],
            last_name="",
            is_active=True,
            is_email_verified=None,
            role_at_organization=None,
            current_organization_id=project.organization_id,
            current_project_id=project.id,
            date_joined=date_joined,
            memberships=(
                Membership(organization_id=project.organization_id, level=MembershipLevel.OWNER),
            ),
        )

    def _record_use(self, key: PersonalApiKey) -> None:
        """Note that the key was used just now, unless that would disturb anybody."""
        now = self._clock.now()
        for known in (key.last_used_at, self._noted.get(key.id)):
            if known is not None and now - known < USE_RECORDED_EVERY:
                return
        self._noted[key.id] = now
        self._later(lambda: self._write_use(key.id, now))

    def _write_use(self, key_id: str, used_at: datetime) -> None:
        try:
            with self._metadata.transaction() as repositories:
                repositories.accounts.touch_personal_key(key_id, used_at=used_at)
        except Unavailable as error:
            self._noted.pop(key_id, None)  # the next use tries again
            log.info("key.use_not_recorded", reason=error.message)

    def is_password(self, password_hash: str, password: str) -> bool:
        """Whether the password is the one that was hashed."""
        if len(password) > MAX_PASSWORD_LENGTH:
            return False
        try:
            return self._passwords.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def _hash_of_nobody(self) -> str:
        if self._nobodys_hash is None:
            self._nobodys_hash = self._passwords.hash(self._entropy(16).hex())
        return self._nobodys_hash

    def _key(self, prefix: str) -> str:
        return key_of(prefix, self._entropy(ENTROPY_BYTES))

    def _uuid(self) -> UUID:
        return UUID(bytes=self._entropy(16), version=4)


def require_scopes(scopes: tuple[str, ...]) -> None:
    """Refuse scopes that there are not."""
    for scope in scopes:
        if scope != EVERYTHING and scope not in SCOPES:
            raise InvalidInput(f"Invalid scope: {scope}", attr="scopes")


def _projects_seen(repositories: Repositories, principal: Principal) -> tuple[Project, ...]:
    projects = repositories.accounts.projects()
    rules: Mapping[ProjectId, tuple[AccessRule, ...]] = {}
    if principal.user is not None:
        numbers = [project.id for project in projects]
        rules = repositories.access_rules.concerning(principal.user.id, numbers)
    return tuple(p for p in projects if sees_project(principal, p, rules=rules.get(p.id, ())))
