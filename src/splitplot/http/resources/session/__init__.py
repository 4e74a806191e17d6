"""Signing in and out, and setting up a new installation."""

from splitplot.http.resources.session.routes import router

__all__ = ["router"]
