"""Every management endpoint, asked by clients that mean harm or take no care."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import httpx
import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from splitplot.services.accounts import Installation
from tests.api import hostile
from tests.api.management import SPLIT, Experiments, Flags, mean_metric
from tests.api.stack import Stack, running_stack, settings_in

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A server with something in it, the keys that are tried, and its endpoints."""

    stack: Stack
    keys: dict[str, str]
    operations: list[tuple[str, str, list[str]]]
    bodies: dict[tuple[str, str], TypeAdapter[object]]

    def send(
        self, method: str, url: str, *, key: str, content: bytes = b"", media_type: str = ""
    ) -> httpx.Response:
        headers = [(b"authorization", f"Bearer {self.keys[key]}".encode())] if key else []
        if media_type:
            headers.append((b"content-type", media_type.encode("latin-1")))
        return self.stack.anonymous.request(method, url, content=content, headers=headers)

    def check_valid(self, method: str, template: str, answer: httpx.Response) -> None:
        """A success is what the API's description says it is."""
        body = self.bodies.get((method, template))
        if body is not None and answer.status_code in (200, 201):
            body.validate_json(answer.content)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with running_stack(settings_in(tmp_path_factory.mktemp("hostile"))) as stack:
        Experiments(stack=stack).launched(metrics=[mean_metric()])
        Flags(stack=stack).create("known", SPLIT)
        bodies, operations = _bodies(stack), _operations(stack)
        assert len(bodies) >= 20, "the framework keeps its routes elsewhere now"
        keys = _keys(stack, stack.installation)
        yield Target(stack=stack, keys=keys, operations=operations, bodies=bodies)


def _keys(stack: Stack, made: Installation) -> dict[str, str]:
    return {
        "full": made.personal_api_key,
        "read": stack.key(scopes=("experiment:read", "query:read")),
        "narrow": stack.key(projects=(made.project.id,)),
        "secret": stack.secret_key,
        "token": made.project.api_token,
        "wrong": "phx_" + "a" * 43,
        "odd": "phx_\x7f'--",
    }


def _operations(stack: Stack) -> list[tuple[str, str, list[str]]]:
    return [
        (
            method.upper(),
            path,
            [p["name"] for p in about.get("parameters", []) if p["in"] == "query"],
        )
        for path, item in stack.app.openapi()["paths"].items()
        for method, about in item.items()
    ]


def _bodies(stack: Stack) -> dict[tuple[str, str], TypeAdapter[object]]:
    return {
        (method, route.path): TypeAdapter(model)
        for route in _api_routes(stack.app.routes)
        if (model := route.response_model or route.responses.get(200, {}).get("model"))
        for method in route.methods or ()
    }


def _api_routes(routes: Iterable[object]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:  # a router that was included
            yield from _api_routes(getattr(getattr(route, "original_router", None), "routes", ()))


@st.composite
def addresses(draw: st.DrawFn, template: str, parameters: list[str], project: int) -> str:
    """The template filled with places that exist, or not, and a query that may mean nothing."""
    real = {"project_id": str(project), "experiment_id": "1", "flag_id": "1"}
    path = template
    for name, place in real.items():
        wrong = draw(
            st.booleans() if name != "project_id" else st.integers(0, 5).map(lambda n: n == 0)
        )
        path = path.replace(
            f"{{{name}}}", quote(draw(hostile.PLACES), safe="%@;.") if wrong else place
        )
    names = st.sampled_from([*parameters, "personal_api_key", "format"])
    query = draw(st.dictionaries(names, hostile.QUERIES, max_size=3))
    return f"{path}?{urlencode(query)}" if query else path


@hostile.fuzzed(900)
@given(data=st.data())
def test_no_request_breaks_an_endpoint(target: Target, data: st.DataObject) -> None:
    declared, template, parameters = data.draw(st.sampled_from(target.operations))
    url = data.draw(addresses(template, parameters, target.stack.project.id))
    method = data.draw(st.sampled_from([declared] * 8 + list(METHODS)))
    key = data.draw(st.sampled_from(["full"] * 8 + [*target.keys, ""]))
    content = data.draw(hostile.RAW | hostile.OBJECTS.map(hostile.careless))
    media_type = data.draw(st.just("application/json") | hostile.CONTENT_TYPES)
    answer = target.send(method, url, key=key, content=content, media_type=media_type)
    if method != "HEAD":
        hostile.check(answer)
    target.check_valid(method, template, answer)
