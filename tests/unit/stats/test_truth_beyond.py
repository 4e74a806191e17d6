"""Simulations with fixed seeds of the methods beyond the plain comparison.

Bounds as in `test_truth`: the promised rate plus or minus four standard errors.
"""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from splitplot.stats import (
    CovariateSummary,
    Estimate,
    MeanSummary,
    ProportionSummary,
    RatioSummary,
    Scale,
    compatible_cuped,
    compatible_estimate,
    cuped,
    design_errors,
    dunnett_critical_value,
    lin_regression,
    newcombe_interval,
    quantile_effect,
    quantile_summary,
    sample_size,
    shipped_sum,
    t_critical_value,
    t_test,
    uniformity_test,
    welch_test,
)

pytestmark = pytest.mark.slow


def tolerance(rate: float, repeats: int) -> float:
    return 4 * math.sqrt(rate * (1 - rate) / repeats)


def stable_metric(generator: np.random.Generator, units: int, effect: float) -> CovariateSummary:
    # A metric that is mostly what it was before: mean 10, slope near 1.
    x = generator.normal(10, 2, size=units)
    y = (1 + effect) * x + generator.normal(0, 1, size=units)
    return CovariateSummary.of(y.tolist(), x.tolist())


def test_adjusted_tests_reject_at_their_alpha_where_the_compatible_one_does_not() -> None:
    generator = np.random.default_rng(301)
    repeats = 4000
    absolute, relative, exact, compatible = [], [], [], []
    for _ in range(repeats):
        pair = stable_metric(generator, 200, 0.0), stable_metric(generator, 200, 0.0)
        contrast = cuped(*pair).contrast
        absolute.append(t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df).is_significant)
        exact.append(t_test(contrast.estimate(Scale.RELATIVE), df=contrast.df).is_significant)
        lower, upper = contrast.relative_bounds(t_critical_value(contrast.df, alpha=0.05))
        relative.append(lower > 0 or upper < 0)
        estimate = compatible_estimate(compatible_cuped(*pair), scale=Scale.RELATIVE)
        compatible.append(t_test(estimate, df=contrast.df).is_significant)
    margin = tolerance(0.05, repeats)
    assert np.mean(absolute) == pytest.approx(0.05, abs=margin)
    assert np.mean(exact) == pytest.approx(0.05, abs=margin)
    assert relative == absolute
    assert np.mean(compatible) > 0.12


def test_adjusted_relative_intervals_cover() -> None:
    generator = np.random.default_rng(302)
    repeats = 4000
    covered = []
    for _ in range(repeats):
        treatment = stable_metric(generator, 150, 0.1)
        contrast = cuped(treatment, stable_metric(generator, 250, 0.0)).contrast
        lower, upper = contrast.relative_bounds(t_critical_value(contrast.df, alpha=0.1))
        covered.append(lower <= 0.1 <= upper)
    assert np.mean(covered) == pytest.approx(0.9, abs=tolerance(0.9, repeats))


def test_lins_regression_covers_with_unequal_variants_and_slopes() -> None:
    generator = np.random.default_rng(303)
    repeats = 1500
    covered = []
    for _ in range(repeats):
        rows = []
        for units, slope in ((60, 2.0), (240, 0.5)):
            x = generator.exponential(1, size=units)
            y = slope * (x - 1) + generator.normal(0, 1, size=units)
            rows.append(np.column_stack([y, x]).tolist())
        estimate = lin_regression(rows[0], rows[1]).estimate
        # HC2 takes the covariates as given; the rest is the spread of their mean.
        spread = math.sqrt(estimate.variance + 1.5**2 / 300)
        covered.append(abs(estimate.effect) <= 1.96 * spread)
    assert np.mean(covered) == pytest.approx(0.95, abs=tolerance(0.95, repeats) + 0.01)


def test_clusters_as_units_reject_at_alpha_where_observations_do_not() -> None:
    generator = np.random.default_rng(304)
    repeats = 4000

    def clusters() -> RatioSummary:
        shares = generator.beta(2, 6, size=40)
        sizes = generator.integers(5, 60, size=40)
        return RatioSummary.of(
            zip(generator.binomial(sizes, shares).tolist(), sizes.tolist(), strict=True)
        )

    rejected, naive = [], []
    for _ in range(repeats):
        treatment, control = clusters(), clusters()
        rejected.append(welch_test(treatment, control).is_significant)
        alone = [
            ProportionSummary(count=round(each.denominator_sum), successes=round(each.sum))
            for each in (treatment, control)
        ]
        naive.append(welch_test(*alone).is_significant)
    assert np.mean(rejected) == pytest.approx(0.05, abs=tolerance(0.05, repeats) + 0.005)
    assert np.mean(naive) > 0.2


