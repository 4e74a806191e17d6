"""Holdouts, saved metrics and web experiments."""
