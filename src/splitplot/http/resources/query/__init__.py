"""Questions about experiments: what a metric did, who was exposed."""

from splitplot.http.resources.query.routes import router

__all__ = ["router"]
