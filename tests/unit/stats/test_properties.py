"""What must hold for all data: sums add, swapping turns signs, units of measure cancel."""

import math
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from splitplot.errors import Undefined
from splitplot.stats import (
    MeanSummary,
    ProportionSummary,
    RatioSummary,
    Scale,
    Summary,
    posterior_effect,
    relative_interval,
    sample_ratio_test,
    sequential_sample_ratio_test,
    sequential_test,
    welch_test,
)

whole = st.integers(-1000, 1000)
positive = st.integers(1, 1000)
# Whole numbers: their sums are exact, so that equalities are about formulas, not rounding.
means = st.lists(whole, min_size=5, max_size=30).map(MeanSummary.of)
positive_means = st.lists(positive, min_size=5, max_size=30).map(MeanSummary.of)
proportions = st.tuples(st.integers(5, 500), st.integers(5, 500)).map(
    lambda pair: ProportionSummary(count=pair[0] + pair[1], successes=pair[0])
)
pairs = st.one_of(st.tuples(means, means), st.tuples(proportions, proportions))


def ratio_of(units: list[tuple[int, int]]) -> RatioSummary:
    return RatioSummary(
        count=len(units),
        sum=sum(m for m, _ in units),
        sum_squares=sum(m * m for m, _ in units),
        denominator_sum=sum(d for _, d in units),
        denominator_sum_squares=sum(d * d for _, d in units),
        product_sum=sum(m * d for m, d in units),
    )


def scaled(summary: MeanSummary, factor: float) -> MeanSummary:
    return MeanSummary(
        count=summary.count,
        sum=summary.sum * factor,
        sum_squares=summary.sum_squares * factor * factor,
    )


@given(left=st.lists(whole, max_size=20), right=st.lists(whole, max_size=20))
def test_means_of_parts_add_up_in_any_order(left: list[int], right: list[int]) -> None:
    whole_summary = MeanSummary.of(left + right)
    assert MeanSummary.of(left) + MeanSummary.of(right) == whole_summary
    assert MeanSummary.of(right) + MeanSummary.of(left) == whole_summary


@given(
    left=st.lists(st.tuples(whole, positive), max_size=20),
    right=st.lists(st.tuples(whole, positive), max_size=20),
)
def test_ratios_of_parts_add_up(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    assert ratio_of(left) + ratio_of(right) == ratio_of(left + right)


@given(units=st.lists(st.tuples(whole, positive), min_size=1, max_size=30))
def test_variances_are_never_negative(units: list[tuple[int, int]]) -> None:
    summary = ratio_of(units)
    assert summary.variance >= 0
    assert MeanSummary.of([m for m, _ in units]).variance >= 0


@given(values=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=6))
def test_a_moment_is_a_number_or_a_reason(values: list[float]) -> None:
    try:
        summary = MeanSummary(
            count=len(values),
            sum=sum(values),
            sum_squares=sum(value * value for value in values),
        )
        assert math.isfinite(summary.value)
        assert math.isfinite(summary.variance)
    except Undefined as undefined:
        assert undefined.code in {"no_units", "not_finite"}  # noqa: PT017 - either outcome is right


@given(pair=pairs)
def test_swapping_the_variants_turns_the_sign_and_keeps_p(pair: tuple[Summary, Summary]) -> None:
    one, other = pair
    assume(one.variance + other.variance > 0)
    forth, back = welch_test(one, other), welch_test(other, one)
    assert (back.effect, back.variance) == (-forth.effect, forth.variance)
    assert back.p_value == pytest.approx(forth.p_value, rel=1e-12)
    assert back.interval.lower == pytest.approx(-forth.interval.upper, rel=1e-12)
    assert sequential_test(one, other).p_value == sequential_test(other, one).p_value
    assert (
        posterior_effect(one, other).chance_above_zero
        == posterior_effect(other, one).chance_below_zero
    )


