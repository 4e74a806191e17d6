"""The sums and results of breakdown values."""

from dataclasses import fields, replace
from typing import Any

import pytest

from splitplot.experiments.documents import metric_document
from splitplot.experiments.judgement import FamilyScope, Goal
from splitplot.experiments.metrics.breakdowns import parts_of, read_breakdown, whole_of
from splitplot.experiments.plan import NO_VALUE, OTHER_VALUES, VariantSummary
from splitplot.experiments.results import MetricKind, MetricResult, metric_result
from splitplot.experiments.stats_config import FrequentistSettings, StatsConfig
from splitplot.stats import Correction


def sums(variant: str, value: str, count: int, *, total: float = 0.0) -> VariantSummary:
    return VariantSummary(
        variant=variant,
        count=count,
        sum=total,
        sum_squares=total * total / count + count if count else 0.0,
        breakdown=(value,),
    )


def pair(
    value: str, control: int, test: int, *, totals: tuple[float, float] = (0, 0)
) -> list[VariantSummary]:
    return [
        sums("control", value, control, total=totals[0]),
        sums("test", value, test, total=totals[1]),
    ]


def result_of(
    summaries: list[VariantSummary], *, config: StatsConfig | None = None
) -> MetricResult:
    return metric_result(
        summaries,
        kind=MetricKind.MEAN,
        goal=Goal.INCREASE,
        config=config or StatsConfig(settings=FrequentistSettings()),
        baseline_key="control",
    )


def test_values_with_more_units_come_first_and_the_joined_ones_last() -> None:
    summaries = [
        *pair(OTHER_VALUES, 90, 90),
        *pair("b", 10, 10),
        *pair("a", 5, 15),
        *pair(NO_VALUE, 30, 0),
    ]
    assert list(parts_of(summaries)) == [(NO_VALUE,), ("a",), ("b",), (OTHER_VALUES,)]


def test_sums_of_all_units_are_no_part() -> None:
    assert parts_of([VariantSummary(variant="control", count=1, sum=0, sum_squares=0)]) == {}


def test_the_whole_is_the_sum_of_its_parts() -> None:
    one = VariantSummary(
        variant="test",
        count=3,
        sum=2.5,
        sum_squares=7.25,
        step_counts=(2, 1),
        denominator_sum=4.0,
        denominator_sum_squares=9.0,
        product_sum=3.5,
        covariate_sum=1.5,
        covariate_sum_squares=2.5,
        covariate_sum_product=0.5,
        breakdown=("a",),
    )
    (whole,) = whole_of([one, replace(one, breakdown=("b",))])
    for field in fields(VariantSummary):
        before, after = getattr(one, field.name), getattr(whole, field.name)
        match before:
            case str():
                assert after == before
            case ("a",):
                assert after == ()
            case (2, 1):
                assert after == (4, 2)
            case _:
                assert after == 2 * before, field.name


def test_sums_that_a_metric_does_not_have_stay_away() -> None:
    (control, test) = whole_of([*pair("a", 1, 2), *pair("b", 10, 20)])
    assert (control.variant, control.count, test.count) == ("control", 11, 22)
    assert (control.step_counts, control.denominator_sum, control.covariate_sum) == (None,) * 3


def test_every_value_is_a_comparison_of_its_own() -> None:
    result = result_of(
        [*pair("big", 500, 500, totals=(900, 1100)), *pair("small", 20, 80, totals=(3, 5))]
    )
    big, small = (part.result for part in result.parts)
    assert result.baseline.summary.count == 520
    assert result.variants[0].summary.sum == 1105
    assert big.variants[0].statistics is not None
    assert big.variants[0].judgement.absolute is not None
    assert big.variants[0].judgement.absolute.value == pytest.approx(0.4)
    assert [failure.value for failure in small.baseline.validation_failures] == [
        "not-enough-exposures"
    ]
    assert small.variants[0].validation_failures == ()
    assert small.variants[0].statistics is None


def test_the_comparisons_of_all_values_are_one_family() -> None:
    summaries = [
        *pair("a", 500, 500, totals=(900, 1100)),
        *pair("b", 400, 400, totals=(700, 720)),
        *pair("c", 20, 20),
    ]
    judgements = [part.result.variants[0].judgement for part in result_of(summaries).parts]
    assert judgements[2].p_value is None
    for judgement in judgements[:2]:
        assert judgement.family is not None
        assert judgement.family.scope is FamilyScope.BREAKDOWN
        assert judgement.family.correction is Correction.BENJAMINI_HOCHBERG
        assert judgement.family.comparisons == 3
    first = judgements[0]
    assert first.p_value is not None
    assert first.adjusted_p_value == pytest.approx(3 * first.p_value)
    alone = result_of(
        summaries, config=StatsConfig(settings=FrequentistSettings(), correction=None)
    )
    assert all(part.result.variants[0].judgement.family is None for part in alone.parts)


def test_without_a_breakdown_there_are_no_parts() -> None:
    control = VariantSummary(variant="control", count=100, sum=50, sum_squares=80)
    assert result_of([control, replace(control, variant="test")]).parts == ()


def test_a_value_is_a_document_like_the_whole_one() -> None:
    result = result_of([*pair("a", 500, 500, totals=(900, 1100)), *pair("b", 1, 2)])
    document: Any = metric_document({}, result, kind=MetricKind.MEAN, sql="")
    first, second = document["breakdown_results"]
    assert first["breakdown_value"] == ["a"]
    assert set(first) == {"breakdown_value", "baseline", "variants"}
    assert set(first["baseline"]) == set(document["baseline"])
    assert set(first["variants"][0]) == set(document["variant_results"][0])
    assert second["baseline"]["validation_failures"] == [
        "not-enough-exposures",
        "baseline-mean-is-zero",
    ]


def test_covariates_are_on_the_wire_where_there_are_some() -> None:
    control = VariantSummary(
        variant="control",
        count=100,
        sum=50,
        sum_squares=80,
        covariate_sum=7,
        covariate_sum_squares=25,
        covariate_sum_product=11,
    )
    result = result_of([control, replace(control, variant="test")])
    document: Any = metric_document({}, result, kind=MetricKind.MEAN, sql="")
    for sums_ in (document["baseline"], document["variant_results"][0]):
        assert [sums_[f"covariate_sum{end}"] for end in ("", "_squares", "_product")] == [7, 25, 11]


@pytest.mark.parametrize("filters", [None, {}, 7, {"breakdowns": []}, {"breakdowns": "$os"}])
def test_a_document_may_ask_for_none(filters: object) -> None:
    assert read_breakdown({"breakdownFilter": filters}) is None  # type: ignore[dict-item]  # any
