"""Names of events and of properties that were captured."""

from splitplot.http.resources.event_definitions.routes import router

__all__ = ["router"]
