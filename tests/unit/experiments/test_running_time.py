"""Units and days of a plan."""

import pytest

from splitplot.experiments.running_time import (
    BaselineSums,
    RunningTime,
    RunningTimeRequest,
    running_time,
)
from splitplot.stats.running_time import PlannedMetric

FULL = BaselineSums(
    count=4,
    sum=2,
    sum_squares=2,
    denominator_sum=4,
    denominator_sum_squares=4,
    product_sum=2,
    step_counts=(3, 1),
)


def plan(metric: PlannedMetric = PlannedMetric.COUNT, **members: object) -> RunningTime:
    base = {"metric": metric, "relative_effect": 0.05}
    return running_time(RunningTimeRequest(**(base | members)))  # type: ignore[arg-type]


def test_a_baseline_and_a_rate_give_units_and_days() -> None:
    assert plan(baseline=4, units_per_day=100) == RunningTime(
        baseline=4, variance=8, units=6400, days=64
    )
    assert plan(baseline=4, variance=16, variants=3).units == 19200


@pytest.mark.parametrize(
    ("metric", "baseline", "variance"),
    [
        (PlannedMetric.COUNT, 0.5, 1),
        (PlannedMetric.SUM, 0.5, 0.0625),
        (PlannedMetric.FUNNEL, 0.25, 0.1875),
        (PlannedMetric.RATIO, 0.5, 0.25),
        (PlannedMetric.RETENTION, 0.5, 0.25),
    ],
)
def test_what_was_measured_gives_the_baseline(
    metric: PlannedMetric, baseline: float, variance: float
) -> None:
    found = plan(metric, sums=FULL)
    assert (found.baseline, found.variance) == (baseline, variance)
    # What is said outright wins.
    assert plan(metric, sums=FULL, baseline=3, variance=5).baseline == 3
    assert plan(metric, sums=FULL, baseline=3, variance=5).variance == 5


def test_a_funnel_without_steps_has_its_sum() -> None:
    sums = BaselineSums(count=4, sum=2)
    assert plan(PlannedMetric.FUNNEL, sums=sums).baseline == 0.5


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"sums": BaselineSums(count=0, sum=1)},
        {"metric": PlannedMetric.RATIO, "sums": BaselineSums(count=4, sum=1)},
        {
            "metric": PlannedMetric.RATIO,
            "sums": BaselineSums(count=4, sum=1, denominator_sum=0),
        },
        {"sums": BaselineSums(count=1, sum=1e308), "metric": PlannedMetric.RATIO},
    ],
)
def test_without_a_baseline_nothing_follows(members: dict[str, object]) -> None:
    metric = members.pop("metric", PlannedMetric.COUNT)
    assert isinstance(metric, PlannedMetric)
    assert plan(metric, units_per_day=3, **members) == RunningTime(
        baseline=None, variance=None, units=None, days=None
    )
    assert plan(metric, variance=2, **members).variance == 2


@pytest.mark.parametrize(
    ("metric", "members"),
    [
        (PlannedMetric.RATIO, {"baseline": 2}),
        (PlannedMetric.RATIO, {"sums": BaselineSums(count=4, sum=2, denominator_sum=4)}),
        (
            PlannedMetric.RATIO,
            {
                "baseline": 2,
                "sums": BaselineSums(
                    count=4,
                    sum=1,
                    sum_squares=1,
                    denominator_sum=0,
                    denominator_sum_squares=1,
                    product_sum=1,
                ),
            },
        ),
        (PlannedMetric.SUM, {"baseline": 1e200}),
    ],
)
def test_without_a_variance_there_is_no_number_of_units(
    metric: PlannedMetric, members: dict[str, object]
) -> None:
    found = plan(metric, **members)
    assert (found.variance, found.units) == (None, None)
    assert found.baseline is not None


def test_what_leads_nowhere_has_no_end() -> None:
    assert plan(baseline=4, relative_effect=0.0).units is None
    assert plan(baseline=4, units_per_day=0.0).days is None
