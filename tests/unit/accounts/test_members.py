from datetime import timedelta

import pytest

from splitplot.accounts.members import (
    Invite,
    InviteId,
    Member,
    check_level_change,
    check_removal,
    require_admin,
    require_grantable,
)
from splitplot.accounts.model import MembershipLevel
from splitplot.errors import Forbidden, InvalidInput
from tests.factories import NOON, ORGANIZATION_ID, a_user, a_uuid

MEMBER, ADMIN, OWNER = MembershipLevel.MEMBER, MembershipLevel.ADMIN, MembershipLevel.OWNER


def a_member(level: MembershipLevel) -> Member:
    return Member(user=a_user(), level=level, joined_at=NOON)


def test_an_invite_is_over_at_its_end() -> None:
    invite = Invite(
        id=InviteId(a_uuid("invite")),
        organization_id=ORGANIZATION_ID,
        email="bob@example.com",
        level=MEMBER,
        created_at=NOON,
        expires_at=NOON + timedelta(days=3),
    )
    assert not invite.is_expired(invite.expires_at - timedelta(microseconds=1))
    assert invite.is_expired(invite.expires_at)


@pytest.mark.parametrize("level", [None, MEMBER])
def test_who_is_no_administrator_does_not_manage(level: MembershipLevel | None) -> None:
    with pytest.raises(Forbidden, match="Only administrators of the organization"):
        require_admin(level)


@pytest.mark.parametrize("level", [ADMIN, OWNER])
def test_administrators_and_owners_manage(level: MembershipLevel) -> None:
    assert require_admin(level) is level


@pytest.mark.parametrize("own", [ADMIN, OWNER])
@pytest.mark.parametrize("level", list(MembershipLevel))
def test_nobody_gives_more_than_they_have(own: MembershipLevel, level: MembershipLevel) -> None:
    if level <= own:
        require_grantable(own, level)
        check_level_change(own, a_member(MEMBER), level, owners=1)
        return
    with pytest.raises(Forbidden, match="higher level than your own"):
        require_grantable(own, level)
    with pytest.raises(Forbidden, match="higher level than your own"):
        check_level_change(own, a_member(MEMBER), level, owners=1)


def test_an_administrator_does_not_touch_an_owner() -> None:
    with pytest.raises(Forbidden, match="whose level is higher"):
        check_level_change(ADMIN, a_member(OWNER), MEMBER, owners=2)
    with pytest.raises(Forbidden, match="whose level is higher"):
        check_removal(ADMIN, a_member(OWNER), owners=2)


@pytest.mark.parametrize("level", [MEMBER, ADMIN])
def test_the_last_owner_stays_one(level: MembershipLevel) -> None:
    with pytest.raises(InvalidInput, match="at least one owner") as refused:
        check_level_change(OWNER, a_member(OWNER), level, owners=1)
    assert refused.value.code == "last_owner"
    check_level_change(OWNER, a_member(OWNER), OWNER, owners=1)
    check_level_change(OWNER, a_member(OWNER), level, owners=2)


@pytest.mark.parametrize("own", [None, OWNER])
def test_the_last_owner_does_not_go(own: MembershipLevel | None) -> None:
    with pytest.raises(InvalidInput, match="at least one owner"):
        check_removal(own, a_member(OWNER), owners=1)
    check_removal(own, a_member(OWNER), owners=2)
    check_removal(own, a_member(MEMBER), owners=1)
