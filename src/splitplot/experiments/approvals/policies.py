"""Which policy holds a change back, and what a policy must be like."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from splitplot.accounts.members import RoleId
from splitplot.accounts.model import ProjectId, UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.approvals.conditions import changed_paths, is_met, shares_in
from splitplot.experiments.approvals.model import ActionKey, Approvers, Party, Policy, Terms
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag

_ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A part of a change that may need an approval.

    Attributes:
        paths: What changes.
        before: The values there, before; null where there was none.
        after: The values there, after.
    """

    action_key: ActionKey
    paths: tuple[str, ...]
    before: Properties
    after: Properties


def triggers_of(before: Flag, after: Flag) -> tuple[Trigger, ...]:
    """What of a flag's change policies may be about; most changes have nothing of it."""
    found = []
    if before.active is not after.active:
        found.append(
            Trigger(
                action_key=ActionKey.ENABLE if after.active else ActionKey.DISABLE,
                paths=(_ACTIVE,),
                before={_ACTIVE: before.active},
                after={_ACTIVE: after.active},
            )
        )
    old, new = shares_in(before.filters), shares_in(after.filters)
    if paths := changed_paths(old, new):
        found.append(
            Trigger(
                action_key=ActionKey.UPDATE,
                paths=paths,
                before={path: old.get(path) for path in paths},
                after={path: new.get(path) for path in paths},
            )
        )
    return tuple(found)


def holding(
    policies: Collection[Policy], before: Flag, after: Flag, *, project_id: ProjectId, party: Party
) -> tuple[Trigger, Policy] | None:
    """The policy that holds a change back, and what of the change it is about.

    A project's own policy for an action stands in the place of its organization's.

    Args:
        policies: Of the project and its organization.
        before: The flag as stored.
        after: The flag as it shall be.
        project_id: The flag's project.
        party: Who wants the change.

    Raises:
        InvalidInput: Several policies hold it back: nobody could say whose approval it
            needs. The parts of the change can be made one by one.
    """
    held = [
        (trigger, policy)
        for trigger in triggers_of(before, after)
        if (policy := _policy_for(trigger.action_key, policies, project_id)) is not None
        and not _may_bypass(policy.terms, party)
        and is_met(policy.terms.conditions, before.filters, after.filters)
    ]
    if len(held) > 1:
        names = ", ".join(f"{policy.action_key} ({policy.id})" for _, policy in held)
        raise InvalidInput(
            f"This change needs approval under several policies: {names}. "
            "Please make its parts one by one.",
            code="policy_conflict",
        )
    return held[0] if held else None


def is_approver(approvers: Approvers, party: Party) -> bool:
    """Whether somebody is asked."""
    return party.user_id in approvers.users or not party.roles.isdisjoint(approvers.roles)


def check_terms(
    terms: Terms, *, known_users: Collection[UserId], known_roles: Collection[RoleId]
) -> None:
    """Refuse terms under which nobody could ever approve.

    Args:
        terms: As they were sent.
        known_users: Members of the organization.
        known_roles: Roles of the organization.

    Raises:
        InvalidInput: For the field that makes no sense.
    """
    approvers = terms.approvers
    _check_known("Users", approvers.users, known_users, attr="approver_config")
    _check_known("Roles", approvers.roles, known_roles, attr="approver_config")
    _check_known("Roles", terms.bypass_roles, known_roles, attr="bypass_roles")
    if not approvers.users and not approvers.roles:
        raise InvalidInput("At least one user or role must approve.", attr="approver_config")
    if not approvers.roles and approvers.quorum > len(set(approvers.users)):
        raise InvalidInput(
            f"The quorum is {approvers.quorum}, but only {len(set(approvers.users))} may approve.",
            attr="approver_config",
        )


def _policy_for(
    action_key: ActionKey, policies: Iterable[Policy], project_id: ProjectId
) -> Policy | None:
    found = {
        policy.project_id: policy
        for policy in policies
        if policy.enabled and policy.action_key is action_key
    }
    return found.get(project_id, found.get(None))


def _may_bypass(terms: Terms, party: Party) -> bool:
    level = None if party.level is None else str(party.level.value)
    return level in terms.bypass_levels or not party.roles.isdisjoint(terms.bypass_roles)


def _check_known(
    what: str, given: Iterable[object], known: Collection[object], *, attr: str
) -> None:
    unknown = [str(item) for item in given if item not in known]
    if unknown:
        raise InvalidInput(f"{what} do not exist: {', '.join(unknown)}", attr=attr)
