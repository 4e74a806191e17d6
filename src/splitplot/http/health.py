"""Is it alive, is it ready, how is it doing."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from splitplot.http.auth import PlatformOf
from splitplot.telemetry import CONTENT_TYPE, Metrics

router = APIRouter(include_in_schema=False)


@router.get("/_ready/")
def ready(platform: PlatformOf) -> dict[str, str]:
    """Answers 200 when both stores answer and the schema is current; else 503 says which not."""
    platform.stores.metadata.check()
    platform.stores.events.check()
    return {"status": "ready"}


async def health(_: Request) -> Response:
    """Answers 200 as long as the process can answer at all."""
    return JSONResponse({"status": "alive"})


def metrics(request: Request) -> Response:
    """Prometheus' text format."""
    numbers: Metrics = request.app.state.metrics
    return PlainTextResponse(numbers.exposition(), headers={"Content-Type": CONTENT_TYPE})


routes = [Route("/_health/", health), Route("/metrics/", metrics)]
