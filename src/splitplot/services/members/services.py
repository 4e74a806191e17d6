"""Everything about who belongs here, in one hand."""

from dataclasses import dataclass

from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata
from splitplot.services.accounts import AccountService, Later
from splitplot.services.members.access_rules import AccessRuleService
from splitplot.services.members.invites import InviteService
from splitplot.services.members.keys import KeyService
from splitplot.services.members.membership import MembershipService
from splitplot.services.members.profiles import ProfileService
from splitplot.services.members.roles import RoleService
from splitplot.services.members.sessions import SessionPolicy, SessionService


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberServices:
    """The services of this package."""

    sessions: SessionService
    keys: KeyService
    profiles: ProfileService
    organizations: MembershipService
    invites: InviteService
    roles: RoleService
    access_rules: AccessRuleService


def member_services(
    *,
    metadata: Metadata,
    accounts: AccountService,
    clock: Clock,
    policy: SessionPolicy,
    later: Later,
) -> MemberServices:
    """All of them, on one database.

    Args:
        metadata: Where everything is kept.
        accounts: Users and their passwords.
        clock: The time.
        policy: How long sessions last.
        later: Does what nobody waits for.
    """
    sessions = SessionService(
        metadata=metadata, accounts=accounts, clock=clock, policy=policy, later=later
    )
    return MemberServices(
        sessions=sessions,
        keys=KeyService(metadata=metadata, accounts=accounts),
        profiles=ProfileService(metadata=metadata, accounts=accounts, sessions=sessions),
        organizations=MembershipService(metadata=metadata),
        invites=InviteService(metadata=metadata, accounts=accounts, sessions=sessions, clock=clock),
        roles=RoleService(metadata=metadata, clock=clock),
        access_rules=AccessRuleService(metadata=metadata),
    )
