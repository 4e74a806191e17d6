"""Many comparisons at once are each what they would be alone."""

from collections.abc import Callable

import numpy as np
import pytest

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    CovariateSummary,
    MeanSummary,
    ProportionSummary,
    RatioSummary,
    Scale,
    Summary,
    WelchTest,
    cuped,
    t_test,
    welch_test,
)
from splitplot.stats.batches import (
    CovariateColumns,
    SummaryColumns,
    columns_of,
    covariate_columns,
    cuped_columns,
    mean_columns,
    proportion_columns,
    ratio_columns,
    welch_tests,
)

GENERATOR = np.random.default_rng(401)


def by_means(summaries: list[MeanSummary]) -> SummaryColumns:
    return mean_columns(
        [each.count for each in summaries],
        [each.sum for each in summaries],
        [each.sum_squares for each in summaries],
    )


def by_proportions(summaries: list[ProportionSummary]) -> SummaryColumns:
    return proportion_columns(
        [each.count for each in summaries], [each.successes for each in summaries]
    )


def by_ratios(summaries: list[RatioSummary]) -> SummaryColumns:
    return ratio_columns(
        [each.count for each in summaries],
        sums=[each.sum for each in summaries],
        sums_squares=[each.sum_squares for each in summaries],
        denominator_sums=[each.denominator_sum for each in summaries],
        denominator_sums_squares=[each.denominator_sum_squares for each in summaries],
        product_sums=[each.product_sum for each in summaries],
    )


def mean() -> MeanSummary:
    return MeanSummary.of(GENERATOR.exponential(3, int(GENERATOR.integers(5, 60))).tolist())


def proportion() -> ProportionSummary:
    count = int(GENERATOR.integers(50, 900))
    return ProportionSummary(count=count, successes=int(GENERATOR.integers(1, count)))


def ratio() -> RatioSummary:
    views = GENERATOR.integers(1, 9, int(GENERATOR.integers(5, 60)))
    return RatioSummary.of(zip(GENERATOR.poisson(views).tolist(), views.tolist(), strict=True))


@pytest.mark.parametrize(
    ("draw", "columns"),
    [
        (mean, by_means),
        (proportion, by_proportions),
        (ratio, by_ratios),
        (mean, columns_of),
        (proportion, columns_of),
        (ratio, columns_of),
    ],
)
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_every_row_is_the_test_of_its_two_summaries(
    draw: Callable[[], Summary], columns: Callable[[list[Summary]], SummaryColumns], alpha: float
) -> None:
    treatments, controls = ([draw() for _ in range(50)] for _ in range(2))
    tests = welch_tests(columns(treatments), columns(controls), alpha=alpha)
    for row, pair in enumerate(zip(treatments, controls, strict=True)):
        alone: WelchTest = welch_test(*pair, alpha=alpha)
        assert [
            tests.effects[row],
            tests.variances[row],
            tests.df[row],
            tests.statistics[row],
            tests.p_values[row],
            tests.lowers[row],
            tests.uppers[row],
        ] == pytest.approx(
            [
                alone.effect,
                alone.variance,
                alone.df,
                alone.statistic,
                alone.p_value,
                alone.interval.lower,
                alone.interval.upper,
            ],
            rel=1e-10,
        )
        assert tests.are_significant[row] == alone.is_significant


def test_what_rounding_leaves_of_no_variance_is_none() -> None:
    summaries = [MeanSummary.of([1e8 + 0.1] * 7), MeanSummary.of([3.0])]
    found = by_means(summaries).variances.tolist()
    assert found == [each.variance for each in summaries] == [0, 0]


def with_covariate() -> CovariateSummary:
    before = GENERATOR.gamma(2, 5, int(GENERATOR.integers(5, 60)))
    after = 0.8 * before + GENERATOR.normal(0, 1, before.size)
    return CovariateSummary.of(after.tolist(), before.tolist())


def by_covariates(summaries: list[CovariateSummary]) -> CovariateColumns:
    return covariate_columns(
        [each.metric.count for each in summaries],
        sums=[each.covariate.count * each.metric.value for each in summaries],
        sums_squares=[
            each.metric.sum_squares for each in summaries if isinstance(each.metric, MeanSummary)
        ],
        covariate_sums=[each.covariate_sum for each in summaries],
        covariate_sums_squares=[each.covariate_sum_squares for each in summaries],
        product_sums=[each.product_sum for each in summaries],
    )


def test_every_row_is_adjusted_by_its_own_slope() -> None:
    treatments, controls = ([with_covariate() for _ in range(50)] for _ in range(2))
    # Covariates that say nothing, and all.
    treatments += [CovariateSummary.of([1, 2, 3, 4, 6], [3] * 5)]
    controls += [CovariateSummary.of([1, 2, 3, 4, 9], [3] * 5)]
    tests = welch_tests(*cuped_columns(by_covariates(treatments), by_covariates(controls)))
    for row, pair in enumerate(zip(treatments, controls, strict=True)):
        contrast = cuped(*pair).contrast
        alone = t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df)
        assert [tests.effects[row], tests.variances[row], tests.p_values[row]] == pytest.approx(
            [alone.effect, alone.variance, alone.p_value], rel=1e-8
        )


def test_a_metric_that_is_its_own_covariate_has_nothing_left_to_vary() -> None:
    same = [CovariateSummary.of([1, 2, 3, 4, 6], [1, 2, 3, 4, 6])]
    with pytest.raises(Undefined, match="No unit varies"):
        welch_tests(*cuped_columns(by_covariates(same), by_covariates(same)))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: mean_columns([10, 0], [1, 0], [1, 0]), "no_units"),
        (lambda: mean_columns([10, 9], [1, np.inf], [1, np.inf]), "not_finite"),
        (lambda: proportion_columns([10, 9], [1, 9]), "proportion_at_bound"),
        (lambda: proportion_columns([10, 9], [1, 0]), "proportion_at_bound"),
        (lambda: by_ratios([ratio(), RatioSummary.of([(1, 0), (2, 0)])]), "zero_denominator"),
        (
            lambda: welch_tests(*[mean_columns([10, 4], [1, 1], [1, 1])] * 2),
            "too_few_units",
        ),
        (lambda: welch_tests(*[mean_columns([10, 5], [1, 5], [1, 5])] * 2), "no_variance"),
    ],
)
def test_a_row_without_an_answer_is_named(make: Callable[[], object], code: str) -> None:
    with pytest.raises(Undefined, match=r"^Row 1: ") as undefined:
        make()
    assert undefined.value.code == code


def test_only_the_first_rows_are_named() -> None:
    with pytest.raises(Undefined, match=r"^Row 0, 1, 2, 3, 4, …: There are no units"):
        mean_columns([0] * 7, [0] * 7, [0] * 7)


def test_a_proportion_at_its_bound_is_refused_as_a_summary_too() -> None:
    with pytest.raises(Undefined, match="0 or 1"):
        columns_of([ProportionSummary(count=10, successes=0)])


def test_columns_must_fit() -> None:
    with pytest.raises(InvalidInput, match="equally long"):
        mean_columns([10, 10], [1.0], [1.0])
    one, two = mean_columns([10], [1], [1]), mean_columns([10, 9], [1, 2], [1, 3])
    with pytest.raises(InvalidInput, match="its control"):
        welch_tests(one, two)
    summary = CovariateSummary.of([1, 2], [1, 2])
    with pytest.raises(InvalidInput, match="its control"):
        cuped_columns(by_covariates([summary]), by_covariates([summary, summary]))
    with pytest.raises(InvalidInput, match="alpha"):
        welch_tests(one, one, alpha=1.5)
