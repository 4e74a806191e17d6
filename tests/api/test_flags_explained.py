"""The playground: what a flag serves to somebody and why, always as an SDK is told."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.api.management import SPLIT, Flags, refusal
from tests.api.stack import Stack, running_stack, settings_in

PRO = {"key": "plan", "type": "person", "operator": "exact", "value": ["pro"]}
HALVES = {
    "groups": [{"properties": [], "rollout_percentage": 60}],
    "multivariate": {"variants": SPLIT},
}
LADDER = {
    "groups": [
        {"properties": [PRO], "rollout_percentage": 40, "variant": "test"},
        {"properties": [], "rollout_percentage": 30},
    ],
    "multivariate": {"variants": SPLIT},
    "holdout": {"id": 1, "exclusion_percentage": 20},
}


NUMBERS = count(1)


@pytest.fixture(scope="module")
def flags(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flags]:
    with running_stack(settings_in(tmp_path_factory.mktemp("stack"))) as running:
        yield Flags(stack=running)


def flag_with(flags: Flags, **body: object) -> dict[str, Any]:
    return flags.create(f"flag-{next(NUMBERS)}", None, **body)


def explain(flags: Flags, flag: dict[str, Any], **body: object) -> dict[str, Any]:
    stack = flags.stack
    answer = stack.client.post(stack.url(f"feature_flags/{flag['id']}/explain/"), json=body)
    assert answer.status_code == 200, answer.text
    explanation: dict[str, Any] = answer.json()
    return explanation


def told(stack: Stack, key: str, **body: object) -> dict[str, Any]:
    sent = {"token": stack.project.api_token, **body}
    answer: dict[str, Any] = stack.anonymous.post("/flags/?v=2", json=sent).json()
    return dict(answer["flags"][key])


@pytest.mark.parametrize("filters", [HALVES, LADDER], ids=["halves", "ladder"])
def test_the_explanation_is_what_sdks_are_told(flags: Flags, filters: dict[str, Any]) -> None:
    flag = flag_with(flags, filters=filters)
    seen = set()
    for number in range(40):
        unit = {
            "distinct_id": f"user-{number}",
            "person_properties": {"plan": "pro" if number % 2 else "free"},
        }
        explanation, answer = explain(flags, flag, **unit), told(flags.stack, flag["key"], **unit)
        assert explanation["enabled"] == answer["enabled"]
        assert explanation["variant"] == answer["variant"]
        assert explanation["reason"] == answer["reason"]["code"]
        assert explanation["condition_index"] == answer["reason"]["condition_index"]
        seen.add((explanation["reason"], explanation["variant"]))
    assert len(seen) >= 3, "different people, different outcomes"


def test_stored_properties_count_and_show(flags: Flags) -> None:
    stack = flags.stack
    flag = flag_with(flags, filters={"groups": [{"properties": [PRO], "rollout_percentage": 100}]})
    event = {"event": "e", "distinct_id": "payer", "properties": {"$set": {"plan": "pro"}}}
    stack.anonymous.post("/batch/", json={"api_key": stack.project.api_token, "batch": [event]})
    explanation = explain(flags, flag, distinct_id="payer")
    assert explanation["enabled"]
    (condition,) = explanation["conditions"]
    assert condition["filters"] == [
        {**PRO, "holds": True, "is_seen": True, "value_seen": "pro"},
    ]
    overridden = explain(flags, flag, distinct_id="payer", person_properties={"plan": "free"})
    assert not overridden["enabled"]


def test_the_position_on_the_line_is_the_hash(flags: Flags) -> None:
    flag = flag_with(flags, filters=HALVES)
    explanation = explain(flags, flag, distinct_id="user-1")
    (condition,) = explanation["conditions"]
    assert explanation["variants"] == [
        {"key": "control", "start_percentage": 0, "end_percentage": 50},
        {"key": "test", "start_percentage": 50, "end_percentage": 100},
    ]
    is_in = condition["hash_percentage"] <= condition["rollout_percentage"] == 60
    assert explanation["enabled"] is is_in


def test_an_inactive_flag_is_explained_as_if_it_were_active(flags: Flags) -> None:
    flag = flag_with(flags, active=False, filters={"groups": [{"rollout_percentage": 100}]})
    assert explain(flags, flag, distinct_id="u")["enabled"]


@pytest.mark.parametrize(
    ("body", "code", "attr"),
    [
        ({}, "required", "distinct_id"),
        ({"distinct_id": ["u"]}, "invalid_input", "distinct_id"),
        ({"distinct_id": "u", "person_properties": 3}, "not_a_dict", "person_properties"),
        ({"distinct_id": "u", "groups": {"company": []}}, "invalid_input", "groups.company"),
        (
            {"distinct_id": "u", "group_properties": {"company": 1}},
            "not_a_dict",
            "group_properties.company",
        ),
    ],
)
def test_what_is_no_unit_is_refused(
    flags: Flags, body: dict[str, Any], code: str, attr: str
) -> None:
    flag = flag_with(flags)
    answer = flags.stack.client.post(
        flags.stack.url(f"feature_flags/{flag['id']}/explain/"), json=body
    )
    said, _, about = refusal(answer)
    assert (said, about) == (code, attr)


def test_no_flag_no_explanation(flags: Flags) -> None:
    url = flags.stack.url("feature_flags/999999/explain/")
    assert flags.stack.client.post(url, json={"distinct_id": "u"}).status_code == 404


def test_groups_may_be_named_by_numbers(flags: Flags) -> None:
    flag = flag_with(flags, filters={"groups": [{"rollout_percentage": 100}]})
    explanation = explain(
        flags, flag, distinct_id=7, groups={"company": 12}, group_properties={"company": {"n": 1}}
    )
    assert explanation["enabled"]
