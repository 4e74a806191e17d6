"""Simulations with fixed seeds: intervals cover at their level, error rates are what they say.

Every bound is the promised rate plus or minus at least four standard errors of the
simulation, so that a correct engine passes whatever the seed.
"""

import numpy as np
import pytest

from splitplot.errors import Undefined
from splitplot.experiments.judgement import Goal, Verdict, judge
from splitplot.experiments.stats_config import (
    BayesianSettings,
    FrequentistSettings,
    StatsSettings,
)
from splitplot.stats import (
    MeanSummary,
    ProportionSummary,
    Scale,
    posterior_effect,
    relative_interval,
    sequential_sample_ratio_test,
    sequential_test,
    welch_test,
)

pytestmark = pytest.mark.slow

REPEATS = 20_000


def tolerance(rate: float, repeats: int = REPEATS) -> float:
    return 4 * float(np.sqrt(rate * (1 - rate) / repeats))


def normal_means(
    generator: np.random.Generator, mean: float, sd: float, n: int
) -> list[MeanSummary]:
    values = generator.normal(mean, sd, size=(REPEATS, n))
    return summaries(values)


def summaries(values: "np.typing.NDArray[np.float64]") -> list[MeanSummary]:
    n = values.shape[1]
    return [
        MeanSummary(count=n, sum=float(total), sum_squares=float(squares))
        for total, squares in zip(values.sum(axis=1), (values**2).sum(axis=1), strict=True)
    ]


def proportions(generator: np.random.Generator, p: float, n: int) -> list[ProportionSummary]:
    return [
        ProportionSummary(count=n, successes=int(successes))
        for successes in generator.binomial(n, p, size=REPEATS)
    ]


def test_welch_intervals_cover_with_unequal_sizes_and_variances() -> None:
    generator = np.random.default_rng(101)
    treatments = normal_means(generator, 3.0, 4.0, 12)
    controls = normal_means(generator, 2.0, 1.0, 60)
    covered = [
        test.interval.lower <= 1.0 <= test.interval.upper
        for test in map(welch_test, treatments, controls)
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=tolerance(0.95))


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_without_an_effect_welch_rejects_at_its_alpha(alpha: float) -> None:
    generator = np.random.default_rng(102)
    tests = [
        welch_test(treatment, control, alpha=alpha)
        for treatment, control in zip(
            proportions(generator, 0.1, 1500), proportions(generator, 0.1, 1500), strict=True
        )
    ]
    rejected = np.mean([test.is_significant for test in tests])
    # The counts are whole numbers, which adds a little to the noise of the simulation.
    assert rejected == pytest.approx(alpha, abs=tolerance(alpha) + 0.002)
    raised = np.mean([test.is_significant and test.effect > 0 for test in tests])
    assert raised == pytest.approx(alpha / 2, abs=tolerance(alpha / 2) + 0.002)


def test_relative_intervals_cover_from_both_sides_alike_where_the_delta_method_does_not() -> None:
    generator = np.random.default_rng(103)
    treatments = proportions(generator, 0.06, 500)
    controls = proportions(generator, 0.05, 500)
    truth = 0.06 / 0.05 - 1
    fieller = [relative_interval(t, c) for t, c in zip(treatments, controls, strict=True)]
    below = np.mean([interval.upper < truth for interval in fieller])
    above = np.mean([interval.lower > truth for interval in fieller])
    assert below == pytest.approx(0.025, abs=0.008)
    assert above == pytest.approx(0.025, abs=0.008)
    delta = [
        welch_test(t, c, scale=Scale.RELATIVE).interval
        for t, c in zip(treatments, controls, strict=True)
    ]
    assert np.mean([interval.upper < truth for interval in delta]) > 0.04
    assert np.mean([interval.lower > truth for interval in delta]) < 0.01


def test_flat_posteriors_cover_and_their_compatible_flag_is_a_ten_percent_rule() -> None:
    generator = np.random.default_rng(104)
    treatments = proportions(generator, 0.05, 1500)
    controls = proportions(generator, 0.05, 1500)
    flagged, covered = [], []
    for treatment, control in zip(treatments, controls, strict=True):
        posterior = posterior_effect(treatment, control)
        interval = posterior.interval(0.95)
        covered.append(interval.lower <= 0 <= interval.upper)
        flagged.append(posterior.is_decided(0.95))
    assert np.mean(covered) == pytest.approx(0.95, abs=tolerance(0.95) + 0.002)
    assert np.mean(flagged) == pytest.approx(0.10, abs=tolerance(0.10) + 0.002)


