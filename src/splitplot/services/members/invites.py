"""Inviting people. No mail is sent: whoever invites passes the link on."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from splitplot.accounts.access import is_member
from splitplot.accounts.keys import ENTROPY_BYTES, good_password, hash_of, key_of, normal_email
from splitplot.accounts.members import Invite, InviteId, require_grantable
from splitplot.accounts.model import (
    Membership,
    MembershipLevel,
    Organization,
    OrganizationId,
    Project,
    User,
    UserId,
)
from splitplot.errors import Conflict, InvalidInput, NotFound
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.accounts import AccountService
from splitplot.services.members.sessions import SessionService, SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteRecord:
    """An invite, and who made it."""

    invite: Invite
    created_by: User | None
    is_expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What somebody with the link learns before they accept."""

    invite: Invite
    organization: Organization
    has_account: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who accepts. Where the address has an account, the password has to be that one's."""

    first_name: str
    last_name: str
    password: str = field(repr=False)


class InviteService:
    """Invites to organizations.

    Args:
        metadata: Where they are kept.
        accounts: Keeps passwords.
        sessions: Signs in who has accepted.
        clock: The time.
        entropy: Answers that many unpredictable bytes.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        accounts: AccountService,
        sessions: SessionService,
        clock: Clock,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._metadata = metadata
        self._accounts = accounts
        self._sessions = sessions
        self._clock = clock
        self._entropy = entropy

    def invites(self, organization_id: OrganizationId) -> tuple[InviteRecord, ...]:
        """Those that nobody has accepted, newest first."""
        with self._metadata.reading() as repositories:
            found = repositories.members.invites(organization_id)
            authors = {one.created_by_id for one in found if one.created_by_id is not None}
            users = repositories.accounts.users(authors)
        now = self._clock.now()
        return tuple(
            InviteRecord(
                invite=one,
                created_by=None if one.created_by_id is None else users.get(one.created_by_id),
                is_expired=one.is_expired(now),
            )
            for one in found
        )

    def add(
        self,
        organization_id: OrganizationId,
        email: str,
        *,
        level: MembershipLevel,
        lasts: timedelta,
        actor: User,
        own_level: MembershipLevel,
    ) -> tuple[InviteRecord, str]:
        """Invite an address.

        Returns:
            The invite, and the token for its link, which is known here and never again.

        Raises:
            InvalidInput: The address is none, or that of a member.
            Forbidden: The level is higher than the actor's own.
        """
        require_grantable(own_level, level)
        now = self._clock.now()
        token = key_of("", self._entropy(ENTROPY_BYTES))
        invite = Invite(
            id=InviteId(self._uuid()),
            organization_id=organization_id,
            email=normal_email(email, attr="target_email"),
            level=level,
            created_at=now,
            expires_at=now + lasts,
            created_by_id=actor.id,
        )
        with self._metadata.transaction() as repositories:
            found = repositories.accounts.find_user_by_email(invite.email)
            if found is not None and is_member(found[0], organization_id):
                raise InvalidInput(
                    "A user with this e-mail address is a member already.",
                    code="unique",
                    attr="target_email",
                )
            repositories.members.add_invite(invite, token_hash=hash_of(token))
        return InviteRecord(invite=invite, created_by=actor, is_expired=False), token

    def remove(self, organization_id: OrganizationId, invite_id: InviteId) -> None:
        """Take an invite back.

        Raises:
            NotFound: The organization has none with this id.
        """
        with self._metadata.transaction() as repositories:
            if not repositories.members.delete_invite(organization_id, invite_id):
                raise NotFound("Not found.")

    def offer(self, token: str) -> Offer:
        """What the token invites to.

        Raises:
            NotFound: There is no such invite; or it was accepted, or taken back.
            InvalidInput: It is too late.
        """
        with self._metadata.reading() as repositories:
            return self._offer(repositories, token)

    def accept(self, token: str, newcomer: Newcomer, *, address: str) -> SignedIn:
        """Join, and be signed in. An invite is good for one.

        Args:
            token: Of the link.
            newcomer: Who joins.
            address: Where the request comes from.

        Raises:
            NotFound, InvalidInput: As for `offer`; or the password is not that of the
                account that is there, or too short for a new one.
            Throttled: Too many wrong passwords.
        """
        if self.offer(token).has_account:
            email = self.offer(token).invite.email
            self._sessions.checked(email, newcomer.password, address=address)
            password_hash = ""
        else:
            password_hash = self._accounts.hash_of_password(good_password(newcomer.password))
        with self._metadata.transaction() as repositories:
            offer = self._offer(repositories, token)
            invite = offer.invite
            user = self._joined(repositories, offer, newcomer, password_hash)
            repositories.members.delete_invite(invite.organization_id, invite.id)
            return self._sessions.open(repositories, user)

    def _offer(self, repositories: Repositories, token: str) -> Offer:
        invite = repositories.members.find_invite(hash_of(token))
        home = (
            None
            if invite is None
            else repositories.accounts.find_organization(invite.organization_id)
        )
        if invite is None or home is None:
            raise NotFound("This invite is not valid.")
        if invite.is_expired(self._clock.now()):
            raise InvalidInput("This invite has expired.", code="expired")
        has_account = repositories.accounts.find_user_by_email(invite.email) is not None
        return Offer(invite=invite, organization=home, has_account=has_account)

    def _joined(
        self, repositories: Repositories, offer: Offer, newcomer: Newcomer, password_hash: str
    ) -> User:
        invite, home = offer.invite, offer.organization
        found = repositories.accounts.find_user_by_email(invite.email)
        project = _first_project(repositories, home.id)
        if (found is None) is (not password_hash):
            raise Conflict("The account has changed meanwhile; try again.")
        if found is None:
            user = self._user(invite, newcomer, project)
            return repositories.accounts.add_user(user, password_hash=password_hash)
        user = found[0]
        if not is_member(user, home.id):
            repositories.members.add_member(
                home.id, user.id, level=invite.level, joined_at=self._clock.now()
            )
        moved = replace(user, current_project_id=project.id, current_organization_id=home.id)
        return repositories.accounts.save_user(moved)

    def _user(self, invite: Invite, newcomer: Newcomer, project: Project) -> User:
        return User(
            id=UserId(0),
            uuid=self._uuid(),
            distinct_id=self._entropy(ENTROPY_BYTES).hex(),
            email=invite.email,
            first_name=newcomer.first_name,
            last_name=newcomer.last_name,
            is_active=True,
            is_email_verified=None,
            role_at_organization=None,
            current_organization_id=invite.organization_id,
            current_project_id=project.id,
            date_joined=self._clock.now(),
            memberships=(Membership(organization_id=invite.organization_id, level=invite.level),),
        )

    def _uuid(self) -> UUID:
        return UUID(bytes=self._entropy(16), version=4)


def _first_project(repositories: Repositories, organization_id: OrganizationId) -> Project:
    for project in repositories.accounts.projects():
        if project.organization_id == organization_id:
            return project
    raise NotFound("The organization has no project.")
