"""Approvals: the policies, and the requests that wait under them."""
