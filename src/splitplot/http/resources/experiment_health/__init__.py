"""What is wrong with an experiment."""

from splitplot.http.resources.experiment_health.routes import router

__all__ = ["router"]
