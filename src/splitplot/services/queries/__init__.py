"""Queries that take long, or come in numbers."""
