"""What requests alone cannot bring about: databases that are locked, and races."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from argon2 import PasswordHasher

from splitplot.accounts.model import MembershipLevel, Principal, UserId
from splitplot.adapters.metadata.database import open_metadata
from splitplot.errors import Conflict, InvalidInput, NotFound, Unavailable
from splitplot.ports.repositories import Metadata
from splitplot.services.accounts import AccountService, FirstUser, Installation
from splitplot.services.members.invites import InviteService, Newcomer
from splitplot.services.members.membership import MembershipService
from splitplot.services.members.sessions import SessionPolicy, SessionService

PASSWORD = "correct horse"
BOB = Newcomer(first_name="Bob", last_name="", password=PASSWORD)


class SetClock:
    """A clock that somebody sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 2, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    database = open_metadata("sqlite://")
    yield database
    database.close()


@pytest.fixture
def accounts(metadata: Metadata, clock: SetClock) -> AccountService:
    service = AccountService(metadata=metadata, clock=clock)
    service._passwords = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return service


@pytest.fixture
def made(accounts: AccountService) -> Installation:
    installation = accounts.set_up(FirstUser(email="ada@example.com", password=PASSWORD))
    assert installation is not None
    return installation


@pytest.fixture
def sessions(metadata: Metadata, accounts: AccountService, clock: SetClock) -> SessionService:
    policy = SessionPolicy(lifetime=timedelta(hours=10))
    return SessionService(metadata=metadata, accounts=accounts, clock=clock, policy=policy)


@pytest.fixture
def invites(
    metadata: Metadata, accounts: AccountService, sessions: SessionService, clock: SetClock
) -> InviteService:
    return InviteService(metadata=metadata, accounts=accounts, sessions=sessions, clock=clock)


def invited(invites: InviteService, made: Installation) -> str:
    return invites.add(
        made.project.organization_id,
        "bob@example.com",
        level=MembershipLevel.MEMBER,
        lasts=timedelta(days=1),
        actor=made.user,
        own_level=MembershipLevel.OWNER,
    )[1]


def test_a_session_does_not_tell_its_token_in_passing(
    sessions: SessionService, made: Installation
) -> None:
    signed_in = sessions.sign_in(made.user.email, PASSWORD, address="here")
    assert signed_in.token not in repr(signed_in)
    assert PASSWORD not in repr(BOB)


def test_the_end_of_a_session_is_put_off_at_most_hourly(
    metadata: Metadata, accounts: AccountService, clock: SetClock, made: Installation
) -> None:
    waiting: list[object] = []
    policy = SessionPolicy(lifetime=timedelta(hours=10))
    sessions = SessionService(
        metadata=metadata, accounts=accounts, clock=clock, policy=policy, later=waiting.append
    )
    token = sessions.sign_in(made.user.email, PASSWORD, address="here").token
    clock.time += timedelta(minutes=59)
    assert sessions.find(token) is not None
    assert waiting == []
    clock.time += timedelta(minutes=1)
    assert sessions.find(token) is not None
    assert len(waiting) == 1


def test_a_session_holds_while_the_database_cannot_be_written(
    sessions: SessionService,
    metadata: Metadata,
    clock: SetClock,
    *,
    made: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed_in = sessions.sign_in(made.user.email, PASSWORD, address="here")
    clock.time += timedelta(hours=5)

    def locked(_: object) -> None:
        raise Unavailable("locked")

    with monkeypatch.context() as while_locked:
        while_locked.setattr(type(metadata), "transaction", locked)
        found = sessions.find(signed_in.token)
    assert found == Principal(user=made.user, session_id=signed_in.session.id)


def test_an_account_that_appears_meanwhile_is_not_entered_without_its_password(
    invites: InviteService,
    metadata: Metadata,
    made: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = invited(invites, made)
    offer = invites.offer(token)
    with metadata.transaction() as repositories:
        bob = repositories.accounts.add_user(
            replace(
                made.user,
                id=UserId(0),
                uuid=UUID(int=5),
                distinct_id="bob",
                email="bob@example.com",
                memberships=(),
            ),
            password_hash="his own",
        )
    monkeypatch.setattr(invites, "offer", lambda _: offer)

    with pytest.raises(Conflict, match="changed meanwhile"):
        invites.accept(token, BOB, address="here")

    with metadata.reading() as repositories:
        assert repositories.accounts.find_user(bob.id) == bob
        assert len(repositories.members.invites(made.project.organization_id)) == 1


def test_who_is_a_member_already_may_use_the_link_to_come_in(
    invites: InviteService, metadata: Metadata, made: Installation
) -> None:
    first, second = invited(invites, made), invited(invites, made)
    bob = invites.accept(first, BOB, address="here").user
    again = invites.accept(second, BOB, address="here").user
    assert again == bob
    with metadata.reading() as repositories:
        members = repositories.members.members(made.project.organization_id)
    assert [member.user.id for member in members] == [made.user.id, bob.id]


def test_wrong_passwords_for_an_invite_count_as_attempts_to_sign_in(
    invites: InviteService, sessions: SessionService, made: Installation
) -> None:
    invites.accept(invited(invites, made), BOB, address="here")
    token = invited_again(invites, made)
    for _ in range(10):
        with pytest.raises(InvalidInput, match="Invalid email or password"):
            invites.accept(token, replace(BOB, password="a guess"), address="here")
    with pytest.raises(Exception, match="throttled"):
        sessions.sign_in("bob@example.com", PASSWORD, address="there")


def invited_again(invites: InviteService, made: Installation) -> str:
    """Another link for somebody with an account, who has left the organization."""
    members = MembershipService(metadata=invites._metadata)
    bob = next(
        m.user
        for m in members.members(made.project.organization_id)
        if m.user.email == "bob@example.com"
    )
    members.remove(bob, made.project.organization_id, str(bob.uuid))
    return invited(invites, made)


def test_who_was_let_go_a_moment_ago_manages_nothing(
    metadata: Metadata, invites: InviteService, made: Installation
) -> None:
    members, home = MembershipService(metadata=metadata), made.project.organization_id
    token = invited(invites, made)
    bob = invites.accept(token, BOB, address="here").user
    members.set_level(made.user, home, str(bob.uuid), MembershipLevel.OWNER)
    members.remove(bob, home, str(made.user.uuid))
    with pytest.raises(Exception, match="Only administrators"):
        members.set_level(made.user, home, str(bob.uuid), MembershipLevel.MEMBER)
    with pytest.raises(NotFound):
        members.remove(made.user, home, str(made.user.uuid))
