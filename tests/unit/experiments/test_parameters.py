import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.criteria import (
    ExposureAction,
    ExposureCriteria,
    ExposureEvent,
    parse_exposure_criteria,
)
from splitplot.experiments.lifecycle.parameters import (
    checked_parameters,
    shown_parameters,
    variants_in,
    with_flags_split,
)
from splitplot.experiments.plan import MultipleVariants
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter

CASES: dict[str, list[Any]] = json.loads(Path("tests/cases/api/parameters.json").read_text("utf-8"))
SPLIT: list[Any] = [
    {"key": "control", "rollout_percentage": 60},
    {"key": "test", "rollout_percentage": 40},
]


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["detail"][:60])
def test_parameters_that_make_no_sense_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_parameters(case["parameters"])
    assert (refused.value.message, refused.value.attr) == (case["detail"], "parameters")


@pytest.mark.parametrize("document", CASES["accepted"], ids=json.dumps)
def test_sensible_parameters_stay_as_they_are(document: dict[str, Any]) -> None:
    assert checked_parameters(document) == document


def test_a_share_is_kept_under_one_name_and_shown_under_two() -> None:
    sent: dict[str, Any] = {
        "feature_flag_variants": [
            {"key": "control", "split_percent": 60, "rollout_percentage": 1, "colour": "red"},
            {"key": "test", "rollout_percentage": 40, "split_percent": None},
        ],
        "own": 1,
    }
    kept = checked_parameters(sent)
    assert kept == {
        "feature_flag_variants": [
            {"key": "control", "rollout_percentage": 60, "colour": "red"},
            {"key": "test", "rollout_percentage": 40},
        ],
        "own": 1,
    }
    assert shown_parameters(kept) == {
        "feature_flag_variants": [
            {"key": "control", "rollout_percentage": 60, "split_percent": 60, "colour": "red"},
            {"key": "test", "rollout_percentage": 40, "split_percent": 40},
        ],
        "own": 1,
    }


@pytest.mark.parametrize("document", [None, {}, {"own": 1}, {"feature_flag_variants": []}])
def test_without_variants_everything_is_shown_as_it_is(document: dict[str, Any] | None) -> None:
    assert shown_parameters(document) == document
    assert variants_in(document) == ()


def test_parameters_say_what_their_flag_does() -> None:
    flag: dict[str, Any] = {"multivariate": {"variants": SPLIT}, "aggregation_group_type_index": 2}
    assert with_flags_split(None, flag) == {
        "feature_flag_variants": SPLIT,
        "aggregation_group_type_index": 2,
    }
    before: dict[str, Any] = {"aggregation_group_type_index": 2, "own": 1}
    assert with_flags_split(before, {"multivariate": None}) == {
        "own": 1,
        "feature_flag_variants": [],
    }


def test_exposure_criteria_have_defaults() -> None:
    assert parse_exposure_criteria(None) == ExposureCriteria()
    assert parse_exposure_criteria({"exposure_config": None, "own": 1}) == ExposureCriteria(
        exposure=None,
        activation=None,
        filters_test_accounts=True,
        multiple_variants=MultipleVariants.EXCLUDE,
    )


def test_exposure_criteria_are_read() -> None:
    plan = {"key": "plan", "operator": "is_not", "value": "free"}
    document: dict[str, Any] = {
        "filterTestAccounts": False,
        "multiple_variant_handling": "first_seen",
        "exposure_config": {"event": "$pageview", "properties": [plan]},
        "activation_config": {"kind": "ActionsNode", "id": 4},
        "exclusions": [plan],
    }
    shown = PropertyFilter(
        key="plan", value="free", operator=Operator.IS_NOT, kind=FilterKind.EVENT
    )
    assert parse_exposure_criteria(document) == ExposureCriteria(
        filters_test_accounts=False,
        multiple_variants=MultipleVariants.FIRST_SEEN,
        exposure=ExposureEvent(event="$pageview", filters=(shown,)),
        activation=ExposureAction(action_id=4),
        exclusions=(replace(shown, kind=FilterKind.PERSON),),
    )


@pytest.mark.parametrize("exclusions", ["x", {}, {"key": "plan"}, [1]])
def test_exclusions_are_a_list_of_filters(exclusions: JsonValue) -> None:
    document: Properties = {"exclusions": exclusions}
    if not exclusions:
        assert parse_exposure_criteria(document).exclusions == ()
        return
    with pytest.raises(InvalidInput, match="Invalid exposure criteria"):
        parse_exposure_criteria(document)


@pytest.mark.parametrize(
    "config",
    [
        [],
        {},
        {"event": "x"},
        {"event": 5, "properties": []},
        {"event": "x", "properties": {}},
        {"event": "x", "properties": [1]},
        {"kind": "EventsNode", "event": "x", "properties": []},
        {"kind": "ActionsNode"},
        {"kind": "ActionsNode", "id": "4"},
        {"kind": "ActionsNode", "id": True},
        {"kind": "ActionsNode", "id": -1},
        {"kind": "ActionsNode", "id": 4, "properties": "x"},
    ],
)
def test_anything_else_exposes_nobody(config: JsonValue) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_exposure_criteria({"exposure_config": config})
    error = refused.value
    assert (error.message, error.attr) == ("Invalid exposure criteria", "exposure_criteria")


@pytest.mark.parametrize("word", ["keep", 1])
def test_several_variants_are_handled_in_one_of_two_ways(word: JsonValue) -> None:
    with pytest.raises(InvalidInput, match="Invalid exposure criteria"):
        parse_exposure_criteria({"multiple_variant_handling": word})


@pytest.mark.parametrize("word", [None, "yes", 1])
def test_filtering_test_accounts_is_a_yes_or_no(word: JsonValue) -> None:
    with pytest.raises(InvalidInput, match="filterTestAccounts must be a boolean"):
        parse_exposure_criteria({"filterTestAccounts": word})
