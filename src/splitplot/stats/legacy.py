"""The engine that experiments of the first years were judged by, for reading those.

Each variant has a posterior of its own; verdicts are about which variant is the best, and
what choosing it may cost. All figures are integrals, so the same counts always have the
same verdict.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import (
    betainc,
    betaincinv,
    betaln,
    gammainc,
    gammaincinv,
    gammaln,
    stdtr,
    stdtrit,
    xlog1py,
    xlogy,
)

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.effects import CredibleInterval

Array: TypeAlias = npt.NDArray[np.float64]

LEVEL = 0.95
ENOUGH_EXPOSURES = 100
ENOUGH_PROBABILITY = 0.9
TOO_MUCH_LOSS = 0.01

# Keeps the logarithm of nothing finite.
_EPSILON = 1e-10
_LOG_VARIANCE = 0.75
# An integral is cut at these shares of every posterior, and each piece taken by Gauss and
# Legendre: so narrow posteriors and wide ones get the same care.
_TAIL = np.array([1e-13, 1e-11, 1e-9, 1e-7, 1e-5, 1e-3])
_MIDDLE = np.linspace(0.01, 0.99, 50)
_LEVELS = np.concatenate([_TAIL, _MIDDLE, 1 - _TAIL[::-1]])
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
# No predictive distribution has anything to speak of so many deviations from its mean.
_FAR = 40.0


class LegacyCode(StrEnum):
    """The verdict; of several that apply, the first."""

    NOT_ENOUGH_EXPOSURE = "not_enough_exposure"
    LOW_WIN_PROBABILITY = "low_win_probability"
    HIGH_LOSS = "high_loss"
    SIGNIFICANT = "significant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversions:
    """Units of a variant that converted, and that did not."""

    successes: int
    failures: int

    @property
    def exposure(self) -> int:
        return self.successes + self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrences:
    """How often something happened under a variant, and the units exposed to it."""

    count: int
    exposure: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sum of a value under a variant, and the units exposed to it."""

    total: float
    exposure: int


Measured: TypeAlias = Conversions | Occurrences | Total


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyResult:
    """What the engine says; control first, then the treatments in the order given.

    Attributes:
        intervals: Central 95 % of each posterior: shares, rates, or values per unit.
        probabilities: For control, that it is at least as good as the best treatment; for
            a treatment, that it beats control. Several treatments need not sum to 1.
        expected_loss: What choosing the best variant costs on average, where another one
            is better after all; None where the verdict does not depend on it.
        code: The verdict.
    """

    intervals: tuple[CredibleInterval, ...]
    probabilities: tuple[float, ...]
    expected_loss: float | None
    code: LegacyCode

    @property
    def is_significant(self) -> bool:
        """Whether the verdict is that a variant is the best."""
        return self.code is LegacyCode.SIGNIFICANT


def legacy_result(control: Measured, treatments: Sequence[Measured]) -> LegacyResult:
    """Judge variants as the engine of the first years did.

    Posteriors: a share is Beta(1 + successes, 1 + failures); a rate is Gamma with shape
    1 + count and rate 1 + exposure; the logarithm of a value per unit is Student's t from
    a normal-inverse-gamma prior with mean 0 and ones, under a fixed log-variance of 0.75.

    Assumptions: Independent units. A total comes from values whose logarithms vary by
    about 0.75 between units; where they vary more, as money does, the verdict is too sure.

    Args:
        control: The control's units.
        treatments: One or more, of the same kind as the control.

    Returns:
        Intervals, probabilities, expected loss and verdict.

    Raises:
        InvalidInput: There is no treatment, kinds are mixed, or a count is negative.
        Undefined: A total is negative, so its logarithm is none.

    References:
        Stucchio (2015), Bayesian A/B testing at VWO, for the expected loss. Murphy (2007),
        Conjugate Bayesian analysis of the Gaussian distribution, for the last posterior.

    Examples:
        >>> result = legacy_result(
        ...     Conversions(successes=100, failures=900),
        ...     [Conversions(successes=120, failures=880)],
        ... )
        >>> [round(probability, 4) for probability in result.probabilities]
        [0.0768, 0.9232]
        >>> round(result.expected_loss, 6), str(result.code)
        (0.001623, 'significant')
    """
    variants = (control, *treatments)
    _check(variants)
    posteriors = [_posterior(variant) for variant in variants]
    probabilities = _probabilities(posteriors)
    code, loss = LegacyCode.SIGNIFICANT, None
    if any(variant.exposure < ENOUGH_EXPOSURES for variant in variants):
        code = LegacyCode.NOT_ENOUGH_EXPOSURE
    elif max(probabilities) < ENOUGH_PROBABILITY:
        code = LegacyCode.LOW_WIN_PROBABILITY
    else:
        loss = _expected_loss(variants, posteriors)
        if loss >= TOO_MUCH_LOSS:
            code = LegacyCode.HIGH_LOSS
    return LegacyResult(
        intervals=tuple(posterior.interval() for posterior in posteriors),
        probabilities=probabilities,
        expected_loss=loss,
        code=code,
    )


