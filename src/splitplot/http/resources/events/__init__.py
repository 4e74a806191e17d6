"""Captured events, read back."""

from splitplot.http.resources.events.routes import router

__all__ = ["router"]
