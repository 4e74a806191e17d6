"""A browser, and a site of our own on another origin than the server's."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.clients import Shop, blocks_of

# What a person's browser calls itself; the library takes a headless one for a robot.
_USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)
_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--disable-blink-features=AutomationControlled",
    f"--user-agent={_USER_AGENT}",
)
_PATIENCE_SECONDS = 15

needs_chromium = pytest.mark.skipif(
    shutil.which("chromium") is None and os.environ.get("CI") != "true",
    reason="chromium is not installed: make clients",
)


@dataclass(frozen=True, kw_only=True)
class Site:
    """Serves pages, which may be replaced at any time.

    Attributes:
        url: Without a slash at the end.
        pages: Text by path.
    """

    url: str
    pages: dict[str, str] = field(default_factory=dict)


@contextmanager
def running_site() -> Iterator[Site]:
    """A site on a free port."""
    pages: dict[str, str] = {}

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path.partition("?")[0])
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Site(url=f"http://127.0.0.1:{server.server_port}", pages=pages)
        server.shutdown()


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_ARGUMENTS
        )
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[Page]:
    """A visit of somebody new; errors of its scripts are the test's."""
    errors: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        yield page
    assert errors == []


def page_of_how_to(shop: Shop, **replaced: str) -> str:
    """The page as the how-to has it, for this server.

    Args:
        shop: Whose server and token it uses.
        replaced: `init`: another call that starts the library.
    """
    (page,) = blocks_of("browser.md", "html")
    if "init" in replaced:
        start = page.index("posthog.init(")
        end = page.index("\n", start)
        page = page[:start] + replaced["init"] + page[end:]
    page = page.replace("http://127.0.0.1:8000", shop.server.url)
    return page.replace("phc_your_project_token", shop.server.keys["project_token"])


def eventually(look: Callable[[], Any], is_right: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - whatever is looked at
    """What is seen once it is right, or at last."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while not is_right(seen := look()) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return seen
