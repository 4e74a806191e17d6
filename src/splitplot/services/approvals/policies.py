"""The policies that say which changes need an approval."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypedDict
from uuid import uuid4

from splitplot.accounts.access import membership_level
from splitplot.accounts.members import RoleId, require_admin
from splitplot.accounts.model import Project, User, UserId
from splitplot.errors import InvalidInput, NotFound
from splitplot.experiments.approvals.model import (
    ActionKey,
    Approvers,
    Policy,
    PolicyId,
    Terms,
)
from splitplot.experiments.approvals.policies import check_terms
from splitplot.filters.model import Properties
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.writing import Change, Writing

APPROVAL_POLICY = "ApprovalPolicy"


class PolicyValues(TypedDict, total=False):
    """The values that were given; a missing key stays."""

    action_key: ActionKey
    conditions: Properties
    approvers: Approvers
    allow_self_approve: bool
    bypass_levels: tuple[str, ...]
    bypass_roles: tuple[RoleId, ...]
    expires_after: timedelta
    enabled: bool
    is_organization_wide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRecord:
    """A policy, and who made it."""

    policy: Policy
    created_by: User | None


class PolicyService:
    """Policies of each project and its organization. Members read them, admins write them."""

    def __init__(self, *, metadata: Metadata, clock: Clock) -> None:
        self._metadata = metadata
        self._clock = clock

    def listed(
        self,
        project: Project,
        *,
        action_key: str | None = None,
        enabled: bool | None = None,
    ) -> tuple[PolicyRecord, ...]:
        """Those that hold in the project, newest first."""
        with self._metadata.reading() as repositories:
            found = [
                policy
                for policy in _policies(repositories, project)
                if action_key in (None, policy.action_key) and enabled in (None, policy.enabled)
            ]
            return _records(repositories, found)

    def get(self, project: Project, policy_id: PolicyId) -> PolicyRecord:
        """Raises NotFound when none with this id holds in the project."""
        with self._metadata.reading() as repositories:
            return _record(repositories, _find(repositories, project, policy_id))

    def create(self, project: Project, values: PolicyValues, *, actor: User | None) -> PolicyRecord:
        """Make a policy.

        Args:
            project: Where.
            values: `action_key` and `approvers` are among them.
            actor: Who makes it.

        Raises:
            Forbidden: The actor is no administrator.
            InvalidInput: The first rule that is broken.
        """
        author = _admin(project, actor)
        now = self._clock.now()
        bare = Policy(
            id=PolicyId(uuid4()),
            organization_id=project.organization_id,
            project_id=project.id,
            action_key=values["action_key"],
            terms=Terms(approvers=values["approvers"], conditions={}),
            created_by_id=author.id,
            created_at=now,
            updated_at=now,
        )
        with self._metadata.transaction() as repositories:
            policy = _with(bare, values, project)
            _check(repositories, project, policy)
            repositories.approvals.save_policy(policy)
            self._log(repositories, project, None, policy, actor=author)
            return _record(repositories, policy)

    def update(
        self, project: Project, policy_id: PolicyId, values: PolicyValues, *, actor: User | None
    ) -> PolicyRecord:
        """Change a policy; requests that wait keep the terms they were made under.

        Raises:
            Forbidden: The actor is no administrator.
            NotFound: None with this id holds in the project.
            InvalidInput: The first rule that is broken.
        """
        author = _admin(project, actor)
        with self._metadata.transaction() as repositories:
            before = _find(repositories, project, policy_id)
            policy = replace(_with(before, values, project), updated_at=self._clock.now())
            _check(repositories, project, policy)
            repositories.approvals.save_policy(policy)
            self._log(repositories, project, before, policy, actor=author)
            return _record(repositories, policy)

    def delete(self, project: Project, policy_id: PolicyId, *, actor: User | None) -> None:
        """Take a policy away; requests that wait under it go on waiting.

        Raises:
            Forbidden: The actor is no administrator.
            NotFound: None with this id holds in the project.
        """
        author = _admin(project, actor)
        with self._metadata.transaction() as repositories:
            before = _find(repositories, project, policy_id)
            repositories.approvals.delete_policy(policy_id)
            self._log(repositories, project, before, None, actor=author)

    def _log(
        self,
        repositories: Repositories,
        project: Project,
        before: Policy | None,
        after: Policy | None,
        *,
        actor: User,
    ) -> None:
        known = after or before
        if known is None:
            return
        change = Change(project=project, actor=actor, now=self._clock.now())
        Writing(repositories, change).log(
            scope=APPROVAL_POLICY,
            item_id=known.id,
            name=known.action_key,
            before=_logged(before),
            after=_logged(after),
        )


def _admin(project: Project, actor: User | None) -> User:
    level = None if actor is None else membership_level(actor, project.organization_id)
    require_admin(level)
    # Whoever has a level is somebody.
    assert actor is not None  # noqa: S101 see above
    return actor


def _with(policy: Policy, values: PolicyValues, project: Project) -> Policy:
    terms = policy.terms
    is_wide = values.get("is_organization_wide", policy.project_id is None)
    return replace(
        policy,
        project_id=None if is_wide else policy.project_id or project.id,
        action_key=values.get("action_key", policy.action_key),
        expires_after=values.get("expires_after", policy.expires_after),
        enabled=values.get("enabled", policy.enabled),
        terms=Terms(
            approvers=values.get("approvers", terms.approvers),
            conditions=values.get("conditions", terms.conditions),
            allow_self_approve=values.get("allow_self_approve", terms.allow_self_approve),
            bypass_levels=values.get("bypass_levels", terms.bypass_levels),
            bypass_roles=values.get("bypass_roles", terms.bypass_roles),
        ),
    )


def _check(repositories: Repositories, project: Project, policy: Policy) -> None:
    organization_id = project.organization_id
    check_terms(
        policy.terms,
        known_users={one.user.id for one in repositories.members.members(organization_id)},
        known_roles={role.id for role in repositories.members.roles(organization_id)},
    )
    for other in _policies(repositories, project):
        if (
            other.id != policy.id
            and other.action_key is policy.action_key
            and other.project_id == policy.project_id
        ):
            raise InvalidInput(
                "A policy for this action already exists. You can edit the existing policy instead."
            )


def _policies(repositories: Repositories, project: Project) -> tuple[Policy, ...]:
    return repositories.approvals.policies(project.organization_id, project.id)


def _find(repositories: Repositories, project: Project, policy_id: PolicyId) -> Policy:
    for policy in _policies(repositories, project):
        if policy.id == policy_id:
            return policy
    raise NotFound("Not found.")


def _record(repositories: Repositories, policy: Policy) -> PolicyRecord:
    return _records(repositories, [policy])[0]


def _records(repositories: Repositories, policies: list[Policy]) -> tuple[PolicyRecord, ...]:
    users: Mapping[UserId, User] = repositories.accounts.users(
        {policy.created_by_id for policy in policies if policy.created_by_id is not None}
    )
    return tuple(
        PolicyRecord(
            policy=policy,
            created_by=None if policy.created_by_id is None else users.get(policy.created_by_id),
        )
        for policy in policies
    )


def _logged(policy: Policy | None) -> dict[str, object] | None:
    if policy is None:
        return None
    return {
        "action_key": policy.action_key,
        "conditions": policy.terms.conditions,
        "approver_config": policy.terms.approvers,
        "allow_self_approve": policy.terms.allow_self_approve,
        "bypass_org_membership_levels": policy.terms.bypass_levels,
        "bypass_roles": policy.terms.bypass_roles,
        "expires_after": policy.expires_after,
        "enabled": policy.enabled,
        "organization_wide": policy.project_id is None,
    }
