"""Organizations and their members."""

from splitplot.http.resources.organizations.routes import router

__all__ = ["router"]
