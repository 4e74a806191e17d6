"""Saved metrics: metrics that experiments share."""

from splitplot.http.resources.experiment_saved_metrics.routes import router

__all__ = ["router"]
