"""`make calibrate`: measure every claim and write the page; with `--check`, compare it."""

import os
import sys
import time
from functools import partial

from tools.calibration.measuring import measure_all
from tools.calibration.page import PAGE, claims, differences, page_of


def main() -> int:
    """Says on standard error what broke its promise, or is not what is written."""
    started = time.perf_counter()
    measured = measure_all(processes=min(2, os.cpu_count() or 1))
    say = partial(print, file=sys.stderr)
    say(f"-- {len(measured)} claims in {time.perf_counter() - started:.0f} s")
    wrong = [
        f"BROKEN {claim.name}: {measured[claim.name]:.4f}"
        for claim in claims()
        if not claim.holds(measured[claim.name])
    ]
    if "--check" in sys.argv:
        wrong += differences(PAGE.read_text("utf-8"), measured)
    else:
        PAGE.write_text(page_of(measured), "utf-8")
    for line in wrong:
        say(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
