"""Planning: how many units an effect needs, which effect the units can show, what to expect.

All of it is for a two-sided test of a difference whose estimator is close to normal, with
the variance of one unit measured on past data.
"""

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.effects import check_probability
from splitplot.stats.sequential import always_valid_critical_value
from splitplot.stats.summaries import RatioSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSize:
    """Units that a comparison needs.

    Attributes:
        control: Units of the control.
        treatment: Units of each treatment.
    """

    control: int
    treatment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignErrors:
    """What a test of a given true effect will look like.

    Attributes:
        power: Probability of significance.
        wrong_sign: Share of the significant results that point the wrong way (type S).
        exaggeration: Average of the estimate's size over the true one, among the
            significant results (type M), 1 or more.
    """

    power: float
    wrong_sign: float
    exaggeration: float


def sample_size(
    difference: float,
    *,
    control_variance: float,
    treatment_variance: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    ratio: float = 1.0,
    comparisons: int = 1,
    inflation: float = 1.0,
) -> SampleSize:
    """Units needed to find a difference with the power asked for.

    The variance is that of one unit's contribution: `summary.variance` of past data, of
    the kind that the metric has; p(1 - p) for proportions.

    Args:
        difference: Smallest effect worth finding, in the metric's unit, not 0.
        control_variance: Of one unit, above 0.
        treatment_variance: The same under treatment; None for the control's.
        alpha: Error rate allowed, in (0, 1).
        power: Probability of finding the difference, in (0, 1).
        ratio: Units of a treatment for each unit of the control, above 0.
        comparisons: Treatments or metrics among which alpha is divided (Bonferroni).
        inflation: Factor on the units: 1 - correlation squared for a covariate,
            `design_effect` for clusters, `always_valid_inflation` for daily looks.

    Raises:
        InvalidInput: An argument is out of range.
        Undefined: No number of units that could be counted is enough.

    References:
        Any text; e.g. Kohavi, Tang and Xu (2020), Trustworthy Online Controlled
        Experiments, chapter 17.

    Examples:
        >>> sample_size(0.005, control_variance=0.09)
        SampleSize(control=56512, treatment=56512)
        >>> sample_size(0.5, control_variance=900, power=0.9, ratio=0.25)
        SampleSize(control=189134, treatment=47284)
    """
    other = control_variance if treatment_variance is None else treatment_variance
    positive = {
        "control_variance": control_variance,
        "treatment_variance": other,
        "ratio": ratio,
        "inflation": inflation,
        "difference": abs(difference),
    }
    for name, value in positive.items():
        if not 0 < value < math.inf:
            raise InvalidInput(f"{name} must be a number other than 0.", attr=name)
    reach = _reach(alpha / _at_least_one(comparisons), power)
    control = inflation * (reach / difference) ** 2 * (control_variance + other / ratio)
    if not max(control, control * ratio) < 1e15:
        raise Undefined("The difference is too small to be found.", code="too_many_units")
    return SampleSize(control=math.ceil(control), treatment=math.ceil(control * ratio))


