from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from splitplot.accounts.access import AccessLevel, AccessRule, Resource, Sight
from splitplot.accounts.members import Invite, InviteId, Member, Role, RoleId, Session
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
from splitplot.errors import Conflict
from splitplot.flags.selection import FlagListing
from splitplot.ports.repositories import ExperimentListing
from tests.factories import (
    NOON,
    a_flag,
    a_personal_key,
    a_project,
    a_user,
    a_uuid,
    an_experiment,
    an_organization,
)

ODD_INSTANT = datetime(2025, 3, 30, 0, 59, 59, 999_999, tzinfo=UTC)
ELSEWHERE = OrganizationId(a_uuid("elsewhere"))


@pytest.fixture
def bob(metadata: SqlMetadata, project: Project) -> User:
    with metadata.transaction() as repositories:
        return repositories.accounts.add_user(
            a_user(
                email="bob@example.com",
                current_project_id=project.id,
                date_joined=ODD_INSTANT,
                memberships=(
                    Membership(
                        organization_id=project.organization_id, level=MembershipLevel.MEMBER
                    ),
                ),
            ),
            password_hash="",
        )


@pytest.fixture
def elsewhere(metadata: SqlMetadata) -> Project:
    """A project of another organization."""
    with metadata.transaction() as repositories:
        repositories.accounts.add_organization(an_organization(id=ELSEWHERE))
        return repositories.accounts.add_project(
            a_project(api_token="phc_elsewhere", organization_id=ELSEWHERE), secret_hash="elsewhere"
        )


def an_invite(project: Project, name: str = "invite", **changes: object) -> Invite:
    invite = Invite(
        id=InviteId(a_uuid(name)),
        organization_id=project.organization_id,
        email="Zoë@example.com",
        level=MembershipLevel.ADMIN,
        created_at=NOON,
        expires_at=ODD_INSTANT,
    )
    return replace(invite, **changes)  # type: ignore[arg-type] # a shorthand


def a_role(project: Project, name: str = "Analysts", **changes: object) -> Role:
    role = Role(
        id=RoleId(a_uuid(name)),
        organization_id=project.organization_id,
        name=name,
        created_at=ODD_INSTANT,
    )
    return replace(role, **changes)  # type: ignore[arg-type] # a shorthand


# -- members -------------------------------------------------------------------------


def test_members_come_in_the_order_in_which_they_joined(
    metadata: SqlMetadata, project: Project, user: User, bob: User
) -> None:
    with metadata.reading() as repositories:
        found = repositories.members.members(project.organization_id)
        assert repositories.members.members(ELSEWHERE) == ()
    assert found == (
        Member(user=user, level=MembershipLevel.OWNER, joined_at=NOON),
        Member(user=bob, level=MembershipLevel.MEMBER, joined_at=ODD_INSTANT),
    )


def test_a_user_joins_a_second_organization(
    metadata: SqlMetadata, user: User, elsewhere: Project
) -> None:
    later = NOON + timedelta(days=9)
    with metadata.transaction() as repositories:
        members = repositories.members
        members.add_member(ELSEWHERE, user.id, level=MembershipLevel.ADMIN, joined_at=later)
        joined = repositories.accounts.find_user(user.id)
        [member] = members.members(ELSEWHERE)
    assert elsewhere.organization_id == ELSEWHERE
    assert joined is not None
    assert joined.memberships == (
        *user.memberships,
        Membership(organization_id=ELSEWHERE, level=MembershipLevel.ADMIN),
    )
    assert (member.level, member.joined_at) == (MembershipLevel.ADMIN, later)


