"""Repositories of tables and of simulations."""
