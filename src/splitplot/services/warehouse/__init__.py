"""Tables beside the events: loaded, listed and forgotten."""
