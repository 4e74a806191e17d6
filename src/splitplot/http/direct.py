"""A way past the router for the paths that are asked for the most."""

from collections.abc import Iterable

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Direct:
    """ASGI middleware that calls some routes' endpoints itself.

    Matching patterns and the layers around typed routes cost more than evaluating ten
    flags does.

    Args:
        app: What is called for every other path.
        routes: Without path parameters, and with ASGI apps for endpoints that answer
            every method and turn every error of ours into a response.
    """

    def __init__(self, app: ASGIApp, *, routes: Iterable[Route]) -> None:
        self._app = app
        self._routes = {route.path: route for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
        else:
            scope["route"] = route
            await route.app(scope, receive, send)
