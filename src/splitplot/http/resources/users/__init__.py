"""Users: who am I."""

from splitplot.http.resources.users.routes import router

__all__ = ["router"]
