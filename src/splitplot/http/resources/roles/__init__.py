"""Roles: names for some members."""

from splitplot.http.resources.roles.routes import router

__all__ = ["router"]
