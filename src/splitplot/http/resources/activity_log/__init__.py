"""The activity log: who changed what."""

from splitplot.http.resources.activity_log.routes import router

__all__ = ["router"]
