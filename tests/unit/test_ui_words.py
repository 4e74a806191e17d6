"""Words that the pages repeat from the server, because no answer lists them."""

import re
from pathlib import Path

from splitplot.accounts.access import SCOPE_OBJECTS

SETTINGS = Path(__file__).parents[2] / "frontend" / "src" / "settings"


def test_the_pages_offer_every_scope_of_a_key() -> None:
    source = (SETTINGS / "scopes.ts").read_text(encoding="utf-8")
    listed = source.partition("SCOPE_OBJECTS = [")[2].partition("]")[0]
    assert tuple(re.findall(r'"(\w+)"', listed)) == SCOPE_OBJECTS
