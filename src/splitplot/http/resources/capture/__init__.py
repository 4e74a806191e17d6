"""Capture: where SDKs send events."""

from splitplot.http.resources.capture.routes import routes

__all__ = ["routes"]
