"""Results by day, and having results computed again."""

from splitplot.http.resources.timeseries.routes import router

__all__ = ["router"]
