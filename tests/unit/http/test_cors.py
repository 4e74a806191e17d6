import asyncio
from collections.abc import Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from splitplot.http.layers.cors import SDK_PREFIXES, Cors

ORIGIN = "https://shop.example"


async def _echo(request: Request) -> Response:
    return PlainTextResponse(request.method, headers={"ETag": '"1"', "Vary": "Accept"})


def answer(method: str, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    methods = ["GET", "POST", "OPTIONS"]
    app = Cors(Starlette(routes=[Route("/{rest:path}", _echo, methods=methods)]))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize("prefix", SDK_PREFIXES)
@pytest.mark.parametrize("origin", [ORIGIN, "null"])
def test_the_origin_is_let_in_by_name_wherever_sdks_go(prefix: str, origin: str) -> None:
    for path in (prefix, prefix.rstrip("/"), f"{prefix}more/of/it"):
        response = answer("POST", path, {"Origin": origin})
        assert response.text == "POST"
        assert response.headers["access-control-allow-origin"] == origin
        assert response.headers["access-control-allow-credentials"] == "true"
        exposed = response.headers["access-control-expose-headers"]
        assert exposed == "ETag, Retry-After, X-PostHog-Rate-Limit-Warning"
        assert response.headers.get_list("vary") == ["Accept", "Origin"]


def test_a_question_beforehand_is_answered_without_asking_the_route() -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, x-custom",
    }
    response = answer("OPTIONS", "/e/", asked)
    assert (response.status_code, response.text) == (204, "")
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert response.headers["access-control-allow-headers"] == "content-type, x-custom"
    assert response.headers["vary"] == "Origin, Access-Control-Request-Headers"
    plain = answer("OPTIONS", "/e/", {"Origin": ORIGIN})
    assert plain.status_code == 204
    assert "access-control-allow-headers" not in plain.headers


def test_without_an_origin_the_route_answers_and_caches_are_warned() -> None:
    response = answer("OPTIONS", "/array/token/config.js")
    assert response.text == "OPTIONS"
    assert "access-control-allow-origin" not in response.headers
    assert "Origin" in response.headers["vary"]


@pytest.mark.parametrize("path", ["/api/projects/1/", "/", "/events/", "/exports/e/", "/flagship/"])
def test_other_paths_are_for_their_own_origin(path: str) -> None:
    for method in ("GET", "OPTIONS"):
        response = answer(method, path, {"Origin": ORIGIN})
        assert response.text == method
        assert "access-control-allow-origin" not in response.headers
