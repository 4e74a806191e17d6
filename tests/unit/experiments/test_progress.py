"""How far an experiment has come on the way that was planned for it."""

from datetime import timedelta

import pytest

from splitplot.experiments.deciding.outcomes import Outcome
from splitplot.experiments.deciding.progress import progress_of, smallest_effect
from splitplot.experiments.deciding.roles import MeasuredMetric, Role
from splitplot.experiments.judgement import Goal, Reason
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import MetricKind, metric_result
from splitplot.experiments.stats_config import FrequentistSettings, StatsConfig
from splitplot.filters.model import Properties
from tests.factories import NOON, an_experiment

START = NOON - timedelta(days=10)
FUNNEL: Properties = {"metric_type": "funnel"}


def outcome(
    did: int, *, units: int = 1000, role: Role = Role.PRIMARY, document: Properties = FUNNEL
) -> Outcome:
    return Outcome(
        metric=MeasuredMetric(key="m", name=None, document=document, role=role),
        result=metric_result(
            [
                VariantSummary(variant=variant, count=units, sum=did, sum_squares=did)
                for variant in ("control", "a")
            ],
            kind=MetricKind.FUNNEL,
            goal=Goal.INCREASE,
            config=StatsConfig(settings=FrequentistSettings()),
            baseline_key="control",
        ),
    )


def test_a_draft_has_come_nowhere() -> None:
    assert progress_of(an_experiment(), (), exposed=0, now=NOON) is None


def test_a_planned_size_tells_the_share_and_the_days_left() -> None:
    experiment = an_experiment(start_date=START, parameters={"recommended_sample_size": 4000})
    found = progress_of(experiment, (), exposed=1000, now=NOON)
    assert found is not None
    assert (found.units, found.planned_units, found.share) == (1000, 4000, 0.25)
    assert (found.days, found.days_left) == (10.0, 30)


def test_more_than_planned_is_all_of_it() -> None:
    experiment = an_experiment(start_date=START, parameters={"recommended_sample_size": 10})
    found = progress_of(experiment, (), exposed=11, now=NOON)
    assert found is not None
    assert (found.share, found.days_left) == (1.0, 0)


def test_the_size_follows_from_the_effect_and_the_baseline_of_the_primary_metrics() -> None:
    experiment = an_experiment(start_date=START, parameters={"minimum_detectable_effect": 10})
    outcomes = (outcome(500), outcome(100), outcome(10, role=Role.SECONDARY))
    found = progress_of(experiment, outcomes, exposed=1000, now=NOON)
    assert found is not None
    # 16 p (1 - p) / (0.1 p)² for each of two variants, at p = 0.1.
    assert found.planned_units == pytest.approx(28800, abs=1)


@pytest.mark.parametrize(
    "outcomes",
    [
        (),
        (outcome(0),),
        (outcome(10, document={"metric_type": "of old"}),),
        (
            Outcome(
                metric=MeasuredMetric(key="m", name=None, document=FUNNEL, role=Role.PRIMARY),
                reason=Reason(code="x", message="X."),
            ),
        ),
    ],
)
def test_without_a_baseline_nobody_can_tell_the_size(outcomes: tuple[Outcome, ...]) -> None:
    experiment = an_experiment(start_date=START, parameters={"minimum_detectable_effect": 10})
    found = progress_of(experiment, outcomes, exposed=1000, now=NOON)
    assert found is not None
    assert (found.planned_units, found.share, found.days_left) == (None, None, None)


def test_without_a_plan_there_is_no_size() -> None:
    found = progress_of(an_experiment(start_date=START), (outcome(100),), exposed=7, now=NOON)
    assert found is not None
    assert (found.units, found.planned_units, found.share) == (7, None, None)


def test_without_units_nobody_can_tell_the_days() -> None:
    experiment = an_experiment(start_date=START, parameters={"recommended_sample_size": 10})
    found = progress_of(experiment, (), exposed=0, now=NOON)
    assert found is not None
    assert (found.share, found.days_left) == (0.0, None)


def test_a_trickle_leads_to_no_date() -> None:
    experiment = an_experiment(start_date=START, parameters={"recommended_sample_size": 1e9})
    found = progress_of(experiment, (), exposed=1, now=NOON)
    assert found is not None
    assert found.days_left is None


def test_after_the_end_no_days_are_left() -> None:
    end = START + timedelta(days=5)
    experiment = an_experiment(
        start_date=START, end_date=end, parameters={"recommended_sample_size": 4000}
    )
    found = progress_of(experiment, (), exposed=1000, now=NOON)
    assert found is not None
    assert (found.days, found.days_left, found.share) == (5.0, None, 0.25)


@pytest.mark.parametrize("percentage", [None, True, "5", 0, -3, 1e13])
def test_what_is_no_percentage_is_no_smallest_effect(percentage: object) -> None:
    parameters: Properties = {"minimum_detectable_effect": percentage}  # type: ignore[dict-item]
    assert smallest_effect(an_experiment(parameters=parameters)) is None


def test_the_smallest_effect_is_a_share_of_the_baseline() -> None:
    assert smallest_effect(an_experiment()) is None
    parameters: Properties = {"minimum_detectable_effect": 5}
    assert smallest_effect(an_experiment(parameters=parameters)) == 0.05
