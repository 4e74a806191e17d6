"""One treatment against the control: intervals, words, and what holds at every look."""

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import stats

from splitplot.experiments.documents import metric_document
from splitplot.experiments.judgement import (
    Approach,
    Direction,
    Family,
    FamilyScope,
    Goal,
    Judgement,
    Verdict,
    adjusted,
    judge,
    judge_contrast,
)
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import MetricKind, metric_result
from splitplot.experiments.stats_config import (
    BayesianSettings,
    Engine,
    FrequentistSettings,
    SequentialSettings,
    StatsConfig,
    StatsSettings,
)
from splitplot.stats import (
    Contrast,
    Correction,
    MeanSummary,
    ProportionSummary,
    Summary,
    sequential_relative_interval,
    sequential_test,
)

ONE_LOOK: list[StatsSettings] = [BayesianSettings(), FrequentistSettings()]
METHODS: list[StatsSettings] = [*ONE_LOOK, SequentialSettings()]


def shares(treated: int, control: int, *, units: int = 1000) -> tuple[Summary, Summary]:
    return (
        ProportionSummary(count=units, successes=treated),
        ProportionSummary(count=units, successes=control),
    )


def judged(
    pair: tuple[Summary, Summary],
    settings: StatsSettings | None = None,
    *,
    goal: Goal = Goal.INCREASE,
    success_share: float = 0.1,
) -> Judgement:
    return judge(
        *pair, settings=settings or FrequentistSettings(), goal=goal, success_share=success_share
    )


# Always valid


@pytest.mark.parametrize("settings", ONE_LOOK)
def test_figures_for_one_look_have_always_valid_ones_beside_them(settings: StatsSettings) -> None:
    pair = shares(150, 100)
    judgement = judged(pair, settings)
    look = sequential_test(*pair)
    relative = sequential_relative_interval(*pair)
    assert judgement.always_valid is not None
    assert judgement.always_valid.p_value == pytest.approx(look.p_value, rel=1e-12)
    assert judgement.always_valid.absolute.lower == pytest.approx(look.interval.lower, rel=1e-12)
    assert judgement.always_valid.relative is not None
    assert judgement.always_valid.relative.upper == pytest.approx(relative.upper, rel=1e-12)
    assert judgement.p_value is not None
    assert judgement.p_value < judgement.always_valid.p_value


def test_an_always_valid_judgement_is_its_own_look() -> None:
    judgement = judged(shares(150, 100), SequentialSettings(tuning=900.0))
    assert judgement.approach is Approach.ALWAYS_VALID
    assert judgement.always_valid is not None
    assert judgement.always_valid.absolute == judgement.absolute
    assert judgement.always_valid.relative == judgement.relative
    assert judgement.always_valid.p_value == judgement.p_value


# Small counts


def test_few_successes_are_judged_by_exact_methods() -> None:
    # The reference case of the specification: 12 of 200 against 4 of 195.
    pair = (
        ProportionSummary(count=200, successes=12),
        ProportionSummary(count=195, successes=4),
    )
    judgement = judged(pair)
    assert judgement.approach is Approach.EXACT
    assert judgement.absolute is not None
    assert judgement.absolute.lower == pytest.approx(-0.000583162558, rel=1e-8)
    assert judgement.absolute.upper == pytest.approx(0.0832445352, rel=1e-8)
    assert judgement.p_value == pytest.approx(0.0712883276, rel=1e-8)
    assert judgement.verdict is Verdict.NO_DIFFERENCE
    assert (judgement.relative, judgement.always_valid, judgement.contrast) == (None, None, None)
    assert judgement.relative_reason is not None
    assert judgement.relative_reason.code == "too_few_successes"


