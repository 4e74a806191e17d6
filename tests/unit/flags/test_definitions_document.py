from dataclasses import replace
from typing import Any

import pytest

from splitplot.filters.model import JsonValue, Properties
from splitplot.flags import Flag
from splitplot.flags.interchange.definitions import definitions_document
from tests.unit.flags.flag_cases import condition, make_flag

COHORT: Properties = {"type": "OR", "values": [{"type": "AND", "values": [{"key": "plan"}]}]}


def asks_flag(name: object, expected: JsonValue = True) -> dict[str, JsonValue]:  # noqa: FBT002 - what JSON holds
    return {
        "type": "flag",
        "key": str(name),
        "operator": "flag_evaluates_to",
        "value": expected,
    }


def asks_cohort(number: JsonValue) -> dict[str, JsonValue]:
    return {"type": "cohort", "key": "id", "operator": "in", "value": number}


def document(
    *flags: Flag,
    cohorts: dict[int, Properties] | None = None,
    group_types: tuple[str, ...] = (),
) -> dict[str, Any]:
    return definitions_document(flags, team_id=7, group_types=group_types, cohorts=cohorts or {})


def keys(*flags: Flag) -> list[str]:
    return [flag["key"] for flag in document(*flags)["flags"]]


def chains(*flags: Flag) -> dict[str, list[tuple[str, list[str]]]]:
    """Flag key to the flags that it asks about, with the way there."""
    return {
        flag["key"]: [
            (one["key"], one["dependency_chain"])
            for group in flag["filters"]["groups"]
            for one in group["properties"]
            if one.get("type") == "flag"
        ]
        for flag in document(*flags)["flags"]
    }


def test_all_that_an_sdk_indexes_is_there_even_without_flags() -> None:
    assert document() == {
        "flags": [],
        "group_type_mapping": {},
        "cohorts": {},
        "minimal_flag_called_events": False,
        "property_matching_version": 1,
    }


def test_a_flag_is_written_with_all_that_decides_it() -> None:
    flag = replace(
        make_flag("exp", condition(), flag_id=3),
        name="An experiment",
        version=4,
        evaluation_runtime="server",
        evaluation_contexts=("checkout",),
        bucketing_identifier="device_id",
        has_experiment=True,
    )
    assert document(flag)["flags"] == [
        {
            "id": 3,
            "team_id": 7,
            "name": "An experiment",
            "key": "exp",
            "filters": {"groups": [condition()]},
            "deleted": False,
            "active": True,
            "ensure_experience_continuity": False,
            "has_encrypted_payloads": False,
            "version": 4,
            "evaluation_runtime": "server",
            "evaluation_contexts": ["checkout"],
            "bucketing_identifier": "device_id",
            "has_experiment": True,
        }
    ]


def test_flags_are_in_the_order_of_their_keys_whatever_order_they_come_in() -> None:
    one, other = make_flag("a", flag_id=2), make_flag("b", flag_id=1)
    assert document(one, other) == document(other, one)
    assert keys(other, one) == ["a", "b"]


def test_inactive_flags_are_told_of_and_deleted_secret_and_survey_flags_are_not() -> None:
    assert keys(
        replace(make_flag("inactive", flag_id=1), active=False),
        replace(make_flag("deleted", flag_id=2), deleted=True),
        replace(make_flag("secret", flag_id=3), has_encrypted_payloads=True),
        make_flag("survey-targeting-1", flag_id=4),
    ) == ["inactive"]


def test_group_types_are_named_by_index() -> None:
    assert document(group_types=("company", "team"))["group_type_mapping"] == {
        "0": "company",
        "1": "team",
    }


def test_another_flag_is_named_by_key_with_the_way_to_its_answer() -> None:
    base = make_flag("base", condition(), flag_id=1)
    middle = make_flag("middle", condition(asks_flag(1)), flag_id=2)
    top = make_flag("top", condition(asks_flag(2), {"key": "plan"}), flag_id=3)
    assert chains(base, middle, top) == {
        "base": [],
        "middle": [("base", ["base"])],
        "top": [("middle", ["base", "middle"])],
    }


