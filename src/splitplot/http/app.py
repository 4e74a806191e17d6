"""The ASGI application: every route, the error table, and the layer around them."""

from importlib import import_module
from importlib.util import find_spec

from fastapi import FastAPI

from splitplot import __version__
from splitplot.bootstrap import Platform
from splitplot.http import health, home
from splitplot.http.edge import Edge
from splitplot.http.errors import ErrorBody, install_error_table
from splitplot.telemetry import Metrics

_RESOURCES = (
    "flags",
    "capture",
    "definitions",
    "remote_config",
    "web_experiments",
    "experiments",
    "feature_flags",
    "events",
    "persons",
    "query",
    "projects",
    "users",
)


def create_app(platform: Platform) -> FastAPI:
    """The application that answers with this platform's services.

    The platform is started and closed by whoever made it.
    """
    app = FastAPI(
        title="splitplot",
        summary="Feature flags, event capture, A/B experiments and their statistics.",
        version=__version__,
        openapi_url="/api/schema/",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={"4XX": {"model": ErrorBody, "description": "Refused; the body says why."}},
    )
    app.state.platform = platform
    app.state.metrics = Metrics(version=__version__)
    _add_routes(app)
    install_error_table(app)
    app.add_middleware(Edge, metrics=app.state.metrics)
    return app


def _add_routes(app: FastAPI) -> None:
    app.router.routes.extend([*home.routes, *health.routes])
    app.include_router(health.router)
    for name in _RESOURCES:
        full = f"splitplot.http.resources.{name}"
        if find_spec(full) is None:
            continue
        try:
            module = import_module(full)
        except ImportError:  # half-written: remove once all resources are there
            continue
        routes = getattr(module, "routes", ())
        if isinstance(routes, list | tuple):
            app.router.routes.extend(routes)
        if hasattr(module, "router"):
            app.include_router(module.router)
