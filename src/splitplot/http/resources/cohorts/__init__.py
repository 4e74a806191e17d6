"""Cohorts: sets of persons, listed or described."""

from splitplot.http.resources.cohorts.routes import router

__all__ = ["router"]
