"""What a page was like when somebody last looked at it, kept in tests/cases/ui/.

After a change that is meant, `SPLITPLOT_RENEW=1 pytest tests/e2e/ui` writes it anew; the
difference of the files is then part of the review.
"""

import json
import os
from pathlib import Path
from typing import Any

PLACE = Path(__file__).parents[2] / "cases" / "ui"


def kept(name: str, now: Any) -> Any:  # noqa: ANN401 - JSON
    """What is kept under this name; `now` itself when it is to be kept from now on."""
    file = PLACE / f"{name}.json"
    if os.environ.get("SPLITPLOT_RENEW"):
        PLACE.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert file.exists(), f"{file} is missing: SPLITPLOT_RENEW=1 writes it"
    return json.loads(file.read_text(encoding="utf-8"))