def _check(variants: Sequence[Measured]) -> None:
    if len(variants) < 2:
        raise InvalidInput("There is no treatment to compare.", attr="treatments")
    if len({type(variant) for variant in variants}) > 1:
        raise InvalidInput("Variants are measured in different ways.", attr="treatments")
    for variant in variants:
        counts = [variant.exposure]
        if isinstance(variant, Conversions):
            counts += [variant.successes, variant.failures]
        elif isinstance(variant, Occurrences):
            counts.append(variant.count)
        elif variant.total < 0:
            raise Undefined("A total below zero has no logarithm.", code="negative_total")
        if min(counts) < 0:
            raise InvalidInput("Counts must be 0 or more.", attr="treatments")


# Posteriors


class _Posterior(Protocol):
    """A distribution of one variant's value, on a scale that keeps the order."""

    def quantile(self, shares: Array) -> Array: ...

    def cdf(self, points: Array) -> Array: ...

    def log_density(self, points: Array) -> Array:
        """Up to a constant."""
        ...

    def interval(self) -> CredibleInterval: ...


@dataclass(frozen=True, slots=True)
class _Share:
    """Beta."""

    a: float
    b: float

    def quantile(self, shares: Array) -> Array:
        return np.asarray(betaincinv(self.a, self.b, shares))

    def cdf(self, points: Array) -> Array:
        return np.asarray(betainc(self.a, self.b, points))

    def log_density(self, points: Array) -> Array:
        return np.asarray(xlogy(self.a - 1, points) + xlog1py(self.b - 1, -points))

    def interval(self) -> CredibleInterval:
        return _central(self.quantile)


@dataclass(frozen=True, slots=True)
class _Rate:
    """Gamma."""

    shape: float
    rate: float

    def quantile(self, shares: Array) -> Array:
        return np.asarray(gammaincinv(self.shape, shares) / self.rate)

    def cdf(self, points: Array) -> Array:
        return np.asarray(gammainc(self.shape, self.rate * points))

    def log_density(self, points: Array) -> Array:
        return np.asarray(xlogy(self.shape - 1, points) - self.rate * points)

    def interval(self) -> CredibleInterval:
        return _central(self.quantile)


@dataclass(frozen=True, slots=True)
class _LogMean:
    """Student's t, of the logarithm of a value."""

    df: float
    location: float
    scale: float

    def quantile(self, shares: Array) -> Array:
        return np.asarray(self.location + self.scale * stdtrit(self.df, shares))

    def cdf(self, points: Array) -> Array:
        return np.asarray(stdtr(self.df, (points - self.location) / self.scale))

    def log_density(self, points: Array) -> Array:
        z = (points - self.location) / self.scale
        return np.asarray(-(self.df + 1) / 2 * np.log1p(z * z / self.df))

    def interval(self) -> CredibleInterval:
        return _central(lambda shares: np.maximum(np.exp(self.quantile(shares)) - _EPSILON, 0))


def _posterior(variant: Measured) -> _Posterior:
    match variant:
        case Conversions():
            return _Share(1 + variant.successes, 1 + variant.failures)
        case Occurrences():
            return _Rate(1 + variant.count, 1 + variant.exposure)
        case _:
            return _log_mean(variant)


def _log_mean(variant: Total) -> _LogMean:
    units = variant.exposure
    log_mean = math.log(variant.total / units + _EPSILON) if units else 0.0
    kappa, alpha = 1 + units, 1 + units / 2
    beta = 1 + _LOG_VARIANCE / 2 * units
    return _LogMean(
        df=2 * alpha,
        location=units * log_mean / kappa,
        scale=math.sqrt(beta / (kappa * alpha)),
    )


