"""All metrics of an experiment together: their roles, their families, what to do."""
