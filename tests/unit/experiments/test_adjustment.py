"""Results with the noise from before exposure taken out."""

from dataclasses import replace
from typing import Any

import pytest

from splitplot.experiments.judgement import Goal, Verdict
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import (
    BayesianStatistics,
    FrequentistStatistics,
    MetricKind,
    VariantResult,
    metric_result,
)
from splitplot.experiments.stats_config import (
    BayesianSettings,
    FrequentistSettings,
    SequentialSettings,
    StatsConfig,
    StatsSettings,
)
from splitplot.stats import Scale
from tests.unit.stats.stats_cases import case_id, cases

CONTROL = VariantSummary(
    variant="control",
    count=1000,
    sum=10000,
    sum_squares=111500,
    covariate_sum=10000,
    covariate_sum_squares=109600,
    covariate_sum_product=109550,
)
TEST = VariantSummary(
    variant="test",
    count=1000,
    sum=10520,
    sum_squares=122400,
    covariate_sum=9980,
    covariate_sum_squares=109100,
    covariate_sum_product=114700,
)


def compared(
    control: VariantSummary,
    test: VariantSummary,
    *,
    settings: StatsSettings | None = None,
    kind: MetricKind = MetricKind.MEAN,
    goal: Goal = Goal.INCREASE,
) -> VariantResult:
    (variant,) = metric_result(
        (control, test),
        kind=kind,
        goal=goal,
        config=StatsConfig(settings=settings or FrequentistSettings()),
        baseline_key="control",
    ).variants
    return variant


def sums_of(variant: str, document: dict[str, Any]) -> tuple[VariantSummary, MetricKind]:
    metric = document["metric"]
    successes = metric.get("successes")
    sums = (metric["sum"], metric["sum_squares"]) if successes is None else (successes, successes)
    summary = VariantSummary(
        variant=variant,
        count=metric["count"],
        sum=sums[0],
        sum_squares=sums[1],
        covariate_sum=document["covariate_sum"],
        covariate_sum_squares=document["covariate_sum_squares"],
        covariate_sum_product=document["product_sum"],
    )
    return summary, MetricKind.MEAN if successes is None else MetricKind.FUNNEL


@pytest.mark.parametrize("case", cases("cuped"), ids=case_id)
def test_compatible_figures_of_adjusted_variants_equal_the_reference(case: dict[str, Any]) -> None:
    control, kind = sums_of("control", case["control"])
    test, _ = sums_of("test", case["treatment"])
    scale = Scale(case["scale"])
    is_bayesian = case["method"] == "bayesian"
    settings = BayesianSettings(scale=scale) if is_bayesian else FrequentistSettings(scale=scale)

    figures = compared(control, test, settings=settings, kind=kind).statistics

    expected = case["compatible"]
    match figures:
        case BayesianStatistics():
            assert figures.chance_to_win == pytest.approx(expected["chance"], rel=1e-8)
        case FrequentistStatistics():
            assert figures.p_value == pytest.approx(expected["p_value"], rel=1e-6)
        case _:
            pytest.fail("no figures")
    assert [figures.interval.lower, figures.interval.upper] == pytest.approx(
        expected["interval"], rel=1e-8
    )
    assert figures.is_significant is expected["significant"]


@pytest.mark.parametrize("case", cases("cuped_relative"), ids=case_id)
def test_the_judgement_is_by_the_exact_adjustment(case: dict[str, Any]) -> None:
    control, kind = sums_of("control", case["control"])
    test, _ = sums_of("test", case["treatment"])

    judgement = compared(control, test, kind=kind).judgement

    assert judgement.absolute is not None
    assert judgement.relative is not None
    expected = case["expected"]
    assert judgement.absolute.value == pytest.approx(expected["adjusted_difference"], rel=1e-8)
    assert judgement.p_value == pytest.approx(expected["p_value"], rel=1e-8, abs=0)
    assert judgement.relative.value == pytest.approx(expected["relative_effect"], rel=1e-8)
    assert [judgement.relative.lower, judgement.relative.upper] == pytest.approx(
        expected["rel_ci_fieller"], rel=1e-8
    )


def test_always_valid_figures_are_adjusted_as_well() -> None:
    test = replace(TEST, sum=10320)
    without = [
        replace(one, covariate_sum=None, covariate_sum_squares=None, covariate_sum_product=None)
        for one in (CONTROL, test)
    ]
    adjusted = compared(CONTROL, test, settings=SequentialSettings()).statistics
    plain = compared(*without, settings=SequentialSettings()).statistics
    assert isinstance(adjusted, FrequentistStatistics)
    assert isinstance(plain, FrequentistStatistics)
    assert adjusted.p_value < 1e-3 < plain.p_value
    assert compared(CONTROL, test, settings=SequentialSettings()).judgement.verdict is (
        Verdict.BETTER
    )
    assert compared(*without, settings=SequentialSettings()).judgement.verdict is (
        Verdict.NO_DIFFERENCE
    )


def test_the_sums_stay_as_they_were() -> None:
    assert compared(CONTROL, TEST).summary == TEST


def test_a_goal_to_decrease_turns_the_adjusted_judgement() -> None:
    assert compared(CONTROL, TEST, goal=Goal.DECREASE).judgement.verdict is Verdict.WORSE


def test_shares_with_few_successes_are_judged_without_the_covariate() -> None:
    def funnel(variant: str, converted: int) -> VariantSummary:
        return VariantSummary(
            variant=variant,
            count=100,
            sum=converted,
            sum_squares=converted,
            covariate_sum=10,
            covariate_sum_squares=10,
            covariate_sum_product=3,
        )

    control, test = funnel("control", 97), funnel("test", 80)
    small = compared(control, test, kind=MetricKind.FUNNEL).judgement
    plain = [
        replace(one, covariate_sum=None, covariate_sum_squares=None, covariate_sum_product=None)
        for one in (control, test)
    ]
    assert small == compared(*plain, kind=MetricKind.FUNNEL).judgement


def test_a_covariate_that_explains_everything_leaves_nothing_to_judge_by() -> None:
    control = replace(CONTROL, covariate_sum_squares=111500, covariate_sum_product=111500)
    test = replace(control, variant="test")
    judgement = compared(control, test).judgement
    assert judgement.reason is not None
    assert judgement.reason.code == "no_variance"


def test_a_negative_baseline_has_no_compatible_share() -> None:
    control, test = (
        replace(one, sum=-one.sum, covariate_sum_product=-(one.covariate_sum_product or 0))
        for one in (CONTROL, TEST)
    )
    variant = compared(control, test, settings=BayesianSettings())
    assert variant.statistics is None
    assert variant.failure_reason is not None
    assert variant.failure_reason.code == "baseline_not_positive"
    absolute = compared(control, test, settings=BayesianSettings(scale=Scale.ABSOLUTE))
    assert isinstance(absolute.statistics, BayesianStatistics)


def test_what_has_a_denominator_is_never_adjusted() -> None:
    control, test = (
        replace(
            one,
            sum=500,
            sum_squares=500,
            denominator_sum=1000,
            denominator_sum_squares=1000,
            product_sum=500,
        )
        for one in (CONTROL, replace(TEST, sum=600))
    )
    plain = replace(
        test, covariate_sum=None, covariate_sum_squares=None, covariate_sum_product=None
    )
    with_it = compared(control, test, kind=MetricKind.RETENTION)
    without = compared(control, plain, kind=MetricKind.RETENTION)
    assert with_it.statistics == without.statistics
