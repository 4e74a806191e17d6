"""Access rules: which of them counts."""

from dataclasses import replace
from uuid import UUID

import pytest

from splitplot.accounts.access import (
    AccessLevel,
    AccessRule,
    Resource,
    Sight,
    check_access,
    check_grant,
    check_organization_access,
    level_of,
    resource_of,
    sees_project,
    sight_of,
)
from splitplot.accounts.members import RoleId
from splitplot.accounts.model import (
    Membership,
    MembershipLevel,
    OrganizationId,
    Principal,
    Project,
    ProjectId,
    UserId,
)
from splitplot.errors import Forbidden
from tests.factories import ORGANIZATION_ID, a_personal_key, a_project, a_user, a_uuid

PROJECT: Project = a_project()
MEMBER = a_user(
    memberships=(Membership(organization_id=ORGANIZATION_ID, level=MembershipLevel.MEMBER),)
)
ADMIN = a_user(
    memberships=(Membership(organization_id=ORGANIZATION_ID, level=MembershipLevel.ADMIN),)
)
BOB = Principal(user=MEMBER)
SECRET = Principal(project_secret_of=PROJECT.id)
NONE, VIEWER, EDITOR, MANAGER = AccessLevel
EXPERIMENT, FLAG = Resource.EXPERIMENT, Resource.FEATURE_FLAG
ROLE, OTHER_ROLE = RoleId(a_uuid("role")), RoleId(a_uuid("other role"))


def a_rule(
    level: AccessLevel,
    resource: Resource = EXPERIMENT,
    object_id: int | None = None,
    *,
    own: bool = False,
    role: RoleId | None = None,
) -> AccessRule:
    return AccessRule(
        project_id=PROJECT.id,
        resource=resource,
        level=level,
        object_id=object_id,
        user_id=MEMBER.id if own else None,
        role_id=role,
    )


def level(
    *rules: AccessRule,
    object_id: int | None = None,
    created_by_id: int | None = None,
    principal: Principal = BOB,
) -> AccessLevel:
    return level_of(
        principal,
        PROJECT,
        resource=EXPERIMENT,
        object_id=object_id,
        created_by_id=created_by_id,
        rules=rules,
    )


@pytest.mark.parametrize(
    ("scope", "resource"),
    [
        ("experiment:read", Resource.EXPERIMENT),
        ("experiment_holdout:write", Resource.EXPERIMENT),
        ("query:read", Resource.EXPERIMENT),
        ("experiment_saved_metric:read", Resource.EXPERIMENT_SAVED_METRIC),
        ("feature_flag:write", Resource.FEATURE_FLAG),
        ("project:read", Resource.PROJECT),
        ("approvals:read", Resource.PROJECT),
    ],
)
def test_a_scope_is_about_a_kind_of_objects(scope: str, resource: Resource) -> None:
    assert resource_of(scope) is resource


def test_the_nearest_rule_counts() -> None:
    of_project, of_kind = a_rule(VIEWER, Resource.PROJECT), a_rule(EDITOR)
    of_object = a_rule(MANAGER, object_id=7)
    assert level() is EDITOR
    assert level(of_project) is VIEWER
    assert level(of_project, of_kind) is EDITOR
    assert level(of_project, of_kind, of_object) is EDITOR
    assert level(of_project, of_kind, of_object, object_id=7) is MANAGER
    assert level(of_project, of_kind, of_object, object_id=8) is EDITOR
    assert level(a_rule(NONE, FLAG)) is EDITOR, "it is about something else"


def test_of_equally_near_rules_the_users_own_counts_then_their_roles_then_everybodys() -> None:
    everybodys, own = a_rule(MANAGER), a_rule(NONE, own=True)
    roles = (a_rule(VIEWER, role=ROLE), a_rule(EDITOR, role=OTHER_ROLE))
    assert level(everybodys) is MANAGER
    assert level(everybodys, *roles) is EDITOR
    assert level(everybodys, *reversed(roles)) is EDITOR
    assert level(everybodys, *roles, own) is NONE


def test_who_made_an_object_manages_it_unless_the_project_is_closed_to_them() -> None:
    closed = a_rule(NONE, object_id=7)
    assert level(closed, object_id=7, created_by_id=MEMBER.id) is MANAGER
    assert level(closed, object_id=7, created_by_id=99) is NONE
    shut = a_rule(NONE, Resource.PROJECT)
    assert level(closed, shut, object_id=7, created_by_id=MEMBER.id) is NONE


def test_who_has_no_access_to_the_project_has_none_to_what_is_in_it() -> None:
    rules = (a_rule(NONE, Resource.PROJECT), a_rule(MANAGER, object_id=7, own=True))
    assert level(*rules, object_id=7) is NONE
    assert not sees_project(BOB, PROJECT, rules=rules)
    with pytest.raises(Forbidden, match=r"You don't have access to the project\."):
        check_access(BOB, PROJECT, "experiment:read", rules=rules, level=MANAGER)


def test_administrators_are_above_the_rules_and_strangers_below_them() -> None:
    shut, given = a_rule(NONE, Resource.PROJECT), a_rule(MANAGER, own=True)
    assert level(shut, principal=Principal(user=ADMIN)) is MANAGER
    stranger = Principal(user=replace(MEMBER, memberships=()))
    assert level(given, principal=stranger) is NONE
    assert level(given, principal=SECRET) is NONE


