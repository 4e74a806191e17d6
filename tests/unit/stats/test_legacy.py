"""The engine of the first years, against its reference figures and against simulation."""

import math

import numpy as np
import pytest

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats.legacy import (
    Conversions,
    LegacyCode,
    Measured,
    Occurrences,
    Total,
    legacy_result,
)


def funnel(successes: int, failures: int) -> Conversions:
    return Conversions(successes=successes, failures=failures)


def count(number: int, exposure: int = 1000) -> Occurrences:
    return Occurrences(count=number, exposure=exposure)


def total(value: float, exposure: int = 500) -> Total:
    return Total(total=value, exposure=exposure)


# Variants, intervals and probabilities with control first, expected loss; from statistics.md,
# section 17.10, by quadrature.
REFERENCE: dict[str, tuple[list[Measured], list[list[float]], list[float], float | None]] = {
    "L1": (
        [funnel(100, 900), funnel(120, 880)],
        [[0.0829363985, 0.1201691299], [0.1013234196, 0.1416269997]],
        [0.07681656103, 0.923183439],
        0.001623271838,
    ),
    "L2": (
        [funnel(100, 900), funnel(118, 882), funnel(135, 865)],
        [
            [0.0829363985, 0.1201691299],
            [0.09947598185, 0.1394899518],
            [0.1152336419, 0.1576004025],
        ],
        [0.004249499499, 0.9013216008, 0.9924308048],
        None,
    ),
    "L3": (
        [count(100), count(120)],
        [[0.08218397482, 0.1215052885], [0.1003022893, 0.1433472381]],
        [0.08919078531, 0.9108092147],
        0.0006145974495,
    ),
    "L4": (
        [count(100), count(150)],
        [[0.08218397482, 0.1215052885], [0.1277484872, 0.1758413248]],
        [0.0007740943001, 0.9992259057],
        3.3485345e-06,
    ),
    "L5": (
        [total(25000), total(30000)],
        [[45.9772891, 53.53210639], [55.15267236, 64.21515453]],
        [0.0004665364512, 0.9995334635],
        None,
    ),
}


@pytest.mark.parametrize("name", REFERENCE)
def test_the_figures_are_those_of_the_reference(name: str) -> None:
    (control, *treatments), intervals, probabilities, loss = REFERENCE[name]
    result = legacy_result(control, treatments)
    found = [[interval.lower, interval.upper] for interval in result.intervals]
    assert np.array(found) == pytest.approx(np.array(intervals), rel=1e-8)
    assert result.probabilities == pytest.approx(probabilities, abs=1e-9)
    assert (result.code, result.is_significant) == (LegacyCode.SIGNIFICANT, True)
    if loss is not None:
        assert result.expected_loss == pytest.approx(loss, rel=1e-7)


def test_the_loss_of_a_funnel_is_that_of_as_many_new_units() -> None:
    chosen, other = funnel(60, 240), funnel(100, 900)
    result = legacy_result(other, [chosen])
    random = np.random.default_rng(20251121)
    shares = []
    for variant in (chosen, other):
        share = random.beta(1 + variant.successes, 1 + variant.failures, 400_000)
        shares.append(random.binomial(variant.exposure, share) / variant.exposure)
    loss = np.maximum(0, shares[1] - shares[0])
    # Four standard errors of the simulated mean.
    margin = 4 * loss.std() / math.sqrt(len(loss))
    assert result.expected_loss == pytest.approx(loss.mean(), abs=margin)


@pytest.mark.parametrize(
    ("control", "treatments", "draw"),
    [
        (count(100, 150), [count(130, 160), count(118, 150)], "rates"),
        (total(900, 150), [total(1700, 250)], "values"),
    ],
    ids=["counts", "totals"],
)
def test_the_loss_is_the_mean_of_what_the_best_other_variant_has_more(
    control: Measured, treatments: list[Measured], draw: str
) -> None:
    random = np.random.default_rng(20251121)
    drawn = [_draws(each, random) for each in (control, *treatments)]
    best = 1  # by rate, and by total
    others = np.max([values for at, values in enumerate(drawn) if at != best], axis=0)
    loss = np.maximum(0, others - drawn[best])
    result = legacy_result(control, treatments)
    margin = 4 * loss.std() / math.sqrt(len(loss))
    assert result.expected_loss is not None, draw
    assert result.expected_loss == pytest.approx(loss.mean(), abs=margin)


