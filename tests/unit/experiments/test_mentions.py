"""Events that metrics are about."""

from dataclasses import replace

import pytest

from splitplot.experiments.metrics.mentions import mentions_event
from splitplot.experiments.model import Experiment
from tests.factories import a_mean_metric, an_experiment
from tests.unit.experiments.test_copies import a_link

FUNNEL = {"metric_type": "funnel", "series": ({"event": "viewed"}, {"event": "paid"}, 3)}


@pytest.mark.parametrize(
    "experiment",
    [
        an_experiment(metrics=(a_mean_metric(event="paid"),)),
        an_experiment(metrics_secondary=(FUNNEL,)),
        replace(an_experiment(), saved_metrics=(a_link(),)),
        an_experiment(filters={"events": [{"id": "paid"}]}),
        an_experiment(secondary_metrics=({"name": "x", "filters": {"events": [{"id": "paid"}]}},)),
    ],
    ids=["metric", "secondary", "shared", "filters", "old secondary"],
)
def test_an_event_is_found_wherever_a_metric_stands(experiment: Experiment) -> None:
    event = "purchase" if experiment.saved_metrics else "paid"
    assert mentions_event(experiment, event)
    assert not mentions_event(experiment, "pai")


def test_what_is_no_event_is_not_mentioned() -> None:
    experiment = an_experiment(
        name="paid",
        metrics=(a_mean_metric(name="paid"), {"event": None}),
        filters={"events": [{"id": 3}, "paid"], "actions": [{"id": "paid"}]},
        exposure_criteria={"exposure_config": {"event": "paid"}},
    )
    assert not mentions_event(experiment, "paid")
