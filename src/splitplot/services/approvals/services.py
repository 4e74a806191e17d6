"""The services around approvals, as one."""

from dataclasses import dataclass

from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata
from splitplot.services.approvals.policies import PolicyService
from splitplot.services.approvals.requests import ChangeRequests


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalServices:
    """Which changes wait, and what becomes of those that do."""

    policies: PolicyService
    requests: ChangeRequests


def approval_services(
    *, metadata: Metadata, flag_source: FlagSource, clock: Clock
) -> ApprovalServices:
    """All of them, on the same stores."""
    return ApprovalServices(
        policies=PolicyService(metadata=metadata, clock=clock),
        requests=ChangeRequests(metadata=metadata, flag_source=flag_source, clock=clock),
    )
