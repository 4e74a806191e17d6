"""Every address in every theme, wide and narrow: axe finds nothing, and nothing sticks out."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.ui.pages import FRONTEND, NARROW, WIDE, Pages, Traffic, axe_findings

pytestmark = pytest.mark.xdist_group("ui")

ADDRESSES = (
    *("/", "/experiments", "/experiments/new", "/experiments/{checkout}/overview"),
    *("/experiments/{checkout}/results", "/experiments/{welcome}/health"),
    *("/experiments/{images}/results", "/experiments/{images}/setup"),
    *(
        "/experiments/{header}",
        "/experiments/{images}/activity",
        "/experiments/{pricing}",
        "/experiments/{pricing}/edit",
    ),
    *("/experiments/{checkout}/end", "/experiments/{checkout}/print"),
    *(
        f"/experiments/{{checkout}}/metrics/10000000-0000-4000-8000-000000000001{view}"
        for view in ("", "/funnel", "/segments?breakdown=$browser", "/debug")
    ),
    *("/experiments/shared-metrics", "/experiments/shared-metrics/new"),
    *("/experiments/holdouts", "/experiments/holdouts/new", "/feature_flags"),
    *("/feature_flags/{flag}", "/feature_flags/new", "/events", "/approvals", "/gallery"),
    *(
        f"/settings/{section}"
        for section in ("project", "members", "roles", "access", "keys", "approvals", "profile")
    ),
    *("/settings/about", "/nowhere"),
)
# The first one is looked at whole; in others only colours differ.
THEMES = ("light", "dark", "contrast")

# Colours that change softly have changed once a frame has been drawn.
_DRESS = """async theme => {
  document.documentElement.dataset.theme = theme;
  for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
}"""


def test_no_address_is_left_out() -> None:
    source = (FRONTEND / "src" / "app" / "routes.tsx").read_text()
    declared = re.findall(r'^\s+\[?"(/[^"]*)",', source, re.MULTILINE)
    assert len(declared) > 10
    for path in declared:
        pattern = re.sub(r"/:\w+\?", "(/[^/]+)?", path)
        pattern = re.sub(r":\w+", "[^/]+", pattern)
        assert any(re.fullmatch(pattern, address) for address in ADDRESSES), path


@pytest.fixture(scope="module")
def window(ui: Pages) -> Iterator[tuple[Page, Traffic]]:
    """One window for all addresses."""
    with ui.visit(None) as page:
        yield page, Traffic(page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_axe_finds_nothing(ui: Pages, window: tuple[Page, Traffic], address: str) -> None:
    page, traffic = window
    page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
    page.goto(ui.address(filled(ui, address)))
    traffic.settle()
    found = {"wide": in_every_theme(page)}
    page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    found["narrow"] = in_every_theme(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert found == {"wide": {}, "narrow": {}}
    assert width <= NARROW["width"], f"{width} pixels wide on a screen of {NARROW['width']}"


def filled(ui: Pages, address: str) -> str:
    """The address with the ids of this server."""
    ids = {key: experiment["id"] for key, experiment in ui.experiments.items()}
    flag = ui.experiments["checkout"]["feature_flag"]["id"]
    return address.format(flag=flag, **ids)


def in_every_theme(page: Page) -> dict[str, list[str]]:
    """What axe finds, by theme."""
    found = {}
    for theme in THEMES:
        page.evaluate(_DRESS, theme)
        wrong = axe_findings(page, only_colours=theme != THEMES[0])
        if wrong:
            found[theme] = wrong
    return found
