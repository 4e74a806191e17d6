"""One server with seeded experiments and one browser for all tests of the pages."""

from collections.abc import Callable, Generator, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.client import Client
from tests.e2e.server_process import serving, set_up
from tests.e2e.ui.pages import (
    EMAIL,
    PASSWORD,
    Pages,
    axe_findings,
    require_pages,
    running_chromium,
    shown_on,
)
from tests.e2e.ui.seeding import seed


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser that reaches only this machine."""
    require_pages()
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def ui(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The pages of a server with experiments in every state. Leave those as they are."""
    folder = tmp_path_factory.mktemp("ui")
    keys = set_up(folder, "--email", EMAIL, "--password", PASSWORD)
    with serving(folder, keys=keys) as server, Client(server) as team:
        yield Pages(server=server, team=team, browser=chromium, experiments=seed(team))


@pytest.fixture
def page(ui: Pages) -> Iterator[Page]:
    """A wide window of the owner, on no page yet: `page.goto(ui.address("/experiments"))`."""
    with ui.visit(None) as opened:
        yield opened


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """What axe finds wrong with a page: `assert axe(page) == []`."""
    return axe_findings


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Says of a failed test what its page showed."""
    report = yield
    opened = getattr(item, "funcargs", {}).get("page")
    if call.when == "call" and report.failed and isinstance(opened, Page):
        report.sections.append(("the page", shown_on(opened)))
    return report
