"""Simulations of planned experiments, in the background."""
