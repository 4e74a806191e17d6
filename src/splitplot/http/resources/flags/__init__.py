"""Flag evaluation for SDKs: `/flags/`, and `/decide/` for older ones."""

from splitplot.http.resources.flags.routes import routes

__all__ = ["routes"]
