"""What a whole programme of experiments teaches: priors, bias of winners, trust in wins."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import kolmogorov, smirnov

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.bayesian import NormalPrior
from splitplot.stats.effects import Estimate, check_probability

# With fewer past experiments their spread is hardly known.
_SUGGESTED_EXPERIMENTS = 20
# "Too good to be true" begins here, in standard deviations.
_SURPRISING = 3.0
# Above this many p-values the limit law is right to four digits and more.
_MANY = 1000
# n D^2 from which both sides together are twice one side, to 13 digits.
_FAR = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmpiricalPrior:
    """A prior learnt from past experiments.

    Attributes:
        mean: Of the true effects.
        variance: Of the true effects, 0 or more; 0 when their estimates differ no more
            than their errors explain.
        is_well_founded: Whether at least 20 experiments stand behind it.
    """

    mean: float
    variance: float
    is_well_founded: bool

    @property
    def normal(self) -> NormalPrior:
        """The prior for `posterior_effect`.

        Raises:
            Undefined: The variance is 0: no effect would ever be believed.
        """
        if self.variance <= 0:
            raise Undefined("Past effects show no spread of their own.", code="no_variance")
        return NormalPrior(mean=self.mean, variance=self.variance)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedSum:
    """Sum of the effects of what was shipped.

    Attributes:
        naive: Sum of the estimates; too high, as lucky estimates get shipped.
        bias: By how much, on average.
        corrected: The one minus the other.
    """

    naive: float
    bias: float
    corrected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UniformityTest:
    """Outcome of a test that p-values are uniform.

    Attributes:
        statistic: Largest distance of the two distribution functions, in (0, 1].
        p_value: Exact up to 1000 p-values, to four digits beyond, in [0, 1].
    """

    statistic: float
    p_value: float


def empirical_prior(past: Sequence[Estimate]) -> EmpiricalPrior:
    """Prior for the next effect from those of past experiments.

    Only experiments with the same metric, the same scale and the same kind of change
    teach anything, and all of them must be in, not the published ones.

    Args:
        past: Their estimates.

    Raises:
        Undefined: There are fewer than two.

    References:
        Deng (2015), WWW Companion; Azevedo, Deng, Montiel Olea, Rao and Weyl (2020),
        Journal of Political Economy 128.

    Examples:
        >>> prior = empirical_prior([
        ...     Estimate(effect=effect, variance=2.5e-5) for effect in (0.012, -0.004, 0.03, 0.001)
        ... ])
        >>> round(prior.mean, 5), round(prior.variance, 7), prior.is_well_founded
        (0.00975, 0.0002019, False)
    """
    if len(past) < 2:
        raise Undefined("There are fewer than two experiments.", code="too_few_experiments")
    mean = math.fsum(each.effect for each in past) / len(past)
    spread = math.fsum((each.effect - mean) ** 2 for each in past) / (len(past) - 1)
    noise = math.fsum(each.variance for each in past) / len(past)
    return EmpiricalPrior(
        mean=mean,
        variance=max(0.0, spread - noise),
        is_well_founded=len(past) >= _SUGGESTED_EXPERIMENTS,
    )


def is_surprising(estimate: Estimate, prior: NormalPrior) -> bool:
    """Whether an estimate is too good, or too bad, to be believed before it is checked.

    True when it lies more than three standard deviations from what the prior and its own
    error allow: by Twyman's law, look for the mistake first.

    Examples:
        >>> prior = NormalPrior(mean=0.0, variance=1e-4)
        >>> is_surprising(Estimate(effect=0.06, variance=1e-4), prior)
        True
    """
    spread = math.sqrt(estimate.variance + prior.variance)
    return abs(estimate.effect - prior.mean) > _SURPRISING * spread


def shipped_sum(experiments: Sequence[Estimate], thresholds: Sequence[float]) -> ShippedSum:
    """Sum of the effects of all that was shipped, corrected for the winner's curse.

    The correction takes the estimates for the true effects, so it removes most of the bias
    and not all of it.

    Args:
        experiments: All of the programme, shipped or not.
        thresholds: For each, the estimate above which it was to be shipped.

    Raises:
        InvalidInput: The lengths differ.

    References:
        Lee and Shen (2018), KDD.

    Examples:
        >>> total = shipped_sum(
        ...     [Estimate(effect=0.012, variance=2.5e-5), Estimate(effect=0.004, variance=3.6e-5)],
        ...     [0.0098, 0.0118],
        ... )
        >>> round(total.naive, 4), round(total.corrected, 4)
        (0.012, 0.0092)
    """
    if len(experiments) != len(thresholds):
        raise InvalidInput("Each experiment needs one threshold.", attr="thresholds")
    pairs = list(zip(experiments, thresholds, strict=True))
    naive = math.fsum(each.effect for each, threshold in pairs if each.effect > threshold)
    bias = math.fsum(_selection_bias(each, threshold) for each, threshold in pairs)
    return ShippedSum(naive=naive, bias=bias, corrected=naive - bias)


def false_positive_risk(*, success_share: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """Share of the significant wins that are none.

    Args:
        success_share: Share of ideas that do what they are meant to, in (0, 1).
        power: Of the tests, in (0, 1).
        alpha: Of the two-sided tests, in (0, 1); a win is half of it.

    Returns:
        In (0, 1).

    Raises:
        InvalidInput: An argument is out of range.

    References:
        Kohavi, Deng and Vermeer (2022), KDD.

    Examples:
        >>> round(false_positive_risk(success_share=0.1), 3)
        0.22
    """
    check_probability(success_share, name="success_share")
    check_probability(power, name="power")
    false = check_probability(alpha, name="alpha") / 2 * (1 - success_share)
    return false / (false + power * success_share)


def uniformity_test(p_values: Sequence[float]) -> UniformityTest:
    """Kolmogorov and Smirnov's test that p-values are uniform, as those of A/A tests are.

    Args:
        p_values: Of independent A/A tests, each in [0, 1]; a hundred say something.

    Raises:
        Undefined: There are none.
        InvalidInput: A p-value is not in [0, 1].

    References:
        Marsaglia, Tsang and Wang (2003), Journal of Statistical Software 8(18), for the
        exact distribution.

    Examples:
        >>> test = uniformity_test([0.03, 0.11, 0.18, 0.29, 0.41, 0.47, 0.62, 0.71, 0.86, 0.95])
        >>> round(test.statistic, 6), round(test.p_value, 4)
        (0.13, 0.9875)
    """
    if not p_values:
        raise Undefined("There are no p-values.", code="no_p_values")
    if not all(0 <= p <= 1 for p in p_values):
        raise InvalidInput("Each p-value must lie between 0 and 1.", attr="p_values")
    count = len(p_values)
    distance = max(
        max((rank + 1) / count - p, p - rank / count) for rank, p in enumerate(sorted(p_values))
    )
    return UniformityTest(statistic=distance, p_value=_kolmogorov_tail(count, distance))


def _selection_bias(estimate: Estimate, threshold: float) -> float:
    error = math.sqrt(estimate.variance)
    z = (threshold - estimate.effect) / error
    return error * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _kolmogorov_tail(count: int, distance: float) -> float:
    if 2 * count * distance <= 1:
        # No sample comes closer to uniform than half a step on each side.
        return 1.0
    if count * distance * distance >= _FAR:
        return min(1.0, 2 * float(smirnov(count, distance)))
    if count > _MANY:
        # The limit law, moved by what a finite count adds (Vrbik 2018).
        root = math.sqrt(count)
        moved = root * distance + 1 / (6 * root) + (root * distance - 1) / (4 * count)
        return float(kolmogorov(moved))
    return min(1.0, max(0.0, 1 - _kolmogorov_distribution(count, distance)))


def _kolmogorov_distribution(count: int, distance: float) -> float:
    # One entry of the count-th power of a matrix that holds how the empirical distribution
    # may wander within the distance; scaled as it grows.
    half = math.ceil(count * distance)
    excess = half - count * distance
    size = 2 * half - 1
    rows = np.arange(size)[:, None] - np.arange(size)[None, :] + 1
    matrix = (rows >= 0).astype(np.float64)
    powers = excess ** np.arange(1, size + 1)
    matrix[:, 0] -= powers
    matrix[-1, :] -= powers[::-1]
    matrix[-1, 0] += max(0.0, 2 * excess - 1) ** size
    factorials = np.cumprod(np.arange(1, size + 1, dtype=np.float64))
    matrix = np.where(rows > 0, matrix / factorials[np.maximum(rows, 1) - 1], matrix)
    product = np.eye(size)
    log_scale = 0.0
    for step in range(1, count + 1):
        product = product @ matrix * (step / count)
        largest = float(product.max())
        product /= largest
        log_scale += math.log(largest)
    return float(product[half - 1, half - 1]) * math.exp(log_scale)
