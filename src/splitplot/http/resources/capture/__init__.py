"""Capture: where SDKs send events."""

from splitplot.http.resources.capture import verdicts
from splitplot.http.resources.capture.routes import routes as older_routes

routes = [*older_routes, *verdicts.routes]

__all__ = ["routes"]
