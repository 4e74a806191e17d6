import json
import re
from collections.abc import Iterator
from io import StringIO

import httpx
import pytest
import structlog
from fastapi.routing import APIRoute

from splitplot import __version__
from splitplot.errors import Overloaded, Unavailable
from splitplot.http.bodies import MANAGEMENT_BODY_BYTES
from splitplot.telemetry import configure_logs
from tests.api.stack import Stack


def add_route(stack: Stack, path: str, error: Exception) -> None:
    def failing() -> None:
        raise error

    stack.app.router.routes.append(APIRoute(path, failing))


@pytest.mark.parametrize("path", ["/_health", "/_health/", "//_health"])
def test_a_server_that_answers_is_alive(stack: Stack, path: str) -> None:
    response = stack.anonymous.get(httpx.URL("http://splitplot.test").copy_with(path=path))
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_a_probe_needs_no_body(stack: Stack) -> None:
    assert stack.anonymous.head("/_health").status_code == 200


def test_a_server_whose_stores_answer_is_ready(duckdb_stack: Stack) -> None:
    response = duckdb_stack.anonymous.get("/_ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize("store", ["metadata", "events"])
def test_a_server_without_a_store_is_not_ready(
    stack: Stack, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise Unavailable("it is gone")

    monkeypatch.setattr(type(getattr(stack.platform.stores, store)), "check", lambda _: gone())

    response = stack.anonymous.get("/_ready")

    assert response.status_code == 503
    assert response.json()["detail"] == "it is gone"
    assert stack.anonymous.get("/_health").status_code == 200


def test_requests_are_counted_by_route_and_status(stack: Stack) -> None:
    for number in (stack.project.id, 998, 999):
        stack.client.get(f"/api/projects/{number}/")
    stack.client.get("/nowhere")

    text = stack.anonymous.get("/metrics").text

    assert f'splitplot_info{{version="{__version__}"}} 1.0' in text
    counts = dict(re.findall(r"splitplot_http_request_seconds_count(\{.*\}) (\S+)", text))
    route = 'method="GET",route="/api/projects/{project_id}/"'
    assert counts[f'{{{route},status="200"}}'] == "1.0"
    assert counts[f'{{{route},status="404"}}'] == "2.0"
    assert counts['{method="GET",route="none",status="404"}'] == "1.0"


def test_the_api_is_described(stack: Stack) -> None:
    response = stack.anonymous.get("/api/schema")
    assert response.json()["openapi"].startswith("3.1")
    assert "/api/projects/{project_id}/" in response.json()["paths"]


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/projects/1/nowhere/", "/nowhere", "/docs"])
def test_an_unknown_path_is_not_found_in_the_usual_shape(stack: Stack, path: str) -> None:
    response = stack.client.get(path)
    assert response.status_code == 404
    assert response.json() == {
        "type": "invalid_request",
        "code": "not_found",
        "detail": "Endpoint not found.",
        "attr": None,
    }


def test_a_wrong_method_is_told_the_right_ones(stack: Stack) -> None:
    response = stack.client.put(stack.url(), json={})
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, PATCH"
    assert response.json() == {
        "type": "invalid_request",
        "code": "method_not_allowed",
        "detail": 'Method "PUT" not allowed.',
        "attr": None,
    }


def test_a_body_of_another_kind_is_refused(stack: Stack) -> None:
    response = stack.client.patch(
        stack.url(), content=b"name: x", headers={"Content-Type": "application/yaml"}
    )
    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_media_type"


def test_a_body_that_is_too_large_is_refused(stack: Stack) -> None:
    response = stack.client.patch(stack.url(), content=b" " * (MANAGEMENT_BODY_BYTES + 1))
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


def test_a_form_changes_settings_too(stack: Stack) -> None:
    response = stack.client.patch(stack.url(), data={"name": "Form", "timezone": "Asia/Tokyo"})
    assert (response.json()["name"], response.json()["timezone"]) == ("Form", "Asia/Tokyo")


def test_an_answer_carries_an_id_to_find_it_in_the_log(stack: Stack) -> None:
    first, second = stack.anonymous.get("/_health"), stack.anonymous.get("/_health")
    ids = {first.headers["X-Request-ID"], second.headers["X-Request-ID"]}
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", text) for text in ids)


def test_the_clients_own_id_is_kept_if_it_is_harmless(stack: Stack) -> None:
    kept = stack.anonymous.get("/_health", headers={"X-Request-ID": "trace-7"})
    refused = stack.anonymous.get("/_health", headers={"X-Request-ID": "a b\tc"})
    assert kept.headers["X-Request-ID"] == "trace-7"
    assert "a b" not in refused.headers["X-Request-ID"]


@pytest.fixture
def log() -> Iterator[StringIO]:
    """The lines that are logged meanwhile, as JSON."""
    lines = StringIO()
    configure_logs(level="info", form="json", stream=lines)
    yield lines
    structlog.reset_defaults()


def test_a_failure_that_nobody_foresaw_is_logged_and_shows_nothing_of_its_inside(
    stack: Stack, log: StringIO
) -> None:
    add_route(stack, "/api/broken/", KeyError("the secret of the house"))

    response = stack.client.get("/api/broken/")

    assert response.status_code == 500
    assert response.json() == {
        "type": "server_error",
        "code": "error",
        "detail": "A server error occurred.",
        "attr": None,
    }
    line = json.loads(log.getvalue())
    assert line["event"] == "request.crashed"
    assert line["level"] == "error"
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert "the secret of the house" in line["exception"]


def test_an_overloaded_server_says_when_to_come_again(stack: Stack) -> None:
    add_route(stack, "/api/busy/", Overloaded("Too much is waiting."))
    response = stack.client.get("/api/busy/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/flags", "/e/", "//batch/"])
def test_a_browser_may_ask_from_any_page(stack: Stack, path: str) -> None:
    asked = stack.anonymous.options(
        httpx.URL("http://splitplot.test").copy_with(path=path),
        headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"},
    )
    refused = stack.anonymous.post(
        httpx.URL("http://splitplot.test").copy_with(path=path),
        headers={"Origin": "https://shop.example"},
        content=b"{}",
    )
    assert asked.status_code == 204
    assert refused.status_code >= 400
    for response in (asked, refused):
        assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"


def test_a_browser_may_not_manage_from_any_page(stack: Stack) -> None:
    response = stack.client.get(stack.url(), headers={"Origin": "https://shop.example"})
    assert "Access-Control-Allow-Origin" not in response.headers