def detectable_difference(variance: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest effect that an estimate with this variance finds with the power asked for.

    To be shown in place of "observed power", which only repeats the p-value.

    Args:
        variance: Of the effect's estimator, above 0.
        alpha: Error rate allowed, in (0, 1).
        power: Probability of finding the effect, in (0, 1).

    Returns:
        On the scale of the estimate.

    Raises:
        InvalidInput: An argument is out of range.

    Examples:
        >>> round(detectable_difference(0.02125253979), 5)
        0.40842
    """
    if not 0 < variance < math.inf:
        raise InvalidInput("variance must be above 0.", attr="variance")
    return _reach(alpha, power) * math.sqrt(variance)


def design_errors(difference: float, *, variance: float, alpha: float = 0.05) -> DesignErrors:
    """Power, and how misleading the significant results are, if the effect is this large.

    Args:
        difference: A true effect that is plausible before the data, not 0.
        variance: Of its estimator, above 0.
        alpha: Error rate allowed, in (0, 1).

    Raises:
        InvalidInput: An argument is out of range.

    References:
        Gelman and Carlin (2014), Perspectives on Psychological Science 9.

    Examples:
        >>> errors = design_errors(0.1, variance=0.0025)
        >>> round(errors.power, 3), round(errors.exaggeration, 3)
        (0.516, 1.386)
    """
    if not 0 < variance < math.inf:
        raise InvalidInput("variance must be above 0.", attr="variance")
    if not 0 < abs(difference) < math.inf:
        raise InvalidInput("difference must be a number other than 0.", attr="difference")
    size = abs(difference) / math.sqrt(variance)
    critical = -float(ndtri(check_probability(alpha, name="alpha") / 2))
    right, wrong = float(ndtr(size - critical)), float(ndtr(-size - critical))
    power = right + wrong
    seen = size * (right - wrong) + _density(critical - size) + _density(critical + size)
    return DesignErrors(
        power=power, wrong_sign=wrong / power, exaggeration=max(1.0, seen / power / size)
    )


def design_effect(treatment: RatioSummary, control: RatioSummary) -> float:
    """By how much clustering inflates the variance of a difference of shares.

    Each unit is a cluster with the number of its observations that did (numerator) and
    the number of its observations (denominator). Compared is the variance with clusters
    as units against the binomial one with observations as units.

    Args:
        treatment: Summary over the treatment's clusters.
        control: The same over the control's clusters.

    Returns:
        Above 0; the factor on the number of observations that a plan needs.

    Raises:
        Undefined: A share is not between 0 and 1, or a variant lacks clusters.

    References:
        Deng, Knoblich and Lu (2018), KDD; Kish (1965), Survey Sampling.

    Examples:
        >>> treatment = RatioSummary.of([(36, 40), (15, 75), (30, 31)])
        >>> control = RatioSummary.of([(38, 42), (10, 70), (33, 35)])
        >>> round(design_effect(treatment, control), 1)
        47.4
    """
    clustered = naive = 0.0
    for summary in (treatment, control):
        share = summary.value
        if not 0 < share < 1:
            raise Undefined("A share is not between 0 and 1.", code="proportion_at_bound")
        clustered += summary.variance / summary.count
        naive += share * (1 - share) / summary.denominator_sum
    return clustered / naive


def always_valid_inflation(*, alpha: float = 0.05, power: float = 0.8) -> float:
    """Factor on the planned size that pays for reading an always-valid test at every look.

    For a sequence tuned to the planned size and read only there; earlier looks may decide
    earlier, so less is needed in practice.

    Raises:
        InvalidInput: `alpha` or `power` is out of range.

    Examples:
        >>> round(always_valid_inflation(), 2)
        1.91
    """
    critical = always_valid_critical_value(1, alpha=alpha, tuning=1)
    reach = critical + float(ndtri(check_probability(power, name="power")))
    return (reach / _reach(alpha, power)) ** 2


def best_shares(treatments: int) -> tuple[float, ...]:
    """Shares that make the comparisons of several treatments with one control most precise.

    Args:
        treatments: How many, 1 or more.

    Returns:
        The control's share, then each treatment's; they sum to 1.

    Raises:
        InvalidInput: There are no treatments.

    References:
        Dunnett (1955), JASA 50.

    Examples:
        >>> [round(share, 3) for share in best_shares(4)]
        [0.333, 0.167, 0.167, 0.167, 0.167]
    """
    weight = math.sqrt(_at_least_one(treatments))
    total = weight + treatments
    return (weight / total, *([1 / total] * treatments))


def _reach(alpha: float, power: float) -> float:
    # Standard errors between no effect and one that is found with this power.
    check_probability(alpha, name="alpha")
    check_probability(power, name="power")
    reach = float(ndtri(power)) - float(ndtri(alpha / 2))
    if reach <= 0:
        raise InvalidInput("power must be above half of alpha.", attr="power")
    return reach


def _at_least_one(number: int) -> int:
    if number < 1:
        raise InvalidInput("A plan needs one comparison or more.", attr="comparisons")
    return number


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
