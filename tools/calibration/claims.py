"""A promised rate, and how it is measured."""

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np

# One answer for each of so many simulated trials.
Draw: TypeAlias = Callable[[np.random.Generator, int], Sequence[bool]]

_BLOCK = 500


class Bound(StrEnum):
    """Which side of the promised rate is wrong."""

    ABOUT = "about"
    AT_MOST = "at most"
    AT_LEAST = "at least"
    NONE = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row of the table.

    Attributes:
        section: Which rate it is.
        method: What is promised by.
        setting: Which trials are simulated.
        bound: Which side of the promise is wrong.
        promised: The rate, in [0, 1].
        draw: Simulates trials and says in which of them it happened.
        repeats: How many trials.
        allowance: What the method itself leaves open with so many units, beside chance.
    """

    section: str
    method: str
    setting: str
    bound: Bound
    promised: float
    draw: Draw
    repeats: int
    allowance: float = 0.0

    @property
    def name(self) -> str:
        """The row's own name, from which its seed is made."""
        return f"{self.section}: {self.method}, {self.setting}"

    @property
    def tolerance(self) -> float:
        """Four standard errors of the simulation, and the allowance."""
        spread = math.sqrt(self.promised * (1 - self.promised) / self.repeats)
        return 4 * spread + self.allowance

    def measure(self) -> float:
        """The rate over all trials, the same on every run."""
        generator = np.random.default_rng(zlib.crc32(self.name.encode()))
        happened = 0
        for done in range(0, self.repeats, _BLOCK):
            happened += sum(self.draw(generator, min(_BLOCK, self.repeats - done)))
        return happened / self.repeats

    def holds(self, measured: float) -> bool:
        """Whether a measured rate keeps the promise."""
        match self.bound:
            case Bound.ABOUT:
                return abs(measured - self.promised) <= self.tolerance
            case Bound.AT_MOST:
                return measured <= self.promised + self.tolerance
            case Bound.AT_LEAST:
                return measured >= self.promised - self.tolerance
            case Bound.NONE:
                return True
