"""Links by which people without an account see one experiment."""

from splitplot.http.resources.share_links.routes import router

__all__ = ["router"]
