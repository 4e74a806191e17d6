"""What `POST /api/projects/:id/query/` answers."""

import json
import math
from datetime import timedelta
from pathlib import Path

import pytest
from scipy import stats

from splitplot.services.results import FRESH_FOR
from tests.api.stack import Stack, running_stack, settings_in
from tests.api.trial import END, EXPOSED_AT, PURCHASES, SIGNUP_TO_PURCHASE, Trial, launched

CONTROL = tuple(float(10 + number % 7) for number in range(40))
TEST = tuple(float(12 + number % 9) for number in range(60))
PROVENANCE = {
    "cache_key",
    "is_cached",
    "last_refresh",
    "next_allowed_client_refresh",
    "cache_target_age",
    "timezone",
    "calculation_trigger",
    "query_status",
}


@pytest.fixture
def trial(stack: Stack) -> Trial:
    trial = launched(stack)
    trial.expose("control", 100, signups=50, amounts=CONTROL)
    trial.expose("test", 100, signups=70, amounts=TEST)
    return trial


def values(amounts: tuple[float, ...]) -> list[float]:
    return [*amounts, *([0.0] * (100 - len(amounts)))]


def test_a_bayesian_result_has_the_fields_that_clients_read(trial: Trial) -> None:
    answer = trial.ask(metric=PURCHASES)

    assert set(answer) == PROVENANCE | {
        "kind", "metric", "baseline", "variant_results", "breakdown_results", "clickhouse_sql",
        "hogql", "is_precomputed", "warnings", "insight", "variants", "probability", "significant",
        "significance_code", "stats_version", "p_value", "credible_intervals",
    }  # fmt: skip
    assert (answer["kind"], answer["metric"]) == ("ExperimentQuery", PURCHASES)
    assert answer["baseline"] == {
        "key": "control",
        "method": "bayesian",
        "number_of_samples": 100,
        "sum": sum(CONTROL),
        "sum_squares": sum(amount**2 for amount in CONTROL),
        "validation_failures": [],
        "splitplot": {"value": sum(CONTROL) / 100, "steps": None},
    }
    (variant,) = answer["variant_results"]
    assert set(variant) == {
        "key", "method", "number_of_samples", "sum", "sum_squares", "validation_failures",
        "chance_to_win", "credible_interval", "significant", "splitplot",
    }  # fmt: skip
    assert (variant["key"], variant["method"], variant["sum"]) == ("test", "bayesian", sum(TEST))
    assert variant["significant"] is True
    assert variant["chance_to_win"] > 0.95
    assert len(variant["credible_interval"]) == 2
    assert answer["breakdown_results"] is None
    assert answer["warnings"] == []
    assert "memory" in answer["clickhouse_sql"]


def test_a_result_carries_our_own_judgement(trial: Trial) -> None:
    (variant,) = trial.ask(metric=PURCHASES)["variant_results"]
    judgement = variant["splitplot"]

    assert set(judgement) == {
        "value", "level", "approach", "absolute", "relative", "p_value", "adjusted_p_value",
        "family", "always_valid", "chance_better", "false_positive_risk", "direction", "verdict",
        "reason", "relative_reason", "failure_reason", "steps", "adjustment",
    }  # fmt: skip
    assert judgement["value"] == sum(TEST) / 100
    assert judgement["absolute"]["effect"] == pytest.approx((sum(TEST) - sum(CONTROL)) / 100)
    assert judgement["relative"]["effect"] == pytest.approx(sum(TEST) / sum(CONTROL) - 1)
    assert (judgement["direction"], judgement["verdict"]) == ("improved", "better")
    assert (judgement["reason"], judgement["failure_reason"]) == (None, None)


def test_a_frequentist_result_is_welchs_test(stack: Stack) -> None:
    trial = launched(
        stack,
        stats_config={"method": "frequentist", "frequentist": {"difference_type": "ABSOLUTE"}},
    )
    trial.expose("control", 100, amounts=CONTROL)
    trial.expose("test", 100, amounts=TEST)

    (variant,) = trial.ask(metric=PURCHASES)["variant_results"]

    test = stats.ttest_ind(values(TEST), values(CONTROL), equal_var=False)
    interval = test.confidence_interval()
    assert variant["method"] == "frequentist"
    assert variant["p_value"] == pytest.approx(test.pvalue, rel=1e-9)
    assert variant["confidence_interval"] == pytest.approx([interval.low, interval.high], rel=1e-9)
    assert variant["significant"] is True
    assert variant["splitplot"]["absolute"]["interval"] == variant["confidence_interval"]


def test_a_funnel_counts_the_units_at_each_step(trial: Trial) -> None:
    answer = trial.ask(metric=SIGNUP_TO_PURCHASE)

    assert (answer["baseline"]["sum"], answer["baseline"]["step_counts"]) == (40, [50, 40])
    (variant,) = answer["variant_results"]
    assert (variant["sum_squares"], variant["step_counts"]) == (60, [70, 60])
    assert variant["splitplot"]["value"] == 0.6