def test_a_flag_that_is_named_by_key_already_stays_so() -> None:
    flags = make_flag("base", flag_id=1), make_flag("top", condition(asks_flag("base")), flag_id=2)
    assert chains(*flags)["top"] == [("base", ["base"])]


def test_there_is_no_way_to_a_flag_in_a_cycle_or_behind_one() -> None:
    ring = [
        make_flag("a", condition(asks_flag(2)), flag_id=1),
        make_flag("b", condition(asks_flag(1)), flag_id=2),
        make_flag("behind", condition(asks_flag(1)), flag_id=3),
    ]
    assert chains(*ring) == {"a": [("b", [])], "b": [("a", [])], "behind": [("a", [])]}


def test_there_is_no_way_to_a_flag_that_does_not_exist() -> None:
    assert chains(make_flag("top", condition(asks_flag(99)))) == {"top": [("99", [])]}


def test_an_inactive_flag_is_off_whatever_it_asks_about() -> None:
    base = make_flag("base", flag_id=1)
    middle = replace(make_flag("middle", condition(asks_flag(1)), flag_id=2), active=False)
    top = make_flag("top", condition(asks_flag(2)), flag_id=3)
    assert chains(base, middle, top)["top"] == [("middle", ["middle"])]


def test_a_secret_flag_is_named_in_the_way_to_others_so_that_the_server_is_asked() -> None:
    secret = replace(make_flag("secret", flag_id=1), has_encrypted_payloads=True)
    top = make_flag("top", condition(asks_flag(1)), flag_id=2)
    assert chains(secret, top) == {"top": [("secret", ["secret"])]}


def test_only_cohorts_that_flags_use_are_told_of() -> None:
    flag = make_flag("a", condition(asks_cohort(2), asks_cohort("3"), asks_cohort(4)))
    known = {1: COHORT, 2: COHORT, 3: {"properties": COHORT}}
    assert document(flag, cohorts=known)["cohorts"] == {"2": COHORT, "3": COHORT}


def test_a_cohort_brings_those_that_it_is_made_of() -> None:
    outer: Properties = {
        "type": "AND",
        "values": [{"type": "OR", "values": [asks_cohort(2), asks_cohort(1)]}],
    }
    flag = make_flag("a", condition(), filters={"super_groups": [condition(asks_cohort(1))]})
    cohorts = document(flag, cohorts={1: outer, 2: COHORT})["cohorts"]
    assert cohorts == {"1": outer, "2": COHORT}


def test_a_cohort_defined_by_behaviour_is_left_to_the_server() -> None:
    behaviour: Properties = {"type": "behavioral", "key": "purchase", "value": "performed_event"}
    cohorts: dict[int, Properties] = {
        1: {"type": "AND", "values": [behaviour]},
        2: {"type": "AND", "values": [asks_cohort(1)]},
    }
    flag = make_flag("a", condition(asks_cohort(1), asks_cohort(2)))
    assert document(flag, cohorts=cohorts)["cohorts"] == {}


@pytest.mark.parametrize("value", [None, "abc", [1], 1.5])
def test_a_cohort_filter_that_names_no_cohort_does_no_harm(value: JsonValue) -> None:
    assert (
        document(make_flag("a", condition(asks_cohort(value))), cohorts={1: COHORT})["cohorts"]
        == {}
    )


@pytest.mark.parametrize("groups", [None, "text", {}, [1, None], [{"properties": "text"}]])
def test_a_broken_document_is_handed_on_as_it_is(groups: JsonValue) -> None:
    flag = make_flag("a", filters={"groups": groups})
    assert document(flag)["flags"][0]["filters"] == {"groups": groups}
