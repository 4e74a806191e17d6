"""A metric's result in the words of the wire."""

from dataclasses import replace
from typing import Any

import pytest

from splitplot.experiments.documents import finite, metric_document
from splitplot.experiments.judgement import Goal
from splitplot.experiments.metric_plans import Limitation
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import MetricKind, metric_result
from splitplot.experiments.stats_config import (
    BayesianSettings,
    FrequentistSettings,
    StatsConfig,
    StatsSettings,
)

CONTROL = VariantSummary(variant="control", count=2507, sum=1196.87, sum_squares=37377.9767)
TEST = VariantSummary(variant="test", count=2461, sum=1922.7, sum_squares=94698.29)
METRIC = {"kind": "ExperimentMetric", "metric_type": "mean"}


def document_of(
    *summaries: VariantSummary,
    settings: StatsSettings | None = None,
    kind: MetricKind = MetricKind.MEAN,
    limitations: tuple[Limitation, ...] = (),
) -> Any:  # noqa: ANN401 - JSON
    result = metric_result(
        summaries,
        kind=kind,
        goal=Goal.INCREASE,
        config=StatsConfig(settings=settings or BayesianSettings()),
        baseline_key="control",
    )
    return metric_document(METRIC, result, kind=kind, sql="SELECT 1", limitations=limitations)


def test_a_bayesian_result_has_its_figures() -> None:
    document = document_of(CONTROL, TEST)
    assert (document["kind"], document["metric"]) == ("ExperimentQuery", METRIC)
    assert (document["clickhouse_sql"], document["warnings"]) == ("SELECT 1", [])
    assert document["baseline"]["number_of_samples"] == 2507
    (variant,) = document["variant_results"]
    assert variant["chance_to_win"] == pytest.approx(0.95760, abs=1e-5)
    assert variant["credible_interval"] == pytest.approx([-0.08733, 1.36027], abs=1e-4)
    assert variant["splitplot"]["relative"]["effect"] is not None


def test_a_frequentist_result_has_its_figures() -> None:
    (variant,) = document_of(CONTROL, TEST, settings=FrequentistSettings())["variant_results"]
    assert 0 < variant["p_value"] < 1
    assert len(variant["confidence_interval"]) == 2


@pytest.mark.parametrize(
    ("settings", "figures"),
    [
        (BayesianSettings(), ("chance_to_win", "credible_interval", "significant")),
        (FrequentistSettings(), ("p_value", "confidence_interval", "significant")),
    ],
)
def test_figures_are_empty_where_there_are_none(
    settings: StatsSettings, figures: tuple[str, ...]
) -> None:
    nobody = VariantSummary(variant="test", count=0, sum=0, sum_squares=0)
    (variant,) = document_of(CONTROL, nobody, settings=settings)["variant_results"]
    assert [variant[name] for name in figures] == [None] * 3
    assert variant["splitplot"]["value"] is None
    assert variant["splitplot"]["absolute"] is None
    assert variant["splitplot"]["reason"]["code"]


def test_a_funnel_has_the_counts_of_its_steps() -> None:
    control = VariantSummary(
        variant="control", count=100, sum=20, sum_squares=20, step_counts=(50, 20)
    )
    document = document_of(control, replace(control, variant="test"), kind=MetricKind.FUNNEL)
    assert document["baseline"]["step_counts"] == [50, 20]
    assert document["baseline"]["step_sessions"] is None


def test_what_was_left_out_is_a_warning() -> None:
    limitation = Limitation(code="left_out", message="Not computed.")
    document = document_of(CONTROL, TEST, limitations=(limitation,))
    assert document["warnings"] == [{"code": "left_out", "message": "Not computed."}]


def test_what_is_no_number_in_json_is_null() -> None:
    assert [finite(number) for number in (1.5, None, float("inf"), float("nan"))] == [
        1.5,
        None,
        None,
        None,
    ]
