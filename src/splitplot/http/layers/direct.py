"""A way past the framework for the paths that are asked for the most."""

from collections.abc import Iterable

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Application(FastAPI):
    """A FastAPI application that calls the endpoints of some routes itself.

    Matching patterns, and the layers around typed routes, cost more than evaluating ten
    flags does. The middleware that was added to the application stays around the
    endpoints.
    """

    _direct: ASGIApp | None = None
    _direct_routes: dict[str, Route]

    def call_directly(self, routes: Iterable[Route]) -> None:
        """Call these routes past the router, once all middleware has been added.

        Args:
            routes: With a slash last and no parameters in their paths, and with ASGI
                apps for endpoints that answer every method and turn every error of ours
                into a response.
        """
        # The middleware puts a missing last slash back.
        self._direct_routes = {
            path: route for route in routes for path in (route.path, route.path.removesuffix("/"))
        }
        direct: ASGIApp = self._call_endpoint
        for middleware in reversed(self.user_middleware):
            direct = middleware.cls(direct, *middleware.args, **middleware.kwargs)
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._direct is not None and scope.get("path") in self._direct_routes:
            scope["app"] = self
            await self._direct(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _call_endpoint(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = scope["route"] = self._direct_routes[scope["path"]]
        await route.app(scope, receive, send)
