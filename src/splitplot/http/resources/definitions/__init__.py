"""What backends read with a secret: flag definitions, and the payload of one flag."""

from splitplot.http.resources.definitions.routes import direct_routes, routes

__all__ = ["direct_routes", "routes"]
