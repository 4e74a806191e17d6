from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from splitplot.accounts.access import (
    SCOPES,
    AccessLevel,
    check_access,
    check_account_access,
    has_scope,
    level_of,
    membership_level,
    refuse_keys,
    require_level,
    sees_project,
)
from splitplot.accounts.model import (
    Membership,
    MembershipLevel,
    OrganizationId,
    PersonalApiKey,
    Principal,
    Project,
    ProjectId,
    User,
    UserId,
)
from splitplot.errors import Forbidden

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOME = OrganizationId(UUID(int=1))
ELSEWHERE = OrganizationId(UUID(int=2))
PROJECT = Project(
    id=ProjectId(1),
    uuid=UUID(int=11),
    organization_id=HOME,
    name="Shop",
    api_token="phc_shop",
    timezone="UTC",
    created_at=NOW,
)
MEMBER = User(
    id=UserId(7),
    uuid=UUID(int=7),
    distinct_id="ada",
    email="ada@example.com",
    first_name="Ada",
    last_name="L",
    is_active=True,
    is_email_verified=True,
    role_at_organization=None,
    current_organization_id=HOME,
    current_project_id=PROJECT.id,
    date_joined=NOW,
    memberships=(Membership(organization_id=HOME, level=MembershipLevel.MEMBER),),
)
STRANGER = replace(MEMBER, memberships=())
ADMIN = replace(
    MEMBER, memberships=(Membership(organization_id=HOME, level=MembershipLevel.ADMIN),)
)
KEY = PersonalApiKey(
    id="k", user_id=MEMBER.id, label="CI", mask="phx_...abcd", scopes=("*",), created_at=NOW
)
SECRET = Principal(project_secret_of=PROJECT.id)


def by_key(user: User = MEMBER, **changes: object) -> Principal:
    return Principal(user=user, key=replace(KEY, **changes))  # type: ignore[arg-type] # a shorthand


def refusal(principal: Principal, scope: str = "experiment:write") -> str:
    with pytest.raises(Forbidden) as refused:
        check_access(principal, PROJECT, scope)
    assert refused.value.code == "permission_denied"
    return refused.value.message


@pytest.mark.parametrize(
    ("scopes", "required", "enough"),
    [
        ((), "experiment:write", True),
        (("*",), "experiment:write", True),
        (("experiment:write",), "experiment:write", True),
        (("experiment:write",), "experiment:read", True),
        (("experiment:read",), "experiment:read", True),
        (("experiment:read",), "experiment:write", False),
        (("feature_flag:write",), "experiment:read", False),
        (("feature_flag:read", "experiment:read"), "experiment:read", True),
        (("experiment:read",), "experiment_holdout:read", True),
        (("experiment:write",), "experiment_holdout:read", True),
        (("experiment_holdout:write",), "experiment_holdout:write", True),
        (("experiment_holdout:read",), "experiment_holdout:write", False),
        (("experiment_holdout:write",), "experiment:read", False),
    ],
)
def test_writing_includes_reading_and_holdouts_are_part_of_experiments(
    scopes: tuple[str, ...], required: str, *, enough: bool
) -> None:
    assert has_scope(scopes, required) is enough


def test_every_object_can_be_read_and_written() -> None:
    assert {"experiment:read", "query:read", "feature_flag:write"} <= SCOPES
    assert len(SCOPES) % 2 == 0


@pytest.mark.parametrize("scope", ["experiment:read", "experiment:write", "query:read"])
@pytest.mark.parametrize("principal", [Principal(user=MEMBER), by_key(), by_key(scopes=())])
def test_a_member_may_read_and_write(principal: Principal, scope: str) -> None:
    check_access(principal, PROJECT, scope)


def test_a_key_without_the_scope_is_told_which_it_lacks() -> None:
    message = refusal(by_key(scopes=("experiment:read",)))
    assert message == "API key missing required scope 'experiment:write'"


def test_a_key_without_the_scope_for_holdouts_is_told_of_experiments() -> None:
    message = refusal(by_key(scopes=("query:read",)), "experiment_holdout:read")
    assert message == "API key missing required scope 'experiment:read'"


def test_a_signed_in_user_needs_no_scope() -> None:
    check_access(Principal(user=MEMBER), PROJECT, "experiment:write")


def test_a_key_for_other_projects_is_told_which_it_does_not_open() -> None:
    message = refusal(by_key(scoped_projects=(ProjectId(2),)))
    assert message == "API key does not have access to the requested project: ID 1."


def test_a_key_for_other_organizations_is_told_which_it_does_not_open() -> None:
    message = refusal(by_key(scoped_organizations=(ELSEWHERE,)))
    assert message == f"API key does not have access to the requested organization: ID {HOME}."


