"""Families of hypotheses."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from splitplot.errors import InvalidInput
from splitplot.stats import (
    Correction,
    adjusted_p_values,
    dunnett_critical_value,
    dunnett_p_value,
    e_benjamini_hochberg,
)
from tests.unit.stats.stats_cases import cases

REFERENCES: dict[str, Any] = {case["id"]: case for case in cases("multiplicity")}

p_lists = st.lists(st.floats(0, 1), max_size=12)


@pytest.mark.parametrize("correction", list(Correction))
def test_adjusted_p_values_equal_the_reference(correction: Correction) -> None:
    case = REFERENCES["XMC1"]
    adjusted = adjusted_p_values(case["input"]["p"], correction)
    assert list(adjusted) == pytest.approx(case["expected"][correction.value], rel=1e-8)


def test_false_discovery_rates_equal_scipys() -> None:
    p_values = np.random.default_rng(8).random(40).tolist()
    expected = scipy_stats.false_discovery_control(p_values, method="bh")
    assert adjusted_p_values(p_values, Correction.BENJAMINI_HOCHBERG) == pytest.approx(expected)
    expected = scipy_stats.false_discovery_control(p_values, method="by")
    assert adjusted_p_values(p_values, Correction.BENJAMINI_YEKUTIELI) == pytest.approx(expected)


@given(p_values=p_lists, correction=st.sampled_from(Correction), data=st.data())
def test_the_order_of_the_hypotheses_does_not_matter(
    p_values: list[float], correction: Correction, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(p_values))))
    adjusted = adjusted_p_values(p_values, correction)
    moved = adjusted_p_values([p_values[index] for index in order], correction)
    assert [adjusted[index] for index in order] == pytest.approx(list(moved))


@given(p_values=p_lists)
def test_each_method_is_as_strict_as_it_promises(p_values: list[float]) -> None:
    found = {each: adjusted_p_values(p_values, each) for each in Correction}
    chain = (
        Correction.BENJAMINI_HOCHBERG,
        Correction.HOCHBERG,
        Correction.HOLM,
        Correction.BONFERRONI,
    )
    for values in zip(p_values, *(found[each] for each in chain), strict=True):
        assert all(low <= high * (1 + 1e-12) for low, high in pairwise(values))
        assert max(values) <= 1


def test_an_empty_family_has_nothing_to_adjust() -> None:
    assert adjusted_p_values([], Correction.BENJAMINI_YEKUTIELI) == ()
    assert e_benjamini_hochberg([]) == ()


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan])
def test_a_p_value_lies_between_zero_and_one(wrong: float) -> None:
    with pytest.raises(InvalidInput):
        adjusted_p_values([0.5, wrong], Correction.HOLM)


def test_dunnetts_critical_values_equal_the_reference() -> None:
    case = REFERENCES["XDN1"]
    found = [
        dunnett_critical_value([1000] * arms, 1000, alpha=case["input"]["alpha"])
        for arms in case["input"]["arms"]
    ]
    assert found == pytest.approx(case["expected"], rel=1e-8)


@pytest.mark.parametrize(
    ("counts", "control"), [((400, 900), 700), ((1, 1), 1), ((5000, 100), 60)], ids=str
)
def test_dunnett_agrees_with_the_joint_normal_distribution(
    counts: tuple[int, ...], control: int
) -> None:
    a, b = (math.sqrt(count / (count + control)) for count in counts)
    joint = scipy_stats.multivariate_normal(cov=[[1, a * b], [a * b, 1]])
    critical = dunnett_critical_value(counts, control, alpha=0.1)
    inside = joint.cdf([critical, critical], lower_limit=[-critical, -critical])
    assert inside == pytest.approx(0.9, abs=1e-6)
    p_value = dunnett_p_value(-critical, treatment_counts=counts, control_count=control)
    assert p_value == pytest.approx(0.1, rel=1e-6)


def test_a_control_that_is_tiny_ties_the_comparisons_together() -> None:
    # All comparisons then rest on the control's error alone.
    critical = dunnett_critical_value([10**9] * 3, 1)
    assert critical == pytest.approx(1.959964, abs=2e-3)


def test_tiny_adjusted_p_values_stay_below_bonferroni() -> None:
    p_value = dunnett_p_value(12.0, treatment_counts=[50, 50], control_count=50)
    assert 0 <= p_value <= 4 * scipy_stats.norm.sf(12.0)
    assert dunnett_p_value(0.0, treatment_counts=[50, 50], control_count=50) == 1


def test_a_hard_alpha_ends_the_search() -> None:
    critical = dunnett_critical_value([50, 50], 50, alpha=1e-12)
    assert scipy_stats.norm.isf(5e-13) <= critical <= scipy_stats.norm.isf(2.5e-13)


@pytest.mark.parametrize(("counts", "control"), [((), 5), ((5, 0), 5), ((5,), 0)])
def test_dunnett_needs_units_everywhere(counts: tuple[int, ...], control: int) -> None:
    with pytest.raises(InvalidInput):
        dunnett_critical_value(counts, control)


def test_e_values_are_rejected_as_in_the_reference() -> None:
    case = REFERENCES["XE1"]
    rejected = e_benjamini_hochberg(case["input"]["e"], alpha=case["input"]["alpha"])
    assert list(rejected) == case["expected"]["rejected"]


def test_a_weak_e_value_is_carried_by_strong_ones() -> None:
    assert e_benjamini_hochberg([20, 41, 41]) == (0, 1, 2)
    assert e_benjamini_hochberg([19, 41, math.inf]) == (1, 2)


@pytest.mark.parametrize("wrong", [-1.0, math.nan])
def test_an_e_value_is_no_less_than_zero(wrong: float) -> None:
    with pytest.raises(InvalidInput):
        e_benjamini_hochberg([1.0, wrong])
