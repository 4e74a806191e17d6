"""Plans, splits and families as questions and answers."""

import math
from typing import Any

import pytest

from splitplot.stats.calculator import adjust, check_split, plan
from tests.unit.stats.stats_cases import ask, case_id, cases, summary_of

CONTROL: dict[str, Any] = {"kind": "mean", "n": 2507, "sum": 1196.87, "sum_squares": 37377.9767}


def test_the_split_is_checked_like_the_reference() -> None:
    for case in cases("sample_ratio"):
        shares = {
            name: share
            for name, share in case["percentages"].items()
            if name not in case["excluded"]
        }
        document = {"id": case["id"], "observed": case["observed"], "expected_share": shares}
        found = ask(document, check_split)
        if case["p_value"] is None:
            assert found["undefined"] == "too_few_units"
        else:
            assert found["p_value"] == pytest.approx(case["p_value"], rel=1e-8)
            assert found["expected"] == pytest.approx(case["expected"])
            assert found["mismatch"] is (case["p_value"] < 0.001)


def test_the_split_is_checked_for_any_number_of_looks() -> None:
    document = {"observed": {"a": 5300, "b": 4700}, "expected_share": {"a": 1, "b": 1}}
    found = ask(document, check_split)
    assert found["log_bayes_factor"] == pytest.approx(15.5240116835)
    assert found["sequential_p_value"] == pytest.approx(1.81137091011e-07)
    tight = ask({**document, "concentration": 10_000}, check_split)
    assert tight["log_bayes_factor"] != found["log_bayes_factor"]


