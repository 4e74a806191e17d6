"""Pictures of the key pages, light and dark, for the README: `make screenshots`.

A server of its own, with the experiments that the browser tests have too; whatever is on a
picture was computed from events.
"""

import sys
import tempfile
from pathlib import Path

from tests.e2e.client import Client
from tests.e2e.server_process import serving, set_up
from tests.e2e.ui.pages import EMAIL, PASSWORD, Pages, running_chromium
from tests.e2e.ui.seeding import seed

PLACE = Path(__file__).parents[1] / "docs" / "screenshots"
THEMES = ("light", "dark")
SIZE = {"width": 1280, "height": 800}
# By name: the page's address, and what has to be there before the picture is taken.
PAGES = {
    "home": ("/", "role=region[name='Recently decided']"),
    "experiments": ("/experiments", "text=Checkout in one step"),
    "create": ("/experiments/new", "role=heading[level=1]"),
    "overview": ("/experiments/{checkout}/overview", "role=heading[level=1]"),
    "results": ("/experiments/{checkout}/results", "role=table"),
    "health": ("/experiments/{welcome}/health", "role=heading[level=1]"),
    "ending": ("/experiments/{checkout}/end", "role=heading[level=1]"),
    "flag": ("/feature_flags/{flag}", "role=heading[level=1]"),
}


def main() -> int:
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_chromium() as browser:
        keys = set_up(Path(folder), "--email", EMAIL, "--password", PASSWORD)
        with serving(Path(folder), keys=keys) as server, Client(server) as team:
            experiments = seed(team)
            pages = Pages(server=server, team=team, browser=browser, experiments=experiments)
            for theme in THEMES:
                take(pages, theme)
    total = sum(file.stat().st_size for file in PLACE.glob("*.png"))
    print(f"{len(PAGES) * len(THEMES)} pictures, {total // 1024} KB")
    return 0


def take(pages: Pages, theme: str) -> None:
    """Take every picture in this theme."""
    ids = {key: experiment["id"] for key, experiment in pages.experiments.items()}
    flag = pages.experiments["checkout"]["feature_flag"]["id"]
    with pages.visit(None, viewport=SIZE, theme=theme) as page:
        page.set_default_timeout(60_000)
        for name, (address, there) in PAGES.items():
            page.goto(pages.address(address.format(flag=flag, **ids)))
            page.locator(there).first.wait_for()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=PLACE / f"{name}-{theme}.png")


if __name__ == "__main__":
    sys.exit(main())
