"""The engine as questions and answers."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.stats import (
    ConfidenceInterval,
    CovariateSummary,
    CredibleInterval,
    Scale,
    posterior_effect,
    relative_credible_interval,
    relative_interval,
    sequential_relative_interval,
    sequential_test,
    welch_test,
)
from splitplot.stats.calculator import Question, adjust, check_split, compare, plan
from splitplot.stats.calculator.documents import Answer, Fields
from tests.unit.stats.stats_cases import ask, case_id, cases, summary_of

PROPORTIONS: dict[str, Any] = {
    "treatment": {"kind": "proportion", "n": 1471, "sum": 62},
    "control": {"kind": "proportion", "n": 1529, "sum": 87},
}
MEANS: dict[str, Any] = {
    "treatment": {"kind": "mean", "n": 2461, "sum": 1922.7, "sum_squares": 94698.29},
    "control": {"kind": "mean", "n": 2507, "sum": 1196.87, "sum_squares": 37377.9767},
}
COVARIATES: dict[str, Any] = {
    "treatment": {"covariate_sum": 110, "covariate_sum_squares": 380, "covariate_sum_product": -8},
    "control": {"covariate_sum": 195, "covariate_sum_squares": 390, "covariate_sum_product": -18},
}
QUESTIONS: tuple[Question, ...] = (compare, check_split, adjust, plan)


def to_wire(summary: dict[str, Any]) -> dict[str, Any]:
    """A reference case's sums in the calculator's words."""
    names = {"count": "n", "successes": "sum", "product_sum": "numerator_denominator_sum_product"}
    document = {names.get(key, key): value for key, value in summary.items()}
    if document.pop("has_binary_denominator", False):
        document["denominator_kind"] = "proportion"
    return document


def with_covariate(document: dict[str, Any]) -> dict[str, Any]:
    return {
        **to_wire(document["metric"]),
        "covariate_sum": document["covariate_sum"],
        "covariate_sum_squares": document["covariate_sum_squares"],
        "covariate_sum_product": document["product_sum"],
    }


def asked(case: dict[str, Any], **fields: object) -> dict[str, Any]:
    document = {
        "id": case["id"],
        "difference_type": case["scale"].upper(),
        "treatment": to_wire(case["treatment"]),
        "control": to_wire(case["control"]),
        **fields,
    }
    return ask(document, compare)


@pytest.mark.parametrize("case", cases("frequentist"), ids=case_id)
def test_the_compatible_engine_gives_the_frequentist_reference(case: dict[str, Any]) -> None:
    found = asked(case, engine="posthog", method="frequentist", alpha=case["alpha"])
    tolerance = 1e-6 if case["p_value"] < 1e-12 else 1e-8
    assert found.pop("p_value") == pytest.approx(case["p_value"], rel=tolerance, abs=0)
    assert found.pop("interval") == pytest.approx(case["interval"], rel=1e-8)
    assert (found.pop("id"), found.pop("significant")) == (case["id"], case["significant"])
    assert found == pytest.approx(
        {
            "effect": case["effect"],
            "variance": case["variance"],
            "standard_error": math.sqrt(case["variance"]),
            "statistic": case["statistic"],
            "degrees_of_freedom": case["df"],
        },
        rel=1e-9,
    )


@pytest.mark.parametrize(
    "case", [case for case in cases("bayesian") if not case.get("inverse")], ids=case_id
)
def test_the_compatible_engine_gives_the_bayesian_reference(case: dict[str, Any]) -> None:
    prior = case["prior"] and {**case["prior"], "proper": True}
    found = asked(case, engine="posthog", method="bayesian", ci_level=case["level"], prior=prior)
    assert found["effect"] == pytest.approx(case["mean"], rel=1e-9)
    assert found["variance"] == pytest.approx(case["variance"], rel=1e-9)
    assert found["chance_to_win"] == pytest.approx(case["chance_to_win"], rel=1e-8)
    assert found["interval"] == pytest.approx(case["interval"], rel=1e-8)
    assert found["risk"] == pytest.approx(
        {"ship": case["loss_if_shipped"], "keep": case["loss_if_kept"]}, rel=1e-6
    )
    assert found["significant"] is case["significant"]
    assert not {"p_value", "statistic", "degrees_of_freedom", "log_e_value"} & found.keys()


@pytest.mark.parametrize("case", cases("sequential"), ids=case_id)
def test_the_compatible_engine_gives_the_sequential_reference(case: dict[str, Any]) -> None:
    found = asked(
        case,
        engine="posthog",
        method="sequential",
        alpha=case["alpha"],
        tuning_parameter=case["tuning"],
    )
    assert found["p_value"] == pytest.approx(case["p_value"], rel=1e-8)
    assert found["interval"] == pytest.approx(case["interval"], rel=1e-8)
    assert found["significant"] is case["significant"]
    assert math.exp(-found["log_e_value"]) >= found["p_value"] * (1 - 1e-9)
    assert not {"statistic", "degrees_of_freedom"} & found.keys()


@pytest.mark.parametrize("case", cases("cuped"), ids=case_id)
def test_the_compatible_engine_gives_the_cuped_reference(case: dict[str, Any]) -> None:
    document = {
        "engine": "posthog",
        "method": case["method"],
        "difference_type": case["scale"].upper(),
        "treatment": with_covariate(case["treatment"]),
        "control": with_covariate(case["control"]),
    }
    found, expected = ask(document, compare), case["compatible"]
    assert found["theta"] == pytest.approx(case["theta"], rel=1e-9)
    assert found["variance"] == pytest.approx(expected["variance"], rel=1e-9)
    assert found["interval"] == pytest.approx(expected["interval"], rel=1e-8)
    assert found["significant"] is expected["significant"]
    if expected["chance"] is None:
        tolerance = 1e-6 if expected["p_value"] < 1e-12 else 1e-8
        assert found["p_value"] == pytest.approx(expected["p_value"], rel=tolerance)
    else:
        assert found["chance_to_win"] == pytest.approx(expected["chance"], rel=1e-8)


@pytest.mark.parametrize("case", cases("cuped_relative"), ids=case_id)
def test_covariates_are_adjusted_for_by_the_exact_variance(case: dict[str, Any]) -> None:
    expected = case["expected"]
    sides = {name: with_covariate(case[name]) for name in ("treatment", "control")}
    found = ask({"method": "frequentist", **sides}, compare)
    assert found["effect"] == pytest.approx(expected["relative_effect"], rel=1e-8)
    assert found["p_value"] == pytest.approx(expected["p_value"], rel=1e-8)
    assert found["interval"] == pytest.approx(expected["rel_ci_fieller"], rel=1e-8)
    posterior = ask({"method": "bayesian", **sides}, compare)
    look = ask({"method": "sequential", **sides}, compare)
    assert posterior["variance"] == pytest.approx(found["variance"])
    assert look["interval"][0] < found["interval"][0] < posterior["interval"][0]


@pytest.mark.parametrize("case", cases("relative_intervals"), ids=case_id)
def test_the_default_engine_has_one_p_value_for_both_scales(case: dict[str, Any]) -> None:
    relative, absolute = (
        asked({**case, "scale": scale}, method="frequentist") for scale in ("relative", "absolute")
    )
    assert relative["p_value"] == absolute["p_value"] == pytest.approx(case["p_value"], rel=1e-8)
    assert absolute["interval"] == pytest.approx(case["absolute"], rel=1e-8)
    assert relative["interval"] == pytest.approx(case["relative"], rel=1e-8)


def test_the_default_engine_gives_what_the_library_gives() -> None:
    treatment, control = (
        summary_of({"kind": "proportion", "count": each["n"], "successes": each["sum"]})
        for each in (PROPORTIONS["treatment"], PROPORTIONS["control"])
    )
    methods: dict[str, ConfidenceInterval | CredibleInterval] = {
        "frequentist": relative_interval(treatment, control),
        "bayesian": relative_credible_interval(treatment, control),
        "sequential": sequential_relative_interval(treatment, control),
    }
    for method, interval in methods.items():
        found = ask({**PROPORTIONS, "method": method}, compare)
        assert found["interval"] == [interval.lower, interval.upper]
        assert found["significant"] is (interval.lower > 0 or interval.upper < 0)
    assert ask({**PROPORTIONS, "method": "sequential"}, compare)["log_e_value"] == (
        sequential_test(treatment, control).log_e_value
    )


@pytest.mark.parametrize("scale", list(Scale))
def test_the_chance_is_the_same_on_both_scales(scale: Scale) -> None:
    treatment, control = (
        summary_of({**{k: v for k, v in side.items() if k != "n"}, "count": side["n"]})
        for side in (MEANS["treatment"], MEANS["control"])
    )
    posterior = posterior_effect(treatment, control)
    found = ask({**MEANS, "difference_type": scale.value}, compare)
    base = control.value if scale is Scale.RELATIVE else 1.0
    assert found["chance_to_win"] == posterior.chance_above_zero
    assert found["risk"] == pytest.approx(
        {"ship": posterior.loss_if_shipped / base, "keep": posterior.loss_if_kept / base}
    )
    assert found["significant"] is True


def test_a_prior_pulls_the_relative_effect() -> None:
    flat = ask(MEANS, compare)
    believed = {**MEANS, "prior": {"mean": 0, "variance": 0.09}}
    found = ask(believed, compare)
    # The figures of gbstats 0.8.0 for these data and this prior.
    assert found["effect"] == pytest.approx(0.2530378491, rel=1e-9)
    assert found["interval"] == pytest.approx([-0.2033393886, 0.7094150868], rel=1e-9)
    assert found["chance_to_win"] == pytest.approx(0.8614152575, rel=1e-9)
    assert found["significant"] is False
    improper = {**MEANS, "prior": {"mean": 0, "variance": 0.09, "proper": False}}
    assert ask(improper, compare) == flat


def test_a_prior_pulls_the_absolute_effect() -> None:
    document = {**MEANS, "difference_type": "absolute", "prior": {"mean": 0, "variance": 1e-9}}
    assert ask(document, compare)["effect"] == pytest.approx(0, abs=1e-6)


def test_both_engines_agree_on_the_absolute_scale_but_for_the_verdict() -> None:
    for method in ("frequentist", "sequential", "bayesian"):
        document = {**PROPORTIONS, "method": method, "difference_type": "ABSOLUTE"}
        ours = ask(document, compare)
        theirs = ask({**document, "engine": "posthog"}, compare)
        assert ours.pop("significant") in {True, False}
        assert theirs.pop("significant") in {True, False}
        assert ours == theirs


def with_changes(side: str, **changes: object) -> dict[str, Any]:
    return {"id": 5, **MEANS, side: {**MEANS["treatment"], **changes}}


@pytest.mark.parametrize(
    ("document", "code", "named"),
    [
        ({"id": 5}, "required", "treatment"),
        ({"id": 5, "treatment": []}, "invalid_input", "treatment"),
        ({"id": 5, **MEANS, "engine": "other"}, "invalid_choice", "engine"),
        ({"id": 5, **MEANS, "engine": 3}, "invalid_choice", "engine"),
        ({"id": 5, **MEANS, "method": "guess"}, "invalid_choice", "method"),
        ({"id": 5, **MEANS, "difference_type": "PERCENT"}, "invalid_choice", "difference_type"),
        ({"id": 5, **MEANS, "alpha": 0}, "invalid_input", "alpha"),
        ({"id": 5, **MEANS, "alpha": True}, "invalid_input", "alpha"),
        ({"id": 5, **MEANS, "ci_level": "95"}, "invalid_input", "ci_level"),
        ({"id": 5, **MEANS, "tuning_parameter": 0.5}, "invalid_input", "tuning_parameter"),
        ({"id": 5, **MEANS, "prior": {"mean": 0}}, "required", "prior.variance"),
        (
            {"id": 5, **MEANS, "prior": {"mean": 0, "variance": 0}},
            "invalid_input",
            "prior.variance",
        ),
        ({"id": 5, **MEANS, "prior": {"proper": 1}}, "invalid_input", "prior.proper"),
        (with_changes("treatment", kind=None), "required", "treatment.kind"),
        (with_changes("treatment", kind="median"), "invalid_choice", "treatment.kind"),
        (with_changes("treatment", n=None), "required", "treatment.n"),
        (with_changes("control", n=-1), "invalid_input", "control.n"),
        (with_changes("control", n=1.5), "invalid_input", "control.n"),
        (with_changes("control", n=10**400), "invalid_input", "control.n"),
        (with_changes("control", sum=math.nan), "invalid_input", "control.sum"),
        (with_changes("control", sum_squares=1), "invalid_input", "control.sum_squares"),
        (with_changes("control", kind="proportion", sum=5), "invalid_input", "control"),
        (
            with_changes("treatment", kind="proportion", sum=2462),
            "invalid_input",
            "treatment.sum",
        ),
        (with_changes("treatment", covariate_sum=4), "required", "treatment.covariate_sum_squares"),
        (
            with_changes("treatment", **COVARIATES["treatment"]),
            "invalid_input",
            "covariate_sum",
        ),
    ],
)
def test_a_wrong_field_is_named(document: dict[str, Any], code: str, named: str) -> None:
    found = ask(document, compare)
    assert (found["id"], found["error"]) == (5, code)
    assert found["reason"].startswith(named + " ")
    assert set(found) == {"id", "error", "reason"}


RATIO: dict[str, Any] = {
    "kind": "ratio",
    "n": 100,
    "sum": 500,
    "sum_squares": 5000,
    "denominator_sum": 20,
    "denominator_sum_squares": 20,
    "numerator_denominator_sum_product": 100,
    "denominator_kind": "proportion",
}


def test_a_ratio_may_have_a_proportion_below() -> None:
    document = {"treatment": {**RATIO, "sum": 520}, "control": RATIO, "engine": "posthog"}
    found = ask({**document, "method": "frequentist", "difference_type": "ABSOLUTE"}, compare)
    assert found["effect"] == pytest.approx(1)
    assert ask({**document, "control": {**RATIO, "denominator_sum": 101}}, compare)["error"]


def test_covariates_of_ratios_are_refused_or_left_aside() -> None:
    adjusted: dict[str, Any] = {**RATIO, **COVARIATES["treatment"]}
    document = {"treatment": adjusted, "control": adjusted}
    assert ask(document, compare)["error"] == "covariate_not_supported"
    found = ask({**document, "engine": "posthog"}, compare)
    assert "theta" not in found
    assert found["effect"] == 0


def test_few_successes_silence_a_chance_unless_a_covariate_makes_them_a_mean() -> None:
    few: dict[str, Any] = {
        "treatment": {"kind": "proportion", "n": 1000, "sum": 9, **COVARIATES["treatment"]},
        "control": {"kind": "proportion", "n": 1000, "sum": 4, **COVARIATES["control"]},
    }
    ours, theirs = ask(few, compare), ask({**few, "engine": "posthog"}, compare)
    assert ours["undefined"] == "too_few_successes"
    assert "chance_to_win" in theirs
    plain = {name: {k: v for k, v in few[name].items() if "cov" not in k} for name in few}
    assert ask({**plain, "engine": "posthog"}, compare)["undefined"] == "too_few_successes"


@pytest.mark.parametrize("engine", ["splitplot", "posthog"])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"treatment": {**MEANS["treatment"], "n": 0}}, "no_units"),
        (
            {
                "method": "frequentist",
                "treatment": {"kind": "mean", "n": 4, "sum": 4, "sum_squares": 6},
            },
            "too_few_units",
        ),
        (
            {
                "method": "sequential",
                "treatment": {"kind": "mean", "n": 4, "sum": 4, "sum_squares": 6},
            },
            "too_few_units",
        ),
        (
            {
                "method": "bayesian",
                "control": {"kind": "mean", "n": 380, "sum": -760, "sum_squares": 8800},
            },
            "baseline_not_positive",
        ),
    ],
)
def test_what_the_data_cannot_answer_is_undefined(
    engine: str, changes: dict[str, Any], code: str
) -> None:
    found = ask({"id": "x", "engine": engine, **MEANS, **changes}, compare)
    assert (found["id"], found["undefined"]) == ("x", code)
    assert found["reason"].endswith(".")


def test_sums_beyond_what_the_compatible_engine_takes_are_undefined() -> None:
    large = {"kind": "mean", "n": 10, "sum": 2e15, "sum_squares": 5e29}
    squares = {"kind": "mean", "n": 10, "sum": 1e15, "sum_squares": 2e30}
    for side in (large, squares):
        document = {"treatment": side, "control": side}
        assert ask({**document, "engine": "posthog"}, compare)["undefined"] == "sums_too_large"
        absolute = {**document, "difference_type": "ABSOLUTE"}
        assert ask(absolute, compare)["chance_to_win"] == 0.5


@pytest.mark.parametrize("document", [None, 3, "x", [1], True])
def test_a_line_is_an_object(document: object) -> None:
    assert ask(document, compare) == {
        "id": None,
        "error": "invalid_input",
        "reason": "A line must be an object.",
    }


def test_an_id_that_is_no_json_is_left_out() -> None:
    assert ask({"id": [{"a": math.nan}]}, compare)["id"] is None
    assert ask({"id": [{"a": 1.5}]}, compare)["id"] == [{"a": 1.5}]


def test_an_answer_beyond_the_range_of_numbers_is_undefined() -> None:
    def overflowing(fields: Fields) -> Answer:
        return {"x": math.exp(fields.number("n"))}

    def infinite(fields: Fields) -> Answer:
        return {"x": [fields.number("n"), {"y": math.inf}]}

    for question in (overflowing, infinite):
        assert ask({"id": 1, "n": 1e4}, question)["undefined"] == "not_finite"


def test_a_summary_with_its_covariate_is_what_the_library_takes() -> None:
    rows = [(1.0, 2.0), (2.0, 2.5), (4.0, 3.0), (3.0, 1.0), (5.0, 4.0), (2.0, 1.5)]
    summary = CovariateSummary.of([y for y, _ in rows], [x for _, x in rows])
    side = {
        "kind": "mean",
        "n": 6,
        "sum": summary.metric.value * 6,
        "sum_squares": 59.0,
        "covariate_sum": summary.covariate_sum,
        "covariate_sum_squares": summary.covariate_sum_squares,
        "covariate_sum_product": summary.product_sum,
    }
    found = ask({"method": "frequentist", "treatment": side, "control": side}, compare)
    assert found["effect"] == 0
    assert found["p_value"] == 1
    assert welch_test(summary.metric, summary.metric).variance > found["variance"]


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["mean", "ratio", "proportion", "posthog", "bayesian", "ABSOLUTE", ""]),
)
sides = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["mean", "proportion", "ratio"]),
        "n": st.one_of(st.integers(0, 50), scalars),
        "sum": st.one_of(st.integers(-50, 50), st.floats(), scalars),
        "sum_squares": st.one_of(st.integers(0, 3000), st.floats(0), scalars),
        "denominator_sum": st.one_of(st.integers(-9, 50), st.floats()),
        "denominator_sum_squares": st.one_of(st.integers(0, 3000), st.floats(0)),
        "numerator_denominator_sum_product": st.one_of(st.integers(-99, 99), st.floats()),
    },
    optional={
        "denominator_kind": st.sampled_from(["mean", "proportion"]),
        "covariate_sum": st.one_of(st.integers(-50, 50), st.floats()),
        "covariate_sum_squares": st.one_of(st.integers(0, 3000), st.floats(0)),
        "covariate_sum_product": st.one_of(st.integers(-99, 99), st.floats()),
    },
)
documents = st.fixed_dictionaries(
    {"treatment": sides, "control": sides},
    optional={
        "id": scalars,
        "engine": st.sampled_from(["posthog", "splitplot"]),
        "method": st.sampled_from(["frequentist", "bayesian", "sequential"]),
        "difference_type": st.sampled_from(["RELATIVE", "ABSOLUTE"]),
        "alpha": st.floats(0, 1),
        "ci_level": st.floats(0, 1),
        "tuning_parameter": st.floats(0),
        "prior": st.fixed_dictionaries({"mean": st.floats(), "variance": st.floats()}),
        "relative_mde": st.floats(),
        "absolute_mde": st.floats(),
        "baseline": st.floats(),
        "variance": st.floats(),
        "n_control": scalars,
        "p_values": st.lists(scalars),
        "observed": st.dictionaries(st.text(max_size=2), scalars),
        "expected_share": st.dictionaries(st.text(max_size=2), scalars),
        "metric_type": st.sampled_from(["mean_count", "funnel", "ratio"]),
        "baseline_value": st.floats(),
        "baseline_stats": sides,
        "minimum_detectable_effect": st.floats(),
        "exposure_rate_per_day": st.floats(),
        "elapsed_days": st.floats(),
        "exposures": scalars,
    },
)


@given(document=st.one_of(documents, st.dictionaries(st.text(max_size=3), scalars)), data=st.data())
def test_every_document_has_an_answer_that_is_json(
    document: dict[str, Any], data: st.DataObject
) -> None:
    for question in QUESTIONS:
        pruned = dict(document)
        for name in data.draw(st.sets(st.sampled_from(["treatment", "control", "n_control"]))):
            pruned.pop(name, None)
        json.dumps(ask(pruned, question), allow_nan=False)