def test_a_key_narrowed_to_this_place_opens_it() -> None:
    narrowed = by_key(scoped_projects=(PROJECT.id,), scoped_organizations=(HOME,))
    check_access(narrowed, PROJECT, "experiment:write")
    assert sees_project(narrowed, PROJECT)


def test_who_is_no_member_has_no_access() -> None:
    assert refusal(by_key(STRANGER)) == "You don't have access to the project."
    assert refusal(Principal(user=STRANGER)) == "You don't have access to the project."


@pytest.mark.parametrize("level", list(AccessLevel))
@pytest.mark.parametrize("needed", list(AccessLevel))
def test_a_level_includes_itself_and_all_below(level: AccessLevel, needed: AccessLevel) -> None:
    order = ["none", "viewer", "editor", "manager"]
    assert level.includes(needed) is (order.index(level) >= order.index(needed))


def test_a_level_that_is_too_low_is_told_which_is_needed() -> None:
    with pytest.raises(Forbidden, match="You do not have editor access to this resource\\."):
        require_level(AccessLevel.VIEWER, AccessLevel.EDITOR)


@pytest.mark.parametrize(
    ("principal", "creator", "level"),
    [
        (by_key(), None, AccessLevel.EDITOR),
        (by_key(), UserId(8), AccessLevel.EDITOR),
        (by_key(), MEMBER.id, AccessLevel.MANAGER),
        (by_key(ADMIN), None, AccessLevel.MANAGER),
        (by_key(STRANGER), MEMBER.id, AccessLevel.NONE),
        (SECRET, None, AccessLevel.NONE),
    ],
)
def test_members_edit_and_creators_and_admins_manage(
    principal: Principal, creator: UserId | None, level: AccessLevel
) -> None:
    assert level_of(principal, PROJECT, created_by_id=creator) is level


def test_a_project_secret_reads_the_flags_of_its_project_and_nothing_else() -> None:
    check_access(SECRET, PROJECT, "feature_flag:read")
    unsupported = "This action does not support project secret API key access"
    assert refusal(SECRET) == unsupported
    assert refusal(SECRET, "feature_flag:write") == unsupported
    other = Principal(project_secret_of=ProjectId(2))
    assert refusal(other, "feature_flag:read") == (
        "API key does not have access to the requested project: ID 1."
    )


def test_outside_projects_a_key_needs_its_scope() -> None:
    assert check_account_access(by_key(), "user:read", ignores_narrowing=False) == MEMBER
    with pytest.raises(Forbidden, match="API key missing required scope 'user:read'"):
        check_account_access(
            by_key(scopes=("experiment:read",)), "user:read", ignores_narrowing=False
        )


def test_outside_projects_a_key_for_projects_opens_only_what_concerns_the_user() -> None:
    narrowed = by_key(scoped_projects=(PROJECT.id,))
    assert check_account_access(narrowed, "user:read", ignores_narrowing=True) == MEMBER
    with pytest.raises(Forbidden) as refused:
        check_account_access(narrowed, "project:read", ignores_narrowing=False)
    assert refused.value.message == (
        "API keys with scoped projects are only supported on project-based endpoints."
    )


def test_outside_projects_a_signed_in_user_needs_no_scope() -> None:
    signed_in = Principal(user=MEMBER)
    assert check_account_access(signed_in, "user:read", ignores_narrowing=False) == MEMBER


def test_outside_projects_a_project_has_no_say() -> None:
    with pytest.raises(Forbidden, match="project secret API key"):
        check_account_access(SECRET, "user:read", ignores_narrowing=True)


@pytest.mark.parametrize("principal", [by_key(), SECRET])
def test_some_actions_are_closed_to_keys(principal: Principal) -> None:
    refuse_keys(Principal(user=MEMBER))
    with pytest.raises(Forbidden) as refused:
        refuse_keys(principal)
    assert refused.value.message == "This action does not support personal API key access"


@pytest.mark.parametrize(
    ("principal", "seen"),
    [
        (Principal(user=MEMBER), True),
        (by_key(), True),
        (by_key(STRANGER), False),
        (by_key(scoped_projects=(ProjectId(2),)), False),
        (by_key(scoped_organizations=(ELSEWHERE,)), False),
        (SECRET, True),
        (Principal(project_secret_of=ProjectId(2)), False),
    ],
)
def test_a_list_shows_the_projects_that_can_be_opened(principal: Principal, *, seen: bool) -> None:
    assert sees_project(principal, PROJECT) is seen


def test_a_membership_counts_for_its_own_organization() -> None:
    both = replace(
        MEMBER,
        memberships=(
            Membership(organization_id=ELSEWHERE, level=MembershipLevel.OWNER),
            Membership(organization_id=HOME, level=MembershipLevel.MEMBER),
        ),
    )
    assert membership_level(both, HOME) is MembershipLevel.MEMBER
