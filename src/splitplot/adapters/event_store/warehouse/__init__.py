"""Tables that a project registered beside its events: loaded, kept, and queried."""
