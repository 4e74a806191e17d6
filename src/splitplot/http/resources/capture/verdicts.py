"""`/i/v1/analytics/events`: capture that answers for each event, and errors in its own shape."""

import re
from collections.abc import Mapping
from typing import TypeAlias

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from splitplot.errors import InvalidInput, SplitplotError, Unauthenticated
from splitplot.events.instants import parse_instant
from splitplot.events.verdicts import Outcome, Sender, Verdict
from splitplot.filters.model import JsonValue
from splitplot.http.auth import bearer_of, platform_of
from splitplot.http.bodies import raw_body
from splitplot.http.decoding import MAX_PAYLOAD_BYTES, json_value
from splitplot.http.errors import error_response
from splitplot.http.inflating import decoded

PATH = "/i/v1/analytics/events/"

_ALLOWED = "POST, OPTIONS"
# Decoding less takes about a millisecond; more would keep other requests waiting.
_MAX_BYTES_IN_LOOP = 128 * 1024
_SDK = re.compile(r"([^/\s]{1,100})(?:/(\S{1,100}))?")
_ATTEMPT = re.compile(r"[1-9][0-9]{0,8}")
_ERROR_URI = "urn:splitplot:capture:"

_Headers: TypeAlias = Mapping[str, str]


async def capture_each(request: Request) -> Response:
    """Store those of the request's events that can be; answers once they are."""
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": _ALLOWED})
    try:
        verdicts = await _taken(request)
    except SplitplotError as error:
        return _refusal(error)
    is_unfinished = any(verdict.outcome is Outcome.RETRY for verdict in verdicts.values())
    return Response(
        orjson.dumps({"results": {uuid: _result(verdict) for uuid, verdict in verdicts.items()}}),
        media_type="application/json",
        headers={"Retry-After": "1"} if is_unfinished else None,
    )


async def _taken(request: Request) -> Mapping[str, Verdict]:
    token = bearer_of(request)
    if token is None:
        raise Unauthenticated("The request carries no project token.")
    sender = _sender(request.headers)
    body = await raw_body(request, limit=MAX_PAYLOAD_BYTES)
    payload = await _payload(body, request.headers.get("content-encoding", ""))
    return await platform_of(request).capture.take_each(payload, token=token, sender=sender)


async def _payload(body: bytes, encoding: str) -> JsonValue:
    if len(body) <= _MAX_BYTES_IN_LOOP and not encoding:
        return json_value(body)
    return await run_in_threadpool(_decoded, body, encoding)


def _decoded(body: bytes, encoding: str) -> JsonValue:
    return json_value(decoded(body, encoding, limit=MAX_PAYLOAD_BYTES))


def _sender(headers: _Headers) -> Sender:
    sdk = _SDK.match(_header(headers, "PostHog-Sdk-Info"))
    if sdk is None:
        raise _malformed("PostHog-Sdk-Info")
    if not _ATTEMPT.fullmatch(_header(headers, "PostHog-Attempt")):
        raise _malformed("PostHog-Attempt")
    _header(headers, "PostHog-Request-Id")
    sent_at = parse_instant(_header(headers, "PostHog-Request-Timestamp"))
    if sent_at is None:
        raise _malformed("PostHog-Request-Timestamp")
    return Sender(library=sdk[1], version=sdk[2] or "", sent_at=sent_at)


def _header(headers: _Headers, name: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise InvalidInput(f"The header {name} is missing.", code="missing_header")
    return value


def _malformed(name: str) -> InvalidInput:
    return InvalidInput(f"The header {name} is malformed.", code="invalid_header")


def _result(verdict: Verdict) -> dict[str, str]:
    result = {"result": verdict.outcome.value}
    return result if verdict.details is None else {**result, "details": verdict.details}


def _refusal(error: SplitplotError) -> Response:
    usual = error_response(error)
    tag = "invalid_api_token" if isinstance(error, Unauthenticated) else error.code
    body = {"error": tag, "error_description": error.message, "error_uri": _ERROR_URI + tag}
    retry_after = usual.headers.get("retry-after")
    return Response(
        orjson.dumps(body),
        usual.status_code,
        media_type="application/json",
        headers={} if retry_after is None else {"Retry-After": retry_after},
    )


routes = [Route(PATH, capture_each, methods=["POST", "OPTIONS"])]
