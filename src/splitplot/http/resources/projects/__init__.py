"""Projects: the scope of flags, events and experiments, and its settings."""

from splitplot.http.resources.projects.routes import router

__all__ = ["router"]
