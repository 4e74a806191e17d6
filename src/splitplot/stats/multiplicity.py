"""Several hypotheses at once: adjusted p-values, Dunnett's comparisons, e-BH.

A family is the hypotheses that one decision rests on. Adjusted p-values keep the order of
the raw ones and are shown beside them, never instead.
"""

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import accumulate

import numpy as np
from scipy.special import ndtr, ndtri

from splitplot.errors import InvalidInput
from splitplot.stats.effects import check_probability

# The integral over the control's error: how far it goes, and its finest step.
_REACH = 9.0
_FINEST = 2e-4
# The bounds of a critical value lie less than 8 apart; this leaves no digit open.
_HALVINGS = 50


class Correction(StrEnum):
    """How a family of p-values is adjusted."""

    BONFERRONI = "bonferroni"
    HOLM = "holm"
    HOCHBERG = "hochberg"
    BENJAMINI_HOCHBERG = "bh"
    BENJAMINI_YEKUTIELI = "by"


def adjusted_p_values(p_values: Sequence[float], correction: Correction) -> tuple[float, ...]:
    """P-values that may be compared with alpha as if each were alone in its family.

    Bonferroni, Holm and Hochberg hold the chance of any false alarm in the family at
    alpha; Holm needs no assumption and is never weaker than Bonferroni, Hochberg assumes
    that the tests do not depend on each other negatively. Benjamini and Hochberg's holds
    the expected share of false alarms among the alarms, for independent or positively
    dependent tests; Benjamini and Yekutieli's does so for all.

    Args:
        p_values: Raw ones, each in [0, 1], in any order.
        correction: The method.

    Returns:
        One for each raw p-value, in the same order, in [0, 1].

    Raises:
        InvalidInput: A p-value is not in [0, 1].

    References:
        Holm (1979), Scandinavian Journal of Statistics 6; Hochberg (1988), Biometrika 75;
        Benjamini and Hochberg (1995), JRSS B 57; Benjamini and Yekutieli (2001), Annals
        of Statistics 29.

    Examples:
        >>> adjusted_p_values([0.04, 0.01, 0.03], Correction.HOLM)
        (0.06, 0.03, 0.06)
        >>> adjusted_p_values([0.04, 0.01, 0.03], Correction.BENJAMINI_HOCHBERG)
        (0.04, 0.03, 0.04)
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise InvalidInput("Each p-value must lie between 0 and 1.", attr="p_values")
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = _ADJUSTED[correction]([p_values[index] for index in order])
    found = dict(zip(order, adjusted, strict=True))
    return tuple(min(1.0, found[index]) for index in range(len(p_values)))


def _bonferroni(p_values: list[float]) -> list[float]:
    return [len(p_values) * p for p in p_values]


def _remaining(p_values: list[float]) -> list[float]:
    # Each times the number of hypotheses not smaller than it.
    return [(len(p_values) - rank) * p for rank, p in enumerate(p_values)]


def _holm(p_values: list[float]) -> list[float]:
    return list(accumulate(_remaining(p_values), max))


def _hochberg(p_values: list[float]) -> list[float]:
    return _smallest_above(_remaining(p_values))


def _benjamini_hochberg(p_values: list[float]) -> list[float]:
    return _smallest_above([len(p_values) / rank * p for rank, p in enumerate(p_values, 1)])


def _benjamini_yekutieli(p_values: list[float]) -> list[float]:
    harmonic = math.fsum(1 / rank for rank in range(1, len(p_values) + 1))
    return [harmonic * p for p in _benjamini_hochberg(p_values)]


def _smallest_above(values: list[float]) -> list[float]:
    return list(accumulate(reversed(values), min))[::-1]


_ADJUSTED: dict[Correction, Callable[[list[float]], list[float]]] = {
    Correction.BONFERRONI: _bonferroni,
    Correction.HOLM: _holm,
    Correction.HOCHBERG: _hochberg,
    Correction.BENJAMINI_HOCHBERG: _benjamini_hochberg,
    Correction.BENJAMINI_YEKUTIELI: _benjamini_yekutieli,
}


def dunnett_p_value(
    statistic: float, *, treatment_counts: Sequence[int], control_count: int
) -> float:
    """Adjusted two-sided p-value when several treatments share one control.

    Takes into account that the comparisons rise and fall together with the control, so
    it is sharper than Bonferroni. Estimates are taken as normal with one variance per
    unit in all variants.

    Args:
        statistic: One treatment's effect in standard errors.
        treatment_counts: Units of every treatment compared, each above 0.
        control_count: Units of the control, above 0.

    Raises:
        InvalidInput: There are no treatments, or a count is not above 0.

    References:
        Dunnett (1955), JASA 50.

    Examples:
        >>> round(dunnett_p_value(2.3, treatment_counts=[500, 500], control_count=500), 4)
        0.04
    """
    loadings = _loadings(treatment_counts, control_count)
    # One minus a probability near 1 keeps few digits; Bonferroni bounds it from above.
    bound = 2 * len(loadings) * float(ndtr(-abs(statistic)))
    return min(1.0, bound, max(0.0, 1 - _all_within(abs(statistic), loadings)))


def dunnett_critical_value(
    treatment_counts: Sequence[int], control_count: int, *, alpha: float = 0.05
) -> float:
    """Standard errors on each side that hold all comparisons with one control at once.

    Assumptions as for `dunnett_p_value`.

    Args:
        treatment_counts: Units of every treatment compared, each above 0.
        control_count: Units of the control, above 0.
        alpha: Chance of any false alarm, in (0, 1).

    Raises:
        InvalidInput: There are no treatments, a count is not above 0, or `alpha` is out
            of range.

    References:
        Dunnett (1955), JASA 50.

    Examples:
        >>> round(dunnett_critical_value([500, 500, 500, 500], 500), 4)
        2.4418
    """
    check_probability(alpha, name="alpha")
    loadings = _loadings(treatment_counts, control_count)
    # One comparison alone bounds it from below, Bonferroni from above.
    lower = -float(ndtri(alpha / 2))
    upper = -float(ndtri(alpha / 2 / len(loadings)))
    for _ in range(_HALVINGS):
        middle = (lower + upper) / 2
        if _all_within(middle, loadings) < 1 - alpha:
            lower = middle
        else:
            upper = middle
    return (lower + upper) / 2


def e_benjamini_hochberg(e_values: Sequence[float], *, alpha: float = 0.05) -> tuple[int, ...]:
    """Which hypotheses to reject by their e-values, whatever their dependence.

    The expected share of false alarms among the rejected is at most alpha. The e-values
    of always-valid tests (`exp(log_e_value)`) may be taken at any look.

    Args:
        e_values: Evidence against each hypothesis, 0 or more.
        alpha: Share of false alarms allowed, in (0, 1).

    Returns:
        Positions of the rejected hypotheses, ascending.

    Raises:
        InvalidInput: An e-value is below 0 or no number, or `alpha` is out of range.

    References:
        Wang and Ramdas (2022), JRSS B 84.

    Examples:
        >>> e_benjamini_hochberg([120.0, 3.0, 60.0, 0.4])
        (0, 2)
    """
    check_probability(alpha, name="alpha")
    if not all(e >= 0 for e in e_values):
        raise InvalidInput("Each e-value must be 0 or more.", attr="e_values")
    order = sorted(range(len(e_values)), key=e_values.__getitem__, reverse=True)
    reached = [
        rank
        for rank, index in enumerate(order, 1)
        if e_values[index] >= len(e_values) / (rank * alpha)
    ]
    return tuple(sorted(order[: max(reached, default=0)]))


def _loadings(treatment_counts: Sequence[int], control_count: int) -> tuple[float, ...]:
    # How much of each comparison's error is the control's.
    if not treatment_counts or min(*treatment_counts, control_count) <= 0:
        raise InvalidInput("Each variant needs units.", attr="counts")
    return tuple(math.sqrt(count / (count + control_count)) for count in treatment_counts)


def _all_within(critical_value: float, loadings: Sequence[float]) -> float:
    # Given the control's error the comparisons are independent. For a smooth integrand
    # that vanishes at both ends, equal steps converge faster than any power.
    sharpest = math.sqrt(1 - max(loadings) ** 2)
    step = max(_FINEST, min(0.05, sharpest / 6))
    z = np.arange(-_REACH, _REACH + step, step)
    product = np.exp(-z * z / 2) * (step / math.sqrt(2 * math.pi))
    for loading in loadings:
        rest = math.sqrt(1 - loading * loading)
        shifted = loading * z
        product *= ndtr((critical_value + shifted) / rest) - ndtr(
            (-critical_value + shifted) / rest
        )
    return float(product.sum())