def test_a_user_without_any_membership_joins_as_the_first_one(
    metadata: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        lone = repositories.accounts.add_user(
            a_user(current_project_id=project.id, memberships=()), password_hash=""
        )
        home = project.organization_id
        level = MembershipLevel.MEMBER
        repositories.members.add_member(home, lone.id, level=level, joined_at=NOON)
        joined = repositories.accounts.find_user(lone.id)
    assert joined == replace(lone, memberships=(Membership(organization_id=home, level=level),))


def test_nobody_joins_twice(metadata: SqlMetadata, project: Project, user: User) -> None:
    with pytest.raises(Conflict), metadata.transaction() as repositories:
        repositories.members.add_member(
            project.organization_id, user.id, level=MembershipLevel.MEMBER, joined_at=NOON
        )


def test_a_level_is_set_for_one_member(
    metadata: SqlMetadata, project: Project, user: User, bob: User
) -> None:
    with metadata.transaction() as repositories:
        repositories.members.set_level(project.organization_id, bob.id, MembershipLevel.ADMIN)
        found = repositories.members.members(project.organization_id)
    assert [(m.user.id, m.level) for m in found] == [
        (user.id, MembershipLevel.OWNER),
        (bob.id, MembershipLevel.ADMIN),
    ]


def test_who_is_removed_leaves_roles_and_rules_of_that_organization_alone(
    metadata: SqlMetadata, project: Project, bob: User, elsewhere: Project
) -> None:
    here, there = a_role(project), a_role(elsewhere, "There")
    with metadata.transaction() as repositories:
        repositories.members.add_member(
            ELSEWHERE, bob.id, level=MembershipLevel.MEMBER, joined_at=NOON
        )
        for role in (here, there):
            repositories.members.save_role(replace(role, member_ids=(bob.id,)))
        for number in (project.id, elsewhere.id):
            repositories.access_rules.put(a_rule(number, user_id=bob.id))
        repositories.members.remove_member(project.organization_id, bob.id)

        assert repositories.members.role_ids_of(bob.id) == {there.id}
        assert repositories.access_rules.of_project(project.id) == ()
        assert repositories.access_rules.of_project(elsewhere.id) != ()
        left = repositories.accounts.find_user(bob.id)
    assert left is not None
    assert [m.organization_id for m in left.memberships] == [ELSEWHERE]


# -- organizations and users ---------------------------------------------------------


def test_an_organization_is_renamed(metadata: SqlMetadata, project: Project) -> None:
    with metadata.transaction() as repositories:
        known = repositories.accounts.find_organization(project.organization_id)
        assert known is not None
        renamed = replace(known, name="Läden")
        repositories.accounts.save_organization(renamed)
        assert repositories.accounts.find_organization(project.organization_id) == renamed


def test_a_user_is_saved_without_touching_password_and_memberships(
    metadata: SqlMetadata, user: User
) -> None:
    changed = replace(
        user, email="Countess@example.com", first_name="Augusta", role_at_organization="data"
    )
    with metadata.transaction() as repositories:
        assert repositories.accounts.save_user(replace(changed, memberships=())) == changed
        found = repositories.accounts.find_user_by_email("countess@EXAMPLE.com")
        assert found == (changed, "hash of password")
        repositories.accounts.set_password_hash(user.id, "another")
        assert repositories.accounts.find_user_by_email(changed.email) == (changed, "another")


def test_a_user_does_not_take_the_address_of_another(
    metadata: SqlMetadata, user: User, bob: User
) -> None:
    with metadata.transaction() as repositories:
        repositories.accounts.save_user(replace(user, email=user.email.upper()))
    with pytest.raises(Conflict) as refused, metadata.transaction() as repositories:
        repositories.accounts.save_user(replace(bob, email=user.email))
    assert refused.value.attr == "email"


# -- invites -------------------------------------------------------------------------


def test_every_field_of_an_invite_comes_back(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    older = an_invite(project, "older", created_by_id=user.id)
    newer = an_invite(project, "newer", created_at=NOON + timedelta(seconds=1))
    with metadata.transaction() as repositories:
        repositories.members.add_invite(older, token_hash="hash of older")
        repositories.members.add_invite(newer, token_hash="hash of newer")
    with metadata.reading() as repositories:
        members = repositories.members
        assert members.invites(project.organization_id) == (newer, older)
        assert members.invites(ELSEWHERE) == ()
        assert members.find_invite("hash of older") == older
        assert members.find_invite("older") is None


def test_an_invite_is_deleted_by_its_organization(metadata: SqlMetadata, project: Project) -> None:
    invite = an_invite(project)
    with metadata.transaction() as repositories:
        members = repositories.members
        members.add_invite(invite, token_hash="hash")
        assert not members.delete_invite(ELSEWHERE, invite.id)
        assert members.delete_invite(project.organization_id, invite.id)
        assert not members.delete_invite(project.organization_id, invite.id)
        assert members.find_invite("hash") is None


# -- roles ---------------------------------------------------------------------------


def test_every_field_of_a_role_comes_back(
    metadata: SqlMetadata, project: Project, user: User, bob: User
) -> None:
    role = a_role(project, created_by_id=user.id, member_ids=(user.id, bob.id))
    other = a_role(project, "Åland")
    with metadata.transaction() as repositories:
        assert repositories.members.save_role(other) == other
        assert repositories.members.save_role(role) == role
    with metadata.reading() as repositories:
        members = repositories.members
        assert set(members.roles(project.organization_id)) == {role, other}
        assert members.find_role(project.organization_id, role.id) == role
        assert members.find_role(ELSEWHERE, role.id) is None
        assert members.role_ids_of(bob.id) == {role.id}
        assert members.role_ids_of(UserId(99)) == frozenset()


def test_a_role_is_replaced_with_its_members(
    metadata: SqlMetadata, project: Project, user: User, bob: User
) -> None:
    role = a_role(project, member_ids=(user.id, bob.id))
    changed = replace(role, name="Readers", member_ids=(bob.id,))
    with metadata.transaction() as repositories:
        repositories.members.save_role(role)
        assert repositories.members.save_role(changed) == changed
        assert repositories.members.roles(project.organization_id) == (changed,)


def test_two_roles_of_an_organization_have_two_names(
    metadata: SqlMetadata, project: Project, elsewhere: Project
) -> None:
    role = a_role(project)
    with metadata.transaction() as repositories:
        repositories.members.save_role(role)
        repositories.members.save_role(
            replace(a_role(elsewhere), id=RoleId(a_uuid("same name elsewhere")))
        )
    with pytest.raises(Conflict) as refused, metadata.transaction() as repositories:
        repositories.members.save_role(replace(role, id=RoleId(a_uuid("twin"))))
    assert refused.value.attr == "name"


def test_a_deleted_role_takes_its_rules_along(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    role = a_role(project, member_ids=(user.id,))
    with metadata.transaction() as repositories:
        members = repositories.members
        members.save_role(role)
        repositories.access_rules.put(a_rule(project.id, role_id=role.id))
        assert not members.delete_role(ELSEWHERE, role.id)
        assert members.delete_role(project.organization_id, role.id)
        assert not members.delete_role(project.organization_id, role.id)
        assert members.role_ids_of(user.id) == frozenset()
        assert repositories.access_rules.of_project(project.id) == ()


# -- sessions and keys ---------------------------------------------------------------


def a_session(user: User, name: str = "session", **changes: object) -> Session:
    session = Session(id=name, user_id=user.id, created_at=NOON, expires_at=ODD_INSTANT)
    return replace(session, **changes)  # type: ignore[arg-type] # a shorthand


def test_a_session_is_found_by_its_hash_and_extended(metadata: SqlMetadata, user: User) -> None:
    session, later = a_session(user), ODD_INSTANT + timedelta(days=1)
    with metadata.transaction() as repositories:
        sessions = repositories.sessions
        sessions.add(session, token_hash="hash")
        assert sessions.find("hash") == (session, user)
        assert sessions.find("session") is None
        sessions.extend(session.id, expires_at=later)
        assert sessions.find("hash") == (replace(session, expires_at=later), user)
        sessions.delete("hash")
        assert sessions.find("hash") is None


def test_the_session_of_an_inactive_user_is_not_found(metadata: SqlMetadata, user: User) -> None:
    with metadata.transaction() as repositories:
        repositories.sessions.add(a_session(user), token_hash="hash")
        repositories.accounts.save_user(replace(user, is_active=False))
        assert repositories.sessions.find("hash") is None


def test_sessions_end_by_user_and_by_time(metadata: SqlMetadata, user: User, bob: User) -> None:
    with metadata.transaction() as repositories:
        sessions = repositories.sessions

        def left() -> list[str]:
            return [name for name in "abcd" if sessions.find(name) is not None]

        for name, owner in zip("abcd", (user, user, user, bob), strict=True):
            sessions.add(a_session(owner, name), token_hash=name)
        sessions.delete_of(user.id, but="b")
        assert left() == ["b", "d"]
        sessions.delete_of(user.id)
        assert left() == ["d"]
        sessions.delete_expired(ODD_INSTANT - timedelta(microseconds=1))
        assert left() == ["d"]
        sessions.delete_expired(ODD_INSTANT)
        assert left() == []


def test_keys_are_listed_changed_and_deleted_by_their_user(
    metadata: SqlMetadata, user: User, bob: User
) -> None:
    older = a_personal_key(id="older", user_id=user.id, last_used_at=NOON)
    newer = a_personal_key(id="newer", user_id=user.id, created_at=NOON + timedelta(seconds=1))
    changed = replace(older, label="Ünïcode", scopes=(), scoped_projects=(ProjectId(7),))
    with metadata.transaction() as repositories:
        for key in (older, newer):
            repositories.accounts.add_personal_key(key, key_hash=key.id)
        sessions = repositories.sessions
        assert sessions.keys_of(user.id) == (newer, older)
        assert sessions.keys_of(bob.id) == ()
        sessions.save_key(replace(changed, last_used_at=None))
        assert sessions.keys_of(user.id) == (newer, changed), "its last use is kept"
        sessions.save_key(replace(changed, user_id=bob.id, label="stolen"))
        assert not sessions.delete_key(bob.id, newer.id)
        assert sessions.delete_key(user.id, newer.id)
        assert not sessions.delete_key(user.id, newer.id)
        assert sessions.keys_of(user.id) == (changed,)


# -- access rules --------------------------------------------------------------------


def a_rule(project_id: ProjectId, **changes: object) -> AccessRule:
    rule = AccessRule(project_id=project_id, resource=Resource.EXPERIMENT, level=AccessLevel.VIEWER)
    return replace(rule, **changes)  # type: ignore[arg-type] # a shorthand


def test_one_rule_has_one_level(
    metadata: SqlMetadata, project: Project, user: User, other_project: Project
) -> None:
    role = a_role(project)
    rules = [
        a_rule(project.id),
        a_rule(project.id, resource=Resource.FEATURE_FLAG),
        a_rule(project.id, object_id=7),
        a_rule(project.id, user_id=user.id),
        a_rule(project.id, role_id=role.id),
        a_rule(project.id, object_id=7, user_id=user.id),
    ]
    with metadata.transaction() as repositories:
        repositories.members.save_role(role)
        access = repositories.access_rules
        for rule in rules:
            access.put(replace(rule, level=AccessLevel.NONE))
        for rule in rules:
            access.put(rule)
        access.put(a_rule(other_project.id))
        assert access.of_project(project.id) == tuple(rules)
        access.remove(replace(rules[0], level=AccessLevel.MANAGER))
        access.remove(rules[5])
        assert access.of_project(project.id) == tuple(rules[1:5])


def test_rules_concern_everybody_the_user_and_their_roles(
    metadata: SqlMetadata, *, project: Project, user: User, bob: User, other_project: Project
) -> None:
    held, other = a_role(project, member_ids=(bob.id,)), a_role(project, "Other")
    rules = [
        a_rule(project.id),
        a_rule(project.id, user_id=user.id),
        a_rule(project.id, user_id=bob.id),
        a_rule(project.id, role_id=held.id),
        a_rule(project.id, role_id=other.id),
        a_rule(other_project.id, object_id=3),
    ]
    with metadata.transaction() as repositories:
        for role in (held, other):
            repositories.members.save_role(role)
        access = repositories.access_rules
        for rule in rules:
            access.put(rule)
        assert access.concerning(bob.id, [project.id, other_project.id]) == {
            project.id: (rules[0], rules[2], rules[3]),
            other_project.id: (rules[5],),
        }
        assert access.concerning(bob.id, []) == {}


def test_an_object_is_found_with_who_made_it(
    metadata: SqlMetadata, project: Project, user: User, other_project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag(created_by_id=user.id))
        experiment = repositories.experiments.add(an_experiment(project_id=project.id, flag=flag))
        access = repositories.access_rules
        made = access.creator_of(project.id, Resource.FEATURE_FLAG, flag.id)
        assert made == (True, user.id)
        assert access.creator_of(project.id, Resource.EXPERIMENT, experiment.id) == (True, None)
        nothing = (False, None)
        assert access.creator_of(project.id, Resource.EXPERIMENT, 99) == nothing
        assert access.creator_of(other_project.id, Resource.FEATURE_FLAG, flag.id) == nothing


@pytest.mark.parametrize(("shows_others", "seen"), [(True, ["a", "b", "d"]), (False, ["a", "c"])])
def test_lists_show_what_is_in_sight_and_ones_own(
    metadata: SqlMetadata, project: Project, user: User, *, shows_others: bool, seen: list[str]
) -> None:
    with metadata.transaction() as repositories:
        numbers = {}
        for name in "abcd":
            author = user.id if name == "a" else None
            flag = repositories.flags.add(project.id, a_flag(key=name, created_by_id=author))
            made = an_experiment(project_id=project.id, flag=flag, name=name, created_by_id=author)
            numbers[name] = (flag.id, repositories.experiments.add(made).id)
    flag_ids = frozenset(numbers[name][0] for name in ("a", "c")[0 if shows_others else 1 :])
    experiment_ids = frozenset(numbers[name][1] for name in ("a", "c")[0 if shows_others else 1 :])

    def sight(exceptions: frozenset[int]) -> Sight:
        return Sight(shows_others=shows_others, exceptions=exceptions, user_id=user.id)

    with metadata.reading() as repositories:
        flags = repositories.flags.page(
            project.id, FlagListing(order="key"), now=NOON, sight=sight(flag_ids)
        )
        listing = ExperimentListing(now=NOON, order="name", sight=sight(experiment_ids))
        experiments = repositories.experiments.page(project.id, listing)
    assert ([one.key for one in flags.items], flags.count) == (seen, len(seen))
    assert ([one.name for one in experiments.items], experiments.count) == (seen, len(seen))
