"""Actions: events that a project has given names."""

from splitplot.http.resources.actions.routes import router

__all__ = ["router"]
