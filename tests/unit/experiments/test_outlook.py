"""How long a planned experiment takes."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from splitplot.experiments.ahead.outlook import (
    HISTORY,
    TRAFFIC_SHARES,
    WEEKS,
    Design,
    design_of,
    history_plan,
    outlook,
    units_per_day,
)
from splitplot.experiments.judgement import Reason
from splitplot.experiments.plan import EventSource, ExposureCount
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag
from splitplot.stats import MeanSummary, ProportionSummary
from splitplot.stats.power import always_valid_inflation, sample_size
from tests.factories import NOON, a_flag, a_mean_metric, a_project, an_experiment, flag_filters

EVEN = Design(shares=(0.5, 0.5), rollout=1.0, alpha=0.05, inflation=1.0)
TENTH = ProportionSummary(count=1000, successes=100)
SEQUENTIAL: Properties = {
    "method": "frequentist",
    "frequentist": {"sequential_testing_enabled": True},
}


def three_way() -> Flag:
    return a_flag(filters=flag_filters("control", "one", "two", rollout_percentage=40))


def test_the_design_is_read_off_flag_and_settings() -> None:
    experiment = an_experiment(flag=three_way(), stats_config=SEQUENTIAL)
    design = design_of(experiment)
    assert design.shares == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert design.rollout == pytest.approx(0.4)
    assert design.inflation == always_valid_inflation(alpha=design.alpha)
    assert design.comparisons == 2
    assert design.smallest_treatment == pytest.approx(1 / 3)


def test_left_out_variants_and_another_baseline_are_honoured() -> None:
    experiment = an_experiment(
        flag=three_way(),
        stats_config={"baseline_variant_key": "two"},
        excluded_variants=("one",),
    )
    design = design_of(experiment)
    assert len(design.shares) == 2
    assert design.inflation == 1.0
    bare = design_of(an_experiment(flag=a_flag(filters={"groups": []})))
    assert (bare.shares, bare.rollout, bare.smallest_treatment) == ((), 0.0, 0.0)
    assert bare.comparisons == 1


def test_history_looks_at_whoever_had_the_event_whatever_they_were_served() -> None:
    experiment = an_experiment(
        flag=three_way(), stats_config={"cuped": {"enabled": True}}, excluded_variants=("two",)
    )
    plan = history_plan(
        experiment, a_mean_metric(), event="$pageview", project=a_project(), now=NOON
    )
    exposure = plan.summary.exposure
    assert exposure.source == EventSource(event="$pageview")
    assert exposure.ignores_variants
    assert len(exposure.variants) == 1
    assert (exposure.start, exposure.end) == (NOON - HISTORY, NOON)


def test_units_per_day_leave_out_the_days_before_the_first() -> None:
    def came(days_ago: float, units: int) -> ExposureCount:
        return ExposureCount(
            variant="everybody", quarter=NOON - timedelta(days=days_ago), units=units
        )

    assert units_per_day([], now=NOON) == (0, 0.0)
    assert units_per_day([came(10, 60), came(2, 40)], now=NOON) == (100, 10.0)
    assert units_per_day([came(0.5, 30)], now=NOON) == (30, 30.0)
    assert units_per_day([came(28.01, 56)], now=NOON) == (56, 2.0)


def test_size_and_days_are_those_of_the_power_calculation() -> None:
    found = outlook(EVEN, units=2800, per_day=100, summary=TENTH, effect=0.1)
    size = sample_size(0.01, control_variance=0.09)
    assert found.units_needed == size.control + size.treatment
    assert found.days_needed == math.ceil((size.control + size.treatment) / 100)
    assert found.reason is None
    half = outlook(replace(EVEN, rollout=0.5), units=1, per_day=100, summary=TENTH, effect=0.1)
    assert half.days_needed == pytest.approx(2 * found.days_needed, abs=1)


def test_the_matrix_falls_with_time_and_with_traffic() -> None:
    found = outlook(EVEN, units=2800, per_day=100, summary=TENTH, effect=0.1)
    assert [row.weeks for row in found.rows] == list(WEEKS)
    for row in found.rows:
        assert len(row.effects) == len(TRAFFIC_SHARES)
        known = [effect for effect in row.effects if effect is not None]
        assert known == sorted(known, reverse=True)
    # After so many units the effect asked for is the one that is found.
    assert found.units_needed is not None
    row = outlook(EVEN, units=1, per_day=found.units_needed / 7, summary=TENTH, effect=0.1).rows[0]
    assert row.effects[-1] == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize(
    ("summary", "code"),
    [
        (ProportionSummary(count=100, successes=0), "baseline_is_zero"),
        (ProportionSummary(count=100, successes=100), "no_variance"),
        (MeanSummary(count=0, sum=0.0, sum_squares=0.0), "no_units"),
        (Reason(code="no_metric", message="…"), "no_metric"),
    ],
)
def test_what_cannot_be_told_has_a_reason(summary: ProportionSummary, code: str) -> None:
    found = outlook(EVEN, units=0, per_day=0.0, summary=summary, effect=0.1)
    assert found.reason is not None
    assert found.reason.code == code
    assert (found.units_needed, found.days_needed, found.rows) == (None, None, ())


def test_nobody_to_compare_or_nobody_who_comes_is_said() -> None:
    lonely = replace(EVEN, shares=(1.0,))
    found = outlook(lonely, units=10, per_day=1.0, summary=TENTH, effect=0.1)
    assert found.reason is not None
    assert found.reason.code == "no_comparison"
    assert {effect for row in found.rows for effect in row.effects} == {None}
    nobody = replace(EVEN, shares=())
    assert outlook(nobody, units=1, per_day=1.0, summary=TENTH, effect=0.1).units_needed is None
    shut = outlook(replace(EVEN, rollout=0.0), units=10, per_day=1.0, summary=TENTH, effect=0.1)
    assert shut.units_needed is not None
    assert shut.days_needed is None
    assert shut.reason is not None
    assert shut.reason.code == "no_units"
