"""Two shares from a handful of successes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import ProportionSummary, fisher_p_value, newcombe_interval, wilson_interval
from tests.unit.stats.stats_cases import case_id, cases

shares = st.integers(1, 60).flatmap(
    lambda count: st.integers(0, count).map(
        lambda successes: ProportionSummary(count=count, successes=successes)
    )
)


@pytest.mark.parametrize("case", cases("small_counts"), ids=case_id)
def test_small_counts_equal_the_reference(case: dict[str, Any]) -> None:
    given_, expected = case["input"], case["expected"]
    treatment = ProportionSummary(count=given_["n_t"], successes=given_["s_t"])
    control = ProportionSummary(count=given_["n_c"], successes=given_["s_c"])
    interval = newcombe_interval(treatment, control)
    assert treatment.value - control.value == pytest.approx(expected["difference"], rel=1e-8)
    assert [interval.lower, interval.upper] == pytest.approx(expected["ci"], rel=1e-8)
    assert interval.level == 0.95
    assert fisher_p_value(treatment, control) == pytest.approx(expected["fisher_p"], rel=1e-8)


@given(treatment=shares, control=shares)
def test_the_exact_p_value_equals_scipys(
    treatment: ProportionSummary, control: ProportionSummary
) -> None:
    table = np.array(
        [[treatment.successes, treatment.failures], [control.successes, control.failures]]
    )
    expected = float(scipy_stats.fisher_exact(table).pvalue)
    assert fisher_p_value(treatment, control) == pytest.approx(expected, rel=1e-9)
    assert fisher_p_value(control, treatment) == pytest.approx(expected, rel=1e-9)


@given(treatment=shares, control=shares, level=st.floats(0.5, 0.999))
def test_intervals_stay_within_what_shares_can_be(
    treatment: ProportionSummary, control: ProportionSummary, level: float
) -> None:
    one = wilson_interval(treatment, level=level)
    assert 0 <= one.lower <= treatment.value <= one.upper <= 1
    difference = newcombe_interval(treatment, control, level=level)
    assert -1 - 1e-12 <= difference.lower <= difference.upper <= 1 + 1e-12
    turned = newcombe_interval(control, treatment, level=level)
    assert (turned.lower, turned.upper) == pytest.approx((-difference.upper, -difference.lower))


@pytest.mark.parametrize("successes", [0, 7, 20])
def test_the_score_interval_equals_scipys(successes: int) -> None:
    expected = scipy_stats.binomtest(successes, 20).proportion_ci(0.9, method="wilson")
    interval = wilson_interval(ProportionSummary(count=20, successes=successes), level=0.9)
    assert (interval.lower, interval.upper) == pytest.approx((expected.low, expected.high))


def test_large_counts_keep_their_digits() -> None:
    treatment = ProportionSummary(count=100_000, successes=10_300)
    control = ProportionSummary(count=100_000, successes=10_000)
    expected = float(
        scipy_stats.fisher_exact(np.array([[10_300, 89_700], [10_000, 90_000]])).pvalue
    )
    assert fisher_p_value(treatment, control) == pytest.approx(expected, rel=1e-7)


def test_the_impossible_has_no_probability_left() -> None:
    every = ProportionSummary(count=3000, successes=3000)
    assert fisher_p_value(every, ProportionSummary(count=3000, successes=0)) == 0


def test_no_units_have_no_share() -> None:
    nobody, some = ProportionSummary(count=0, successes=0), ProportionSummary(count=9, successes=2)
    for attempt in (fisher_p_value, newcombe_interval):
        with pytest.raises(Undefined) as caught:
            attempt(some, nobody)
        assert caught.value.code == "no_units"


@pytest.mark.parametrize("successes", [-1, 10])
def test_successes_lie_between_none_and_all(successes: int) -> None:
    with pytest.raises(InvalidInput):
        fisher_p_value(
            ProportionSummary(count=9, successes=successes),
            ProportionSummary(count=9, successes=4),
        )
