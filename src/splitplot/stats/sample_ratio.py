"""Sample ratio mismatch: do the counts of units fit the split they were meant to have."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import chdtrc, gammaln

from splitplot.errors import InvalidInput, Undefined


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatioTest:
    """Outcome of the one-look test.

    Attributes:
        expected: Units expected in each variant, in the order given.
        statistic: Chi-square, 0 or more.
        df: Variants minus one.
        p_value: In [0, 1].
    """

    expected: tuple[float, ...]
    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialSampleRatioTest:
    """Outcome of the always-valid test at one look.

    Attributes:
        log_bayes_factor: Natural logarithm of the evidence against the split.
        p_value: Always-valid, in [0, 1]. The smallest one over all looks is valid too.
    """

    log_bayes_factor: float
    p_value: float


def sample_ratio_test(counts: Sequence[int], shares: Sequence[float]) -> SampleRatioTest:
    """Chi-square test that units were split as designed, for one look.

    Question: could units assigned with these shares have come out with these counts?
    Each unit counts once and was assigned independently of the others. Read every day it
    raises far more false alarms than its p-value says: see `sequential_sample_ratio_test`.

    Args:
        counts: Units seen in each variant, 0 or more.
        shares: Designed share of each variant, above 0; they are scaled to sum to 1.

    Returns:
        Expected counts, statistic and p-value.

    Raises:
        Undefined: There are no units, or fewer than two variants.
        InvalidInput: The lengths differ, or a share is not above 0.

    References:
        Pearson (1900), Philosophical Magazine 50; Fabijan et al. (2019), KDD, on what to
        do when it fires.

    Examples:
        >>> test = sample_ratio_test([1000, 1100], [0.5, 0.5])
        >>> test.expected, round(test.p_value, 4)
        ((1050.0, 1050.0), 0.0291)
    """
    total, design = _checked(counts, shares)
    expected = tuple(total * share for share in design)
    statistic = math.fsum(
        (count - mean) ** 2 / mean for count, mean in zip(counts, expected, strict=True)
    )
    df = len(counts) - 1
    return SampleRatioTest(
        expected=expected,
        statistic=statistic,
        df=df,
        p_value=float(chdtrc(df, statistic)),
    )


def sequential_sample_ratio_test(
    counts: Sequence[int], shares: Sequence[float], *, concentration: float = 100.0
) -> SequentialSampleRatioTest:
    """Test of the designed split that may be read after every unit.

    Question as for `sample_ratio_test`; the design is the same from the first unit on.
    The evidence is a Bayes factor of a Dirichlet mixture around the design against the
    design itself; under the design it ever reaches 1 / alpha with probability at most
    alpha.

    Args:
        counts: Units seen in each variant so far, 0 or more.
        shares: Designed share of each variant, above 0; they are scaled to sum to 1.
        concentration: How tightly the alternatives lie around the design, above 0; to be
            fixed before the first look.

    Returns:
        Evidence and p-value of this look.

    Raises:
        Undefined: There are no units, or fewer than two variants.
        InvalidInput: The lengths differ, a share or `concentration` is not above 0.

    References:
        Lindon and Malek (2022), NeurIPS, arXiv:2011.03567, equation for the
        multinomial Bayes factor.

    Examples:
        >>> fine = sequential_sample_ratio_test([520, 480], [0.5, 0.5])
        >>> fine.p_value
        1.0
        >>> skewed = sequential_sample_ratio_test([5300, 4700], [0.5, 0.5])
        >>> skewed.p_value < 1e-6
        True
    """
    if concentration <= 0:
        raise InvalidInput("concentration must be above 0.", attr="concentration")
    total, design = _checked(counts, shares)
    log_bayes_factor = float(gammaln(concentration) - gammaln(concentration + total)) + math.fsum(
        float(gammaln(concentration * share + count) - gammaln(concentration * share))
        - count * math.log(share)
        for count, share in zip(counts, design, strict=True)
    )
    return SequentialSampleRatioTest(
        log_bayes_factor=log_bayes_factor, p_value=math.exp(min(0.0, -log_bayes_factor))
    )


def _checked(counts: Sequence[int], shares: Sequence[float]) -> tuple[int, tuple[float, ...]]:
    # Total of the counts, and the shares scaled to sum to 1.
    if len(counts) != len(shares):
        raise InvalidInput("Each variant needs one count and one share.", attr="shares")
    if len(counts) < 2:
        raise Undefined("There are fewer than two variants.", code="too_few_variants")
    if min(shares) <= 0:
        raise InvalidInput("Each share must be above 0.", attr="shares")
    total = sum(counts)
    if total == 0:
        raise Undefined("There are no units.", code="no_units")
    whole = math.fsum(shares)
    return total, tuple(share / whole for share in shares)