@pytest.mark.parametrize("settings", [BayesianSettings(), FrequentistSettings()], ids=str)
def test_without_an_effect_a_verdict_is_given_at_its_rate(settings: StatsSettings) -> None:
    generator = np.random.default_rng(105)
    verdicts = [
        judge(treatment, control, settings=settings, goal=Goal.INCREASE).verdict
        for treatment, control in zip(
            proportions(generator, 0.2, 800), proportions(generator, 0.2, 800), strict=True
        )
    ]
    given = np.mean([verdict is not Verdict.NO_DIFFERENCE for verdict in verdicts])
    assert given == pytest.approx(0.05, abs=tolerance(0.05) + 0.002)


def looked_at(units: int, first: int) -> list[int]:
    # From the first look on, one after every further 3 %.
    looks = [first]
    while looks[-1] < units:
        looks.append(min(units, max(looks[-1] + 1, round(looks[-1] * 1.03))))
    return looks


@pytest.mark.parametrize("shape", ["normal", "skewed"])
def test_always_valid_tests_hold_under_continuous_peeking(shape: str) -> None:
    generator = np.random.default_rng(106)
    paths, units = 1500, 5000
    ever = 0
    for _ in range(paths):
        draw = (
            generator.normal(0.0, 1.0, size=(2, units))
            if shape == "normal"
            else generator.exponential(1.0, size=(2, units))
        )
        sums, squares = draw.cumsum(axis=1), (draw**2).cumsum(axis=1)
        ever += any(
            sequential_test(
                *(
                    MeanSummary(
                        count=n, sum=float(sums[i, n - 1]), sum_squares=float(squares[i, n - 1])
                    )
                    for i in (0, 1)
                )
            ).is_significant
            for n in looked_at(units, first=50)
        )
    assert ever / paths <= 0.05
    assert ever / paths > 0.01, "a test that never fires would pass as well"


def test_looking_as_often_with_a_one_look_test_raises_false_alarms() -> None:
    generator = np.random.default_rng(107)
    paths, units = 300, 5000
    ever = 0
    for _ in range(paths):
        sums = generator.normal(0.0, 1.0, size=(2, units)).cumsum(axis=1)
        ever += any(
            welch_test(
                MeanSummary(count=n, sum=float(sums[0, n - 1]), sum_squares=float(n)),
                MeanSummary(count=n, sum=float(sums[1, n - 1]), sum_squares=float(n)),
            ).is_significant
            for n in looked_at(units, first=50)
        )
    assert ever / paths > 0.2


def test_the_sequential_split_check_holds_at_every_look() -> None:
    generator = np.random.default_rng(108)
    paths, looks = 2000, 500
    alarms = 0
    for _ in range(paths):
        steps = generator.multinomial(20, [0.5, 0.3, 0.2], size=looks).cumsum(axis=0)
        alarms += any(
            sequential_sample_ratio_test([int(n) for n in counts], [0.5, 0.3, 0.2]).p_value < 0.05
            for counts in steps[::10]
        )
    assert alarms / paths <= 0.05 + tolerance(0.05, paths)
    skewed = generator.multinomial(10_000, [0.53, 0.28, 0.19])
    assert sequential_sample_ratio_test([int(n) for n in skewed], [0.5, 0.3, 0.2]).p_value < 1e-4


def test_fieller_is_undefined_where_the_control_could_be_zero_and_covers_elsewhere() -> None:
    generator = np.random.default_rng(109)
    treatments = normal_means(generator, 0.6, 1.0, 40)
    controls = normal_means(generator, 0.5, 1.0, 40)
    missed = undefined = 0
    for treatment, control in zip(treatments, controls, strict=True):
        try:
            interval = relative_interval(treatment, control)
        except Undefined:
            undefined += 1
            continue
        missed += not interval.lower <= 0.2 <= interval.upper
    assert 0.05 < undefined / REPEATS < 0.25
    # Unbounded sets always cover, so all in all the rate is kept.
    assert missed / REPEATS <= 0.05 + tolerance(0.05)