@pytest.mark.parametrize(
    ("changes", "key", "code"),
    [
        ({"expected_share": {"a": 0.5, "b": -0.5}}, "error", "invalid_input"),
        ({"expected_share": {"a": 1, "b": 0}}, "undefined", "too_few_variants"),
        ({"expected_share": {}}, "undefined", "too_few_variants"),
        ({"observed": {"a": 3.5}}, "error", "invalid_input"),
        ({"observed": None}, "error", "required"),
        ({"concentration": 0}, "error", "invalid_input"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(
    changes: dict[str, Any], key: str, code: str
) -> None:
    document = {"observed": {"a": 90, "b": 80}, "expected_share": {"a": 0.5, "b": 0.5}, **changes}
    assert ask(document, check_split)[key] == code


def test_families_are_adjusted_like_the_reference() -> None:
    case = next(case for case in cases("multiplicity") if case["id"] == "XMC1")
    for method, expected in case["expected"].items():
        found = ask({"p_values": case["input"]["p"], "method": method}, adjust)
        assert found["adjusted_p_values"] == pytest.approx(expected, rel=1e-8)
        assert found["rejected"] == [place for place, p in enumerate(expected) if p < 0.05]
    assert ask({"e_values": [120, 3, 45, 26, 0.4], "method": "e_bh"}, adjust) == {
        "id": None,
        "method": "e_bh",
        "rejected": [0],
    }


@pytest.mark.parametrize(
    "document",
    [{}, {"p_values": 0.5}, {"p_values": [0.5, "x"]}, {"p_values": [2]}, {"method": "e_bh"}],
    ids=str,
)
def test_a_family_needs_its_numbers(document: dict[str, Any]) -> None:
    assert ask(document, adjust)["error"] in {"required", "invalid_input"}


@pytest.mark.parametrize("case", cases("power"), ids=case_id)
def test_plans_equal_the_reference(case: dict[str, Any]) -> None:
    if case["method"] in {"sample_size", "observed_mde"}:
        found = ask(case["input"], plan)
        assert {name: found[name] for name in case["expected"]} == pytest.approx(
            case["expected"], rel=1e-8
        )


def test_a_plan_can_start_from_measured_sums() -> None:
    measured = ask({"control": CONTROL, "relative_mde": 0.2, "units_per_day": 900}, plan)
    summary = summary_of({**{k: v for k, v in CONTROL.items() if k != "n"}, "count": CONTROL["n"]})
    given_ = {"baseline": summary.value, "variance": summary.variance, "relative_mde": 0.2}
    by_hand = ask(given_, plan)
    assert measured["n_control"] == by_hand["n_control"]
    assert measured["days"] == math.ceil(measured["total"] / 900)
    assert "days" not in by_hand


def test_a_plan_for_a_share_knows_both_variances() -> None:
    share = {"kind": "proportion", "baseline": 0.1, "relative_mde": 0.1}
    assert ask(share, plan)["n_control"] == pytest.approx(14_748, abs=4)
    assert ask({**share, "variance": 0.09}, plan)["n_control"] == 14_128
    assert ask({**share, "relative_mde": 9}, plan)["undefined"] == "proportion_at_bound"
    assert ask({**share, "baseline": 1}, plan)["undefined"] == "no_variance"


def test_a_plan_counts_what_changes_its_units() -> None:
    base = {"baseline": 10, "variance": 25, "absolute_mde": 0.5}
    plain = ask(base, plan)["n_control"]
    factors = {
        ("covariate_correlation", 0.6): 0.64,
        ("design_effect", 3): 3.0,
        ("sequential", True): 1.914,
        ("treatment_variance", 75): 2.0,
    }
    for (name, value), factor in factors.items():
        found = ask({**base, name: value}, plan)["n_control"]
        assert found / plain == pytest.approx(factor, abs=0.002)
    several = ask({**base, "treatments": 3, "sequential": True}, plan)
    assert several["total"] == several["n_control"] + 3 * several["n_treatment"]


def test_the_detectable_effect_can_be_asked_for_planned_units() -> None:
    planned = {"baseline": 0.1, "variance": 0.09, "relative_mde": 0.05}
    size = ask(planned, plan)
    units = {"n_control": size["n_control"], "n_treatment": size["n_treatment"]}
    found = ask({"baseline": 0.1, "variance": 0.09, **units}, plan)
    assert found["mde_relative_to_control"] == pytest.approx(0.05, rel=1e-4)
    assert found["mde_absolute"] == pytest.approx(0.005, rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "key", "code"),
    [
        ({"relative_mde": 0}, "undefined", "no_effect"),
        ({"relative_mde": None}, "error", "required"),
        ({"absolute_mde": 1}, "error", "invalid_input"),
        ({"variance": 0}, "undefined", "no_variance"),
        ({"covariate_correlation": 1}, "error", "invalid_input"),
        ({"treatments": 0}, "error", "invalid_input"),
        ({"baseline": None}, "error", "required"),
    ],
)
def test_a_plan_without_sense_is_refused(changes: dict[str, Any], key: str, code: str) -> None:
    document = {"baseline": 10, "variance": 25, "relative_mde": 0.05, **changes}
    assert ask(document, plan)[key] == code


@pytest.mark.parametrize("case", cases("running_time"), ids=case_id)
def test_the_compatible_plan_equals_the_reference(case: dict[str, Any]) -> None:
    document = {
        "engine": "posthog",
        "metric_type": case["metric"],
        "baseline_value": case["baseline"],
        "minimum_detectable_effect": case["percentage"],
        "number_of_variants": case["variants"],
        "variance": case["variance"],
    }
    found = ask(document, plan)
    if case["total"] is None:
        assert found["undefined"] in {"no_effect", "no_sample_size"}
    else:
        assert found["recommended_sample_size"] == case["total"]


@pytest.mark.parametrize("case", cases("running_days"), ids=case_id)
def test_the_compatible_days_equal_the_reference(case: dict[str, Any]) -> None:
    document = {"engine": "posthog", "target": case["target"]}
    if "rate" in case:
        found = ask({**document, "exposure_rate_per_day": case["rate"]}, plan)
        assert found["recommended_running_time_days"] == case["days"]
    else:
        progress = {"exposures": case["exposures"], "elapsed_days": case["elapsed"]}
        assert ask({**document, **progress}, plan)["remaining_days"] == case["days"]


@pytest.mark.parametrize(
    ("metric", "stats", "baseline", "variance"),
    [
        ("mean_count", {"number_of_samples": 50, "sum": 100}, 2.0, 4.0),
        ("funnel", {"number_of_samples": 50, "sum": 10}, 0.2, 0.16),
        ("funnel", {"number_of_samples": 50, "sum": 10, "step_counts": [40, 25]}, 0.5, 0.25),
        (
            "retention",
            {
                "number_of_samples": 6,
                "sum": 4,
                "sum_squares": 4,
                "denominator_sum": 6,
                "denominator_sum_squares": 6,
                "numerator_denominator_sum_product": 4,
            },
            4 / 6,
            2 / 9,
        ),
    ],
)
def test_the_compatible_plan_can_start_from_measured_sums(
    metric: str, stats: dict[str, Any], baseline: float, variance: float
) -> None:
    document = {
        "engine": "posthog",
        "metric_type": metric,
        "baseline_stats": stats,
        "minimum_detectable_effect": 20,
    }
    found = ask(document, plan)
    assert found["baseline_value"] == pytest.approx(baseline)
    assert found["variance"] == pytest.approx(variance)


@pytest.mark.parametrize(
    ("document", "key", "code"),
    [
        ({}, "error", "required"),
        ({"metric_type": "ratio", "baseline_value": 3}, "undefined", "variance_unknown"),
        ({"metric_type": "mean_count"}, "error", "required"),
        (
            {"metric_type": "mean_count", "baseline_stats": {"number_of_samples": 0, "sum": 0}},
            "undefined",
            "no_units",
        ),
    ],
)
def test_a_compatible_plan_without_sense_is_refused(
    document: dict[str, Any], key: str, code: str
) -> None:
    found = ask({"engine": "posthog", "minimum_detectable_effect": 5, **document}, plan)
    assert found[key] == code
