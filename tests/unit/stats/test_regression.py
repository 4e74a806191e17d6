"""Several covariates, and Lin's regression."""

import math
from typing import Any

import numpy as np
import pytest

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    CovariatesSummary,
    CovariateSummary,
    MeanSummary,
    Scale,
    cuped,
    cuped_by_several,
    estimate_effect,
    lin_regression,
)
from tests.unit.stats.stats_cases import cases

REFERENCES = {case["id"]: case for case in cases("regression")}

Rows = list[tuple[float, ...]]


def by_variant(case: dict[str, Any]) -> tuple[Rows, Rows]:
    given = case["input"]
    rows = [
        (y, *(x if isinstance(x, list) else [x]))
        for y, x in zip(given["y"], given["x"], strict=True)
    ]
    variants = [
        [row for row, t in zip(rows, given["t"], strict=True) if t == wanted] for wanted in (1, 0)
    ]
    return variants[0], variants[1]


def simulated(seed: int, units: int) -> Rows:
    generator = np.random.default_rng(seed)
    x = generator.normal(5, 2, size=(units, 2))
    y = 1 + x @ np.array([0.8, -0.3]) + generator.normal(0, 1, size=units)
    return [tuple(row) for row in np.column_stack([y, x]).tolist()]


def test_several_covariates_equal_the_reference() -> None:
    case = REFERENCES["XM1"]
    treatment, control = by_variant(case)
    expected = case["expected"]
    adjusted = cuped_by_several(CovariatesSummary.of(treatment), CovariatesSummary.of(control))
    estimate = adjusted.contrast.estimate(Scale.ABSOLUTE)
    assert list(adjusted.theta) == pytest.approx(expected["theta"], rel=1e-8)
    assert estimate.effect == pytest.approx(expected["estimate"], rel=1e-8)
    assert math.sqrt(estimate.variance) == pytest.approx(expected["se"], rel=1e-8)
    raw = estimate_effect(
        MeanSummary.of(row[0] for row in treatment),
        MeanSummary.of(row[0] for row in control),
        scale=Scale.ABSOLUTE,
    )
    assert raw.effect == pytest.approx(expected["raw_estimate"], rel=1e-8)
    assert math.sqrt(raw.variance) == pytest.approx(expected["raw_se"], rel=1e-8)


def test_one_covariate_of_several_is_plain_cuped() -> None:
    treatment, control = (rows for rows in (simulated(1, 40), simulated(2, 50)))
    several = cuped_by_several(
        CovariatesSummary.of([row[:2] for row in treatment]),
        CovariatesSummary.of([row[:2] for row in control]),
    )
    one = cuped(
        *(
            CovariateSummary.of([row[0] for row in rows], [row[1] for row in rows])
            for rows in (treatment, control)
        )
    )
    assert several.theta == pytest.approx([one.theta], rel=1e-9)
    for scale in Scale:
        found, expected = several.contrast.estimate(scale), one.contrast.estimate(scale)
        assert found.effect == pytest.approx(expected.effect, rel=1e-8)
        assert found.variance == pytest.approx(expected.variance, rel=1e-8)


def test_what_covariates_say_twice_is_counted_once() -> None:
    treatment, control = simulated(3, 60), simulated(4, 60)
    doubled = [[(*row, row[1] * 1000) for row in rows] for rows in (treatment, control)]
    plain = cuped_by_several(CovariatesSummary.of(treatment), CovariatesSummary.of(control))
    twice = cuped_by_several(*(CovariatesSummary.of(rows) for rows in doubled))
    assert twice.contrast.difference == pytest.approx(plain.contrast.difference, rel=1e-8)
    assert twice.contrast.squared_errors == pytest.approx(plain.contrast.squared_errors, rel=1e-8)


def test_a_constant_covariate_has_no_slope() -> None:
    rows = [(*row, 3.0) for row in simulated(5, 30)]
    adjusted = cuped_by_several(CovariatesSummary.of(rows), CovariatesSummary.of(rows[:20]))
    assert adjusted.theta[2] == pytest.approx(0, abs=1e-9)


def test_cross_sums_of_parts_add_up() -> None:
    rows = [(1.0, 2.0, 0.0), (3.0, 1.0, 1.0), (4.0, 4.0, 1.0)]
    parts = CovariatesSummary.of(rows[:1]) + CovariatesSummary.of(rows[1:])
    assert parts == CovariatesSummary.of(rows)


def test_lins_regression_equals_the_reference() -> None:
    case = REFERENCES["XL1"]
    treatment, control = by_variant(case)
    fit = lin_regression(treatment, control)
    assert fit.estimate.effect == pytest.approx(case["expected"]["estimate"], rel=1e-8)
    error = math.sqrt(fit.estimate.variance)
    assert error == pytest.approx(case["expected"]["se_HC2"], rel=1e-8)


def test_lins_regression_finds_the_slopes_of_each_variant() -> None:
    control = [(2 * x + 1, float(x)) for x in range(10)]
    treatment = [(5 * x + 1 + (-1) ** x * 0.01, float(x)) for x in range(10)]
    fit = lin_regression(treatment, control)
    assert fit.control_slopes == pytest.approx([2])
    assert fit.treatment_slopes == pytest.approx([5], abs=0.01)
    assert fit.estimate.effect == pytest.approx(3 * 4.5, abs=0.02)


def test_without_covariates_lins_regression_is_the_plain_difference() -> None:
    fit = lin_regression([(1.0,), (2.0,), (6.0,)], [(0.0,), (1.0,), (1.5,)])
    plain = estimate_effect(
        MeanSummary.of([1, 2, 6]), MeanSummary.of([0, 1, 1.5]), scale=Scale.ABSOLUTE
    )
    assert fit.estimate.effect == pytest.approx(plain.effect)
    assert fit.estimate.variance == pytest.approx(plain.variance)


@pytest.mark.parametrize(
    ("treatment", "code"),
    [
        ([(1.0, 2.0), (2.0, 3.0)], "too_few_units"),
        ([(1.0, 2.0), (2.0, 2.0), (4.0, 2.0)], "collinear_covariates"),
        ([(1.0, 0.0), (2.0, 0.0), (4.0, 1.0)], "full_leverage"),
    ],
)
def test_a_regression_without_an_answer_says_why(treatment: Rows, code: str) -> None:
    with pytest.raises(Undefined) as caught:
        lin_regression(treatment, [(1.0, 2.0), (2.0, 3.5), (4.0, 4.0)])
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("units", "code"),
    [([(1.0, 2.0)], "too_few_units"), ([(1e300, 2.0), (1e300, 1.0)], "not_finite")],
)
def test_several_covariates_without_an_answer_say_why(units: Rows, code: str) -> None:
    with pytest.raises(Undefined) as caught, np.errstate(over="ignore"):
        cuped_by_several(CovariatesSummary.of(units), CovariatesSummary.of(units[:1]))
    assert caught.value.code == code


@pytest.mark.parametrize("units", [[], [()], [(1.0, 2.0), (1.0,)]])
def test_units_without_the_same_numbers_are_refused(units: Rows) -> None:
    with pytest.raises(InvalidInput):
        CovariatesSummary.of(units)


def test_variants_with_different_covariates_are_refused() -> None:
    with pytest.raises(InvalidInput):
        cuped_by_several(CovariatesSummary.of([(1.0, 2.0)]), CovariatesSummary.of([(1.0,)]))
    with pytest.raises(InvalidInput):
        lin_regression([(1.0, 2.0)], [(1.0,)])
