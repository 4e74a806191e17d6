"""Which change to an experiment is allowed when, and what it does to its flag."""
