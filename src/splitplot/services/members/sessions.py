"""Signing in and out."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import structlog

from splitplot.accounts.keys import ENTROPY_BYTES, hash_of, key_of
from splitplot.accounts.members import Session
from splitplot.accounts.model import Principal, User
from splitplot.accounts.rates import Buckets, Rate, too_many
from splitplot.errors import InvalidInput, Unavailable
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.accounts import AccountService, Later, at_once

log = structlog.get_logger(__name__)

SecureCookie: TypeAlias = Literal["auto", "always", "never"]

# How stale a session's end may be: a write for every request would be one too many.
EXTENDED_EVERY = timedelta(hours=1)
# What a forgetful person needs is far below, what guessing needs far above.
ATTEMPTS_PER_EMAIL = Rate(per_second=1 / 30, burst=10)
ATTEMPTS_PER_ADDRESS = Rate(per_second=1 / 6, burst=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """How long somebody who does nothing stays signed in, and how the cookie travels.

    Attributes:
        secure_cookie: Whether browsers send it over HTTPS alone; `auto` asks for that when
            the request that signs in came by HTTPS.
    """

    lifetime: timedelta = timedelta(days=14)
    secure_cookie: SecureCookie = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session. Its token is known here and never again."""

    user: User
    session: Session
    token: str = field(repr=False)


class SessionService:
    """Signed-in browsers.

    Args:
        metadata: Where sessions are kept.
        accounts: Knows the passwords.
        clock: The time.
        policy: How long sessions last.
        entropy: Answers that many unpredictable bytes.
        later: Does what nobody waits for.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        accounts: AccountService,
        clock: Clock,
        policy: SessionPolicy | None = None,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        later: Later = at_once,
    ) -> None:
        self.policy = policy or SessionPolicy()
        self._metadata = metadata
        self._accounts = accounts
        self._clock = clock
        self._entropy = entropy
        self._later = later
        self._by_email = Buckets(ATTEMPTS_PER_EMAIL)
        self._by_address = Buckets(ATTEMPTS_PER_ADDRESS)

    def sign_in(self, email: str, password: str, *, address: str) -> SignedIn:
        """Sign a user in.

        Args:
            email: As typed.
            password: As typed.
            address: Where the request comes from.

        Raises:
            Throttled: Too many attempts for this user, or from this address.
            InvalidInput: Nobody has this address and password.
        """
        user = self.checked(email, password, address=address)
        with self._metadata.transaction() as repositories:
            return self.open(repositories, user)

    def checked(self, email: str, password: str, *, address: str) -> User:
        """Who has this address and password; raises what `sign_in` does."""
        name = email.strip().casefold()
        now = self._clock.now().timestamp()
        # Taken before the password is looked at: guesses made at once count too.
        wait = max(self._by_email.take(name, now=now), self._by_address.take(address, now=now))
        if wait > 0:
            raise too_many(wait)
        principal = self._accounts.find_by_password(email, password)
        if principal is None or principal.user is None:
            raise InvalidInput("Invalid email or password.", code="invalid_credentials")
        self._by_email.give_back(name)
        self._by_address.give_back(address)
        return principal.user

    def open(self, repositories: Repositories, user: User) -> SignedIn:
        """A new session for the user; the sessions that are over are forgotten."""
        now = self._clock.now()
        token = key_of("", self._entropy(ENTROPY_BYTES))
        session = Session(
            id=self._entropy(16).hex(),
            user_id=user.id,
            created_at=now,
            expires_at=now + self.policy.lifetime,
        )
        repositories.sessions.delete_expired(now)
        repositories.sessions.add(session, token_hash=hash_of(token))
        return SignedIn(user=user, session=session, token=token)

    def find(self, token: str) -> Principal | None:
        """Who is signed in by this token; every use puts the session's end off."""
        with self._metadata.reading() as repositories:
            found = repositories.sessions.find(hash_of(token))
        now = self._clock.now()
        if found is None or found[0].expires_at <= now:
            return None
        session, user = found
        end = now + self.policy.lifetime
        if end - session.expires_at >= EXTENDED_EVERY:
            self._later(lambda: self._extend(session.id, end))
        return Principal(user=user, session_id=session.id)

    def sign_out(self, token: str) -> None:
        """End the session, if there is one."""
        with self._metadata.transaction() as repositories:
            repositories.sessions.delete(hash_of(token))

    def _extend(self, session_id: str, expires_at: datetime) -> None:
        try:
            with self._metadata.transaction() as repositories:
                repositories.sessions.extend(session_id, expires_at=expires_at)
        except Unavailable as error:
            log.info("session.not_extended", reason=error.message)
