"""Change requests: seen, approved, rejected, taken back."""

from splitplot.http.resources.change_requests.routes import router

__all__ = ["router"]
