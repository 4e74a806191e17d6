"""Whether an effect differs between segments that were declared before the data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import chdtrc

from splitplot.errors import Undefined
from splitplot.stats.effects import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """How much the effects of segments differ beyond their errors.

    Attributes:
        pooled: Effect over all segments, weighted by precision, and its variance.
        statistic: Cochran's Q, 0 or more.
        df: Segments minus one.
        p_value: Of one common effect, in [0, 1].
        inconsistency: I squared: share of the observed spread that is not error, in [0, 1).
        between_variance: Variance of the true effects between segments, 0 or more.
        shrunken: For each segment, its effect drawn towards the pooled one.
    """

    pooled: Estimate
    statistic: float
    df: int
    p_value: float
    inconsistency: float
    between_variance: float
    shrunken: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitativeInteraction:
    """Outcome of a test that the effect has one sign in all segments.

    Attributes:
        statistic: The smaller of the evidence for gains and for losses, 0 or more.
        p_value: In [0, 1].
    """

    statistic: float
    p_value: float


def heterogeneity(segments: Sequence[Estimate]) -> Heterogeneity:
    """Compare the effects of segments, and shrink each towards their common mean.

    Show the shrunken effects: the largest raw one is mostly the luckiest. A segment found
    by looking is a hypothesis for the next experiment, nothing more.

    Args:
        segments: Effect of each segment, on one scale; independent.

    Raises:
        Undefined: There are fewer than two segments.

    References:
        Cochran (1954), Biometrics 10; DerSimonian and Laird (1986), Controlled Clinical
        Trials 7; Higgins and Thompson (2002), Statistics in Medicine 21.

    Examples:
        >>> outcome = heterogeneity([
        ...     Estimate(effect=0.02, variance=1e-4),
        ...     Estimate(effect=0.05, variance=2e-4),
        ...     Estimate(effect=-0.01, variance=1e-4),
        ... ])
        >>> round(outcome.p_value, 5), [round(effect, 3) for effect in outcome.shrunken]
        (0.00184, [0.019, 0.042, -0.007])
    """
    _check_some(segments)
    weights = [1 / segment.variance for segment in segments]
    total = math.fsum(weights)
    mean = _weighted(segments, weights) / total
    statistic = math.fsum(
        weight * (segment.effect - mean) ** 2
        for weight, segment in zip(weights, segments, strict=True)
    )
    df = len(segments) - 1
    excess = max(0.0, statistic - df)
    between = excess / (total - math.fsum(weight * weight for weight in weights) / total)
    return Heterogeneity(
        pooled=Estimate(effect=mean, variance=1 / total),
        statistic=statistic,
        df=df,
        p_value=float(chdtrc(df, statistic)),
        inconsistency=excess / statistic if excess else 0.0,
        between_variance=between,
        shrunken=tuple(_shrunken(segment, mean, between) for segment in segments),
    )


def qualitative_interaction(segments: Sequence[Estimate]) -> QualitativeInteraction:
    """Test that the effect is nowhere of the opposite sign.

    Args:
        segments: Effect of each segment; independent.

    Raises:
        Undefined: There are fewer than two segments.

    References:
        Gail and Simon (1985), Biometrics 41.

    Examples:
        >>> test = qualitative_interaction([
        ...     Estimate(effect=0.03, variance=1e-4),
        ...     Estimate(effect=-0.02, variance=1e-4),
        ...     Estimate(effect=0.01, variance=2e-4),
        ... ])
        >>> round(test.statistic, 6), round(test.p_value, 4)
        (4.0, 0.0566)
    """
    _check_some(segments)
    up = math.fsum(each.effect**2 / each.variance for each in segments if each.effect > 0)
    down = math.fsum(each.effect**2 / each.variance for each in segments if each.effect < 0)
    statistic = min(up, down)
    others = len(segments) - 1
    p_value = math.fsum(
        math.comb(others, sign) * 0.5**others * float(chdtrc(sign, statistic))
        for sign in range(1, others + 1)
    )
    # Without a single effect of the other sign nothing speaks for an interaction.
    return QualitativeInteraction(statistic=statistic, p_value=p_value if statistic > 0 else 1.0)


def _check_some(segments: Sequence[Estimate]) -> None:
    if len(segments) < 2:
        raise Undefined("There are fewer than two segments.", code="too_few_segments")


def _weighted(segments: Sequence[Estimate], weights: Sequence[float]) -> float:
    return math.fsum(
        weight * segment.effect for weight, segment in zip(weights, segments, strict=True)
    )


def _shrunken(segment: Estimate, mean: float, between: float) -> float:
    # Multiplied through, so that no spread between segments needs no case of its own.
    return (segment.effect * between + mean * segment.variance) / (between + segment.variance)