def _draws(variant: Measured, random: np.random.Generator) -> np.ndarray:
    size = 400_000
    if isinstance(variant, Occurrences):
        return random.gamma(1 + variant.count, 1 / (1 + variant.exposure), size)
    assert isinstance(variant, Total)
    units = variant.exposure
    df, beta = 2 + units, 1 + 0.375 * units
    location = units * math.log(variant.total / units) / (1 + units)
    scale = math.sqrt(beta / ((1 + units) * (1 + units / 2)))
    return np.exp(location + scale * random.standard_t(df, size))


@pytest.mark.parametrize(
    ("variants", "code"),
    [
        ([funnel(10, 89), funnel(90, 10)], LegacyCode.NOT_ENOUGH_EXPOSURE),
        ([funnel(100, 900), funnel(101, 899)], LegacyCode.LOW_WIN_PROBABILITY),
        ([count(1000, 100), count(1060, 100)], LegacyCode.HIGH_LOSS),
        # Control may be the one that wins.
        ([funnel(300, 700), funnel(100, 900)], LegacyCode.SIGNIFICANT),
    ],
)
def test_the_first_verdict_that_applies_is_given(
    variants: list[Measured], code: LegacyCode
) -> None:
    control, *treatments = variants
    result = legacy_result(control, treatments)
    assert result.code is code
    depends_on_loss = code in (LegacyCode.HIGH_LOSS, LegacyCode.SIGNIFICANT)
    assert (result.expected_loss is not None) is depends_on_loss


def test_the_best_of_totals_is_the_one_with_most_in_all() -> None:
    many = total(30_000, 1000)
    richer = total(25_000, 400)
    assert legacy_result(many, [richer]).code is LegacyCode.HIGH_LOSS


@pytest.mark.parametrize("nothing", [funnel(0, 0), count(0, 0), total(0, 0)])
def test_variants_that_nobody_saw_are_as_likely_to_be_better(nothing: Measured) -> None:
    result = legacy_result(nothing, [nothing])
    assert result.probabilities == pytest.approx((0.5, 0.5))
    assert result.code is LegacyCode.NOT_ENOUGH_EXPOSURE
    for interval in result.intervals:
        assert 0 <= interval.lower < interval.upper


def test_narrow_and_wide_posteriors_are_integrated_with_the_same_care() -> None:
    result = legacy_result(funnel(5_000_000, 5_000_000), [funnel(200, 5)])
    assert result.probabilities == pytest.approx((0, 1), abs=1e-12)
    far = legacy_result(count(0, 10_000_000), [count(10_000_000, 100)])
    assert far.probabilities == pytest.approx((0, 1), abs=1e-12)
    same = legacy_result(funnel(500_000, 500_000), [funnel(500_000, 500_000)])
    assert same.probabilities == pytest.approx((0.5, 0.5), abs=1e-9)


@pytest.mark.parametrize(
    ("control", "treatments"),
    [
        (funnel(1, 1), []),
        (funnel(90, 10), [count(1)]),
        (funnel(-1, 5), [funnel(1, 1)]),
        (funnel(1, 1), [funnel(1, -1)]),
        (count(-1), [count(1)]),
        (count(1), [count(1, -1)]),
        (total(1), [total(1, -1)]),
    ],
)
def test_what_cannot_have_been_counted_is_refused(
    control: Measured, treatments: list[Measured]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        legacy_result(control, treatments)
    assert refused.value.attr == "treatments"


def test_a_total_below_zero_has_no_logarithm() -> None:
    with pytest.raises(Undefined) as undefined:
        legacy_result(total(1), [total(-1)])
    assert undefined.value.code == "negative_total"
