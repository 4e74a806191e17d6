"""The ASGI application: every route, the error table, and the layer around them."""

from fastapi import FastAPI

from splitplot import __version__
from splitplot.bootstrap import Platform
from splitplot.http import health, openapi, pages
from splitplot.http.approvals import install_approvals
from splitplot.http.errors import install_error_table
from splitplot.http.layers.cors import Cors
from splitplot.http.layers.direct import Application
from splitplot.http.layers.edge import Edge
from splitplot.http.layers.rate_limits import RateLimiting
from splitplot.http.resources import (
    access_controls,
    actions,
    activity_log,
    approval_policies,
    browser,
    capture,
    change_requests,
    cohorts,
    definitions,
    event_definitions,
    events,
    experiment_health,
    experiment_holdouts,
    experiment_results,
    experiment_saved_metrics,
    experiment_standings,
    experiments,
    feature_flags,
    flags,
    invites,
    metric_previews,
    ofrep,
    organizations,
    personal_api_keys,
    persons,
    power_simulations,
    projects,
    query,
    roles,
    session,
    share_links,
    timeseries,
    users,
    warehouse_tables,
    web_experiments,
)
from splitplot.telemetry import Metrics

# Asked for the most, so they are looked at first.
_DIRECT_ROUTES = (
    *flags.routes,
    *definitions.direct_routes,
    *browser.direct_routes,
    *ofrep.routes,
)
_SDK_ROUTES = (*_DIRECT_ROUTES, *definitions.routes, *browser.routes, *capture.routes)
_PAGES = (*pages.routes, *health.routes, *openapi.routes)
_MANAGEMENT = (
    health.router,
    experiments.router,
    timeseries.router,
    experiment_results.router,
    experiment_health.router,
    experiment_holdouts.router,
    experiment_saved_metrics.router,
    metric_previews.router,
    experiment_standings.router,
    share_links.router,
    web_experiments.router,
    feature_flags.router,
    change_requests.router,
    approval_policies.router,
    activity_log.router,
    cohorts.router,
    actions.router,
    warehouse_tables.router,
    power_simulations.router,
    query.router,
    events.router,
    event_definitions.router,
    persons.router,
    projects.router,
    users.router,
    personal_api_keys.router,
    session.router,
    organizations.router,
    invites.router,
    roles.router,
    access_controls.router,
)


def create_app(platform: Platform) -> FastAPI:
    """The application that answers with this platform's services.

    The platform is started and closed by whoever made it.
    """
    app = Application(
        title="splitplot",
        summary="Feature flags, event capture, A/B experiments and their statistics.",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=openapi.operation_name,
        responses=openapi.REFUSALS,
    )
    app.state.platform = platform
    app.state.metrics = Metrics(version=__version__)
    app.router.routes[:0] = _SDK_ROUTES
    app.router.routes.extend(_PAGES)
    for router in _MANAGEMENT:
        app.include_router(router)
    # A page's address is one that begins as no other does.
    taken = {route.path.split("/")[1] for route in (*_SDK_ROUTES, *_PAGES)} | {"api"}
    app.router.default = pages.Pages(taken=taken - {""}, otherwise=app.router.default)
    install_error_table(app)
    install_approvals(app)
    # The last one is the outermost.
    app.add_middleware(RateLimiting, limits=platform.rate_limits)
    app.add_middleware(Cors)
    app.add_middleware(Edge, metrics=app.state.metrics)
    app.call_directly(_DIRECT_ROUTES)
    return app