def test_too_few_units_give_failures_and_nulls(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("test", 60, amounts=TEST)

    answer = trial.ask(metric=PURCHASES)

    assert answer["baseline"]["validation_failures"] == [
        "not-enough-exposures",
        "baseline-mean-is-zero",
    ]
    assert answer["baseline"]["splitplot"] == {"value": None, "steps": None}
    (variant,) = answer["variant_results"]
    assert variant["validation_failures"] == []
    assert (variant["chance_to_win"], variant["credible_interval"]) == (None, None)
    assert variant["significant"] is None
    assert variant["splitplot"]["reason"]["code"] == "not-enough-exposures"
    assert variant["splitplot"]["verdict"] is None


def test_statistics_that_fail_say_why(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("control", 60, amounts=(5.0,) * 60)
    trial.expose("test", 60, amounts=(5.0,) * 60)

    (variant,) = trial.ask(metric=PURCHASES)["variant_results"]

    assert variant["validation_failures"] == []
    assert variant["chance_to_win"] is None
    assert variant["splitplot"]["failure_reason"] == {
        "code": "no_variance",
        "message": "No unit varies.",
    }


def test_sums_beyond_every_number_are_null_and_json_stays_json(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("control", 60, amounts=(1e200,) * 60)
    trial.expose("test", 60, amounts=TEST)

    answer = trial.ask(metric=PURCHASES)

    def refuse(word: str) -> float:
        raise AssertionError(word)

    json.loads(json.dumps(answer), parse_constant=refuse)
    assert answer["baseline"]["sum_squares"] is None
    assert answer["variant_results"][0]["splitplot"]["failure_reason"]["code"] == "not_finite"


def test_what_is_left_out_is_said(trial: Trial) -> None:
    answer = trial.ask(
        metric={
            **PURCHASES,
            "breakdownFilter": {"breakdowns": [{"property": "0", "type": "group"}]},
        }
    )
    assert [warning["code"] for warning in answer["warnings"]] == ["breakdowns_not_supported"]


# Exposures


def test_exposures_are_cumulative_days_with_a_check_of_the_split(trial: Trial) -> None:
    answer = trial.ask(**trial.exposure_query())

    assert set(answer) == PROVENANCE | {
        "kind", "timeseries", "total_exposures", "date_range", "sample_ratio_mismatch", "bias_risk",
        "exposure_coverage", "warnings",
    }  # fmt: skip
    days = ["2025-03-01", "2025-03-02", "2025-03-03"]
    assert answer["timeseries"] == [
        {"variant": "control", "days": days, "exposure_counts": [0, 100, 100]},
        {"variant": "test", "days": days, "exposure_counts": [0, 100, 100]},
    ]
    assert answer["total_exposures"] == {"control": 100, "test": 100}
    assert answer["date_range"] == {
        "date_from": "2025-03-01T00:00:00Z",
        "date_to": "2025-03-03T18:00:00Z",
    }
    assert answer["sample_ratio_mismatch"] == {
        "expected": {"control": 100, "test": 100},
        "p_value": 1,
        "splitplot": {
            "is_mismatch": False,
            "sequential_p_value": answer["sample_ratio_mismatch"]["splitplot"][
                "sequential_p_value"
            ],
        },
    }
    assert (answer["bias_risk"], answer["exposure_coverage"]) == (None, None)


def test_units_that_saw_two_variants_are_counted_apart(trial: Trial) -> None:
    for variant in ("control", "test"):
        trial._append(
            "$feature_flag_called",
            "both",
            0,
            {"$feature_flag": "checkout-button", "$feature_flag_response": variant},
        )
    answer = trial.ask(**trial.exposure_query())
    assert answer["total_exposures"] == {"control": 100, "test": 100, "$multiple": 1}
    assert answer["timeseries"][-1]["variant"] == "$multiple"


def test_an_uneven_split_with_multiple_units_is_a_risk(trial: Trial) -> None:
    for variant in ("control", "test"):
        trial._append(
            "$feature_flag_called",
            "both",
            0,
            {"$feature_flag": "checkout-button", "$feature_flag_response": variant},
        )
    variants = [
        {"key": "control", "rollout_percentage": 80},
        {"key": "test", "rollout_percentage": 20},
    ]
    flag = {"key": "checkout-button", "filters": {"multivariate": {"variants": variants}}}
    answer = trial.ask(**trial.exposure_query(feature_flag=flag))
    assert answer["bias_risk"]["multiple_variant_percentage"] == pytest.approx(100 / 201)
    assert answer["sample_ratio_mismatch"]["splitplot"]["is_mismatch"] is True


def test_few_exposures_are_not_checked(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("control", 99)
    assert trial.ask(**trial.exposure_query())["sample_ratio_mismatch"] is None


def test_a_drafts_exposures_are_empty_series(stack: Stack) -> None:
    trial = launched(stack, start_date=None, end_date=None)
    answer = trial.ask(**trial.exposure_query(start_date=None, end_date=None))
    assert [series["exposure_counts"] for series in answer["timeseries"]] == [[], []]
    assert answer["total_exposures"] == {"control": 0, "test": 0}
    assert answer["date_range"] == {"date_from": None, "date_to": None}


def test_exposures_need_no_stored_experiment(trial: Trial) -> None:
    query = trial.exposure_query()
    del query["experiment_id"]
    asked = trial.stack.client.post(trial.stack.url("query/"), json={"query": query})
    assert asked.json()["total_exposures"] == {"control": 100, "test": 100}


@pytest.mark.parametrize("start", ["2025-03-02", "2025-03-02T12:00", "2025-03-02T13:00:00+01:00"])
def test_dates_are_read_in_every_iso_form(trial: Trial, start: str) -> None:
    answer = trial.ask(**trial.exposure_query(start_date=start))
    assert answer["total_exposures"] == {"control": 100, "test": 100}


def test_an_end_that_is_open_is_now(trial: Trial) -> None:
    answer = trial.ask(**trial.exposure_query(end_date=None))
    assert answer["date_range"]["date_to"] > END.isoformat()


# Answers that are kept


def test_an_answer_is_kept_and_says_so(trial: Trial) -> None:
    first, again = trial.ask(metric=PURCHASES), trial.ask(metric=PURCHASES)
    assert (first.pop("is_cached"), again.pop("is_cached")) == (False, True)
    assert first == again
    assert first["cache_target_age"] is None
    assert first["timezone"] == "UTC"


def test_a_running_experiments_answer_says_how_long_it_is_kept(stack: Stack) -> None:
    trial = launched(stack, end_date=None)
    answer = trial.ask(metric=PURCHASES)
    assert answer["cache_target_age"] > answer["last_refresh"]
    assert timedelta(seconds=5) <= FRESH_FOR <= timedelta(minutes=1)


@pytest.mark.parametrize(
    ("refresh", "is_cached"),
    [
        (None, True),
        (False, True),
        ("blocking", True),
        ("async", True),
        ("lazy_async", True),
        ("async_except_on_cache_miss", True),
        ("force_cache", True),
        (True, False),
        ("force_blocking", False),
    ],
)
def test_a_refresh_mode_says_whether_a_kept_answer_will_do(
    trial: Trial,
    refresh: str | bool | None,  # noqa: FBT001 - a case
    is_cached: bool,  # noqa: FBT001 - a case
) -> None:
    trial.ask(metric=PURCHASES)
    query = {
        "kind": "ExperimentQuery",
        "experiment_id": trial.experiment.id,
        "metric": PURCHASES,
    }
    asked = trial.stack.client.post(
        trial.stack.url("query/"), json={"query": query, "refresh": refresh}
    )
    assert asked.json()["is_cached"] is is_cached


def test_a_kept_answer_that_is_not_there_is_a_key_alone(trial: Trial) -> None:
    query = {"kind": "ExperimentQuery", "experiment_id": trial.experiment.id, "metric": PURCHASES}
    asked = trial.stack.client.post(
        trial.stack.url("query/"), json={"query": query, "refresh": "force_cache"}
    )
    assert (asked.status_code, set(asked.json())) == (200, {"cache_key", "query_status"})
    assert asked.json()["cache_key"] == trial.ask(metric=PURCHASES)["cache_key"]


def test_every_engine_gives_the_same_answer(trial: Trial, tmp_path: Path) -> None:
    events = f"duckdb:///{tmp_path / 'events.duckdb'}"
    with running_stack(settings_in(tmp_path / "duckdb", events_url=events)) as stack:
        other = launched(stack)
        other.expose("control", 100, signups=50, amounts=CONTROL)
        other.expose("test", 100, signups=70, amounts=TEST)
        for metric in (PURCHASES, SIGNUP_TO_PURCHASE):
            mine, theirs = trial.ask(metric=metric), other.ask(metric=metric)
            assert "SELECT" in theirs["clickhouse_sql"]
            assert mine["baseline"] == theirs["baseline"]
            assert mine["variant_results"] == theirs["variant_results"]


def test_units_are_counted_where_they_were_exposed(trial: Trial) -> None:
    # The window is the query's: one that starts after everybody was exposed is empty.
    answer = trial.ask(
        **trial.exposure_query(start_date=(EXPOSED_AT + timedelta(seconds=1)).isoformat())
    )
    assert math.fsum(answer["total_exposures"].values()) == 0
