"""Changes that wait for approval, as every resource that changes flags may answer."""

from splitplot.http.approvals.refusal import NEEDS_APPROVAL, install_approvals

__all__ = ["NEEDS_APPROVAL", "install_approvals"]