def test_reading_needs_a_viewer_and_writing_an_editor() -> None:
    rules = (a_rule(VIEWER),)
    check_access(BOB, PROJECT, "experiment:read", rules=rules)
    check_access(BOB, PROJECT, "feature_flag:write", rules=rules)
    with pytest.raises(Forbidden, match="You do not have editor access"):
        check_access(BOB, PROJECT, "experiment:write", rules=rules)
    with pytest.raises(Forbidden, match="You do not have viewer access"):
        check_access(BOB, PROJECT, "experiment:read", rules=(a_rule(NONE),))


def test_the_level_for_the_object_that_is_asked_for_counts() -> None:
    rules = (a_rule(VIEWER),)
    check_access(BOB, PROJECT, "experiment:write", rules=rules, level=EDITOR)
    with pytest.raises(Forbidden, match="editor"):
        check_access(BOB, PROJECT, "experiment:write", level=VIEWER)


def test_a_list_is_open_for_the_sake_of_one_object_but_not_for_what_inherits() -> None:
    rules = (a_rule(NONE), a_rule(EDITOR, object_id=7))
    check_access(BOB, PROJECT, "experiment:read", rules=rules)
    check_access(BOB, PROJECT, "query:read", rules=rules)
    for scope, needed in (("experiment:write", "editor"), ("experiment_holdout:read", "viewer")):
        with pytest.raises(Forbidden, match=needed):
            check_access(BOB, PROJECT, scope, rules=rules)


def test_without_rules_everything_is_in_sight() -> None:
    assert sight_of(BOB, PROJECT, EXPERIMENT, ()) is None
    assert sight_of(BOB, PROJECT, EXPERIMENT, (a_rule(VIEWER, object_id=7),)) is None
    assert sight_of(BOB, PROJECT, EXPERIMENT, (a_rule(NONE, FLAG, 7),)) is None
    assert sight_of(SECRET, PROJECT, FLAG, (a_rule(NONE, FLAG),)) is None


def test_what_is_closed_is_out_of_sight_but_for_who_made_it() -> None:
    rules = (a_rule(NONE, object_id=7), a_rule(VIEWER, object_id=8))
    sight = sight_of(BOB, PROJECT, EXPERIMENT, rules)
    assert sight == Sight(shows_others=True, exceptions=frozenset({7}), user_id=UserId(MEMBER.id))
    assert sight.shows(8, created_by_id=None)
    assert not sight.shows(7, created_by_id=99)
    assert sight.shows(7, created_by_id=MEMBER.id)


def test_where_all_is_closed_what_is_opened_is_in_sight() -> None:
    rules = (a_rule(NONE), a_rule(NONE, object_id=7), a_rule(VIEWER, object_id=8))
    sight = sight_of(BOB, PROJECT, EXPERIMENT, rules)
    assert sight == Sight(shows_others=False, exceptions=frozenset({8}), user_id=UserId(MEMBER.id))
    assert [sight.shows(number, created_by_id=99) for number in (7, 8, 9)] == [False, True, False]
    assert sight.shows(9, created_by_id=MEMBER.id)


def test_an_organization_is_open_to_its_members() -> None:
    level = check_organization_access(BOB, ORGANIZATION_ID, "organization:read")
    assert level is MembershipLevel.MEMBER
    elsewhere = OrganizationId(UUID(int=9))
    with pytest.raises(Forbidden, match=r"You don't have access to the organization\."):
        check_organization_access(BOB, elsewhere, "organization:read")


def test_a_key_opens_organizations_by_scope_and_narrowing() -> None:
    def ask(**changes: object) -> None:
        key = replace(a_personal_key(), **changes)  # type: ignore[arg-type] # a shorthand
        principal = Principal(user=MEMBER, key=key)
        check_organization_access(principal, ORGANIZATION_ID, "organization:read")

    ask()
    ask(scopes=("organization:write",), scoped_organizations=(ORGANIZATION_ID,))
    with pytest.raises(Forbidden, match="missing required scope 'organization:read'"):
        ask(scopes=("experiment:read",))
    with pytest.raises(Forbidden, match=f"requested organization: ID {ORGANIZATION_ID}"):
        ask(scoped_organizations=(OrganizationId(UUID(int=9)),))
    with pytest.raises(Forbidden, match="only supported on project-based endpoints"):
        ask(scoped_projects=(ProjectId(1),))


@pytest.mark.parametrize(
    ("own", "scopes", "lacking"),
    [
        (("*",), ("*",), None),
        ((), (), None),
        (("*",), ("experiment:write",), None),
        (("experiment:write",), ("experiment:read",), None),
        (("experiment:read",), ("experiment:write",), "experiment:write"),
        (("experiment:read",), ("experiment:read", "*"), "*"),
        (("experiment:read",), (), "*"),
    ],
)
def test_a_key_gives_no_more_than_it_holds(
    own: tuple[str, ...], scopes: tuple[str, ...], lacking: str | None
) -> None:
    principal = Principal(user=MEMBER, key=a_personal_key(scopes=own))
    check_grant(BOB, scopes, organizations=())
    if lacking is None:
        check_grant(principal, scopes, organizations=())
        return
    with pytest.raises(Forbidden) as refused:
        check_grant(principal, scopes, organizations=())
    assert refused.value.message == f"API key missing required scope '{lacking}'"


def test_a_narrow_key_gives_no_wider_one() -> None:
    key = a_personal_key(scoped_organizations=(ORGANIZATION_ID,))
    principal = Principal(user=MEMBER, key=key)
    check_grant(principal, ("*",), organizations=(ORGANIZATION_ID,))
    for wider in ((), (ORGANIZATION_ID, OrganizationId(UUID(int=9)))):
        with pytest.raises(Forbidden, match="other organizations than its own"):
            check_grant(principal, ("*",), organizations=wider)
