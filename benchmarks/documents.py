"""How fast those are answered who have it already: definitions and remote config.

Measured against the server alone, which does nothing and answers nothing.
"""

from contextlib import ExitStack
from functools import partial

import uvloop

from benchmarks.measuring import Measurement, alternating
from benchmarks.serving import Server, head_of, measured_server, rate_of

FLAGS = 100


def run() -> list[Measurement]:
    with ExitStack() as stack:
        ours, empty = (
            stack.enter_context(measured_server(kind, FLAGS)) for kind in ("ours", "empty")
        )
        definitions = _known(ours, f"/flags/definitions?token={ours.token}&send_cohorts")
        config = _known(ours, f"/array/{ours.token}/config")
        rates = alternating(
            partial(_rate, ours, definitions),
            partial(_rate, ours, config),
            partial(_rate, empty, definitions),
        )
    return [
        Measurement(
            claim=f"{name} that is known already, against the server alone",
            ours=rate,
            reference=rates[-1],
            unit="requests/s",
            goal=">= 0.8",
        )
        for name, rate in zip(("definitions", "remote config"), rates, strict=False)
    ]


def _known(server: Server, path: str) -> bytes:
    """A request of somebody who has the document."""
    head = (
        f"GET {path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: posthog-python/7.91.1\r\n"
        f"Authorization: Bearer {server.secret}\r\n"
    )
    answer = uvloop.run(head_of(server.port, f"{head}\r\n".encode()))
    tag = answer.partition(b"\r\netag: ")[2].partition(b"\r\n")[0].replace(b"w/", b"W/")
    request = head.encode() + b"If-None-Match: " + tag + b"\r\n\r\n"
    assert uvloop.run(head_of(server.port, request, status=b"304"))
    return request


def _rate(server: Server, request: bytes) -> float:
    status = b"304" if server.token != "empty" else b"200"  # noqa: S105 - the kind of server
    return uvloop.run(rate_of(server.port, [request], requests=4000, status=status))
