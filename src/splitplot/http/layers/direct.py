"""A way past the framework for the paths that are asked for the most."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeAlias

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from splitplot.http.layers.edge import Header, answer_unchanged

# The headers of "not modified" where that is the answer, else None.
Unchanged: TypeAlias = Callable[[Scope], Iterable[Header] | None]


class Application(FastAPI):
    """A FastAPI application that calls the endpoints of some routes itself.

    Matching patterns, and the layers around typed routes, cost more than evaluating ten
    flags does. The middleware that was added to the application stays around the
    endpoints.
    """

    _direct: ASGIApp | None = None
    _direct_routes: dict[str, Route]
    # Those with parameters, by the first part of their paths, which is none.
    _patterns: dict[str, list[Route]]

    # By the route's path: those that know at once who has their document.
    _unchanged: dict[str, Unchanged]

    def call_directly(self, routes: Iterable[Route]) -> None:
        """Call these routes past the router, once all middleware has been added.

        Args:
            routes: With a slash last, and with ASGI apps for endpoints that answer every
                method and turn every error of ours into a response.
        """
        self._direct_routes, self._patterns, self._unchanged = {}, defaultdict(list), {}
        for route in routes:
            if (unchanged := getattr(route.endpoint, "unchanged", None)) is not None:
                self._unchanged[route.path] = unchanged
            if route.param_convertors:
                self._patterns[_first_part(route.path)].append(route)
            else:
                # The middleware puts a missing last slash back.
                self._direct_routes[route.path] = route
                self._direct_routes[route.path.removesuffix("/")] = route
        direct: ASGIApp = self._call_endpoint
        for middleware in reversed(self.user_middleware):
            direct = middleware.cls(direct, *middleware.args, **middleware.kwargs)
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._direct is not None and self._find(scope):
            scope["app"] = self
            headers = self._headers_if_unchanged(scope)
            if headers is None:
                await self._direct(scope, receive, send)
            else:
                await answer_unchanged(scope, send, headers, metrics=self.state.metrics)
        else:
            await super().__call__(scope, receive, send)

    def _headers_if_unchanged(self, scope: Scope) -> Iterable[Header] | None:
        unchanged = self._unchanged.get(scope["route"].path)
        return unchanged(scope) if unchanged is not None and scope["method"] == "GET" else None

    def _find(self, scope: Scope) -> bool:
        """Whether one of the routes is asked for; if so, the scope says which."""
        path = scope.get("path", "")
        route = self._direct_routes.get(path)
        if route is not None:
            scope["route"] = route
            return True
        slashed = path if path.endswith("/") else path + "/"
        for route in self._patterns.get(_first_part(path), ()):
            found = route.path_regex.match(slashed)
            if found is not None:
                scope["route"], scope["path_params"] = route, found.groupdict()
                return True
        return False

    async def _call_endpoint(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].app(scope, receive, send)


def _first_part(path: str) -> str:
    return path[1 : path.find("/", 1)]
