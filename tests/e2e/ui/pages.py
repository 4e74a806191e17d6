"""Pages in a browser that is let nowhere else, and whose every complaint fails the test."""

import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from splitplot.ui import APP
from tests.e2e.client import Client
from tests.e2e.server_process import Server

FRONTEND = Path(__file__).parents[3] / "frontend"
EMAIL, PASSWORD = "ada@example.com", "correct horse"
COOKIE = "splitplot_session"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 720}
PATIENCE_MS = 10_000
_MOST_SHOWN = 2000
# A page asks for the next thing within this time, if it asks at all.
_QUIET_MS = 80
_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# What a browser writes of an answer that pages expect: a refusal.
_REFUSED = re.compile(r"Failed to load resource: .* status of 4\d\d")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLOUR_RULES = ["color-contrast", "link-in-text-block"]


def require_pages() -> None:
    """Skip, except in CI, where the pages or a browser are missing."""
    missing = [
        name
        for name, is_there in (
            ("the web pages are not built: make ui", (APP / "build.json").exists()),
            ("npm's packages are not installed: make ui", (FRONTEND / "node_modules").exists()),
            ("chromium is not installed: make clients", shutil.which("chromium") is not None),
        )
        if not is_there
    ]
    if missing and os.environ.get("CI") != "true":
        pytest.skip("; ".join(missing))
    assert not missing, missing


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A browser without a window that knows no name of another host."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_ARGUMENTS
        )
        yield browser
        browser.close()


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The pages of one server.

    Attributes:
        server: Its process.
        team: Asks the API with the owner's key.
        browser: Shared by all visits.
        experiments: By the key of their flag.
    """

    server: Server
    team: Client
    browser: Browser
    experiments: dict[str, dict[str, Any]]

    @property
    def url(self) -> str:
        return self.server.url

    def address(self, path: str = "/") -> str:
        """The address of a page of the project: `address("/experiments")`."""
        return f"{self.url}/project/{self.server.keys['project_id']}{path}"

    @contextmanager
    def visit(
        self,
        path: str | None = "/",
        *,
        email: str | None = EMAIL,
        password: str = PASSWORD,
        viewport: dict[str, int] = WIDE,
        theme: str | None = None,
        expects: Collection[str] = (),
    ) -> Iterator[Page]:
        """A window of somebody, in a context of its own.

        Args:
            path: Of the project's page to open first, or None to open nothing.
            email: Who is signed in; None for nobody.
            password: Theirs.
            viewport: The window's size.
            theme: As the reader chose it: light, dark or contrast.
            expects: Parts of complaints that the test provokes.
        """
        with self.browser.new_context(
            viewport={"width": viewport["width"], "height": viewport["height"]},
            locale="en-US",
            timezone_id="UTC",
            reduced_motion="reduce",
        ) as context:
            if email is not None:
                sign_in(context, self.url, email, password)
            if theme is not None:
                context.add_init_script(f"localStorage.setItem('splitplot.theme', '{theme}')")
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            complaints = complaints_of(page, self.url)
            try:
                if path is not None:
                    page.goto(self.address(path))
                yield page
            except Exception as failure:
                failure.add_note(shown_on(page))
                raise
            wrong = [one for one in complaints if not any(part in one for part in expects)]
            assert not wrong, wrong


def sign_in(context: BrowserContext, url: str, email: str, password: str) -> None:
    """Give a browser's context the session of somebody, which their other windows have too."""
    context.add_cookies([{"name": COOKIE, "value": _session(url, email, password), "url": url}])


@cache
def _session(url: str, email: str, password: str) -> str:
    answer = httpx.post(f"{url}/api/login/", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return answer.cookies[COOKIE]


class Traffic:
    """The requests of a page, so that a test can wait until it has got what it shows."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._started = self._ended = 0
        page.on("request", lambda _: self._count(started=1))
        page.on("requestfinished", lambda _: self._count(ended=1))
        page.on("requestfailed", lambda _: self._count(ended=1))

    def _count(self, *, started: int = 0, ended: int = 0) -> None:
        self._started += started
        self._ended += ended

    def settle(self) -> None:
        """Wait for a title and for the end of all requests, those that follow from them too."""
        self._page.get_by_role("heading", level=1).wait_for()
        seen = -1
        while seen != self._started or self._ended != self._started:
            seen = self._started
            self._page.wait_for_timeout(_QUIET_MS)


def shown_on(page: Page) -> str:
    """Where a page is and what can be read on it, for whoever looks into a failure."""
    try:
        text = page.evaluate("document.querySelector('main, body')?.innerText") or ""
    except Error as gone:
        text = str(gone)
    return f"{page.url} shows:\n{text[:_MOST_SHOWN]}"


def complaints_of(page: Page, url: str) -> list[str]:
    """Everything that the page must not do, as it happens."""
    found: list[str] = []
    origin = urlsplit(url).netloc

    def on_request(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != origin:
            found.append(f"asked elsewhere: {address}")

    def on_console(kind: str, text: str) -> None:
        if kind == "error" and not _REFUSED.search(text):
            found.append(f"console: {text}")

    page.on("request", lambda request: on_request(request.url))
    page.on("console", lambda message: on_console(message.type, message.text))
    page.on("pageerror", lambda error: found.append(f"script: {error}"))
    return found


def axe_findings(page: Page, *, only_colours: bool = False) -> list[str]:
    """What axe finds wrong with the page as it is, a line for each.

    Args:
        page: As it is now.
        only_colours: Look at contrasts alone, where nothing else has changed.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())
    results = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})",
        _COLOUR_RULES if only_colours else _RULES,
    )
    return [
        f"{violation['id']} at {node['target']}: {node['failureSummary']}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]


@cache
def _axe() -> str:
    source = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
    return source.read_text(encoding="utf-8")
