"""Where many experiments stand, for lists."""

from splitplot.http.resources.experiment_standings.routes import router

__all__ = ["router"]
