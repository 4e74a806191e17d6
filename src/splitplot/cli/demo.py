"""`splitplot demo`: a server with a live experiment whose visitors come over HTTP.

Everything happens through what any user has: the setup and serve commands, the REST API
and the ordinary SDK. A demo that was stopped goes on with the next visitor.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, Group
from rich.live import Live

from splitplot.cli.api_client import ApiClient
from splitplot.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from splitplot.cli.shop import Shop

DATA_DIR = Path("data/demo")
END_WITHIN_SECONDS = 30.0
REFRESH_SECONDS = 2.0
PLAIN_REFRESH_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What `splitplot setup` printed once; kept because this installation is a demo."""

    project_id: int
    project_token: str
    personal_api_key: str
    email: str
    password: str


def demo(
    *,
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps its stores.")] = DATA_DIR,
    host: Annotated[str, typer.Option(help="Address the server listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; a free one if it is taken.")] = 8000,
    visitors: Annotated[int | None, typer.Option(help="Stop after so many; else go on.")] = None,
    per_second: Annotated[float, typer.Option(help="Visitors a second, at the most.")] = 40.0,
) -> None:
    """Start a server with a shop experiment and watch simulated visitors decide it.

    Ctrl-C ends it; the next start goes on where this one stopped.
    """
    # The SDK behind the visitors is an extra of the package that only this command needs.
    from splitplot.cli.shop import Shop  # noqa: PLC0415

    console = Console(stderr=True, highlight=False)
    keys = _keys_of(data_dir)
    free_port = _free_port(host, port)
    if free_port != port:
        console.print(f"Port {port} is taken; using {free_port}.")
    with _server(data_dir, host, free_port) as url:
        client = ApiClient(url, keys.personal_api_key)
        shop = Shop.opened(client, project_id=keys.project_id, token=keys.project_token)
        _say_hello(console, url, keys)
        seen = _watch(console, shop, data_dir / "demo-visitors", (visitors, per_second))
    console.print(
        f"Stopped after {seen:,} visitors. Start again to go on, or serve the same data "
        f"without visitors: splitplot serve --data-dir {data_dir}"
    )


def _watch(console: Console, shop: "Shop", progress: Path, limits: tuple[int | None, float]) -> int:
    """Walk visitors through the shop and show what the experiment says, until told to stop.

    Returns how many visitors there have been in all; every event of theirs is stored.
    """
    most, rate = limits
    first = seen = int(progress.read_text()) if progress.exists() else 0
    wait = REFRESH_SECONDS if console.is_terminal else PLAIN_REFRESH_SECONDS
    started_at = shown_at = time.monotonic()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        try:
            with _interrupted_by_signals():
                while most is None or seen < first + most:
                    shop.visit(seen)
                    seen += 1
                    now = time.monotonic()
                    if now - shown_at > wait:
                        shown_at = now
                        shop.send()
                        progress.write_text(str(seen))
                        screen = shop.screen(seen, (seen - first) / (now - started_at))
                        _show(console, live, screen)
                    time.sleep(max(0.0, started_at + (seen - first) / rate - now))
        except KeyboardInterrupt:
            console.print("Sending what is under way …")
    shop.send()
    progress.write_text(str(seen))
    console.print(shop.screen(seen, (seen - first) / (time.monotonic() - started_at)))
    shop.close()
    return seen


def _show(console: Console, live: Live, screen: Group) -> None:
    if console.is_terminal:
        live.update(screen, refresh=True)
    else:
        console.print(screen)


def _say_hello(console: Console, url: str, keys: Keys) -> None:
    console.print(f"[bold]splitplot[/bold] is running at [link={url}]{url}[/link]")
    console.print(f"  sign in as        {keys.email}   with the password {keys.password}")
    console.print(f"  project token     {keys.project_token}   (for SDKs)")
    console.print(f"  personal API key  {keys.personal_api_key}   (for the REST API)")
    console.print(f"  project id        {keys.project_id}")
    console.print("Visitors of the demo shop arrive now. Ctrl-C ends it.\n")


def _keys_of(data_dir: Path) -> Keys:
    """Set up the installation, or find the keys of an earlier demo here."""
    kept = data_dir / "demo-keys.json"
    command = [sys.executable, "-m", "splitplot", "setup", "--data-dir", str(data_dir)]
    command += ["--project", "Demo shop", "--email", "demo@shop.example", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode != 0:
        raise Unavailable(done.stderr.strip() or "splitplot setup failed")
    answer = json.loads(done.stdout)
    if answer.get("personal_api_key"):
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(answer, file)
    elif not kept.exists():
        raise InvalidInput(
            f"{data_dir} holds an installation that the demo did not make; "
            "name another folder with --data-dir"
        )
    else:
        answer = json.loads(kept.read_text())
    return Keys(
        project_id=answer["project_id"],
        project_token=answer["project_token"],
        personal_api_key=answer["personal_api_key"],
        email=answer["email"],
        password=answer["password"],
    )


def _free_port(host: str, wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    raise Unavailable(f"no free port on {host}")


@contextlib.contextmanager
def _server(data_dir: Path, host: str, port: int) -> Iterator[str]:
    """A server process of its own, ended (and its last commits awaited) with the block."""
    command = [sys.executable, "-m", "splitplot", "serve", "--data-dir", str(data_dir)]
    command += ["--host", host, "--port", str(port)]
    # In a session of its own, so that Ctrl-C reaches this process alone and the last
    # events are sent before the server is asked to end.
    server = subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        ready = server.stdout.readline() if server.stdout else ""
        if not ready:
            raise Unavailable("the server did not start; its message stands above")
        yield f"http://{host}:{port}"
    finally:
        server.terminate()
        server.wait(END_WITHIN_SECONDS)


@contextlib.contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, also where a shell had SIGINT ignored."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
