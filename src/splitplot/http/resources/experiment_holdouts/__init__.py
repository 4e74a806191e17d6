"""Holdouts: units kept out of sets of experiments."""

from splitplot.http.resources.experiment_holdouts.routes import router

__all__ = ["router"]
