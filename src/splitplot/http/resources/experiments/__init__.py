"""Experiments: made, changed, launched, ended."""

from splitplot.http.resources.experiments.routes import router

__all__ = ["router"]
