"""Invites: how people come in."""

from splitplot.http.resources.invites.routes import router

__all__ = ["router"]
