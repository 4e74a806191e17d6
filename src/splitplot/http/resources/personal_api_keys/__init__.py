"""Personal API keys: what scripts carry."""

from splitplot.http.resources.personal_api_keys.routes import router

__all__ = ["router"]
