"""OFREP, the protocol that OpenFeature clients evaluate flags by."""

from splitplot.http.resources.ofrep.routes import routes

__all__ = ["routes"]
