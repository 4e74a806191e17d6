"""Actions: events that projects have given names; made and changed, and put into plans."""