@pytest.mark.parametrize("settings", ONE_LOOK)
@pytest.mark.parametrize(
    ("goal", "verdict", "direction"),
    [
        (Goal.INCREASE, Verdict.BETTER, Direction.IMPROVED),
        (Goal.DECREASE, Verdict.WORSE, Direction.WORSENED),
    ],
)
def test_exact_words_follow_the_goal(
    settings: StatsSettings, goal: Goal, verdict: Verdict, direction: Direction
) -> None:
    judgement = judged(shares(40, 2, units=100), settings, goal=goal)
    assert (judgement.verdict, judgement.direction) == (verdict, direction)
    higher = judged(shares(40, 2, units=100), settings).chance_better
    assert higher is not None
    assert judgement.chance_better == pytest.approx(
        higher if goal is Goal.INCREASE else 1 - higher, abs=1e-9
    )


def test_the_exact_chance_is_the_one_of_two_beta_distributions() -> None:
    judgement = judged(shares(6, 2, units=100))
    one, other = stats.beta(7, 95), stats.beta(3, 99)
    chance = one.expect(other.cdf, lb=0, ub=1)
    assert judgement.chance_better == pytest.approx(chance, rel=1e-6)


def test_few_failures_are_judged_by_exact_methods_too() -> None:
    judgement = judged(shares(98, 99, units=100))
    assert judgement.approach is Approach.EXACT
    assert judgement.relative_reason is not None
    assert judgement.relative_reason.code == "too_few_failures"


def test_exact_methods_are_not_read_at_every_look() -> None:
    judgement = judged(shares(12, 4, units=200), SequentialSettings())
    assert judgement.reason is not None
    assert judgement.reason.code == "too_few_successes"
    assert judgement.verdict is None


def test_a_share_is_not_compared_with_a_mean_by_exact_methods() -> None:
    mean = MeanSummary(count=100, sum=30, sum_squares=60)
    judgement = judged((mean, ProportionSummary(count=100, successes=2)))
    assert judgement.reason is not None
    assert judgement.reason.code == "too_few_successes"


def test_no_units_at_all_are_a_reason() -> None:
    judgement = judged(shares(0, 0, units=0))
    assert judgement.reason is not None
    assert judgement.reason.code == "no_units"


@given(
    counts=st.tuples(st.integers(50, 600), st.integers(50, 600)),
    successes=st.tuples(st.integers(0, 50), st.integers(0, 4)),
    settings=st.sampled_from(ONE_LOOK),
)
@hypothesis_settings(max_examples=60)
def test_exact_interval_p_value_and_verdict_say_the_same(
    counts: tuple[int, int], successes: tuple[int, int], settings: StatsSettings
) -> None:
    pair = (
        ProportionSummary(count=counts[0], successes=successes[0]),
        ProportionSummary(count=counts[1], successes=successes[1]),
    )
    judgement = judged(pair, settings)
    assert judgement.absolute is not None
    assert judgement.p_value is not None
    excludes = judgement.absolute.lower > 0 or judgement.absolute.upper < 0
    assert excludes is (judgement.p_value < 1 - judgement.level)
    assert excludes is (judgement.verdict is not Verdict.NO_DIFFERENCE)
    assert judgement.absolute.lower <= judgement.absolute.value <= judgement.absolute.upper


def test_an_exact_interval_at_the_edge_takes_the_side_of_caution() -> None:
    # Here Newcombe's interval just contains 0 although Fisher's test is below 5 %.
    edge = judged(
        (ProportionSummary(count=500, successes=37), ProportionSummary(count=50, successes=0))
    )
    assert edge.p_value == pytest.approx(0.05)
    assert edge.verdict is Verdict.NO_DIFFERENCE


# Trust


def test_a_win_says_how_often_such_wins_are_none() -> None:
    win = judged(shares(150, 100))
    assert win.false_positive_risk == pytest.approx(0.2195, abs=5e-5)
    sceptical = judged(shares(150, 100), success_share=0.08)
    assert sceptical.false_positive_risk == pytest.approx(0.2644, abs=5e-5)
    assert judged(shares(100, 150)).false_positive_risk is None
    assert judged(shares(101, 100)).false_positive_risk is None


# Families


