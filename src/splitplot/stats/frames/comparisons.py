"""Every treatment of a metric against the control, as one family."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.covariates import CovariateSummary, cuped
from splitplot.stats.effects import ConfidenceInterval, Contrast, Scale, contrast_of
from splitplot.stats.frames.reading import Variant
from splitplot.stats.frequentist import WelchTest, check_units, t_critical_value, t_test
from splitplot.stats.multiplicity import Correction, adjusted_p_values
from splitplot.stats.summaries import Summary

_Key = TypeVar("_Key", bound=Variant)
_Some: TypeAlias = Summary | CovariateSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One treatment against the control.

    Attributes:
        contrast: Its terms, for the other methods: `contrast.estimate` is what `combine`,
            `always_valid_test` and `non_inferiority_test` take.
        test: Welch's test of the absolute effect, adjusted by the covariate if there is one.
        relative_effect: As a share of the control's value; None, like the next, where that
            value is not clearly above 0.
        relative_interval: Fieller's bounds for it, which exclude 0 exactly when the
            absolute ones do.
        adjusted_p_value: `test.p_value` with all treatments compared taken into account.
    """

    contrast: Contrast
    test: WelchTest
    relative_effect: float | None
    relative_interval: ConfidenceInterval | None
    adjusted_p_value: float


def compare(
    summaries: Mapping[_Key, _Some],
    *,
    control: _Key,
    alpha: float = 0.05,
    correction: Correction = Correction.HOLM,
) -> dict[_Key, Comparison]:
    """Compare every treatment with the control.

    Estimand and assumptions as for `welch_test`; with covariates, as for `cuped`.

    Args:
        summaries: One of a kind for each variant.
        control: Which of them is the control.
        alpha: Error rate of each test and interval, in (0, 1).
        correction: How p-values are adjusted for several treatments.

    Returns:
        A comparison for every other variant.

    Raises:
        InvalidInput: There is no such control or nothing to compare with it, the
            summaries are of several kinds, or `alpha` is out of range.
        Undefined: As for `welch_test`; the message names the variant, to leave it out.

    Examples:
        >>> from splitplot.stats import MeanSummary
        >>> found = compare(
        ...     {
        ...         "control": MeanSummary(count=2507, sum=1196.87, sum_squares=37377.9767),
        ...         "test": MeanSummary(count=2461, sum=1922.7, sum_squares=94698.29),
        ...     },
        ...     control="control",
        ... )
        >>> round(found["test"].test.effect, 4), round(found["test"].adjusted_p_value, 4)
        (0.3039, 0.0372)
        >>> bounds = found["test"].relative_interval
        >>> round(bounds.lower, 3), round(bounds.upper, 3)
        (0.032, 1.599)
    """
    if control not in summaries:
        raise InvalidInput(f"There is no variant {control}.", attr="control")
    base = summaries[control]
    others = {key: summary for key, summary in summaries.items() if key != control}
    if not others:
        raise InvalidInput("There is no variant beside the control.", attr="summaries")
    pairs = {}
    for key, summary in others.items():
        try:
            contrast = _contrast(summary, base)
            pairs[key] = (contrast, _test(contrast, alpha))
        except Undefined as undefined:
            raise Undefined(f"{key}: {undefined.message}", code=undefined.code) from undefined
    adjusted = adjusted_p_values([test.p_value for _, test in pairs.values()], correction)
    return {
        key: _comparison(contrast, test, alpha, p_value)
        for (key, (contrast, test)), p_value in zip(pairs.items(), adjusted, strict=True)
    }


def _contrast(treatment: _Some, control: _Some) -> Contrast:
    if isinstance(treatment, CovariateSummary) and isinstance(control, CovariateSummary):
        return cuped(treatment, control).contrast
    if (
        isinstance(treatment, CovariateSummary)
        or isinstance(control, CovariateSummary)
        or type(treatment) is not type(control)
    ):
        raise InvalidInput("Variants of one metric have summaries of one kind.", attr="summaries")
    return contrast_of(treatment, control)


def _test(contrast: Contrast, alpha: float) -> WelchTest:
    check_units(*contrast.counts)
    return t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df, alpha=alpha)


def _comparison(
    contrast: Contrast, test: WelchTest, alpha: float, adjusted_p_value: float
) -> Comparison:
    effect: float | None
    interval: ConfidenceInterval | None
    try:
        lower, upper = contrast.relative_bounds(t_critical_value(contrast.df, alpha=alpha))
        effect = contrast.estimate(Scale.RELATIVE).effect
        interval = ConfidenceInterval(lower=lower, upper=upper, level=1 - alpha)
    except Undefined:
        effect, interval = None, None
    return Comparison(
        contrast=contrast,
        test=test,
        relative_effect=effect,
        relative_interval=interval,
        adjusted_p_value=adjusted_p_value,
    )
