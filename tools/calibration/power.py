"""Claims about plans: the planned units find the planned effect as often as planned."""

import numpy as np

from splitplot.stats import (
    Contrast,
    RatioSummary,
    Scale,
    Summary,
    always_valid_inflation,
    cuped,
    detectable_difference,
    sample_size,
    sequential_test,
    t_test,
    welch_test,
)
from tools.calibration.claims import Bound, Claim, Draw
from tools.calibration.trials import (
    CLICK_SHARE,
    EXPLAINED,
    clicks,
    clicks_and_views,
    covariates,
    each,
    normal,
    ratios_of,
    shares,
)

POWER = "Planned power, found"


def claims() -> list[Claim]:
    """All of them."""
    return [
        _mean(power=0.8),
        _mean(power=0.9),
        _unequal(),
        _proportion(),
        _ratio(),
        _cuped(),
        _always_valid(),
        _detectable(),
    ]


def _claim(
    method: str,
    setting: str,
    draw: Draw,
    *,
    promised: float = 0.8,
    repeats: int = 20_000,
    allowance: float = 0.005,
) -> Claim:
    return Claim(
        section=POWER,
        method=method,
        setting=setting,
        bound=Bound.ABOUT,
        promised=promised,
        draw=draw,
        repeats=repeats,
        allowance=allowance,
    )


def _found(treatment: Summary, control: Summary) -> bool:
    return welch_test(treatment, control).is_significant


def _significant(contrast: Contrast) -> bool:
    return t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df).is_significant


def _mean(*, power: float) -> Claim:
    size = sample_size(0.2, control_variance=1.0, power=power)
    return _claim(
        "Mean",
        f"0.2 deviations, {size.control} a side",
        each(normal((size.treatment, size.control), effect=0.2), _found),
        promised=power,
    )


def _unequal() -> Claim:
    size = sample_size(0.4, control_variance=1.0, treatment_variance=4.0, ratio=0.5)
    trials = normal((size.treatment, size.control), effect=0.4, deviations=(2, 1))
    setting = f"deviations 2 and 1, {size.treatment} against {size.control}"
    return _claim("Mean, half as many treated", setting, each(trials, _found))


def _proportion() -> Claim:
    size = sample_size(0.02, control_variance=0.09, treatment_variance=0.12 * 0.88)
    trials = shares((size.treatment, size.control), (0.12, 0.1))
    setting = f"12 % against 10 %, {size.control} a side"
    return _claim("Proportion", setting, each(trials, _found))


def _ratio() -> Claim:
    lift = 0.1
    before, after = (_many_clicks(lift) for lift in (0.0, lift))
    size = sample_size(
        lift * CLICK_SHARE,
        control_variance=before.variance,
        treatment_variance=after.variance,
    )
    setting = f"clicks over views, 10 % more, {size.control} a side"
    return _claim(
        "Ratio",
        setting,
        each(clicks(size.control, lift=lift), _found),
        repeats=5_000,
        allowance=0.01,
    )


def _many_clicks(lift: float) -> RatioSummary:
    """Past data, more than a plan would have."""
    clicked, viewed = clicks_and_views(np.random.default_rng(7), (1, 400_000), lift=lift)
    return ratios_of(clicked, viewed)[0]


def _cuped() -> Claim:
    # The metric's variance is 4 of the covariate and 1 of its own.
    size = sample_size(0.2, control_variance=5.0, inflation=1 - EXPLAINED)
    trials = covariates((size.treatment, size.control), lift=0.02)
    return _claim(
        "CUPED",
        f"80 % explained, {size.control} a side",
        each(trials, lambda t, c: _significant(cuped(t, c).contrast)),
    )


def _always_valid() -> Claim:
    size = sample_size(0.2, control_variance=1.0, inflation=always_valid_inflation())
    both = size.treatment + size.control
    return _claim(
        "Always valid, read at the planned size",
        f"0.2 deviations, {size.control} a side",
        each(
            normal((size.treatment, size.control), effect=0.2),
            lambda t, c: sequential_test(t, c, tuning=both).is_significant,
        ),
    )


def _detectable() -> Claim:
    difference = detectable_difference(1 / 300 + 1 / 300)
    return _claim(
        "Detectable difference",
        f"{difference:.3f} deviations, 300 a side",
        each(normal((300, 300), effect=difference), _found),
    )
