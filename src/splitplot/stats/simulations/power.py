"""How often an experiment that is looked at again and again finds an effect, and how soon."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from splitplot.errors import InvalidInput
from splitplot.stats.effects import check_probability
from splitplot.stats.sequential import always_valid_critical_value

MOST_LOOKS = 200
_MOST_UNITS = 10**9

Draws = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDesign:
    """An experiment of two equal arms that is looked at as its units come in.

    Attributes:
        difference: True difference of the arms' means, in the metric's unit.
        variance: Of one unit's value, in each arm, above 0.
        units: Of each arm, when all have come: 1 to 1e9.
        looks: At equal distances, the last one when all have come: 1 to 200, and not more
            than there are units.
        alpha: Error rate allowed, in (0, 1).
        tuning: Units of both arms together at which the always-valid test is tightest; None
            for all that come.
    """

    difference: float
    variance: float
    units: int
    looks: int
    alpha: float = 0.05
    tuning: float | None = None

    def __post_init__(self) -> None:
        check_probability(self.alpha, name="alpha")
        if not math.isfinite(self.difference):
            raise InvalidInput("difference must be finite.", attr="difference")
        if not 0 < self.variance < math.inf:
            raise InvalidInput("variance must be above 0.", attr="variance")
        if not 1 <= self.units <= _MOST_UNITS:
            raise InvalidInput(f"units must be from 1 to {_MOST_UNITS}.", attr="units")
        if not 1 <= self.looks <= min(MOST_LOOKS, self.units):
            most = min(MOST_LOOKS, self.units)
            raise InvalidInput(f"looks must be from 1 to {most}.", attr="looks")
        if self.tuning is not None and not 1 <= self.tuning < math.inf:
            raise InvalidInput("tuning must be 1 or more.", attr="tuning")

    def units_at(self, look: int) -> int:
        """Units of each arm that have come by a look, counted from 1."""
        return round(self.units * look / self.looks)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedLooks:
    """How simulated experiments ended; those of several runs add up.

    Attributes:
        experiments: How many were simulated.
        found_at: By look, how many the always-valid test stopped there, for the first time.
        found_at_end: How many a test at the last look alone finds.
    """

    experiments: int
    found_at: tuple[int, ...]
    found_at_end: int

    def __add__(self, other: "SimulatedLooks") -> "SimulatedLooks":
        """Both runs as one."""
        return SimulatedLooks(
            experiments=self.experiments + other.experiments,
            found_at=tuple(map(sum, zip(self.found_at, other.found_at, strict=True))),
            found_at_end=self.found_at_end + other.found_at_end,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPower:
    """What the simulated experiments say; shares are of all of them.

    Attributes:
        always_valid: Share that the always-valid test finds by each look.
        always_valid_error: Standard error of the last of these.
        at_end: Share that a test at the last look alone finds.
        at_end_error: Its standard error.
        units_used: Mean share of the units that have come when the always-valid test stops,
            or when all have come.
    """

    always_valid: tuple[float, ...]
    always_valid_error: float
    at_end: float
    at_end_error: float
    units_used: float


def nothing_yet(design: SimulatedDesign) -> SimulatedLooks:
    """No experiment, to which others are added."""
    return SimulatedLooks(experiments=0, found_at=(0,) * design.looks, found_at_end=0)


def simulate(design: SimulatedDesign, draws: Draws) -> SimulatedLooks:
    """Simulate experiments, each from a row of random numbers.

    The difference of means follows a normal distribution at each look; between two looks it
    is moved by the units that came, and by nothing else.

    Args:
        design: Of the experiments.
        draws: Standard normal, independent; one row for an experiment, one column for a look.

    Examples:
        >>> design = SimulatedDesign(difference=0.15, variance=1, units=1000, looks=2)
        >>> simulate(design, np.zeros((1, 2))).found_at
        (0, 1)
    """
    come = np.array([design.units_at(look) for look in range(1, design.looks + 1)])
    arrivals = np.diff(come, prepend=0)
    # Sums over units of the difference between the arms; each unit pair adds twice the variance.
    sums = np.cumsum(
        design.difference * arrivals + np.sqrt(2 * design.variance * arrivals) * draws, axis=1
    )
    z = np.abs(sums / np.sqrt(2 * design.variance * come))
    tuning = 2 * design.units if design.tuning is None else design.tuning
    bounds = [
        always_valid_critical_value(2 * int(units), alpha=design.alpha, tuning=tuning)
        for units in come
    ]
    crossed = z > np.array(bounds)
    first = np.where(crossed.any(axis=1), crossed.argmax(axis=1), design.looks)
    counts = np.bincount(first, minlength=design.looks + 1)[: design.looks]
    critical = -float(ndtri(design.alpha / 2))
    return SimulatedLooks(
        experiments=len(draws),
        found_at=tuple(int(count) for count in counts),
        found_at_end=int((z[:, -1] > critical).sum()),
    )


def power_of(design: SimulatedDesign, looks: SimulatedLooks) -> SimulatedPower:
    """What the experiments say.

    Args:
        design: Of the experiments.
        looks: At least one experiment.
    """
    total = looks.experiments
    found = np.cumsum(looks.found_at) / total
    used = [design.units_at(look + 1) / design.units for look in range(design.looks)]
    left = total - sum(looks.found_at)
    at_end = looks.found_at_end / total
    return SimulatedPower(
        always_valid=tuple(float(share) for share in found),
        always_valid_error=_error(float(found[-1]), total),
        at_end=at_end,
        at_end_error=_error(at_end, total),
        units_used=float((np.dot(looks.found_at, used) + left) / total),
    )


def _error(share: float, count: int) -> float:
    return math.sqrt(share * (1 - share) / count)