def test_a_family_has_adjusted_p_values_beside_the_raw_ones() -> None:
    several = [judged(shares(count, 100)) for count in (150, 128, 112)]
    found = adjusted(several, scope=FamilyScope.PRIMARY, correction=Correction.BONFERRONI)
    for before, after in zip(several, found, strict=True):
        assert before.p_value is not None
        assert after.p_value == before.p_value
        assert after.adjusted_p_value == pytest.approx(min(1, 3 * before.p_value))
        assert after.family == Family(
            scope=FamilyScope.PRIMARY, correction=Correction.BONFERRONI, comparisons=3
        )
        assert after.verdict is before.verdict


def test_a_comparison_without_a_p_value_still_counts() -> None:
    known, unknown = judged(shares(150, 100)), judged(shares(0, 0, units=0))
    first, second = adjusted([known, unknown], scope=FamilyScope.METRIC, correction=Correction.HOLM)
    assert known.p_value is not None
    assert first.adjusted_p_value == pytest.approx(2 * known.p_value)
    assert second == unknown


def test_without_a_correction_nothing_is_adjusted() -> None:
    several = (judged(shares(150, 100)),)
    assert adjusted(several, scope=FamilyScope.METRIC, correction=None) == several


# What holds whatever the data are

values = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12)
means = st.builds(lambda some, times: MeanSummary.of(some * times), values, st.integers(3, 40))
proportions = st.integers(50, 5000).flatmap(
    lambda units: st.builds(
        ProportionSummary, count=st.just(units), successes=st.integers(0, units)
    )
)
pairs = st.one_of(st.tuples(means, means), st.tuples(proportions, proportions))
OPPOSITE = {
    Verdict.BETTER: Verdict.WORSE,
    Verdict.WORSE: Verdict.BETTER,
    Verdict.NO_DIFFERENCE: Verdict.NO_DIFFERENCE,
}


@given(pair=pairs, method=st.sampled_from(METHODS), goal=st.sampled_from(Goal))
def test_a_verdict_never_contradicts_the_interval_beside_it(
    pair: tuple[Summary, Summary], method: StatsSettings, goal: Goal
) -> None:
    judgement = judged(pair, method, goal=goal)
    if judgement.absolute is None:
        assert judgement.reason is not None
        assert judgement.verdict is None
        return
    up, down = judgement.absolute.lower > 0, judgement.absolute.upper < 0
    good, bad = (up, down) if goal is Goal.INCREASE else (down, up)
    said = Verdict.BETTER if good else Verdict.WORSE if bad else Verdict.NO_DIFFERENCE
    assert judgement.verdict is said
    if said is Verdict.BETTER:
        assert judgement.direction is Direction.IMPROVED
    if said is Verdict.WORSE:
        assert judgement.direction is Direction.WORSENED


@given(pair=pairs, method=st.sampled_from(METHODS), goal=st.sampled_from(Goal))
def test_swapping_the_variants_flips_the_sign(
    pair: tuple[Summary, Summary], method: StatsSettings, goal: Goal
) -> None:
    one, other = judged(pair, method, goal=goal), judged((pair[1], pair[0]), method, goal=goal)
    if one.absolute is None or other.absolute is None:
        assert (one.absolute, other.absolute) == (None, None)
        return
    assert one.verdict is not None
    assert other.verdict is OPPOSITE[one.verdict]
    assert other.absolute.value == pytest.approx(-one.absolute.value, abs=1e-12)
    assert other.absolute.lower == pytest.approx(-one.absolute.upper, rel=1e-9, abs=1e-12)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-9)
    assert one.chance_better is not None
    assert other.chance_better == pytest.approx(1 - one.chance_better, abs=1e-6)


