"""The built pages come from the server alone, without breaking their policy."""

import os
import shutil

import pytest

from tests.e2e.ui.pages import Pages
from tools.build_ui import PLACE, built_from, hash_of_sources, record_of

pytestmark = pytest.mark.xdist_group("ui")


@pytest.mark.skipif(
    shutil.which("npm") is None and os.environ.get("CI") != "true",
    reason="npm is not installed, so the pages cannot be built: make ui",
)
def test_the_pages_that_stand_are_those_of_the_sources() -> None:
    assert built_from() == hash_of_sources(), "run: make ui"
    assert record_of(PLACE)["beyond"] == []


def test_a_page_loads_without_a_complaint(ui: Pages) -> None:
    with ui.visit("/experiments") as page:
        page.get_by_role("heading", level=1, name="Experiments").wait_for()
