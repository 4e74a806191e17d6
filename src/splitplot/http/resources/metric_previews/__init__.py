"""What a metric reads in recent events, before any experiment has it."""

from splitplot.http.resources.metric_previews.routes import router

__all__ = ["router"]
