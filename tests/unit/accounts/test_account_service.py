from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from splitplot.accounts.keys import hash_of
from splitplot.accounts.model import MembershipLevel, Principal, ProjectId, UserId
from splitplot.adapters.metadata.database import open_metadata
from splitplot.errors import InvalidInput, NotFound, Unavailable
from splitplot.ports.repositories import Metadata
from splitplot.services.accounts import AccountService, FirstUser, Installation, NewKey

FIRST = FirstUser(email="Ada@Example.com", password="correct horse", project_name=" Shop ")


class SetClock:
    """A clock that somebody sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 2, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


def counting() -> Callable[[int], bytes]:
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


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
    return AccountService(metadata=metadata, clock=clock, entropy=counting())


@pytest.fixture
def made(accounts: AccountService) -> Installation:
    installation = accounts.set_up(FIRST)
    assert installation is not None
    return installation


def test_an_installation_has_an_owner_a_project_and_three_keys(made: Installation) -> None:
    assert made.user.email == "Ada@Example.com"
    assert made.user.current_project_id == made.project.id
    assert [m.level for m in made.user.memberships] == [MembershipLevel.OWNER]
    assert made.project.name == "Shop"
    assert made.project.api_token.startswith("phc_")
    assert made.project_secret_key.startswith("phs_")
    assert made.personal_api_key.startswith("phx_")


def test_an_installation_does_not_tell_its_secrets_in_passing(made: Installation) -> None:
    assert made.personal_api_key not in repr(made)
    assert made.project_secret_key not in repr(made)
    assert FIRST.password not in repr(FIRST)


def test_an_installation_is_made_once(accounts: AccountService, made: Installation) -> None:
    assert accounts.is_set_up()
    assert accounts.set_up(replace(FIRST, email="eve@example.com")) is None
    assert accounts.first_project() == made.project
    assert accounts.find_by_password("eve@example.com", FIRST.password) is None


def test_nothing_is_there_before_it_is_set_up(accounts: AccountService) -> None:
    assert not accounts.is_set_up()
    with pytest.raises(NotFound):
        accounts.first_project()


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"email": "ada"}, "email"),
        ({"password": ""}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"project_name": " "}, "project"),
    ],
)
def test_an_installation_that_makes_no_sense_is_not_made(
    accounts: AccountService, changes: dict[str, str], attr: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        accounts.set_up(replace(FIRST, **changes))
    assert refused.value.attr == attr
    assert not accounts.is_set_up()


def test_only_hashes_of_secrets_are_kept(metadata: Metadata, made: Installation) -> None:
    with metadata.reading() as repositories:
        found = repositories.accounts.find_personal_key(hash_of(made.personal_api_key))
        by_email = repositories.accounts.find_user_by_email("ada@example.com")
        assert repositories.accounts.find_personal_key(made.personal_api_key) is None
    assert found is not None
    assert made.personal_api_key not in repr(found)
    assert found[0].mask == f"phx_...{made.personal_api_key[-4:]}"
    assert by_email is not None
    assert by_email[1].startswith("$argon2id$")


@pytest.mark.parametrize("email", ["Ada@Example.com", "ada@example.com", " ADA@EXAMPLE.COM "])
def test_a_user_signs_in_with_address_and_password(
    accounts: AccountService, made: Installation, email: str
) -> None:
    assert accounts.find_by_password(email, FIRST.password) == Principal(user=made.user)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.com", "wrong"),
        ("ada@example.com", ""),
        ("ada@example.com", "x" * 2000),
        ("nobody@example.com", "correct horse"),
        ("", ""),
    ],
)
def test_a_wrong_address_or_password_is_nobody(
    accounts: AccountService, made: Installation, email: str, password: str
) -> None:
    assert made.user.email
    assert accounts.find_by_password(email, password) is None


def test_an_inactive_user_neither_signs_in_nor_uses_a_key(
    accounts: AccountService, metadata: Metadata, made: Installation
) -> None:
    with metadata.transaction() as repositories:
        known = repositories.accounts.find_user_by_email(made.user.email)
        assert known is not None
        gone = repositories.accounts.add_user(
            replace(
                made.user,
                id=UserId(0),
                uuid=UUID(int=99),
                distinct_id="gone",
                email="gone@example.com",
                is_active=False,
            ),
            password_hash=known[1],
        )
    _, key = accounts.add_personal_key(gone, NewKey(label="old", scopes=()))

    assert accounts.find_by_password("gone@example.com", FIRST.password) is None
    assert accounts.find_by_personal_key(key) is None


def test_a_user_whose_hash_is_none_cannot_sign_in(
    accounts: AccountService, metadata: Metadata, made: Installation
) -> None:
    with metadata.transaction() as repositories:
        repositories.accounts.add_user(
            replace(made.user, uuid=UUID(int=98), distinct_id="n", email="none@example.com"),
            password_hash="",
        )
    assert accounts.find_by_password("none@example.com", "") is None


def test_a_project_is_known_by_its_secret(accounts: AccountService, made: Installation) -> None:
    principal = Principal(project_secret_of=made.project.id)
    assert accounts.find_by_project_secret(made.project_secret_key) == principal
    assert accounts.find_by_project_secret("phs_other") is None


def test_the_use_of_a_key_is_noted_at_most_hourly(
    accounts: AccountService, clock: SetClock, made: Installation
) -> None:
    def last_use() -> datetime | None:
        principal = accounts.find_by_personal_key(made.personal_api_key)
        assert principal is not None
        assert principal.key is not None
        return principal.key.last_used_at

    first = clock.time
    last_use()
    clock.time = first + timedelta(minutes=59)
    assert last_use() == first
    assert last_use() == first
    clock.time = first + timedelta(minutes=60)
    last_use()
    assert last_use() == clock.time


def test_a_key_works_while_the_database_cannot_be_written(
    accounts: AccountService,
    metadata: Metadata,
    made: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def locked(_: object) -> None:
        raise Unavailable("locked")

    monkeypatch.setattr(type(metadata), "transaction", locked)

    assert accounts.find_by_personal_key(made.personal_api_key) is not None


def test_a_key_of_unknown_scope_is_not_made(accounts: AccountService, made: Installation) -> None:
    with pytest.raises(InvalidInput, match=r"Invalid scope: experiment:admin"):
        accounts.add_personal_key(
            made.user, NewKey(label="CI", scopes=("experiment:read", "experiment:admin"))
        )


def test_a_project_is_changed_as_it_is_at_that_moment(
    accounts: AccountService, made: Installation
) -> None:
    accounts.change_project(made.project.id, lambda p: replace(p, name="New"))
    accounts.change_project(made.project.id, lambda p: replace(p, timezone="Asia/Tokyo"))

    changed = accounts.find_project(made.project.id)

    assert changed == replace(made.project, name="New", timezone="Asia/Tokyo")


def test_a_project_that_is_gone_cannot_be_changed(accounts: AccountService) -> None:
    with pytest.raises(NotFound):
        accounts.change_project(ProjectId(7), lambda p: p)


def test_a_use_is_written_once_however_late_that_is(
    metadata: Metadata, clock: SetClock, accounts: AccountService, made: Installation
) -> None:
    waiting: list[Callable[[], None]] = []
    busy = AccountService(metadata=metadata, clock=clock, later=waiting.append)

    for _ in range(3):
        assert busy.find_by_personal_key(made.personal_api_key) is not None
    assert len(waiting) == 1
    waiting.pop()()
    clock.time += timedelta(minutes=61)
    busy.find_by_personal_key(made.personal_api_key)
    assert len(waiting) == 1

    principal = accounts.find_by_personal_key(made.personal_api_key)
    assert principal is not None
    assert principal.key is not None
    assert principal.key.last_used_at == clock.time - timedelta(minutes=61)


def test_a_use_that_could_not_be_written_is_noted_by_the_next_one(
    accounts: AccountService,
    metadata: Metadata,
    made: Installation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def locked(_: object) -> None:
        raise Unavailable("locked")

    with monkeypatch.context() as while_locked:
        while_locked.setattr(type(metadata), "transaction", locked)
        accounts.find_by_personal_key(made.personal_api_key)
    accounts.find_by_personal_key(made.personal_api_key)

    principal = accounts.find_by_personal_key(made.personal_api_key)
    assert principal is not None
    assert principal.key is not None
    assert principal.key.last_used_at is not None


def test_another_project_has_tokens_of_its_own(
    accounts: AccountService, made: Installation
) -> None:
    home = made.project.organization_id
    added, secret = accounts.add_project(home, lambda p: replace(p, name="Second"))

    assert (added.name, added.organization_id, added.timezone) == ("Second", home, "UTC")
    assert added.api_token != made.project.api_token
    assert accounts.find_by_project_secret(secret) == Principal(project_secret_of=added.id)


def test_an_absurdly_long_password_is_not_hashed(
    accounts: AccountService, made: Installation
) -> None:
    assert made.user.email
    assert not accounts.is_password(accounts.hash_of_password("short"), "x" * 2000)
