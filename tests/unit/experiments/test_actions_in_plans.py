"""Actions that stand in plans, and what they become there."""

from collections.abc import Mapping

import pytest

from splitplot.errors import InvalidInput
from splitplot.events.actions import Action, Step, TextMatching
from splitplot.experiments.metrics.actions import actions_in, with_actions
from splitplot.experiments.metrics.mentions import (
    actions_named,
    mentions_action,
    with_action_names,
)
from splitplot.experiments.plan import EventSource, FunnelPlan
from splitplot.filters.model import FilterKind, JsonValue, Operator, PropertyFilter
from tests.factories import NOON

PRO = PropertyFilter(key="plan", value="pro", kind=FilterKind.EVENT)
SOURCE = EventSource(event=None, filters=(PRO,), action_id=7)


def action(*steps: Step, deleted: bool = False) -> Mapping[int, Action]:
    made = Action(id=7, name="Paid", steps=steps, deleted=deleted, created_at=NOON, updated_at=NOON)
    return {7: made}


def became(actions: Mapping[int, Action]) -> tuple[EventSource, ...] | None:
    source = with_actions(SOURCE, actions)
    assert (source.event, source.filters, source.action_id) == (None, (PRO,), None)
    return source.alternatives


def test_every_step_is_an_alternative() -> None:
    steps = (
        Step(event="paid", properties=({"key": "plan", "value": "pro"},)),
        Step(properties=({"key": "plan", "value": "pro", "type": "person"},)),
    )
    of_person = PropertyFilter(key="plan", value="pro", kind=FilterKind.PERSON)
    assert became(action(*steps)) == (
        EventSource(event="paid", filters=(PRO,)),
        EventSource(event=None, filters=(of_person,)),
    )


@pytest.mark.parametrize(
    ("matching", "url", "pattern"),
    [
        (None, "x.org/a", r"x\.org/a"),
        (TextMatching.CONTAINS, "/a/%/b", r"/a/[\s\S]*/b"),
        (TextMatching.EXACT, "x.org/%", r"\Ax\.org/%\z"),
        (TextMatching.REGEX, "^/a.b$", "^/a.b$"),
    ],
)
def test_an_address_is_a_pattern(matching: TextMatching | None, url: str, pattern: str) -> None:
    (source,) = became(action(Step(event="$pageview", url=url, url_matching=matching))) or ()
    assert source.filters == (
        PropertyFilter(
            key="$current_url", value=pattern, operator=Operator.REGEX, kind=FilterKind.EVENT
        ),
    )


def test_a_deleted_or_missing_action_is_no_event() -> None:
    assert became(action(Step(event="paid"), deleted=True)) == ()
    assert became({}) == ()
    assert became(action()) == ()


@pytest.mark.parametrize(
    "step",
    [
        Step(event="$autocapture", selector="button"),
        Step(properties=({"key": "x", "type": "session", "value": 1},)),
        Step(properties=({"key": "x", "operator": "max", "value": 1},)),
    ],
)
def test_steps_that_are_not_computed_are_refused(step: Step) -> None:
    with pytest.raises(InvalidInput) as refused:
        became(action(step))
    assert (refused.value.code, refused.value.attr) == ("not_supported", "steps")


def test_actions_are_found_wherever_a_source_stands() -> None:
    plain = EventSource(event="viewed")
    plan = FunnelPlan(steps=(plain, SOURCE), window=NOON - NOON)
    assert actions_in(plan) == {7}
    resolved = with_actions(plan, action(Step(event="paid")))
    assert resolved.steps[0] is plain
    assert actions_in(resolved) == frozenset()
    assert resolved.steps[1].every_filter == (PRO,)


NODE: dict[str, JsonValue] = {"kind": "ActionsNode", "id": 7, "name": "Old"}


def test_documents_name_actions_at_any_depth() -> None:
    documents: tuple[JsonValue, ...] = (
        {"series": [{"kind": "EventsNode", "id": 1}, NODE]},
        {"source": {"kind": "ActionsNode", "id": 8.0}},
        {"kind": "ActionsNode", "id": True},
        {"kind": "ActionsNode", "id": "9"},
        {"kind": "ActionsNode"},
        "ActionsNode",
        None,
    )
    assert actions_named(documents) == {7, 8}
    assert mentions_action(documents[0], 7)
    assert not mentions_action(documents[0], 1)


def test_actions_are_shown_by_the_names_of_today() -> None:
    metric: dict[str, JsonValue] = {"series": [NODE, {"kind": "ActionsNode", "id": 8, "name": "B"}]}
    assert with_action_names(metric, {7: "New"}) == {
        "series": [{**NODE, "name": "New"}, {"kind": "ActionsNode", "id": 8, "name": "B"}]
    }