@given(
    some=st.tuples(values, values),
    factor=st.sampled_from([0.125, 3.0, 60.0, 1000.0]),
    method=st.sampled_from(METHODS),
)
def test_scaling_the_values_leaves_relative_effects(
    some: tuple[list[float], list[float]], factor: float, method: StatsSettings
) -> None:
    # Positive values that differ: the relative effect has a meaning.
    treated, control = ([abs(value) + 1 + at for at, value in enumerate(one)] for one in some)
    plain = judged((MeanSummary.of(treated * 20), MeanSummary.of(control * 20)), method)
    scaled = judged(
        (
            MeanSummary.of([value * factor for value in treated * 20]),
            MeanSummary.of([value * factor for value in control * 20]),
        ),
        method,
    )
    assert plain.absolute is not None
    assert scaled.absolute is not None
    assert scaled.absolute.value == pytest.approx(plain.absolute.value * factor, rel=1e-6, abs=1e-6)
    assert scaled.p_value == pytest.approx(plain.p_value, rel=1e-5, abs=1e-300)
    assert (plain.relative is None) is (scaled.relative is None)
    if plain.relative is not None and scaled.relative is not None:
        assert scaled.relative.value == pytest.approx(plain.relative.value, rel=1e-6, abs=1e-9)
        assert scaled.relative.lower == pytest.approx(plain.relative.lower, rel=1e-5, abs=1e-6)


def numbers(document: object) -> Iterator[float]:
    if isinstance(document, dict):
        for member in document.values():
            yield from numbers(member)
    elif isinstance(document, list | tuple):
        for member in document:
            yield from numbers(member)
    elif isinstance(document, float):
        yield document


anything = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 1e4))


@given(
    counts=st.tuples(st.integers(0, 2000), st.integers(0, 2000)),
    sums=st.tuples(anything, anything, anything, anything),
    successes=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    kind=st.sampled_from([MetricKind.MEAN, MetricKind.FUNNEL, MetricKind.RETENTION]),
    method=st.sampled_from(METHODS),
    engine=st.sampled_from(Engine),
)
def test_a_document_has_numbers_or_reasons_and_never_nan(
    *,
    counts: tuple[int, int],
    sums: tuple[float, float, float, float],
    successes: tuple[float, float],
    kind: MetricKind,
    method: StatsSettings,
    engine: Engine,
) -> None:
    def summary(key: str, at: int) -> VariantSummary:
        if kind is MetricKind.MEAN:
            return VariantSummary(
                variant=key, count=counts[at], sum=sums[2 * at], sum_squares=sums[2 * at + 1]
            )
        did = round(counts[at] * successes[at])
        return VariantSummary(variant=key, count=counts[at], sum=did, sum_squares=did)

    result = metric_result(
        [summary("control", 0), summary("test", 1)],
        kind=kind,
        goal=Goal.INCREASE,
        config=StatsConfig(settings=method, engine=engine),
        baseline_key="control",
    )
    document = metric_document({}, result, kind=kind, sql="")
    assert all(math.isfinite(number) for number in numbers(document))
    own = result.variants[0].judgement
    assert (own.absolute is None) is (own.reason is not None)
    assert (own.absolute is None) is (own.verdict is None)
    if engine is Engine.POSTHOG:
        assert own.reason is not None
        assert own.reason.code == "engine_posthog"


def test_the_compatible_engine_leaves_the_compatible_figures_alone() -> None:
    summaries = [
        VariantSummary(variant="control", count=1000, sum=100, sum_squares=100),
        VariantSummary(variant="test", count=1000, sum=150, sum_squares=150),
    ]
    plain = StatsConfig(settings=BayesianSettings())
    one, other = (
        metric_result(
            summaries,
            kind=MetricKind.FUNNEL,
            goal=Goal.INCREASE,
            config=config,
            baseline_key="control",
        ).variants[0]
        for config in (plain, replace(plain, engine=Engine.POSTHOG))
    )
    assert one.statistics == other.statistics
    assert one.statistics is not None
    assert (one.judgement.verdict, other.judgement.verdict) == (Verdict.BETTER, None)


def test_an_effect_beyond_every_number_is_a_reason() -> None:
    huge = Contrast(
        difference=math.inf,
        counts=(100, 100),
        squared_errors=(1.0, 1.0),
        base=1.0,
        base_variance=1.0,
        slope=-1.0,
        rest_variance=1.0,
    )
    judgement = judge_contrast(huge, settings=FrequentistSettings(), goal=Goal.INCREASE)
    assert judgement.reason is not None
    assert judgement.reason.code == "not_finite"
