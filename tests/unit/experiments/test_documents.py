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


def test_a_funnel_has_the_shares_of_its_steps() -> None:
    def funnel(variant: str, count: int, *steps: int) -> VariantSummary:
        did = steps[-1]
        return VariantSummary(
            variant=variant, count=count, sum=did, sum_squares=did, step_counts=steps
        )

    kind = MetricKind.FUNNEL
    document = document_of(funnel("control", 200, 100, 40), funnel("test", 100, 0, 0), kind=kind)
    assert document["baseline"]["splitplot"]["steps"] == [
        {"count": 200, "share_of_first": 1.0, "share_of_previous": 1.0},
        {"count": 100, "share_of_first": 0.5, "share_of_previous": 0.5},
        {"count": 40, "share_of_first": 0.2, "share_of_previous": 0.4},
    ]
    (variant,) = document["variant_results"]
    last = {"count": 0, "share_of_first": 0.0, "share_of_previous": None}
    assert variant["splitplot"]["steps"][-1] == last
    empty = document_of(funnel("control", 0, 0), funnel("test", 0, 0), kind=kind)
    nothing = {"count": 0, "share_of_first": None, "share_of_previous": None}
    assert empty["baseline"]["splitplot"]["steps"] == [nothing, nothing]


def test_other_metrics_have_neither_steps_nor_adjustment() -> None:
    (variant,) = document_of(CONTROL, TEST)["variant_results"]
    assert (variant["splitplot"]["steps"], variant["splitplot"]["adjustment"]) == (None, None)


def test_an_adjusted_result_says_what_the_covariate_took_out() -> None:
    def with_covariate(summary: VariantSummary) -> VariantSummary:
        # A covariate that is the metric itself takes out everything but a rest.
        return replace(
            summary,
            covariate_sum=summary.sum,
            covariate_sum_squares=summary.sum_squares * 1.5,
            covariate_sum_product=summary.sum_squares,
        )

    (variant,) = document_of(with_covariate(CONTROL), with_covariate(TEST))["variant_results"]
    found = variant["splitplot"]["adjustment"]
    assert 0 < found["theta"] < 1
    assert 0 < found["variance_reduction"] < 1
    assert 0 < found["baseline_variance_reduction"] < 1


def test_what_cannot_be_adjusted_has_no_adjustment() -> None:
    def share(variant: str) -> VariantSummary:
        # Everybody did it: nothing varies.
        return VariantSummary(
            variant=variant,
            count=100,
            sum=100,
            sum_squares=100,
            step_counts=(100,),
            covariate_sum=1,
            covariate_sum_squares=1,
            covariate_sum_product=1,
        )

    (variant,) = document_of(share("control"), share("test"), kind=MetricKind.FUNNEL)[
        "variant_results"
    ]
    assert variant["splitplot"]["adjustment"] is None
