from datetime import timedelta
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.linked_flag import with_web_variants
from splitplot.experiments.sharing.web import (
    browser_variants,
    checked_web_variants,
    flag_variants,
    shown_web_variants,
    web_flag_key,
    web_variants_of,
)
from tests.factories import NOON, a_flag, flag_filters

LATER = NOON + timedelta(days=1)
CONTROL: dict[str, Any] = {"rollout_percentage": 70}
CHANGE: dict[str, Any] = {"selector": "#hero", "html": "<b>New</b>"}


def variants(**test: Any) -> dict[str, Any]:  # noqa: ANN401 - members as sent
    return {"control": CONTROL, "test": {"rollout_percentage": 30, **test}}


@pytest.mark.parametrize("conditions", [None, "None", {}, {"url": "/pricing"}])
def test_variants_are_kept_as_they_were_sent(conditions: object) -> None:
    sent = variants(transforms=[CHANGE], conditions=conditions, own={"a": 1})
    assert checked_web_variants(sent) is sent


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (None, "Experiment does not have any variants"),
        ([], "Experiment variants should be a dictionary of keys -> transforms"),
        ("control", "Experiment variants should be a dictionary of keys -> transforms"),
        ({}, "Experiment should contain a control variant"),
        ({"test": CONTROL}, "Experiment should contain a control variant"),
        ({"control": 50}, "Experiment variants should be a dictionary of keys -> transforms"),
        ({"control": {}}, "Experiment variant 'control' does not have any rollout percentage"),
        (
            {"control": CONTROL, "test": {"transforms": []}},
            "Experiment variant 'test' does not have any rollout percentage",
        ),
        (variants(transforms={}), "Experiment variant 'test' should have a list of transforms"),
        (variants(conditions=[]), "Experiment variant 'test' should have an object for conditions"),
        (
            variants(transforms=[CHANGE, {"html": "x"}]),
            "Experiment transform [$1] variant 'test' does not have a valid selector",
        ),
        (
            variants(transforms=[{"selector": " "}]),
            "Experiment transform [$0] variant 'test' does not have a valid selector",
        ),
        (
            variants(transforms=["#hero"]),
            "Experiment transform [$0] variant 'test' does not have a valid selector",
        ),
    ],
)
def test_variants_that_make_no_sense_are_refused(sent: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInput) as refused:
        checked_web_variants(sent)
    assert (refused.value.message, refused.value.attr) == (message, None)


def test_the_control_may_change_nothing_anywhere() -> None:
    sent: Any = {"control": {"rollout_percentage": 100, "transforms": [{"html": ""}]}}
    assert checked_web_variants(sent) is sent


def test_what_is_shown_is_the_flags_split_with_what_is_kept() -> None:
    flag = a_flag(filters=flag_filters("test", "control", "new", "odd"))
    kept = {**variants(transforms=[CHANGE]), "odd": 3, "gone": {"transforms": []}}
    shown = shown_web_variants(flag, kept)
    assert list(shown) == ["test", "control", "new", "odd"]
    assert shown["test"] == {"rollout_percentage": 25, "transforms": [CHANGE]}
    assert shown["new"] == shown["odd"] == {"rollout_percentage": 25}
    assert web_variants_of(flag)["test"] == {"rollout_percentage": 25}
    assert shown_web_variants(a_flag(filters={}), kept) == {}


def test_a_browser_finds_transforms_in_every_variant() -> None:
    assert browser_variants(variants(transforms=[CHANGE])) == {
        "control": {"rollout_percentage": 70, "transforms": ()},
        "test": {"rollout_percentage": 30, "transforms": [CHANGE]},
    }


def test_the_flag_keeps_its_conditions_and_its_holdout_and_nothing_else() -> None:
    held_out = {"id": 1, "exclusion_percentage": 10}
    filters = {**flag_filters("control", "b"), "payloads": {"b": "1"}, "holdout": held_out}
    flag = a_flag(filters=filters)
    split = flag_variants(variants())
    changed = with_web_variants(flag, split, cohorts=(), now=LATER)
    assert changed.filters == {
        "groups": (
            {"properties": [], "rollout_percentage": 100, "aggregation_group_type_index": None},
        ),
        "multivariate": {
            "variants": [
                {"key": "control", "rollout_percentage": 70},
                {"key": "test", "rollout_percentage": 30},
            ]
        },
        "aggregation_group_type_index": None,
        "holdout": held_out,
    }
    assert with_web_variants(changed, split, cohorts=(), now=LATER) is changed


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("New Hero", "new-hero-web-experiment-feature-00ff"),
        (" -- a_b  C! --", "a_b-c-web-experiment-feature-00ff"),
        ("日本", "web-experiment-feature-00ff"),
    ],
)
def test_the_flags_key_is_made_of_the_name(name: str, key: str) -> None:
    assert web_flag_key(name, "00ff") == key


def test_the_key_of_a_long_name_still_is_a_key() -> None:
    assert len(web_flag_key("n" * 400, "00ff00ff00")) == 400
