"""From sums per variant to a metric's result."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.errors import InvalidInput
from splitplot.experiments.judgement import Direction, Goal, Judgement, Verdict, judge
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import (
    BayesianStatistics,
    FrequentistStatistics,
    MetricKind,
    MetricResult,
    metric_result,
    stats_summary,
    validation_failures,
)
from splitplot.experiments.stats_config import (
    BayesianSettings,
    FrequentistSettings,
    Method,
    SequentialSettings,
    StatsConfig,
    StatsSettings,
)
from splitplot.stats import MeanSummary, RatioSummary, Scale, Summary
from tests.unit.stats.stats_cases import case_id, cases

CONTROL = VariantSummary(variant="control", count=2507, sum=1196.87, sum_squares=37377.9767)
TEST = VariantSummary(variant="test", count=2461, sum=1922.7, sum_squares=94698.29)
METHODS = [BayesianSettings(), FrequentistSettings(), SequentialSettings()]


def result_of(
    *summaries: VariantSummary,
    settings: StatsSettings | None = None,
    kind: MetricKind = MetricKind.MEAN,
    goal: Goal = Goal.INCREASE,
    baseline_key: str = "control",
) -> MetricResult:
    return metric_result(
        summaries,
        kind=kind,
        goal=goal,
        config=StatsConfig(settings=settings or BayesianSettings()),
        baseline_key=baseline_key,
    )


def funnel(variant: str, count: int, converted: int) -> VariantSummary:
    return VariantSummary(
        variant=variant,
        count=count,
        sum=converted,
        sum_squares=converted,
        step_counts=(converted,),
    )


def summed(case: dict[str, Any], kind: MetricKind) -> VariantSummary:
    # The cases give count and sum. Units of a mean vary, also around a sum of zero.
    return VariantSummary(
        variant=case["variant"],
        count=case["count"],
        sum=case["sum"],
        sum_squares=case["sum"] if kind is not MetricKind.MEAN else case["count"] + case["sum"],
    )


@pytest.mark.parametrize("case", cases("validation"), ids=case_id)
def test_failures_equal_the_reference(case: dict[str, Any]) -> None:
    kind = MetricKind(case["metric"])
    baseline = summed(case["baseline"], kind)
    treatments = [summed(variant, kind) for variant in case["variants"]]
    result = result_of(baseline, *treatments, kind=kind, settings=FrequentistSettings())
    found = {"baseline": list(result.baseline.validation_failures)} | {
        variant.summary.variant: list(variant.validation_failures) for variant in result.variants
    }
    assert found == case["failures"]
    computed = [v.summary.variant for v in result.variants if v.statistics is not None]
    assert computed == case["computed"]
    # Shares are judged by exact methods where clients of the compatible figures see blanks.
    judged = [v.summary.variant for v in result.variants if v.judgement.reason is None]
    is_share = kind in (MetricKind.FUNNEL, MetricKind.RETENTION)
    has_units = {key for key, failures in found.items() if "not-enough-exposures" not in failures}
    exact = [key for key in found if {key, "baseline"} <= has_units and key != "baseline"]
    assert judged == (exact if is_share else case["computed"])


def test_bayesian_figures_are_the_compatible_ones() -> None:
    result = result_of(CONTROL, TEST)
    assert result.method is Method.BAYESIAN
    assert result.baseline.summary == CONTROL
    (variant,) = result.variants
    assert variant.summary == TEST
    assert isinstance(variant.statistics, BayesianStatistics)
    assert variant.statistics.chance_to_win == pytest.approx(0.9575986092, rel=1e-8)
    assert variant.statistics.interval.lower == pytest.approx(-0.08733397602, rel=1e-8)
    assert variant.statistics.interval.upper == pytest.approx(1.360268075, rel=1e-8)
    assert variant.statistics.is_significant


def test_frequentist_figures_are_the_compatible_ones() -> None:
    (variant,) = result_of(CONTROL, TEST, settings=FrequentistSettings()).variants
    assert isinstance(variant.statistics, FrequentistStatistics)
    assert variant.statistics.p_value == pytest.approx(0.0848780803, rel=1e-8)
    assert variant.statistics.interval.lower == pytest.approx(-0.08754744792, rel=1e-8)
    assert not variant.statistics.is_significant


def test_sequential_figures_are_the_compatible_ones() -> None:
    (variant,) = result_of(CONTROL, TEST, settings=SequentialSettings()).variants
    assert isinstance(variant.statistics, FrequentistStatistics)
    assert variant.statistics.p_value == pytest.approx(0.7978537508, rel=1e-8)
    assert variant.statistics.interval.upper == pytest.approx(1.757361788, rel=1e-8)


def test_the_compatible_figures_follow_the_scale_asked_for() -> None:
    settings = FrequentistSettings(scale=Scale.ABSOLUTE)
    (variant,) = result_of(CONTROL, TEST, settings=settings).variants
    assert isinstance(variant.statistics, FrequentistStatistics)
    assert variant.statistics.p_value == pytest.approx(0.03719328866, rel=1e-8)


def test_the_judgement_has_one_p_value_whatever_the_scale() -> None:
    judgements = {
        result_of(CONTROL, TEST, settings=FrequentistSettings(scale=scale)).variants[0].judgement
        for scale in Scale
    }
    (judgement,) = judgements
    assert judgement.p_value == pytest.approx(0.0371932886638, rel=1e-8)
    assert judgement.relative is not None
    assert judgement.relative.value == pytest.approx(0.6364670497, rel=1e-8)
    assert judgement.relative.lower == pytest.approx(0.0323878941345, rel=1e-8)
    assert judgement.relative.upper == pytest.approx(1.59936331994, rel=1e-8)
    assert judgement.verdict is Verdict.BETTER
    assert judgement.direction is Direction.IMPROVED


def test_the_bayesian_judgement_uses_the_absolute_posterior() -> None:
    judgement = result_of(CONTROL, TEST).variants[0].judgement
    assert judgement.chance_better == pytest.approx(0.9814, abs=5e-5)
    assert judgement.verdict is Verdict.BETTER
    assert judgement.level == 0.95


def test_the_sequential_judgement_is_always_valid() -> None:
    judgement = result_of(CONTROL, TEST, settings=SequentialSettings()).variants[0].judgement
    assert judgement.p_value is not None
    assert judgement.p_value > 0.05
    assert judgement.verdict is Verdict.NO_DIFFERENCE


@pytest.mark.parametrize("settings", METHODS)
def test_a_goal_to_decrease_turns_the_judgement_but_not_the_compatible_figures(
    settings: StatsSettings,
) -> None:
    control, test = funnel("control", 5000, 1000), funnel("test", 5000, 1300)
    up = result_of(control, test, settings=settings, kind=MetricKind.FUNNEL)
    down = result_of(control, test, settings=settings, kind=MetricKind.FUNNEL, goal=Goal.DECREASE)
    assert up.variants[0].statistics == down.variants[0].statistics
    better, worse = up.variants[0].judgement, down.variants[0].judgement
    assert (better.verdict, worse.verdict) == (Verdict.BETTER, Verdict.WORSE)
    assert (better.direction, worse.direction) == (Direction.IMPROVED, Direction.WORSENED)
    assert better.chance_better is not None
    assert worse.chance_better == pytest.approx(1 - better.chance_better, abs=1e-12)
    assert (better.absolute, better.relative) == (worse.absolute, worse.relative)
    fall = result_of(
        test, control, settings=settings, kind=MetricKind.FUNNEL, baseline_key="test"
    ).variants[0]
    assert fall.judgement.verdict is Verdict.WORSE
    won = judge(
        stats_summary(control, MetricKind.FUNNEL),
        stats_summary(test, MetricKind.FUNNEL),
        settings=settings,
        goal=Goal.DECREASE,
    )
    assert won.verdict is Verdict.BETTER


def test_every_treatment_is_compared_with_the_chosen_baseline() -> None:
    variants = [funnel(key, 1000, 100 + 10 * i) for i, key in enumerate(("control", "a", "b"))]
    result = result_of(*variants, kind=MetricKind.FUNNEL, baseline_key="a")
    assert result.baseline.summary.variant == "a"
    assert [variant.summary.variant for variant in result.variants] == ["control", "b"]
    values = [v.judgement.absolute.value for v in result.variants if v.judgement.absolute]
    assert values == pytest.approx([-0.01, 0.01])


def test_a_baseline_that_is_not_analysed_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        result_of(CONTROL, TEST, baseline_key="gone")
    assert caught.value.code == "no_control_variant"


@pytest.mark.parametrize("settings", METHODS)
def test_what_cannot_be_computed_says_why(settings: StatsSettings) -> None:
    same = VariantSummary(variant="control", count=100, sum=200, sum_squares=400)
    (variant,) = result_of(same, replace(same, variant="test"), settings=settings).variants
    assert variant.statistics is None
    assert variant.validation_failures == ()
    assert variant.failure_reason is not None
    assert variant.failure_reason.code == "no_variance"
    assert variant.judgement.reason == variant.failure_reason
    assert variant.judgement.verdict is None


@pytest.mark.parametrize(
    ("baseline", "test", "code", "who"),
    [
        (funnel("control", 49, 20), funnel("test", 80, 30), "not-enough-exposures", "control"),
        (funnel("control", 80, 20), funnel("test", 80, 3), "not-enough-metric-data", "test"),
        (funnel("control", 80, 3), funnel("test", 49, 9), "not-enough-exposures", "test"),
    ],
)
def test_a_judgement_says_what_it_waits_for(
    baseline: VariantSummary, test: VariantSummary, code: str, who: str
) -> None:
    settings = SequentialSettings()
    (variant,) = result_of(baseline, test, kind=MetricKind.FUNNEL, settings=settings).variants
    reason = variant.judgement.reason
    assert reason is not None
    assert reason.code == code
    assert who in reason.message
    assert variant.judgement == Judgement(level=0.95, reason=reason)


def test_a_zero_baseline_says_so() -> None:
    zero = VariantSummary(variant="control", count=100, sum=0, sum_squares=0)
    (variant,) = result_of(zero, TEST).variants
    assert variant.validation_failures == ()
    assert variant.judgement.reason is not None
    assert variant.judgement.reason.code == "baseline-mean-is-zero"


def test_a_treatment_where_nothing_happened_is_judged_by_its_difference() -> None:
    control = VariantSummary(variant="control", count=200, sum=3, sum_squares=3)
    test = VariantSummary(variant="test", count=200, sum=0, sum_squares=0)
    (variant,) = result_of(control, test).variants
    assert variant.statistics is None
    assert variant.failure_reason is not None
    assert variant.failure_reason.code == "no_variance"
    assert variant.judgement.absolute is not None
    assert variant.judgement.absolute.value == -0.015
    assert variant.judgement.relative is None
    assert variant.judgement.verdict is Verdict.NO_DIFFERENCE


def test_a_negative_baseline_has_an_absolute_judgement_only() -> None:
    control = VariantSummary(variant="control", count=380, sum=-760, sum_squares=8800)
    test = VariantSummary(variant="test", count=400, sum=-900, sum_squares=9500)
    (variant,) = result_of(control, test).variants
    assert variant.failure_reason is not None
    assert variant.failure_reason.code == "baseline_not_positive"
    assert variant.judgement.absolute is not None
    assert variant.judgement.relative is None
    assert variant.judgement.relative_reason is not None
    assert variant.judgement.relative_reason.code == "baseline_not_positive"
    (frequentist,) = result_of(control, test, settings=FrequentistSettings()).variants
    assert isinstance(frequentist.statistics, FrequentistStatistics)
    assert frequentist.statistics.p_value == pytest.approx(0.4528723595, rel=1e-8)


def test_equal_variants_point_nowhere() -> None:
    control = funnel("control", 100, 50)
    (variant,) = result_of(
        control, replace(control, variant="test"), kind=MetricKind.FUNNEL
    ).variants
    assert variant.judgement.direction is None
    assert variant.judgement.chance_better == 0.5


def test_retention_is_a_ratio_over_its_starters() -> None:
    summary = VariantSummary(variant="test", count=640, sum=310, sum_squares=310)
    assert stats_summary(summary, MetricKind.RETENTION) == RatioSummary(
        count=640,
        sum=310,
        sum_squares=310,
        denominator_sum=640,
        denominator_sum_squares=640,
        product_sum=310,
    )
    control = VariantSummary(variant="control", count=655, sum=282, sum_squares=282)
    result = result_of(control, summary, kind=MetricKind.RETENTION, settings=FrequentistSettings())
    statistics = result.variants[0].statistics
    assert isinstance(statistics, FrequentistStatistics)
    assert statistics.p_value == pytest.approx(0.06744265851, rel=1e-8)


def test_a_mean_may_have_few_events() -> None:
    few = VariantSummary(variant="test", count=50, sum=1, sum_squares=1)
    assert validation_failures(few, kind=MetricKind.MEAN, is_baseline=False) == ()


summaries = st.builds(
    lambda values, times: MeanSummary.of(values * times),
    st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12),
    st.integers(1, 40),
)


@given(
    treatment=summaries,
    control=summaries,
    settings=st.sampled_from(METHODS),
    goal=st.sampled_from(Goal),
)
def test_the_verdict_never_contradicts_an_interval(
    treatment: Summary, control: Summary, settings: StatsSettings, goal: Goal
) -> None:
    judgement = judge(treatment, control, settings=settings, goal=goal)
    if judgement.absolute is None:
        assert judgement.reason is not None
        assert judgement.verdict is None
        return
    sign = 1 if goal is Goal.INCREASE else -1
    effects = [judgement.absolute] + ([judgement.relative] if judgement.relative else [])
    for effect in effects:
        numbers = (effect.lower, effect.value, effect.upper)
        assert all(map(math.isfinite, numbers))
        assert effect.lower <= effect.value <= effect.upper
        gains = sorted((sign * effect.lower, sign * effect.upper))
        if judgement.verdict is Verdict.BETTER:
            assert gains[0] >= 0
        elif judgement.verdict is Verdict.WORSE:
            assert gains[1] <= 0
        else:
            assert gains[0] <= 1e-9
            assert gains[1] >= -1e-9
    assert (judgement.relative is None) is (judgement.relative_reason is not None)


anything = st.floats(allow_nan=True, allow_infinity=True)


@given(
    counts=st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    sums=st.tuples(anything, anything, anything, anything),
    settings=st.sampled_from(METHODS),
    scale=st.sampled_from(Scale),
)
def test_whatever_the_sums_are_a_result_is_numbers_or_reasons(
    counts: tuple[int, int],
    sums: tuple[float, float, float, float],
    settings: StatsSettings,
    scale: Scale,
) -> None:
    result = result_of(
        VariantSummary(variant="control", count=counts[0], sum=sums[0], sum_squares=sums[1]),
        VariantSummary(variant="test", count=counts[1], sum=sums[2], sum_squares=sums[3]),
        settings=replace(settings, scale=scale),
    )
    (variant,) = result.variants
    failures = variant.validation_failures or result.baseline.validation_failures
    assert (variant.statistics is None) is bool(failures or variant.failure_reason)
    judgement = variant.judgement
    numbers = [judgement.p_value, judgement.chance_better]
    for effect in (judgement.absolute, judgement.relative):
        numbers += [effect.value, effect.lower, effect.upper] if effect else []
    match variant.statistics:
        case BayesianStatistics(chance_to_win=chance, interval=credible):
            numbers += [chance, credible.lower, credible.upper]
        case FrequentistStatistics(p_value=p_value, interval=confidence):
            numbers += [p_value, confidence.lower, confidence.upper]
    assert all(math.isfinite(number) for number in numbers if number is not None)
