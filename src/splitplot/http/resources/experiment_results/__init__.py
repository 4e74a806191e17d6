"""All metrics of an experiment at once."""

from splitplot.http.resources.experiment_results.routes import router

__all__ = ["router"]
