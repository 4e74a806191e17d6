"""`make bench`: every measured claim, each as a ratio against a reference of the same run."""

import importlib
import json
import sys
import time

ROOMS = ("flags", "documents", "lists", "capture", "queries", "refreshing", "statistics", "startup")


def main() -> int:
    chosen = [name for name in sys.argv[1:] if not name.startswith("-")] or list(ROOMS)
    as_json = "--json" in sys.argv
    missed = 0
    if not as_json:
        print(f"{'claim':<66} {'ours':>12} {'reference':>12} {'ratio':>8}  goal")
    for name in chosen:
        started = time.perf_counter()
        for measured in importlib.import_module(f"benchmarks.{name}").run():
            missed += not measured.holds
            if as_json:
                fields = ("claim", "ours", "reference", "unit", "ratio", "goal", "holds")
                print(json.dumps({field: getattr(measured, field) for field in fields}))
            else:
                print(
                    f"{measured.claim:<66} {measured.ours:>12.6g} {measured.reference:>12.6g}"
                    f" {measured.ratio:>8.3f}  {measured.goal} ({measured.unit})"
                    f"{'' if measured.holds else '  MISSED'}",
                    flush=True,
                )
        print(f"-- {name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
