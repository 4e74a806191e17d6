"""One package for each resource of the API: `routes` and the wire's `schemas`."""
