"""`splitplot serve`: the server process, and `splitplot worker`: its work by itself."""

import gc
import signal
import socket
from collections.abc import Callable
from threading import Event
from types import FrameType
from typing import Annotated

import typer
import uvicorn

from splitplot.bootstrap import bootstrap
from splitplot.cli.configuration import DataDir, settings_of
from splitplot.errors import InvalidInput, Unavailable
from splitplot.http.app import create_app
from splitplot.telemetry import configure_logs
from splitplot.worker.loop import Worker


def serve(
    *,
    data_dir: DataDir = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
) -> None:
    """Start the server, and print one line with its address when it is ready.

    SIGTERM and Ctrl-C end it once the requests under way are answered and every event
    that was taken is stored.
    """
    settings = settings_of(data_dir)
    configure_logs(level=settings.logs.level, form=settings.logs.form)
    with _bound(host, port) as listener:
        platform = bootstrap(settings)
        worker = Worker(platform)
        try:
            platform.start()
            if not platform.accounts.is_set_up():
                typer.echo("No user yet: run `splitplot setup` with the same folder.", err=True)
            server = Server(
                uvicorn.Config(
                    create_app(platform),
                    http="httptools",
                    ws="none",
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    timeout_graceful_shutdown=settings.limits.shutdown_seconds,
                ),
                ready_line=f"splitplot is ready at {_address(host, listener)}",
                once_ready=worker.start if settings.worker.in_server else None,
            )
            server.run(sockets=[listener])
        finally:
            worker.close()
            platform.close()


def worker(*, data_dir: DataDir = None) -> None:
    """Do the work in the background until SIGTERM or Ctrl-C, beside `splitplot serve`.

    For installations with PostgreSQL and ClickHouse. The embedded stores belong to one
    process, and there `splitplot serve` does this work by itself.
    """
    settings = settings_of(data_dir)
    if settings.event_store_url.startswith("duckdb"):
        raise InvalidInput("The embedded event store is the server's alone, and so is its work.")
    configure_logs(level=settings.logs.level, form=settings.logs.form)
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with bootstrap(settings) as platform:
        background = Worker(platform)
        background.start()
        typer.echo("splitplot worker is ready")
        ended.wait()
        background.close()


class Server(uvicorn.Server):
    """A server that says when it is ready, and ends with 0 when it is told to end.

    Args:
        config: uvicorn's.
        ready_line: What standard output gets once requests are answered.
        once_ready: What can wait until then.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        ready_line: str,
        once_ready: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._ready_line = ready_line
        self._once_ready = once_ready

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal says to end."""
        # uvicorn raises the signal again once it has ended by it; by then this is the
        # handler, and there is nothing left to do. Before uvicorn listens, it counts.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        try:
            super().run(sockets)
        finally:
            # What is left out at the very end would be reported as lost by its libraries.
            gc.unfreeze()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        leave_out_of_collections()
        typer.echo(self._ready_line)
        if self._once_ready is not None:
            self._once_ready()

    def _end(self, _: int, __: FrameType | None) -> None:
        self.should_exit = True


def leave_out_of_collections() -> None:
    """Let the collector of garbage pass over what start-up made, which stays for good.

    Going through it would stop every request for some 40 ms, again and again.
    """
    gc.collect()
    gc.freeze()


def _bound(host: str, port: int) -> socket.socket:
    """A socket that has the address; it does not listen before the server is ready."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Unavailable(f"cannot listen on {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"cannot listen on {host} port {port}: {error.strerror or error}"
        ) from error
    return listener


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
