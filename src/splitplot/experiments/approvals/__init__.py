"""Approvals: flag changes that wait until somebody else has looked at them."""
