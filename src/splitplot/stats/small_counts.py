"""Two proportions from small counts, where the normal approximation says nothing."""

import math

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.bayesian import normal_critical_value
from splitplot.stats.effects import ConfidenceInterval
from splitplot.stats.summaries import ProportionSummary

# Two tables whose probabilities differ by less are equally likely.
_SAME = 1 + 1e-7


def wilson_interval(summary: ProportionSummary, *, level: float = 0.95) -> ConfidenceInterval:
    """Score interval for a share; sensible also with no success at all.

    Args:
        summary: The units of one variant.
        level: Coverage probability, in (0, 1).

    Returns:
        Bounds in [0, 1].

    Raises:
        Undefined: There are no units.
        InvalidInput: `level` is out of range.

    References:
        Wilson (1927), JASA 22.

    Examples:
        >>> interval = wilson_interval(ProportionSummary(count=48, successes=0))
        >>> interval.lower, round(interval.upper, 4)
        (0.0, 0.0741)
    """
    share, count = summary.value, summary.count
    z2 = normal_critical_value(level) ** 2
    centre = share + z2 / (2 * count)
    margin = math.sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count * count)))
    scale = 1 + z2 / count
    # With no success, or nothing else, the bound is the share itself.
    lower = 0.0 if summary.successes == 0 else max(0.0, (centre - margin) / scale)
    upper = 1.0 if summary.failures == 0 else min(1.0, (centre + margin) / scale)
    return ConfidenceInterval(lower=lower, upper=upper, level=level)


def newcombe_interval(
    treatment: ProportionSummary, control: ProportionSummary, *, level: float = 0.95
) -> ConfidenceInterval:
    """Interval for a difference of shares that holds with a handful of successes.

    Estimand: share under treatment minus share under control. Units are independent.

    Args:
        treatment: The treatment units.
        control: The control units.
        level: Coverage probability, in (0, 1).

    Returns:
        Bounds in [-1, 1].

    Raises:
        Undefined: A variant has no units.
        InvalidInput: `level` is out of range.

    References:
        Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Examples:
        >>> control = ProportionSummary(count=195, successes=4)
        >>> treatment = ProportionSummary(count=200, successes=12)
        >>> interval = newcombe_interval(treatment, control)
        >>> round(interval.lower, 5), round(interval.upper, 5)
        (-0.00058, 0.08324)
    """
    one, other = wilson_interval(treatment, level=level), wilson_interval(control, level=level)
    p, q = treatment.value, control.value
    return ConfidenceInterval(
        lower=p - q - math.hypot(p - one.lower, other.upper - q),
        upper=p - q + math.hypot(one.upper - p, q - other.lower),
        level=level,
    )


def fisher_p_value(treatment: ProportionSummary, control: ProportionSummary) -> float:
    """Exact two-sided p-value of no difference between two shares.

    The probability, given all successes of both variants together, of a table that is no
    likelier than the one seen. It is never too small, and with few units it is
    conservative.

    Args:
        treatment: The treatment units.
        control: The control units.

    Returns:
        In [0, 1]; 0 only when it is below the smallest number there is.

    Raises:
        Undefined: A variant has no units.
        InvalidInput: Successes are not between 0 and the units.

    References:
        Fisher (1935), JRSS 98, 39-82.

    Examples:
        >>> control = ProportionSummary(count=195, successes=4)
        >>> treatment = ProportionSummary(count=200, successes=12)
        >>> round(fisher_p_value(treatment, control), 6)
        0.071288
    """
    for summary in (treatment, control):
        if summary.count < 1:
            raise Undefined("There are no units.", code="no_units")
        if not 0 <= summary.successes <= summary.count:
            raise InvalidInput("Successes must lie between 0 and the units.", attr="successes")
    likelihoods = _likelihoods(treatment, control)
    seen = likelihoods.get(treatment.successes, 0.0) * _SAME
    as_rare = math.fsum(each for each in likelihoods.values() if each <= seen)
    return min(1.0, as_rare / math.fsum(likelihoods.values()))


def _likelihoods(treatment: ProportionSummary, control: ProportionSummary) -> dict[int, float]:
    # Probability of each table with the same margins over that of the likeliest one, by the
    # treatment's successes. Tables too rare for a number are left out.
    successes = treatment.successes + control.successes
    lowest = max(0, successes - control.count)
    highest = min(treatment.count, successes)
    mode = (treatment.count + 1) * (successes + 1) // (treatment.count + control.count + 2)
    likelihoods = {mode: 1.0}

    def odds(cell: int) -> float:
        # Of one success more in the treatment, against `cell` of them.
        gains = (treatment.count - cell) * (successes - cell)
        return gains / ((cell + 1) * (control.count - successes + cell + 1))

    term = 1.0
    for cell in range(mode, highest):
        term *= odds(cell)
        if term == 0:
            break
        likelihoods[cell + 1] = term
    term = 1.0
    for cell in range(mode - 1, lowest - 1, -1):
        term /= odds(cell)
        if term == 0:
            break
        likelihoods[cell] = term
    return likelihoods
