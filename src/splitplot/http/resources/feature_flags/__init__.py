"""Feature flags: made and changed. Serving them is `resources/flags`."""

from splitplot.http.resources.feature_flags.routes import router

__all__ = ["router"]
