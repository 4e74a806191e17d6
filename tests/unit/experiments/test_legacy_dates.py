from datetime import timedelta
from typing import Any

import pytest

from splitplot.experiments.metrics.legacy import with_dates
from tests.factories import NOON, a_mean_metric, an_experiment

STARTED = an_experiment(start_date=NOON, end_date=NOON + timedelta(microseconds=5))
DATES = {
    "date_from": "2025-03-01T12:00:00Z",
    "date_to": "2025-03-01T12:00:00.000005Z",
    "explicitDate": True,
}


@pytest.mark.parametrize("member", ["count_query", "funnels_query"])
def test_an_old_metric_asks_about_the_time_of_its_experiment(member: str) -> None:
    old: dict[str, Any] = {
        "kind": "ExperimentTrendsQuery",
        "exposure_query": {"dateRange": 1},
        member: {"series": [], "dateRange": {"date_from": "-7d"}},
    }
    shown = with_dates(old, STARTED)
    assert shown == {**old, member: {"series": [], "dateRange": DATES}}
    draft = with_dates(old, an_experiment())
    dates = {"date_from": "", "date_to": "", "explicitDate": True}
    assert draft[member] == {"series": [], "dateRange": dates}


def test_a_metric_of_today_stays_as_it_is() -> None:
    metric = {**a_mean_metric(), "count_query": {}}
    assert with_dates(metric, STARTED) is metric


def test_an_old_metric_without_a_query_has_none_afterwards() -> None:
    old = {"kind": "ExperimentFunnelsQuery", "funnels_query": None}
    assert with_dates(old, STARTED) == old
