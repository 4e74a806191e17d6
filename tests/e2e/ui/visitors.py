"""Visitors of a site of our own, with the browser library that the server hands out."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.e2e.ui.pages import PATIENCE_MS, Pages

# What a person's browser calls itself; the library takes a headless one for a robot.
_USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)


@contextmanager
def visiting(ui: Pages, url: str) -> Iterator[Page]:
    """Somebody in a browser of their own on the site."""
    with ui.browser.new_context(user_agent=_USER_AGENT) as context:
        context.add_init_script(
            "Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => false})"
        )
        window = context.new_page()
        window.set_default_timeout(PATIENCE_MS)
        window.goto(url)
        yield window
