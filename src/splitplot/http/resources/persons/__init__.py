"""Persons: who the events are about."""

from splitplot.http.resources.persons.routes import router

__all__ = ["router"]
