"""Experiments, metrics, query plans, results."""
