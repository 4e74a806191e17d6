"""A published field experiment, captured event by event, has its published result.

Thornton (2008), "The Demand for, and Impact of, Learning HIV Status", American Economic
Review 98(5): people in rural Malawi were offered a random incentive, or none, to come back
for their test result. The data are those of the package `causaldata`.
"""

import math
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from causaldata import thornton_hiv
from scipy import stats

from tests.e2e.client import Client
from tests.e2e.server_process import Server

CAME_BACK = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "name": "Came back for the result",
    "uuid": "5d0f3c1c-0a53-4c5e-8a35-6a6c4f1f2d11",
    "source": {"kind": "EventsNode", "event": "result collected", "math": "total"},
}
EXPERIMENT = {
    "name": "Incentives to learn a test result",
    "feature_flag_key": "incentive",
    "start_date": "2004-11-01T00:00:00Z",
    "end_date": "2005-06-01T00:00:00Z",
    "parameters": {
        "feature_flag_variants": [
            {"key": "control", "rollout_percentage": 22},
            {"key": "offered", "rollout_percentage": 78},
        ]
    },
    "metrics": [CAME_BACK],
    "stats_config": {"method": "frequentist", "frequentist": {"difference_type": "ABSOLUTE"}},
}


def outcomes() -> dict[str, list[float]]:
    """Who came back (1) or did not (0), by what they were offered; complete cases only."""
    cases = thornton_hiv.load_pandas().data[["any", "got"]].dropna()
    return {
        variant: [float(got) for got in cases[cases["any"] == offered]["got"]]
        for variant, offered in (("control", 0), ("offered", 1))
    }


def as_events(trial: dict[str, list[float]]) -> list[dict[str, Any]]:
    events = []
    for variant, got in trial.items():
        for number, came_back in enumerate(got):
            villager = f"{variant}-{number}"
            shown = {"$feature_flag": "incentive", "$feature_flag_response": variant}
            events.append(event("$feature_flag_called", villager, "2004-12-01T09:00:00Z", shown))
            if came_back:
                events.append(event("result collected", villager, "2005-02-01T09:00:00Z", {}))
    return events


def event(name: str, villager: str, moment: str, properties: dict[str, str]) -> dict[str, Any]:
    return {
        "event": name,
        "distinct_id": villager,
        "timestamp": moment,
        "uuid": str(uuid5(NAMESPACE_OID, f"{villager}/{name}")),
        "properties": properties,
    }


def moments(values: list[float]) -> tuple[int, float, float]:
    """Number, mean and unbiased variance."""
    count, mean = len(values), math.fsum(values) / len(values)
    return count, mean, math.fsum((value - mean) ** 2 for value in values) / (count - 1)


def test_the_servers_answer_is_that_of_scipy_on_the_published_data(server: Server) -> None:
    trial = outcomes()
    control, offered = trial["control"], trial["offered"]
    assert (len(control), len(offered)) == (623, 2211)
    test = stats.ttest_ind(offered, control, equal_var=False)
    interval = test.confidence_interval(0.95)

    with Client(server) as client:
        experiment = client.post("experiments/", EXPERIMENT)
        client.capture(as_events(trial))
        frequentist = client.query(
            kind="ExperimentQuery", experiment_id=experiment["id"], metric=CAME_BACK
        )
        exposures = client.query(
            kind="ExperimentExposureQuery",
            experiment_id=experiment["id"],
            feature_flag=experiment["feature_flag"],
            start_date=experiment["start_date"],
            end_date=experiment["end_date"],
        )
        client.patch(f"experiments/{experiment['id']}/", {"stats_config": {"method": "bayesian"}})
        bayesian = client.query(
            kind="ExperimentQuery", experiment_id=experiment["id"], metric=CAME_BACK
        )

    check_frequentist(frequentist, trial, test.pvalue, (interval.low, interval.high))
    check_bayesian(bayesian, trial)
    assert exposures["total_exposures"] == {"control": 623, "offered": 2211}
    expected = exposures["sample_ratio_mismatch"]["expected"]
    assert exposures["sample_ratio_mismatch"]["p_value"] == pytest.approx(
        stats.chisquare([623, 2211], [expected["control"], expected["offered"]]).pvalue, rel=1e-6
    )


def check_frequentist(
    answer: dict[str, Any],
    trial: dict[str, list[float]],
    p_value: float,
    interval: tuple[float, float],
) -> None:
    baseline, (variant,) = answer["baseline"], answer["variant_results"]
    for arm in (baseline, variant):
        got = trial[arm["key"]]
        assert (arm["number_of_samples"], arm["sum"]) == (len(got), sum(got))
        assert arm["sum_squares"] == sum(got)
    effect = variant["splitplot"]["absolute"]["effect"]
    assert effect == pytest.approx(0.450552, abs=5e-7)
    assert effect == pytest.approx(
        moments(trial["offered"])[1] - moments(trial["control"])[1], rel=1e-9
    )
    assert variant["confidence_interval"] == pytest.approx(list(interval), abs=1e-6)
    # About 1e-83: six digits of it, not six decimals.
    assert 0 < p_value < 1e-80
    assert variant["p_value"] == pytest.approx(p_value, rel=1e-6)
    assert variant["significant"] is True
    assert variant["splitplot"]["verdict"] == "better"


def check_bayesian(answer: dict[str, Any], trial: dict[str, list[float]]) -> None:
    """The relative effect under a flat prior, worked out here from the data."""
    count_c, mean_c, variance_c = moments(trial["control"])
    count_t, mean_t, variance_t = moments(trial["offered"])
    effect = (mean_t - mean_c) / mean_c
    deviation = math.sqrt(
        variance_t / (count_t * mean_c**2) + mean_t**2 * variance_c / (count_c * mean_c**4)
    )
    posterior = stats.norm(effect, deviation)
    (variant,) = answer["variant_results"]
    assert variant["method"] == "bayesian"
    assert variant["chance_to_win"] == pytest.approx(posterior.sf(0), rel=1e-9)
    assert variant["credible_interval"] == pytest.approx(list(posterior.interval(0.95)), abs=1e-6)
    assert variant["significant"] is True