@given(treatment=positive_means, control=positive_means, exponent=st.integers(-20, 20))
def test_the_unit_of_measure_scales_absolute_effects_only(
    treatment: MeanSummary, control: MeanSummary, exponent: int
) -> None:
    assume(treatment.variance > 0)
    assume(control.variance > 0)
    # Powers of two scale without rounding.
    factor = 2.0**exponent
    t, c = scaled(treatment, factor), scaled(control, factor)
    absolute, rescaled = welch_test(treatment, control), welch_test(t, c)
    assert rescaled.effect == pytest.approx(absolute.effect * factor, rel=1e-9)
    assert rescaled.p_value == pytest.approx(absolute.p_value, rel=1e-9)
    unitless: tuple[Callable[[Summary, Summary], float], ...] = (
        lambda a, b: welch_test(a, b, scale=Scale.RELATIVE).effect,
        lambda a, b: posterior_effect(a, b, scale=Scale.RELATIVE).chance_above_zero,
        lambda a, b: sequential_test(a, b, scale=Scale.RELATIVE).interval.upper,
    )
    for test in unitless:
        assert test(t, c) == pytest.approx(test(treatment, control), rel=1e-9, abs=1e-12)


@given(pair=pairs, alpha=st.floats(0.001, 0.5))
def test_the_relative_interval_excludes_zero_with_the_absolute_one(
    pair: tuple[Summary, Summary], alpha: float
) -> None:
    treatment, control = pair
    assume(treatment.variance + control.variance > 0)
    absolute = welch_test(treatment, control, alpha=alpha).interval
    try:
        relative = relative_interval(treatment, control, alpha=alpha)
    except Undefined:
        return
    error = abs(absolute.upper - absolute.lower) * 1e-9
    if absolute.lower > error:
        assert relative.lower > 0
    elif absolute.upper < -error:
        assert relative.upper < 0
    elif absolute.lower < -error and absolute.upper > error:
        assert relative.lower < 0 < relative.upper


@given(pair=pairs, alphas=st.tuples(st.floats(1e-6, 0.9), st.floats(1e-6, 0.9)))
def test_a_higher_level_gives_a_wider_interval(
    pair: tuple[Summary, Summary], alphas: tuple[float, float]
) -> None:
    treatment, control = pair
    assume(treatment.variance + control.variance > 0)
    small, large = sorted(alphas)
    tests: tuple[Callable[[float], float], ...] = (
        lambda alpha: welch_test(treatment, control, alpha=alpha).interval.upper,
        lambda alpha: posterior_effect(treatment, control).interval(1 - alpha).upper,
        lambda alpha: sequential_test(treatment, control, alpha=alpha).interval.upper,
    )
    for upper in tests:
        assert upper(small) >= upper(large) - 1e-12


@given(pair=pairs, alpha=st.floats(0.001, 0.5), tuning=st.floats(1, 1e9))
def test_the_always_valid_p_value_and_interval_agree(
    pair: tuple[Summary, Summary], alpha: float, tuning: float
) -> None:
    treatment, control = pair
    assume(treatment.variance + control.variance > 0)
    test = sequential_test(treatment, control, alpha=alpha, tuning=tuning)
    assert 0 <= test.p_value <= 1
    if abs(test.p_value - alpha) > 1e-9:
        excludes = test.interval.lower > 0 or test.interval.upper < 0
        assert test.is_significant is excludes


@given(
    rows=st.lists(st.tuples(st.integers(0, 10_000), st.floats(0.01, 1.0)), min_size=2, max_size=6),
    data=st.data(),
)
def test_the_order_of_variants_does_not_matter_for_the_split(
    rows: list[tuple[int, float]], data: st.DataObject
) -> None:
    assume(sum(count for count, _ in rows) > 0)
    order = data.draw(st.permutations(range(len(rows))))
    counts, shares = zip(*rows, strict=True)
    moved_counts, moved_shares = zip(*(rows[i] for i in order), strict=True)
    one, other = sample_ratio_test(counts, shares), sample_ratio_test(moved_counts, moved_shares)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-9)
    assert [one.expected[i] for i in order] == pytest.approx(list(other.expected))
    always, moved = (
        sequential_sample_ratio_test(counts, shares),
        sequential_sample_ratio_test(moved_counts, moved_shares),
    )
    assert moved.log_bayes_factor == pytest.approx(always.log_bayes_factor, rel=1e-7, abs=1e-6)
