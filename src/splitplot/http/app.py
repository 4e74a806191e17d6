"""The ASGI application: every route, the error table, and the layer around them."""

from fastapi import FastAPI

from splitplot import __version__
from splitplot.bootstrap import Platform
from splitplot.http import health, home
from splitplot.http.errors import ErrorBody, install_error_table
from splitplot.http.layers.cors import Cors
from splitplot.http.layers.direct import Application
from splitplot.http.layers.edge import Edge
from splitplot.http.resources import (
    capture,
    events,
    experiments,
    feature_flags,
    flags,
    persons,
    projects,
    query,
    users,
)
from splitplot.telemetry import Metrics

# Asked for the most, so they are looked at first.
_SDK_ROUTES = (*flags.routes, *capture.routes)
_PAGES = (*home.routes, *health.routes)
_MANAGEMENT = (
    health.router,
    experiments.router,
    feature_flags.router,
    query.router,
    events.router,
    persons.router,
    projects.router,
    users.router,
)


def create_app(platform: Platform) -> FastAPI:
    """The application that answers with this platform's services.

    The platform is started and closed by whoever made it.
    """
    app = Application(
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
    app.router.routes[:0] = _SDK_ROUTES
    app.router.routes.extend(_PAGES)
    for router in _MANAGEMENT:
        app.include_router(router)
    install_error_table(app)
    # The last one is the outermost.
    app.add_middleware(Cors)
    app.add_middleware(Edge, metrics=app.state.metrics)
    app.call_directly(flags.routes)
    return app
