"""Do the counts fit the split."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from scipy import stats as scipy_stats

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import sample_ratio_test, sequential_sample_ratio_test
from tests.unit.stats.stats_cases import case_id, cases

AnyTest = Callable[[Sequence[int], Sequence[float]], object]


@pytest.mark.parametrize(
    "case", [case for case in cases("sample_ratio") if case["expected"]], ids=case_id
)
def test_the_one_look_test_equals_the_reference(case: dict[str, Any]) -> None:
    variants = list(case["expected"])
    test = sample_ratio_test(
        [case["observed"].get(variant, 0) for variant in variants],
        [case["percentages"][variant] for variant in variants],
    )
    assert test.expected == pytest.approx(tuple(case["expected"].values()), rel=1e-9)
    assert test.statistic == pytest.approx(case["statistic"], rel=1e-9)
    assert test.p_value == pytest.approx(case["p_value"], rel=1e-8, abs=0)


@pytest.mark.parametrize("counts", [[480, 520], [1000, 980, 1150], [5, 400, 20, 3]])
def test_the_one_look_test_equals_scipy(counts: list[int]) -> None:
    test = sample_ratio_test(counts, [1.0] * len(counts))
    expected = scipy_stats.chisquare(counts)
    assert test.df == len(counts) - 1
    assert test.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert test.p_value == pytest.approx(expected.pvalue, rel=1e-10, abs=0)


@pytest.mark.parametrize("case", cases("sequential_sample_ratio"), ids=case_id)
def test_the_always_valid_test_equals_the_reference(case: dict[str, Any]) -> None:
    test = sequential_sample_ratio_test(
        case["counts"], case["shares"], concentration=sum(case["prior"])
    )
    assert test.log_bayes_factor == pytest.approx(case["log_bayes_factor"], rel=1e-8)
    assert test.p_value == pytest.approx(case["p_value"], rel=1e-8)


@pytest.mark.parametrize("test", [sample_ratio_test, sequential_sample_ratio_test])
def test_no_question_without_units_or_with_one_variant(test: AnyTest) -> None:
    with pytest.raises(Undefined) as caught:
        test([0, 0], [0.5, 0.5])
    assert caught.value.code == "no_units"
    with pytest.raises(Undefined) as caught:
        test([10], [1.0])
    assert caught.value.code == "too_few_variants"


@pytest.mark.parametrize("test", [sample_ratio_test, sequential_sample_ratio_test])
@pytest.mark.parametrize("shares", [[0.5], [1.0, 0.0]])
def test_each_variant_needs_a_share(test: AnyTest, shares: list[float]) -> None:
    with pytest.raises(InvalidInput):
        test([5, 5], shares)


def test_the_mixture_needs_a_width() -> None:
    with pytest.raises(InvalidInput):
        sequential_sample_ratio_test([5, 5], [0.5, 0.5], concentration=0.0)