def _central(quantile: Callable[[Array], Array]) -> CredibleInterval:
    lower, upper = quantile(np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    return CredibleInterval(lower=float(lower), upper=float(upper), level=LEVEL)


# Integrals


def _grid(posteriors: Sequence[_Posterior]) -> tuple[Array, Array]:
    """Points and weights that integrate whatever these posteriors make up."""
    edges = np.unique(np.concatenate([posterior.quantile(_LEVELS) for posterior in posteriors]))
    middles, halves = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    points = middles[:, None] + halves[:, None] * _NODES
    return points.ravel(), (halves[:, None] * _WEIGHTS).ravel()


def _probabilities(posteriors: Sequence[_Posterior]) -> tuple[float, ...]:
    """Of being the best: control against all treatments, each treatment against control."""
    points, weights = _grid(posteriors)
    control, *treatments = posteriors
    beaten = np.prod([each.cdf(points) for each in treatments], axis=0)
    control_below = control.cdf(points)
    return (
        _mean(control, beaten, points, weights),
        *(_mean(each, control_below, points, weights) for each in treatments),
    )


def _mean(posterior: _Posterior, values: Array, points: Array, weights: Array) -> float:
    """The mean of a function's values under a posterior."""
    heights = posterior.log_density(points)
    mass = weights * np.exp(heights - heights.max())
    # Dividing by the mass takes out what rounding does to large logarithms.
    return float(np.clip(np.dot(mass, values) / mass.sum(), 0, 1))


def _expected_loss(variants: Sequence[Measured], posteriors: Sequence[_Posterior]) -> float:
    best = max(range(len(variants)), key=lambda at: _standing(variants[at]))
    conversions = [variant for variant in variants if isinstance(variant, Conversions)]
    if conversions:
        return _predictive_loss(conversions, best)
    points, weights = _grid(posteriors)
    chosen = posteriors[best]
    others = [each for at, each in enumerate(posteriors) if at != best]
    # E max(0, M - C) is the integral of P(C below x) P(M above x), M the best other one.
    above = 1 - np.prod([other.cdf(points) for other in others], axis=0)
    # A step in logarithms is worth the more of the value, the larger the value is.
    worth = np.exp(points) if isinstance(chosen, _LogMean) else np.ones_like(points)
    return float(np.dot(weights * worth, chosen.cdf(points) * above))


def _standing(variant: Measured) -> float:
    """What the best variant has most of."""
    if isinstance(variant, Total):
        return variant.total
    reached = variant.successes if isinstance(variant, Conversions) else variant.count
    return reached / variant.exposure


@dataclass(frozen=True, slots=True)
class _Steps:
    """A distribution on finitely many points, ascending, with what lies at or below each."""

    points: Array
    cumulative: Array

    def cdf(self, at: Array) -> Array:
        reached = np.searchsorted(self.points, at, side="right")
        return np.concatenate([[0.0], self.cumulative])[reached]


def _predictive_loss(variants: Sequence[Conversions], best: int) -> float:
    """The loss between shares that as many new units would show."""
    predicted = [_predicted(variant) for variant in variants]
    edges = np.unique(np.concatenate([each.points for each in predicted]))
    points = edges[:-1]
    others = [each for at, each in enumerate(predicted) if at != best]
    above = 1 - np.prod([other.cdf(points) for other in others], axis=0)
    return float(np.dot(np.diff(edges), predicted[best].cdf(points) * above))


def _predicted(variant: Conversions) -> _Steps:
    """The beta-binomial share of successes among as many units again."""
    units, a, b = variant.exposure, 1 + variant.successes, 1 + variant.failures
    mean = units * a / (a + b)
    deviation = math.sqrt(mean * b / (a + b) * (a + b + units) / (a + b + 1))
    lowest = max(0, math.floor(mean - _FAR * deviation))
    highest = min(units, math.ceil(mean + _FAR * deviation))
    reached = np.arange(lowest, highest + 1, dtype=np.float64)
    log_mass = (
        betaln(reached + a, units - reached + b)
        - gammaln(reached + 1)
        - gammaln(units - reached + 1)
    )
    mass = np.exp(log_mass - log_mass.max())
    return _Steps(points=reached / units, cumulative=np.cumsum(mass) / mass.sum())
