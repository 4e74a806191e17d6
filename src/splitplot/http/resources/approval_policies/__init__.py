"""Approval policies: which changes of flags somebody else has to approve."""

from splitplot.http.resources.approval_policies.routes import router

__all__ = ["router"]
