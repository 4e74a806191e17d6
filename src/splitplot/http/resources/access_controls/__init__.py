"""Access rules: who may do what in a project."""

from splitplot.http.resources.access_controls.routes import router

__all__ = ["router"]