def test_quantile_differences_cover_when_observations_come_in_units() -> None:
    generator = np.random.default_rng(305)
    repeats = 800

    def variant(shift: float) -> list[list[float]]:
        level = generator.normal(shift, 1, size=150)
        return [
            (one + generator.normal(0, 1, size=generator.integers(1, 9))).tolist() for one in level
        ]

    covered = []
    for _ in range(repeats):
        treatment, control = (
            quantile_summary(variant(shift), probability=0.9) for shift in (0.5, 0.0)
        )
        estimate = quantile_effect(treatment, control)
        covered.append(abs(estimate.effect - 0.5) <= 1.96 * math.sqrt(estimate.variance))
    assert np.mean(covered) == pytest.approx(0.95, abs=tolerance(0.95, repeats) + 0.01)


def test_dunnetts_critical_value_holds_the_family() -> None:
    generator = np.random.default_rng(306)
    repeats = 20_000
    counts, control = (50, 80, 120), 100
    critical = dunnett_critical_value(counts, control, alpha=0.1)
    shared = generator.normal(0, 1 / math.sqrt(control), size=repeats)
    largest = np.zeros(repeats)
    for count in counts:
        difference = generator.normal(0, 1 / math.sqrt(count), size=repeats) - shared
        largest = np.maximum(largest, np.abs(difference) / math.sqrt(1 / count + 1 / control))
    assert np.mean(largest > critical) == pytest.approx(0.1, abs=tolerance(0.1, repeats))


def test_score_intervals_cover_with_a_handful_of_successes() -> None:
    # Summed over every outcome, so that this is exact and needs no tolerance for chance.
    treatments, controls = range(41), range(36)
    covered = 0.0
    for p, q in ((0.08, 0.03), (0.02, 0.02)):
        one = scipy_stats.binom.pmf(np.arange(41), 40, p)
        other = scipy_stats.binom.pmf(np.arange(36), 35, q)
        covered = sum(
            one[s] * other[r]
            for s in treatments
            for r in controls
            if (
                interval := newcombe_interval(
                    ProportionSummary(count=40, successes=s),
                    ProportionSummary(count=35, successes=r),
                )
            ).lower
            <= p - q
            <= interval.upper
        )
        assert covered >= 0.945


def test_the_planned_sample_has_the_planned_power() -> None:
    generator = np.random.default_rng(307)
    repeats = 4000
    size = sample_size(0.4, control_variance=1.0, treatment_variance=2.0, power=0.8, ratio=1.5)
    found, exaggerated = [], []
    for _ in range(repeats):
        treatment = MeanSummary.of(generator.normal(0.4, math.sqrt(2), size.treatment).tolist())
        control = MeanSummary.of(generator.normal(0, 1, size.control).tolist())
        test = welch_test(treatment, control)
        found.append(test.is_significant)
        if test.is_significant:
            exaggerated.append(abs(test.effect) / 0.4)
    assert np.mean(found) == pytest.approx(0.8, abs=tolerance(0.8, repeats) + 0.005)
    variance = 2.0 / size.treatment + 1.0 / size.control
    errors = design_errors(0.4, variance=variance)
    assert np.mean(exaggerated) == pytest.approx(errors.exaggeration, abs=0.02)


def test_the_sum_of_what_was_shipped_is_corrected() -> None:
    generator = np.random.default_rng(308)
    effects, errors = np.array([0.0, 0.01, 0.02, -0.01]), np.full(4, 0.01)
    thresholds = (1.96 * errors).tolist()
    naive, corrected = [], []
    for _ in range(4000):
        drawn = generator.normal(effects, errors)
        total = shipped_sum(
            [
                Estimate(effect=effect, variance=error**2)
                for effect, error in zip(drawn.tolist(), errors.tolist(), strict=True)
            ],
            thresholds,
        )
        truth = effects[drawn > thresholds].sum()
        naive.append(total.naive - truth)
        corrected.append(total.corrected - truth)
    # The estimates stand in for the true effects in the correction, so it is no exact one.
    assert np.mean(naive) > 0.005
    assert abs(np.mean(corrected)) < 0.15 * np.mean(naive)


def test_p_values_of_a_a_tests_are_uniform() -> None:
    generator = np.random.default_rng(309)
    p_values = [
        welch_test(
            MeanSummary.of(generator.exponential(1, 400).tolist()),
            MeanSummary.of(generator.exponential(1, 400).tolist()),
        ).p_value
        for _ in range(2000)
    ]
    assert uniformity_test(p_values).p_value > 0.001
    assert uniformity_test([p**1.3 for p in p_values]).p_value < 1e-6
