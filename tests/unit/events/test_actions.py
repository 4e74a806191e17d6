"""Actions: reading their steps, and names that are taken."""

from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.events.actions import (
    MOST_FILTERS,
    MOST_STEPS,
    Action,
    Step,
    TextMatching,
    changed_action,
    check_free,
    made_action,
    read_steps,
    step_document,
)
from splitplot.filters.model import JsonValue
from tests.factories import NOON


def an_action(number: int = 0, name: str = "Paid") -> Action:
    return Action(id=number, name=name, created_at=NOON, updated_at=NOON)


def test_a_step_says_what_it_says_and_nothing_else() -> None:
    plan: dict[str, JsonValue] = {"key": "plan", "value": "pro"}
    given: dict[str, JsonValue] = {
        "id": "x",
        "event": "paid",
        "properties": [plan],
        "url": "/pay",
        "url_matching": "exact",
        "text": "",
        "isNew": True,
    }
    (step,) = read_steps([given])
    assert step == Step(
        event="paid", properties=(plan,), url="/pay", url_matching=TextMatching.EXACT
    )
    assert step_document(step) == {
        "event": "paid",
        "properties": [plan],
        "selector": None,
        "tag_name": None,
        "text": None,
        "text_matching": None,
        "href": None,
        "href_matching": None,
        "url": "/pay",
        "url_matching": "exact",
    }
    assert read_steps([step_document(step)]) == (step,)


def test_no_event_and_an_empty_one_stand_for_every_event() -> None:
    assert read_steps([{}, {"event": ""}, {"event": None, "properties": None}]) == (Step(),) * 3
    assert read_steps(None) == ()


def test_words_about_elements_are_noticed() -> None:
    assert not Step(event="$autocapture", url="/pay", text="").is_about_elements
    for name in ("selector", "tag_name", "text", "href"):
        assert read_steps([{name: "x"}])[0].is_about_elements


@pytest.mark.parametrize(
    ("steps", "attr"),
    [
        ({}, "steps"),
        ("x", "steps"),
        ([1], "steps__0"),
        ([{}] * (MOST_STEPS + 1), "steps"),
        ([{"event": 3}], "steps__0__event"),
        ([{}, {"event": "x" * 401}], "steps__1__event"),
        ([{"url": "x" * 4001}], "steps__0__url"),
        ([{"url": ["x"]}], "steps__0__url"),
        ([{"url": "(", "url_matching": "regex"}], "steps__0__url"),
        ([{"url_matching": "like"}], "steps__0__url_matching"),
        ([{"text_matching": 3}], "steps__0__text_matching"),
        ([{"properties": {}}], "steps__0__properties"),
        ([{"properties": [{"key": "a"}] * (MOST_FILTERS + 1)}], "steps__0__properties"),
        ([{"properties": [{"key": "a"}, "b"]}], "steps__0__properties__1"),
        ([{"properties": [{"key": 3}]}], "steps__0__properties__0"),
    ],
)
def test_what_is_no_step_is_refused_by_its_place(steps: Any, attr: str) -> None:  # noqa: ANN401 - JSON
    with pytest.raises(InvalidInput) as refused:
        read_steps(steps)
    assert refused.value.attr == attr


def test_a_pattern_without_an_address_is_no_pattern() -> None:
    assert read_steps([{"url_matching": "regex"}])[0].url is None
    assert read_steps([{"url": "(", "url_matching": "contains"}])[0].url == "("


def test_an_action_is_made_and_changed() -> None:
    made = made_action({"name": "Paid", "steps": (Step(event="paid"),)}, author=3, now=NOON)
    assert (made.id, made.name, made.steps, made.created_by_id) == (
        0,
        "Paid",
        (Step(event="paid"),),
        3,
    )
    changed = changed_action(made, {"deleted": True}, now=NOON)
    assert (changed.deleted, changed.steps) == (True, made.steps)


def test_two_actions_cannot_have_one_name() -> None:
    check_free("Paid", (an_action(1, "paid"), an_action(2, "Other")))
    with pytest.raises(InvalidInput) as refused:
        check_free("Paid", (an_action(1, "Other"), an_action(2)))
    assert (refused.value.code, refused.value.attr) == ("unique", "name")
    assert refused.value.message == "This project already has an action with this name, ID 2"
