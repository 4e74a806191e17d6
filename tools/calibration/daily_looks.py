"""Claims about a month of daily looks: the chance of ever being wrong."""

import operator
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TypeAlias, TypeVar

import numpy as np

from splitplot.errors import Undefined
from splitplot.stats import (
    CovariateSummary,
    Estimate,
    MeanSummary,
    ProportionSummary,
    RatioSummary,
    Scale,
    Summary,
    always_valid_test,
    contrast_of,
    cuped,
    mixture_test,
    sequential_lower_bound,
    sequential_relative_interval,
    sequential_sample_ratio_test,
    sequential_test,
    welch_test,
)
from tools.calibration.claims import Bound, Claim, Draw
from tools.calibration.trials import (
    Array,
    Generator,
    after_and_before,
    clicks_and_views,
    covariates_of,
    means_of,
    ratios_of,
)

ALARMS = "Ever a false alarm in 30 daily looks"
COVERAGE = "Intervals that cover on all of 30 days"
DAYS, A_DAY = 30, 100
# Both variants together, on the last day.
TUNING = 2 * DAYS * A_DAY
# Of a mean with variance 1, at about the middle of the month.
_MIXTURE = 0.02

S = TypeVar("S", bound=Summary | CovariateSummary)
Days: TypeAlias = Callable[[Generator, float], Sequence[S]]


def claims() -> list[Claim]:
    """All of them."""
    normal, tailed = _means(_normal), _means(_exponential)
    return [
        _alarm("Always valid, mean", "normal values", _ever(normal, _found)),
        _alarm("Always valid, mean", "exponential values", _ever(tailed, _found)),
        _alarm("Always valid, proportion", "10 %", _ever(_shares, _found)),
        _alarm("Always valid, ratio", "clicks over views", _ever(_clicks, _found)),
        _alarm("Always valid, CUPED", "80 % explained", _ever(_covariates, _adjusted)),
        _alarm(
            "Always valid, relative",
            "10 %",
            _ever(_shares, lambda t, c: not _holds_relative(t, c, 0)),
        ),
        _alarm("Mixture with a fixed spread", "normal values", _ever(normal, _mixed)),
        _alarm("Sequential split check", "50/30/20, 200 units a day", _splits),
        _alarm(
            "Welch, which promises one look",
            "normal values",
            _ever(normal, lambda t, c: welch_test(t, c).is_significant),
            bound=Bound.NONE,
            repeats=1_000,
        ),
        _cover(
            "Always valid, mean",
            "normal values, 0.1 deviations more",
            _always(normal, _holds, 0.1),
        ),
        _cover(
            "Always valid, relative, proportion",
            "12 % against 10 %",
            _always(_shares, lambda t, c: _holds_relative(t, c, 0.2), 0.2),
        ),
        _cover(
            "Always valid lower bound",
            "normal values, 0.1 deviations more",
            _always(normal, _below, 0.1),
        ),
    ]


def _alarm(
    method: str,
    setting: str,
    draw: Draw,
    *,
    bound: Bound = Bound.AT_MOST,
    repeats: int = 5_000,
) -> Claim:
    return Claim(
        section=ALARMS,
        method=method,
        setting=setting,
        bound=bound,
        promised=0.05,
        draw=draw,
        repeats=repeats,
    )


def _cover(method: str, setting: str, draw: Draw) -> Claim:
    return Claim(
        section=COVERAGE,
        method=method,
        setting=setting,
        bound=Bound.AT_LEAST,
        promised=0.95,
        draw=draw,
        repeats=5_000,
    )


def _ever(days: Days[S], wrong: Callable[[S, S], bool]) -> Draw:
    """Whether it happens at any look, without an effect."""

    def draw(generator: Generator, count: int) -> list[bool]:
        return [any(map(wrong, days(generator, 0.0), days(generator, 0.0))) for _ in range(count)]

    return draw


def _always(days: Days[S], right: Callable[[S, S], bool], effect: float) -> Draw:
    """Whether it is so at every look, with an effect."""

    def draw(generator: Generator, count: int) -> list[bool]:
        return [
            all(map(right, days(generator, effect), days(generator, 0.0))) for _ in range(count)
        ]

    return draw


def _normal(generator: Generator, effect: float) -> Array:
    return generator.normal(2 + effect, 1, (DAYS, A_DAY))


def _exponential(generator: Generator, effect: float) -> Array:
    return generator.exponential(1 + effect, (DAYS, A_DAY))


def _means(values: Callable[[Generator, float], Array]) -> Days[MeanSummary]:
    def days(generator: Generator, effect: float) -> list[MeanSummary]:
        return so_far(means_of(values(generator, effect)))

    return days


def _shares(generator: Generator, lift: float) -> list[ProportionSummary]:
    did = generator.binomial(A_DAY, 0.1 * (1 + lift), DAYS).tolist()
    return so_far([ProportionSummary(count=A_DAY, successes=each) for each in did])


def _clicks(generator: Generator, lift: float) -> list[RatioSummary]:
    return so_far(ratios_of(*clicks_and_views(generator, (DAYS, A_DAY), lift=lift)))


def _covariates(generator: Generator, lift: float) -> list[CovariateSummary]:
    return so_far(covariates_of(*after_and_before(generator, (DAYS, A_DAY), lift=lift)))


def so_far(days: Sequence[S]) -> list[S]:
    """What is known at the end of each day."""
    add: Callable[[S, S], S] = operator.add
    return list(accumulate(days, add))


def _found(treatment: Summary, control: Summary) -> bool:
    return sequential_test(treatment, control, tuning=TUNING).is_significant


def _adjusted(treatment: CovariateSummary, control: CovariateSummary) -> bool:
    contrast = cuped(treatment, control).contrast
    estimate = contrast.estimate(Scale.ABSOLUTE)
    return always_valid_test(estimate, units=contrast.units, tuning=TUNING).is_significant


def _absolute(treatment: Summary, control: Summary) -> Estimate:
    return contrast_of(treatment, control).estimate(Scale.ABSOLUTE)


def _mixed(treatment: Summary, control: Summary) -> bool:
    return mixture_test(_absolute(treatment, control), mixture_variance=_MIXTURE).is_significant


def _holds(treatment: Summary, control: Summary) -> bool:
    interval = sequential_test(treatment, control, tuning=TUNING).interval
    return interval.lower <= 0.1 <= interval.upper


def _below(treatment: Summary, control: Summary) -> bool:
    estimate = _absolute(treatment, control)
    return sequential_lower_bound(estimate, mixture_variance=_MIXTURE) <= 0.1


def _holds_relative(treatment: Summary, control: Summary, truth: float) -> bool:
    try:
        interval = sequential_relative_interval(treatment, control, tuning=TUNING)
    except Undefined:
        # On the first days the control could be 0: the interval has no end, and holds all.
        return True
    return interval.lower <= truth <= interval.upper


def _splits(generator: Generator, count: int) -> list[bool]:
    design = (0.5, 0.3, 0.2)
    days = generator.multinomial(2 * A_DAY, design, size=(count, DAYS)).cumsum(axis=1)
    return [
        any(sequential_sample_ratio_test(day, design).p_value < 0.05 for day in trial)
        for trial in np.asarray(days).tolist()
    ]
