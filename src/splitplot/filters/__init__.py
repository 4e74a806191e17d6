"""Property filters: the operators, and matching in memory."""
