"""Key pages and the gallery look as they did: compared by how light each small area of them is.

Fonts, dates and the like change little of it; a style sheet that is missing, a panel that has
moved or a theme that does not hold changes much. `renewing` says how a change that is meant is
taken over.
"""

import base64
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.e2e.ui.pages import Pages, Traffic
from tests.e2e.ui.renewing import kept

pytestmark = pytest.mark.xdist_group("ui")

PAGES = {
    "gallery": "/gallery",
    "create": "/experiments/new",
    "overview": "/experiments/{checkout}/overview",
    "results": "/experiments/{checkout}/results",
    "health": "/experiments/{welcome}/health",
    "setup": "/experiments/{images}/setup",
    "metric": "/experiments/{checkout}/metrics/10000000-0000-4000-8000-000000000001/funnel",
    "ending": "/experiments/{checkout}/end",
    "flag": "/feature_flags/{flag}",
}
SIZE = {"width": 1280, "height": 960}
COLUMNS, ROWS = 32, 24
# Of 255. Any two of these pages differ by 3.6 at least.
_MEAN, _MOVED, _SHARE_MOVED = 2.0, 25.0, 0.03
_SHRINK = """async ([picture, columns, rows]) => {
  const image = await createImageBitmap(await (await fetch(picture)).blob());
  const canvas = new OffscreenCanvas(columns, rows);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, columns, rows);
  const { data } = pen.getImageData(0, 0, columns, rows);
  return Array.from({length: columns * rows}, (_, at) => Math.round(
    0.2126 * data[4 * at] + 0.7152 * data[4 * at + 1] + 0.0722 * data[4 * at + 2]));
}"""


@pytest.fixture(scope="module")
def shrink(ui: Pages) -> Iterator[Page]:
    """A page without a policy of its own, whose canvas makes pictures small."""
    with ui.browser.new_context() as context:
        yield context.new_page()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_look_as_they_did(ui: Pages, shrink: Page, theme: str) -> None:
    ids = {key: experiment["id"] for key, experiment in ui.experiments.items()}
    flag = ui.experiments["checkout"]["feature_flag"]["id"]
    wrong = {}
    with ui.visit(None, viewport=SIZE, theme=theme) as page:
        traffic = Traffic(page)
        for name, path in PAGES.items():
            page.goto(ui.address(path.format(flag=flag, **ids)))
            traffic.settle()
            page.mouse.move(0, 0)
            now = _areas(page.screenshot(), shrink)
            rows = kept(f"look-{name}-{theme}", [bytes(row.tolist()).hex() for row in now])
            before = np.array([list(bytes.fromhex(row)) for row in rows])
            difference = np.abs(now - before)
            if difference.mean() > _MEAN or (difference > _MOVED).mean() > _SHARE_MOVED:
                places = [f"{x},{y}" for y, x in np.argwhere(difference > _MOVED)[:8]]
                wrong[name] = f"{difference.mean():.1f} of 255 on average, most at {places}"
    assert not wrong, wrong


def _areas(picture: bytes, shrink: Page) -> NDArray[np.int64]:
    address = "data:image/png;base64," + base64.b64encode(picture).decode()
    values = shrink.evaluate(_SHRINK, [address, COLUMNS, ROWS])
    return np.array(values).reshape(ROWS, COLUMNS)
