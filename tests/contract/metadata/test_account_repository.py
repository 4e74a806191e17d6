from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from splitplot.accounts.model import (
    Membership,
    MembershipLevel,
    OrganizationId,
    Project,
    ProjectId,
    User,
    UserId,
)
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.errors import Conflict, NotFound
from tests.factories import NOON, a_personal_key, a_project, a_user, a_uuid, an_organization

ODD_INSTANT = datetime(2025, 3, 30, 0, 59, 59, 999_999, tzinfo=UTC)
INSTANTS = [
    ODD_INSTANT,
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    datetime(1900, 1, 1, 0, 0, 0, 123_456, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


@pytest.mark.parametrize("instant", INSTANTS, ids=str)
def test_an_instant_comes_back_to_the_microsecond(metadata: SqlMetadata, instant: datetime) -> None:
    organization = an_organization(created_at=instant)
    with metadata.transaction() as repositories:
        repositories.accounts.add_organization(organization)
    with metadata.reading() as repositories:
        found = repositories.accounts.find_organization(organization.id)
    assert found == organization
    assert found.created_at.tzinfo is UTC


def test_an_instant_of_another_time_zone_comes_back_in_utc(metadata: SqlMetadata) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with metadata.transaction() as repositories:
        repositories.accounts.add_organization(an_organization(created_at=there))
        found = repositories.accounts.find_organization(an_organization().id)
    assert found == an_organization(created_at=NOON)
    assert found.created_at.tzinfo is UTC


def test_an_instant_without_a_time_zone_is_a_mistake(metadata: SqlMetadata) -> None:
    organization = an_organization(created_at=NOON.replace(tzinfo=None))
    with (
        pytest.raises(Exception, match="time zone"),
        metadata.transaction() as repositories,
    ):
        repositories.accounts.add_organization(organization)


def test_every_field_of_a_project_comes_back(metadata: SqlMetadata, project: Project) -> None:
    given = a_project(
        id=ProjectId(99),
        name="Läden & “Co” 🛍\n\t'; DROP TABLE projects; --",
        api_token="phc_full",
        timezone="Asia/Kolkata",
        created_at=ODD_INSTANT,
        test_account_filters=(
            {"key": "email", "value": ["@example.com", None, 1.5, True], "nested": {"a": [{}]}},
            {"key": "", "value": "\0 \ud83d"},
        ),
        default_stats_method="frequentist",
        default_confidence_level=0.99,
        default_cuped_lookback_days=7,
        flags_persistence_default=True,
    )
    with metadata.transaction() as repositories:
        stored = repositories.accounts.add_project(given, secret_hash="another")
    assert stored == replace(given, id=ProjectId(project.id + 1))
    with metadata.reading() as repositories:
        assert repositories.accounts.find_project(stored.id) == stored
        assert repositories.accounts.find_project_by_secret_hash("another") == stored
        assert repositories.accounts.projects() == (project, stored)


def test_a_project_is_saved_under_its_id(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    changed = replace(project, name="Store", timezone="Europe/Oslo", default_confidence_level=0.9)
    with metadata.transaction() as repositories:
        assert repositories.accounts.save_project(changed) == changed
    with metadata.reading() as repositories:
        assert repositories.accounts.projects() == (changed, other_project)


def test_a_project_that_is_not_there_is_not_saved(metadata: SqlMetadata) -> None:
    with pytest.raises(NotFound), metadata.transaction() as repositories:
        repositories.accounts.save_project(a_project(id=ProjectId(7)))


def test_unknown_things_are_not_found(metadata: SqlMetadata) -> None:
    with metadata.reading() as repositories:
        accounts = repositories.accounts
        assert not accounts.has_users()
        assert accounts.projects() == ()
        assert accounts.find_project(ProjectId(1)) is None
        assert accounts.find_project_by_secret_hash("") is None
        assert accounts.find_organization(OrganizationId(a_uuid("no"))) is None
        assert accounts.find_user(UserId(1)) is None
        assert accounts.find_user_by_email("ada@example.com") is None
        assert accounts.find_personal_key("no") is None
        assert accounts.users([]) == {}


@pytest.mark.parametrize("taken", ["api_token", "secret_hash"])
def test_a_key_of_another_project_is_a_conflict(
    metadata: SqlMetadata, project: Project, taken: str
) -> None:
    token = project.api_token if taken == "api_token" else "phc_fresh"
    secret = "hash of shop" if taken == "secret_hash" else "fresh"
    with pytest.raises(Conflict), metadata.transaction() as repositories:
        repositories.accounts.add_project(a_project(api_token=token), secret_hash=secret)


def test_every_field_of_a_user_comes_back(metadata: SqlMetadata, project: Project) -> None:
    second = OrganizationId(UUID(int=2))
    given = a_user(
        id=UserId(99),
        distinct_id="åäö",
        email="Zoë.Straße@Example.com",
        first_name="Zoë",
        last_name="",
        is_active=False,
        is_email_verified=True,
        role_at_organization="data",
        current_organization_id=second,
        current_project_id=project.id,
        date_joined=ODD_INSTANT,
        memberships=(
            Membership(organization_id=second, level=MembershipLevel.MEMBER),
            Membership(organization_id=project.organization_id, level=MembershipLevel.ADMIN),
        ),
    )
    with metadata.transaction() as repositories:
        repositories.accounts.add_organization(an_organization(id=second))
        stored = repositories.accounts.add_user(given, password_hash="$argon2id$…")
    assert stored == replace(given, id=UserId(1))
    with metadata.reading() as repositories:
        accounts = repositories.accounts
        assert accounts.has_users()
        assert accounts.find_user(stored.id) == stored
        assert accounts.find_user_by_email(given.email) == (stored, "$argon2id$…")


def test_an_address_is_found_in_any_case(metadata: SqlMetadata, user: User) -> None:
    with metadata.reading() as repositories:
        assert repositories.accounts.find_user_by_email("ADA@example.COM") == (
            user,
            "hash of password",
        )


def test_an_address_that_differs_by_case_alone_is_taken(metadata: SqlMetadata, user: User) -> None:
    twin = replace(user, email=user.email.upper(), uuid=a_uuid("twin"))
    with pytest.raises(Conflict) as refused, metadata.transaction() as repositories:
        repositories.accounts.add_user(twin, password_hash="")
    assert refused.value.attr == "email"


def test_a_user_may_be_a_member_of_nothing(metadata: SqlMetadata, project: Project) -> None:
    with metadata.transaction() as repositories:
        stored = repositories.accounts.add_user(
            a_user(current_project_id=project.id, memberships=()), password_hash=""
        )
    assert stored.memberships == ()


def test_users_of_many_ids_are_those_that_exist(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    with metadata.transaction() as repositories:
        other = repositories.accounts.add_user(
            a_user(email="bob@example.com", current_project_id=project.id), password_hash=""
        )
    with metadata.reading() as repositories:
        found = repositories.accounts.users([user.id, UserId(77), other.id, user.id])
    assert found == {user.id: user, other.id: other}


def test_every_field_of_a_personal_key_comes_back(metadata: SqlMetadata, user: User) -> None:
    key = a_personal_key(
        user_id=user.id,
        label="Ünïcode",
        scopes=("experiment:read", "feature_flag:write"),
        created_at=ODD_INSTANT,
        last_used_at=ODD_INSTANT,
        scoped_projects=(user.current_project_id,),
        scoped_organizations=(user.current_organization_id,),
    )
    bare = a_personal_key(id="bare", user_id=user.id, scopes=())
    with metadata.transaction() as repositories:
        repositories.accounts.add_personal_key(key, key_hash="hash of key")
        repositories.accounts.add_personal_key(bare, key_hash="hash of bare")
    with metadata.reading() as repositories:
        assert repositories.accounts.find_personal_key("hash of key") == (key, user)
        assert repositories.accounts.find_personal_key("hash of bare") == (bare, user)


def test_a_key_is_touched_when_it_is_used(metadata: SqlMetadata, user: User) -> None:
    key = a_personal_key(user_id=user.id)
    with metadata.transaction() as repositories:
        repositories.accounts.add_personal_key(key, key_hash="hash of key")
        repositories.accounts.touch_personal_key(key.id, used_at=ODD_INSTANT)
        found = repositories.accounts.find_personal_key("hash of key")
    assert found == (replace(key, last_used_at=ODD_INSTANT), user)


def test_the_key_of_an_inactive_user_is_not_found(metadata: SqlMetadata, project: Project) -> None:
    with metadata.transaction() as repositories:
        left = repositories.accounts.add_user(
            a_user(is_active=False, current_project_id=project.id), password_hash=""
        )
        repositories.accounts.add_personal_key(
            a_personal_key(user_id=left.id), key_hash="hash of key"
        )
        assert repositories.accounts.find_personal_key("hash of key") is None
