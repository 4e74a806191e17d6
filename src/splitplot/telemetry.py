"""Setting up what a running server tells: structured logs and Prometheus metrics."""

import logging
import sys
from bisect import bisect_left
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import accumulate
from typing import TextIO

import structlog
from prometheus_client import (
    CollectorRegistry,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from structlog.typing import EventDict, Processor

# Of the request that is being answered; on every log line that is written meanwhile.
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def configure_logs(*, level: str, form: str, stream: TextIO | None = None) -> None:
    """Write one line an event to the stream; the last call of a process wins.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        form: `text`, `json`, or `auto`: text for a terminal, JSON otherwise.
        stream: Standard error unless told.
    """
    target = stream or sys.stderr
    as_text = form == "text" or (form == "auto" and target.isatty())
    # A plain traceback: one that shows local variables would log what people sent.
    renderer: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if as_text
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _with_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )


class Metrics(Collector):
    """The numbers of one server, in a registry of their own.

    Requests are counted here by the event loop's thread alone and without a lock: a
    library histogram would cost more than all the rest of a fast request's layer.

    Args:
        version: Of the running server.
    """

    def __init__(self, *, version: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        Info("splitplot", "The running server.", registry=self.registry).info({"version": version})
        # By method, route and status: requests within each bound (the last: beyond all),
        # and the sum of their seconds.
        self._requests: dict[tuple[str, str, int], tuple[list[int], list[float]]] = {}
        self.registry.register(self)

    def record_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (method, route, status)
        known = self._requests.get(key)
        if known is None:
            known = self._requests[key] = ([0] * (len(_SECONDS) + 1), [0.0])
        counts, total = known
        counts[bisect_left(_SECONDS, seconds)] += 1
        total[0] += seconds

    def collect(self) -> Iterator[Metric]:
        """The requests so far, as Prometheus wants them: each bucket holds the lower ones."""
        family = HistogramMetricFamily(
            "splitplot_http_request_seconds",
            "Requests answered, by the time that took.",
            labels=("method", "route", "status"),
        )
        names = [*(str(bound) for bound in _SECONDS), "+Inf"]
        for (method, route, status), (counts, total) in list(self._requests.items()):
            buckets = list(zip(names, accumulate(counts), strict=True))
            family.add_metric((method, route, str(status)), buckets=buckets, sum_value=total[0])
        yield family

    def exposition(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)


def _with_request_id(_: object, __: str, event: EventDict) -> EventDict:
    if (request_id := REQUEST_ID.get()) is not None:
        event["request_id"] = request_id
    return event
