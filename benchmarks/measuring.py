"""How a claim is measured: against a reference in the same run, repeated, medians."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One claim and what was seen.

    Attributes:
        ours: What the product did, in `unit`.
        reference: What the reference did in the same run, or the promised bound.
        ratio: `ours / reference`.
        goal: Such as `>= 0.7` or `<= 2`; applies to the ratio.
    """

    claim: str
    ours: float
    reference: float
    unit: str
    goal: str

    @property
    def ratio(self) -> float:
        return self.ours / self.reference

    @property
    def holds(self) -> bool:
        sign, bound = self.goal.split()
        return self.ratio >= float(bound) if sign == ">=" else self.ratio <= float(bound)


def median_seconds(work: Callable[[], object], *, repeats: int = 5) -> float:
    """Median wall-clock seconds of `work` over `repeats` runs, after one that warms up."""
    work()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def alternating(*sides: Callable[[], float], repeats: int = 5) -> list[float]:
    """Medians of what each side measures; in turn, so that a busy moment hits all."""
    seen = [[side() for side in sides] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*seen, strict=True)]
