"""`/flags/definitions/`, its older name, and `…/feature_flags/<key>/remote_config/`."""

from functools import lru_cache
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route
from starlette.types import Scope

from splitplot.accounts.model import ProjectId
from splitplot.errors import NotFound
from splitplot.flags.interchange.definitions import definitions_document
from splitplot.http.auth import CURRENT
from splitplot.http.errors import error_response
from splitplot.http.sdk.documents import (
    Document,
    Precomputed,
    Reading,
    bare_json,
    document,
    header,
    json_bytes,
)
from splitplot.ports.flag_source import FlagSnapshot
from splitplot.services.definitions import DefinitionService, Request

_CACHE = b"private, must-revalidate"
_EMPTY = document(b"", cache=_CACHE)


def _write(snapshot: FlagSnapshot) -> Document:
    written = definitions_document(
        snapshot.flags,
        team_id=snapshot.project.id,
        group_types=snapshot.group_types,
        cohorts=snapshot.cohorts,
    )
    return document(json_bytes(written), cache=_CACHE)


_DEFINITIONS = Precomputed(_write)


async def _definitions(scope: Scope) -> Document:
    if scope["method"] == "HEAD":
        return _EMPTY  # says that the path is there, to whoever asks
    request = _request(header(scope, b"authorization"), scope["query_string"])
    return await _DEFINITIONS.of(await _opened(scope, request))


def _at_hand(scope: Scope) -> Document | None:
    service: DefinitionService = scope["app"].state.platform.definitions
    request = _request(header(scope, b"authorization"), scope["query_string"])
    snapshot = service.find(request)
    return None if snapshot is None else _DEFINITIONS.at_hand(snapshot)


async def _payload(scope: Scope) -> Document:
    parameters = scope["path_params"]
    request = _request(header(scope, b"authorization"), scope["query_string"])
    if parameters["project_id"] != CURRENT:
        request = Request(request.secret, _project_id(parameters["project_id"]))
    snapshot = await _opened(scope, request)
    service: DefinitionService = scope["app"].state.platform.definitions
    payload = service.payload(snapshot, parameters["key"])
    return document(bare_json(payload), cache=b"private, no-cache")


async def _opened(scope: Scope, request: Request) -> FlagSnapshot:
    service: DefinitionService = scope["app"].state.platform.definitions
    known = service.find(request)
    return known if known is not None else await run_in_threadpool(service.get, request)


# SDKs send the same two again and again.
@lru_cache(maxsize=1024)
def _request(authorization: bytes | None, query_string: bytes) -> Request:
    scheme, _, key = (authorization or b"").decode("latin-1").partition(" ")
    secret = key.strip() if scheme.lower() == "bearer" else ""
    tokens = parse_qs(query_string.decode("latin-1")).get("token", [""])
    return Request(secret or None, tokens[0].strip() or None)


def _project_id(text: str) -> ProjectId:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("Project not found.")
    return ProjectId(int(text))


_reading = Reading(_definitions, tell=error_response, at_hand=_at_hand)
# Asked for every few seconds by every process of every backend.
direct_routes = [
    Route("/flags/definitions/", _reading),
    Route("/api/feature_flag/local_evaluation/", _reading),
]
routes = [
    Route(
        "/api/projects/{project_id}/feature_flags/{key}/remote_config/",
        Reading(_payload, tell=error_response),
    ),
]
