"""Verdicts and the intervals they are read off: of every method, guardrails, doubts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.experiments.deciding.decision import Quality, decisions
from splitplot.experiments.deciding.outcomes import Outcome
from splitplot.experiments.deciding.readings import Reading, Word, readings
from splitplot.experiments.deciding.roles import MeasuredMetric, Role
from splitplot.experiments.judgement import Approach, Goal, Reason, Verdict
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
from splitplot.stats import CheckKind, Scale

SETTINGS: tuple[StatsSettings, ...] = (
    FrequentistSettings(),
    SequentialSettings(),
    BayesianSettings(),
)
DOUBT = Reason(code="sample_ratio", message="The split does not hold.")


def outcome(
    *summaries: VariantSummary,
    kind: MetricKind = MetricKind.FUNNEL,
    config: StatsConfig,
    goal: Goal = Goal.INCREASE,
    margin: float | None = None,
) -> Outcome:
    role = Role.PRIMARY if margin is None else Role.GUARDRAIL
    return Outcome(
        metric=MeasuredMetric(key="m", name=None, document={}, role=role, margin=margin),
        result=metric_result(
            summaries, kind=kind, goal=goal, config=config, baseline_key="control"
        ),
    )


def shares(*did: int, units: int = 1000) -> list[VariantSummary]:
    return [
        VariantSummary(variant=variant, count=units, sum=one, sum_squares=one)
        for variant, one in zip(("control", "a", "b"), did, strict=False)
    ]


def amounts(variant: str, *, count: int, mean: float, spread: float) -> VariantSummary:
    total = count * mean
    squares = count * (mean * mean + spread * spread)
    return VariantSummary(variant=variant, count=count, sum=total, sum_squares=squares)


def read(
    *did: int,
    units: int = 1000,
    settings: StatsSettings = SETTINGS[0],
    goal: Goal = Goal.INCREASE,
    margin: float | None = None,
    smallest_effect: float | None = None,
    doubt: Reason | None = None,
    engine: Engine = Engine.SPLITPLOT,
) -> Reading:
    config = StatsConfig(settings=settings, engine=engine)
    found = outcome(*shares(*did, units=units), config=config, goal=goal, margin=margin)
    return readings(found, config=config, smallest_effect=smallest_effect, doubt=doubt)[0]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize(
    ("did", "goal", "word"),
    [
        ((100, 200), Goal.INCREASE, Word.BETTER),
        ((200, 100), Goal.INCREASE, Word.WORSE),
        ((100, 200), Goal.DECREASE, Word.WORSE),
        ((200, 100), Goal.DECREASE, Word.BETTER),
        ((100, 103), Goal.INCREASE, Word.NOT_YET),
    ],
)
def test_a_verdict_is_the_side_of_zero_that_the_interval_lies_on(
    settings: StatsSettings, did: tuple[int, ...], goal: Goal, word: Word
) -> None:
    assert read(*did, settings=settings, goal=goal).verdict is word


def test_an_interval_inside_the_smallest_effect_means_no_difference() -> None:
    assert read(50_000, 50_020, units=100_000).verdict is Word.NOT_YET
    small = read(50_000, 50_020, units=100_000, smallest_effect=0.05)
    assert small.verdict is Word.NO_MEANINGFUL_DIFFERENCE
    wide = read(100, 101, smallest_effect=0.05)
    assert wide.verdict is Word.NOT_YET


def test_a_difference_that_is_shown_stays_one_however_small() -> None:
    assert read(50_000, 51_000, units=100_000, smallest_effect=0.5).verdict is Word.BETTER


@pytest.mark.parametrize(
    ("did", "goal", "word", "limit"),
    [
        ((5000, 5000), Goal.INCREASE, Word.SAFE, -0.1),
        ((5000, 4000), Goal.INCREASE, Word.BREACHED, -0.1),
        ((5000, 4500), Goal.INCREASE, Word.NOT_YET_EXCLUDED, -0.1),
        ((5000, 5000), Goal.DECREASE, Word.SAFE, 0.1),
        ((5000, 6000), Goal.DECREASE, Word.BREACHED, 0.1),
        ((5000, 5500), Goal.DECREASE, Word.NOT_YET_EXCLUDED, 0.1),
    ],
)
def test_a_guardrail_is_read_against_its_margin(
    did: tuple[int, ...], goal: Goal, word: Word, limit: float
) -> None:
    found = read(*did, units=10_000, goal=goal, margin=0.1)
    assert (found.verdict, found.limit) == (word, limit)


def test_the_margin_of_a_share_of_few_units_is_in_the_unit_of_the_metric() -> None:
    found = read(4, 3, units=60, margin=0.9)
    assert found.relative is None
    assert found.limit == pytest.approx(-0.9 * 4 / 60)
    assert found.verdict is Word.NOT_YET_EXCLUDED


def test_a_guardrail_without_a_baseline_is_withheld() -> None:
    found = read(0, 3, units=60, margin=0.9)
    assert (found.verdict, found.limit) == (Word.WITHHELD, None)
    assert found.reason is not None
    assert found.reason.code == "no_margin"


def test_a_guardrail_whose_baseline_could_be_zero_is_withheld() -> None:
    config = StatsConfig(settings=FrequentistSettings())
    found = outcome(
        amounts("control", count=100, mean=0.1, spread=9),
        amounts("a", count=100, mean=0.2, spread=9),
        kind=MetricKind.MEAN,
        config=config,
        margin=0.1,
    )
    (reading,) = readings(found, config=config)
    assert reading.verdict is Word.WITHHELD
    assert reading.absolute is not None
    assert reading.reason is not None
    assert reading.reason.code == "baseline_near_zero"
    # The same without a margin is read off the absolute interval.
    plain = replace(found, metric=replace(found.metric, margin=None))
    (reading,) = readings(plain, config=config)
    assert (reading.verdict, reading.relative) == (Word.NOT_YET, None)


def test_too_few_units_are_withheld_with_the_reason() -> None:
    found = read(10, 12, units=40)
    assert (found.verdict, found.relative, found.absolute) == (Word.WITHHELD, None, None)
    assert found.reason is not None
    assert found.reason.code == "not-enough-exposures"


def test_a_doubt_withholds_verdicts_and_leaves_intervals() -> None:
    sure, doubted = read(100, 200), read(100, 200, doubt=DOUBT)
    assert sure.relative is not None
    assert (doubted.relative, doubted.absolute) == (sure.relative, sure.absolute)
    assert (doubted.verdict, doubted.reason) == (Word.WITHHELD, DOUBT)
    few = read(10, 12, units=40, doubt=DOUBT)
    assert few.reason is not None
    assert few.reason.code == "not-enough-exposures"


def test_there_is_no_reading_without_a_result() -> None:
    config = StatsConfig(settings=FrequentistSettings())
    gone = replace(outcome(*shares(10, 10), config=config), result=None, reason=DOUBT)
    assert readings(gone, config=config) == ()


# What other methods say beside it


def test_wings_are_always_valid_beside_one_look_and_the_other_way_round() -> None:
    once, always = read(100, 140), read(100, 140, settings=SequentialSettings())
    assert once.relative is not None
    assert always.relative is not None
    assert once.relative_wings is not None
    assert always.relative_wings is not None
    assert once.relative_wings.lower == pytest.approx(always.relative.lower)
    assert always.relative_wings.upper == pytest.approx(once.relative.upper)
    assert once.absolute is not None
    assert always.absolute_wings is not None
    assert always.absolute_wings.lower == pytest.approx(once.absolute.lower)


def test_wings_have_no_relative_form_where_there_is_none() -> None:
    config = StatsConfig(settings=SequentialSettings())
    found = outcome(
        amounts("control", count=100, mean=-1, spread=2),
        amounts("a", count=100, mean=1, spread=2),
        kind=MetricKind.MEAN,
        config=config,
    )
    (reading,) = readings(found, config=config)
    assert (reading.relative, reading.relative_wings) == (None, None)
    assert reading.absolute_wings is not None
    assert reading.verdict is Word.BETTER


def test_methods_for_small_counts_have_no_wings() -> None:
    found = read(2, 9, units=100)
    assert (found.relative_wings, found.absolute_wings) == (None, None)
    assert found.absolute is not None


# The compatible figures alone


def test_a_compatible_win_whose_interval_holds_zero_is_not_yet_one() -> None:
    """The compatible rule asks for a chance above 95%, its interval for 97.5%."""
    config = StatsConfig(settings=BayesianSettings(), engine=Engine.POSTHOG)
    found = outcome(*shares(100, 128), config=config)
    assert found.result is not None
    (variant,) = found.result.variants
    assert variant.statistics is not None
    assert variant.statistics.is_significant
    (reading,) = readings(found, config=config)
    assert reading.relative is not None
    assert reading.relative.lower < 0 < reading.relative.value < reading.relative.upper
    assert reading.verdict is Word.NOT_YET


def test_compatible_figures_may_be_absolute() -> None:
    settings = FrequentistSettings(scale=Scale.ABSOLUTE)
    found = read(100, 200, settings=settings, engine=Engine.POSTHOG)
    assert (found.relative, found.verdict) == (None, Word.BETTER)
    assert found.absolute is not None
    assert found.absolute.value == pytest.approx(0.1)
    guarded = read(100, 200, settings=settings, engine=Engine.POSTHOG, margin=0.1)
    assert guarded.verdict is Word.SAFE
    assert guarded.limit == pytest.approx(-0.01)


@pytest.mark.parametrize("did", [(100, 3), (3, 100)])
def test_missing_compatible_figures_are_withheld(did: tuple[int, ...]) -> None:
    found = read(*did, engine=Engine.POSTHOG)
    assert found.verdict is Word.WITHHELD
    assert found.reason is not None
    assert found.reason.code == "no_figures"


# For every result


@dataclass(frozen=True, kw_only=True)
class Case:
    """A result and how it is asked for."""

    settings: StatsSettings
    goal: Goal
    margin: float | None
    engine: Engine


CASES = st.builds(
    Case,
    settings=st.sampled_from(SETTINGS),
    goal=st.sampled_from(Goal),
    margin=st.none() | st.floats(0.01, 1.0),
    engine=st.sampled_from(Engine),
)


def generated(draw: st.DrawFn) -> Sequence[VariantSummary]:
    units = st.integers(50, 5000)
    rate = st.floats(0.0, 1.0)
    return [
        VariantSummary(variant=variant, count=count, sum=did, sum_squares=did)
        for variant in ("control", "a")
        for count in (draw(units),)
        for did in (round(count * draw(rate)),)
    ]


@given(summaries=st.composite(generated)(), case=CASES)
def test_word_and_interval_always_agree(summaries: Sequence[VariantSummary], case: Case) -> None:
    config = StatsConfig(settings=case.settings, engine=case.engine)
    found = outcome(*summaries, config=config, goal=case.goal, margin=case.margin)
    (reading,) = readings(found, config=config)
    effect = reading.relative or reading.absolute
    if reading.verdict is Word.WITHHELD:
        assert reading.reason is not None
        return
    assert effect is not None
    sign = 1 if case.goal is Goal.INCREASE else -1
    low, high = sorted((sign * effect.lower, sign * effect.upper))
    limit = 0.0 if reading.limit is None else sign * reading.limit
    expected = {
        Word.BETTER: low > 0,
        Word.WORSE: high < 0,
        Word.NOT_YET: low <= 0 <= high,
        Word.SAFE: low > limit,
        Word.BREACHED: high < limit,
        Word.NOT_YET_EXCLUDED: low <= limit <= high,
    }
    assert expected[reading.verdict]
    if case.engine is Engine.SPLITPLOT and case.margin is None:
        assert found.result is not None
        own = found.result.judgements[0].verdict
        assert (own is Verdict.BETTER) is (reading.verdict is Word.BETTER)
        assert (own is Verdict.WORSE) is (reading.verdict is Word.WORSE)


@given(
    summaries=st.composite(generated)(),
    settings=st.sampled_from(SETTINGS),
    margin=st.floats(0.01, 0.9),
)
def test_a_safe_guardrail_is_one_that_the_decision_lets_pass(
    summaries: Sequence[VariantSummary], settings: StatsSettings, margin: float
) -> None:
    config = StatsConfig(settings=settings)
    found = outcome(*summaries, config=config, margin=margin)
    (reading,) = readings(found, config=config)
    assert found.result is not None
    # Methods for small counts do not make their intervals from an error; see the decision.
    is_exact = found.result.judgements[0].approach is Approach.EXACT
    if is_exact or reading.verdict is Word.WITHHELD or reading.relative is None:
        return
    (decision,) = decisions(
        [found],
        treatments=("a",),
        settings=settings,
        quality=Quality(sample_ratio=None, bias_risk=None),
    )
    (line,) = [one for one in decision.lines if one.check.kind is CheckKind.NON_INFERIORITY]
    margin_left = abs((reading.relative.lower - (reading.limit or 0)) / margin)
    if margin_left > 1e-9:
        assert line.check.is_passed is (reading.verdict is Word.SAFE)
