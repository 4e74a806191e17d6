import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.validate import (
    check_bucketing,
    check_key,
    check_not_needed,
    checked_filters,
)

CASES: dict[str, list[Any]] = json.loads(
    Path("tests/cases/api/flag_filters.json").read_text("utf-8")
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FLAG = Flag(id=FlagId(7), key="f", name="", filters={}, active=True, created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["detail"][:60])
def test_filters_that_make_no_sense_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_filters(case["filters"], cohorts={77})
    error = refused.value
    assert (error.message, error.code, error.attr) == (case["detail"], case["code"], "filters")


@pytest.mark.parametrize("document", CASES["accepted"], ids=json.dumps)
def test_sensible_filters_stay_as_they_are(document: dict[str, Any]) -> None:
    kept = checked_filters(document, cohorts={77})
    assert {**kept, "groups": None, "aggregation_group_type_index": None} == {
        **document,
        "groups": None,
        "aggregation_group_type_index": None,
    }
    assert checked_filters(kept, cohorts={77}) == kept


@pytest.mark.parametrize(
    ("flag_level", "own", "kept", "derived"),
    [
        (None, [{}, {}], [None, None], None),
        (1, [{}, {}], [1, 1], 1),
        (1, [{}, {"aggregation_group_type_index": None}], [1, None], None),
        (None, [{"aggregation_group_type_index": 2}], [2], 2),
    ],
)
def test_every_condition_says_whose_id_it_hashes(
    flag_level: int | None,
    own: list[dict[str, Any]],
    *,
    kept: list[int | None],
    derived: int | None,
) -> None:
    key = "aggregation_group_type_index"
    filters: Any = checked_filters({"groups": own, key: flag_level})
    assert [group[key] for group in filters["groups"]] == kept
    assert filters[key] == derived


def test_payloads_become_json_texts() -> None:
    payloads: dict[str, Any] = {"true": [1, {"a": None}]}
    filters = checked_filters({"groups": [{}], "payloads": payloads})
    assert filters["payloads"] == {"true": '[1, {"a": null}]'}
    filters = checked_filters({"groups": [{}], "payloads": {"true": None}})
    assert filters["payloads"] == {}


def test_a_payload_nested_beyond_reading_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Payload value is not valid JSON"):
        checked_filters({"groups": [{}], "payloads": {"true": "[" * 100_000}})


@pytest.mark.parametrize("key", ["a", "A-1_b", "x" * 400])
def test_a_simple_key_is_fine(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize(
    ("key", "code"), [("", "invalid_key"), ("ä", "invalid_key"), ("x" * 401, "max_length")]
)
def test_any_other_key_is_refused(key: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_key(key)
    assert (refused.value.code, refused.value.attr) == (code, "key")


def test_persisting_does_not_go_with_devices() -> None:
    check_bucketing(replace(FLAG, bucketing_identifier="device_id"))
    check_bucketing(replace(FLAG, ensure_experience_continuity=True))
    both = replace(FLAG, bucketing_identifier="device_id", ensure_experience_continuity=True)
    with pytest.raises(InvalidInput, match="device ID bucketing"):
        check_bucketing(both)


def asking(number: int, about: str, *, active: bool = True, kind: str = "flag") -> Flag:
    item = {"key": about, "type": kind, "operator": "flag_evaluates_to", "value": True}
    filters: dict[str, Any] = {"groups": [{"properties": [item]}]}
    return replace(FLAG, id=FlagId(number), key=f"f{number}", filters=filters, active=active)


def test_a_flag_is_needed_by_active_flags_that_ask_about_it() -> None:
    check_not_needed(
        FLAG,
        [
            FLAG,
            asking(7, "7"),
            asking(1, "7", active=False),
            asking(2, "8"),
            asking(3, "7", kind="person"),
        ],
        action="disable",
    )
    with pytest.raises(InvalidInput) as refused:
        check_not_needed(FLAG, [asking(4, "7"), asking(5, "7")], action="delete")
    assert refused.value.message == (
        "Cannot delete this feature flag because other flags depend on it: f4 (ID: 4), f5 (ID: 5). "
        "Please update or disable the dependent flags first."
    )


def test_a_flag_without_readable_conditions_asks_about_none() -> None:
    broken = replace(FLAG, id=FlagId(8), filters={"groups": "?"})
    check_not_needed(FLAG, [broken], action="disable")
