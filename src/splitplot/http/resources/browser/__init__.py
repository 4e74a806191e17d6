"""What the browser SDK loads when it boots: its code, its configuration, empty lists."""

from splitplot.http.resources.browser.routes import direct_routes, routes

__all__ = ["direct_routes", "routes"]
