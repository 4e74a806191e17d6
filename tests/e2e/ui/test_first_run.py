"""From nothing to results that can be seen, by what the demo prints: no key, no documentation."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.client import Client
from tests.e2e.server_process import END_WITHIN_SECONDS, Server, environment
from tests.e2e.ui.pages import Pages

pytestmark = pytest.mark.xdist_group("ui")

WITHIN_SECONDS = 60
_READY = re.compile(r"is running at (\S+)")
_ACCOUNT = re.compile(r"sign in as\s+(\S+)\s+with the password (\S+)")
_KEYS = re.compile(
    r"project token\s+(\S+).*personal API key\s+(\S+).*project id\s+(\d+)", re.DOTALL
)


def test_the_demo_leads_to_results(chromium: Browser, tmp_path: Path) -> None:
    started = time.monotonic()
    command = [sys.executable, "-m", "splitplot", "demo", "--data-dir", str(tmp_path)]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--port", "0", "--per-second", "200"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(COLUMNS="160"),
    ) as process:
        try:
            assert process.stderr is not None
            said = ""
            while "Ctrl-C ends it" not in said:
                line = process.stderr.readline()
                assert line, said
                said += line
            _look(chromium, process, tmp_path, said)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=END_WITHIN_SECONDS)
    assert time.monotonic() - started < WITHIN_SECONDS


def _look(chromium: Browser, process: subprocess.Popen[str], folder: Path, said: str) -> None:
    ready, account, keys = _READY.search(said), _ACCOUNT.search(said), _KEYS.search(said)
    assert ready is not None, said
    assert account is not None, said
    assert keys is not None, said
    token, key, project = keys.groups()
    server = Server(
        url=ready[1],
        process=process,
        ready_line=said,
        data_dir=folder,
        keys={"project_token": token, "personal_api_key": key, "project_id": project},
    )
    with Client(server) as team:
        pages = Pages(server=server, team=team, browser=chromium, experiments={})
        # A request to another origin fails the visit.
        with pages.visit(None, email=None) as page:
            page.goto(server.url)
            page.get_by_label("E-mail address").fill(account[1])
            page.get_by_label("Password").fill(account[2])
            page.keyboard.press("Enter")
            page.get_by_role("link", name="Experiments", exact=True).click()
            page.locator("[data-row-link]").first.click()
            page.get_by_role("link", name="Results", exact=True).click()
            expect(page.locator("[data-verdict]").first).to_be_visible()
            units = page.locator('tr[data-variant=control] [data-label="Units"]').first
            expect(units).to_have_text(re.compile("[1-9]"))
